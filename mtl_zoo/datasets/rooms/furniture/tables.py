"""Tables."""

from mtl_zoo.datasets.rooms.furniture.small import book_stack


def table(plan, frame, width, depth, height, round_top=False, wood=None):
    """A table whose middle is at the frame's origin."""
    part = plan.part("table", frame)
    wood = plan.wood(int(plan.rng.integers(2))) if wood is None else wood
    w, d = width / 2, depth / 2
    if round_top:
        part.frustum((0, 0), height - 0.035, height, w, wood)
        part.frustum((0, 0), 0.03, height - 0.03, 0.05, wood)
        part.frustum((0, 0), 0, 0.04, 0.28, wood, 0.2)
        return
    part.box((-w, -d, height - 0.035), (w, d, height), wood, 0.008)
    r = 0.03 if height > 0.5 else 0.025
    for x in (-w + 0.06, w - 0.06):
        for y in (-d + 0.06, d - 0.06):
            part.box((x - r, y - r, 0), (x + r, y + r, height - 0.03), wood)
    if height > 0.5:
        low = height - 0.11
        part.box(
            (-w + 0.06, -d + 0.05, low),
            (w - 0.06, -d + 0.07, height - 0.03),
            wood,
        )
        part.box(
            (-w + 0.06, d - 0.07, low),
            (w - 0.06, d - 0.05, height - 0.03),
            wood,
        )
    elif plan.chance(0.5):
        part.box((-w + 0.05, -d + 0.05, 0.12), (w - 0.05, d - 0.05, 0.14), wood)
        if plan.chance(0.6):
            book_stack(plan, frame.at(plan.uniform(-0.2, 0.2), 0, 0.141, 0.2))
