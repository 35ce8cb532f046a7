"""Class names and colours of the published label sets."""

# NYUD-v2, 40 classes (Gupta et al., CVPR 2013).
NYU_40 = (
    *("wall", "floor", "cabinet", "bed", "chair", "sofa", "table", "door"),
    *("window", "bookshelf", "picture", "counter", "blinds", "desk"),
    *("shelves", "curtain", "dresser", "pillow", "mirror", "floor mat"),
    *("clothes", "ceiling", "books", "refrigerator", "television", "paper"),
    *("towel", "shower curtain", "box", "whiteboard", "person"),
    *("night stand", "toilet", "sink", "lamp", "bathtub", "bag"),
    *("other structure", "other furniture", "other prop"),
)

# PASCAL VOC, 21 classes.
PASCAL_21 = (
    *("background", "aeroplane", "bicycle", "bird", "boat", "bottle", "bus"),
    *("car", "cat", "chair", "cow", "dining table", "dog", "horse"),
    *("motorbike", "person", "potted plant", "sheep", "sofa", "train"),
    "tv monitor",
)

# Cityscapes, 19 classes: id of the label files, name, colour. The colours are
# those that the benchmark publishes.
CITYSCAPES_19 = (
    (7, "road", (128, 64, 128)),
    (8, "sidewalk", (244, 35, 232)),
    (11, "building", (70, 70, 70)),
    (12, "wall", (102, 102, 156)),
    (13, "fence", (190, 153, 153)),
    (17, "pole", (153, 153, 153)),
    (19, "traffic light", (250, 170, 30)),
    (20, "traffic sign", (220, 220, 0)),
    (21, "vegetation", (107, 142, 35)),
    (22, "terrain", (152, 251, 152)),
    (23, "sky", (70, 130, 180)),
    (24, "person", (220, 20, 60)),
    (25, "rider", (255, 0, 0)),
    (26, "car", (0, 0, 142)),
    (27, "truck", (0, 0, 70)),
    (28, "bus", (0, 60, 100)),
    (31, "train", (0, 80, 100)),
    (32, "motorcycle", (0, 0, 230)),
    (33, "bicycle", (119, 11, 32)),
)

# Cityscapes' categories, of MTAN's 7 classes, each with the colour of one of
# its classes.
CITYSCAPES_7 = (
    ("flat", (128, 64, 128)),
    ("construction", (70, 70, 70)),
    ("object", (153, 153, 153)),
    ("nature", (107, 142, 35)),
    ("sky", (70, 130, 180)),
    ("human", (220, 20, 60)),
    ("vehicle", (0, 0, 142)),
)

# MTAN's 2 classes: foreground is human and vehicle.
CITYSCAPES_2 = (("background", (70, 70, 70)), ("foreground", (220, 20, 60)))


def pascal_colors(num_classes=21):
    """The colours of PASCAL VOC, whose bits are those of the class's number.

    Args:
        num_classes: Integer. Defaults to `21`.

    Returns:
        A list of RGB triples; the first, of the background, is black.

    Example:

    ```python
    pascal_colors()[1]  # (128, 0, 0)
    ```
    """
    colors = []
    for i in range(num_classes):
        color = [0, 0, 0]
        for bit in range(8):
            for channel in range(3):
                color[channel] |= (i >> (3 * bit + channel) & 1) << (7 - bit)
        colors.append(tuple(color))
    return colors
