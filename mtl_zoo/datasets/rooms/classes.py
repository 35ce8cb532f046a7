"""The classes of `rooms`: those of NYUv2-13, and colours to draw them in."""

CLASS_NAMES = (
    "bed",
    "books",
    "ceiling",
    "chair",
    "floor",
    "furniture",
    "objects",
    "picture",
    "sofa",
    "table",
    "tv",
    "wall",
    "window",
)

CLASS_COLORS = (
    (60, 90, 200),  # bed
    (250, 220, 60),  # books
    (200, 200, 210),  # ceiling
    (230, 60, 50),  # chair
    (150, 105, 70),  # floor
    (60, 160, 80),  # furniture
    (240, 130, 200),  # objects
    (130, 60, 170),  # picture
    (245, 140, 40),  # sofa
    (120, 220, 200),  # table
    (20, 20, 30),  # tv
    (115, 130, 140),  # wall
    (110, 200, 255),  # window
)
