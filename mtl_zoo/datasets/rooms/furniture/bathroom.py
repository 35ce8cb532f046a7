"""Bathrooms: tub, toilet, basin, mirror; all but cabinets are `objects`."""

from mtl_zoo.datasets.rooms.furniture.storage import cabinet


def bathtub(plan, frame, width, depth):
    """A tub built in along a wall."""
    part = plan.part("objects", frame)
    white = plan.plain("#f6f6f4", specular=0.4)
    w, height, rim = width / 2, plan.uniform(0.5, 0.6), 0.07
    part.box((-w, 0, 0), (w, depth, height - 0.3), white)
    part.box((-w, 0, height - 0.3), (w, rim, height), white, 0.02)
    part.box((-w, depth - rim, 0), (w, depth, height), white, 0.02)
    for x in (-w, w - rim):
        part.box((x, 0.01, 0), (x + rim, depth - 0.01, height - 0.001), white)
    steel = plan.plain("#b9bcc0", specular=0.5)
    part.box(
        (-w + 0.2, 0, height + 0.1), (-w + 0.4, 0.12, height + 0.14), steel
    )


def shower_curtain(plan, frame, width, height):
    """A curtain of folds on a rod, beside the tub."""
    part = plan.part("objects", frame)
    cloth = plan.fabric(plain=0.4)
    count = int(plan.rng.integers(5, 9))
    for i in range(count):
        x = width / 2 - 0.05 - i * 0.07
        part.frustum((x, 0.02 * (i % 2)), 0.25, height, 0.04, cloth, 0.036)
    part.box(
        (-width / 2, -0.012, height),
        (width / 2, 0.012, height + 0.025),
        plan.metal(),
    )


def toilet(plan, frame):
    """A toilet with its cistern at the wall."""
    part = plan.part("objects", frame)
    white = plan.plain("#f4f4f1", specular=0.4)
    part.box((-0.2, 0.01, 0.38), (0.2, 0.19, 0.78), white, 0.03)
    part.box((-0.21, 0, 0.78), (0.21, 0.2, 0.81), white, 0.02)
    part.box((-0.11, 0.02, 0), (0.11, 0.45, 0.3), white, 0.05)
    part.frustum((0, 0.42), 0.2, 0.4, 0.12, white, 0.2)
    part.ellipsoid((0, 0.42, 0.41), (0.2, 0.25, 0.03), white)


def vanity(plan, frame, width):
    """A basin on a cabinet, with its tap."""
    cabinet(plan, frame, width, 0.48, 0.8, max(2, int(width / 0.4)), 1)
    part = plan.part("objects", frame.at(0, 0.25, 0.8))
    white = plan.plain("#f7f7f5", specular=0.4)
    part.frustum((0, 0), 0, 0.09, 0.15, white, 0.21)
    part.frustum((0, 0), 0.085, 0.094, 0.17, plan.plain("#c9cbcc"))
    steel = plan.plain("#b9bcc0", specular=0.5)
    part.frustum((0, -0.2), 0, 0.2, 0.015, steel)
    part.box((-0.013, -0.2, 0.18), (0.013, -0.07, 0.2), steel)


def mirror(plan, frame, width, height):
    """A mirror on the wall; what it shows is left to one grey."""
    part = plan.part("objects", frame)
    w, h = width / 2, height / 2
    rim = plan.metal() if plan.chance(0.5) else plan.wood()
    part.box((-w - 0.03, 0, -h - 0.03), (w + 0.03, 0.015, h + 0.03), rim)
    glass = plan.plain("#8f9a9e", specular=0.6)
    part.box((-w, 0.01, -h), (w, 0.02, h), glass)


def towel(plan, frame):
    """A towel on a rail at the wall."""
    part = plan.part("objects", frame)
    w = plan.uniform(0.2, 0.3)
    part.box((-w - 0.06, 0.05, 0), (w + 0.06, 0.07, 0.02), plan.metal())
    low = -plan.uniform(0.4, 0.7)
    part.box((-w, 0.035, low), (w, 0.085, 0.03), plan.fabric(plain=0.6), 0.02)
