"""A second room behind an open door or a wide passage.

Both rooms lie in one box, one behind the other; a partition with openings
parts them. So rays, shadows and labels need nothing new, and what is seen
through a door is as exact as the rest.
"""

from mtl_zoo.datasets.rooms import materials as m
from mtl_zoo.datasets.rooms.furniture.openings import leaf_materials

THICKNESS = 0.14


def doorways(plan, length):
    """Draws where the partition is open.

    Returns:
        List of `(low, high, top, leaf)`; `leaf` says whether a door hangs
        there.
    """
    height = float(plan.size[2])
    if length > 3.0 and plan.chance(0.4):  # A wide passage.
        width = plan.uniform(1.4, max(1.5, 0.75 * length))
        low = plan.uniform(0.15, length - width - 0.15)
        top = plan.pick((2.1, 2.2, height - 0.3))
        return [(low, low + width, top, False)]
    count = 1 + (length > 6.5) + (length > 10)
    found = []
    for i in range(count):
        width = plan.uniform(0.8, 1.0)
        start, end = length * i / count, length * (i + 1) / count
        low = plan.uniform(start + 0.25, end - 0.25 - width)
        found.append((low, low + width, 2.04, plan.chance(0.7)))
    return found


def partition(plan, axis, openings, front, back):
    """The wall between two rooms, at the far end of this one.

    Args:
        plan: `Plan`, as the room before the partition.
        axis: int. 0 or 1, along which the rooms follow each other.
        openings: list as `doorways` returns it.
        front: `Material` of the wall in this room.
        back: `Material` of the wall in the other room.
    """
    wall = 2 * axis + 1
    length, height = float(plan.size[1 - axis]), float(plan.size[2])
    # The frame's x axis runs along the wall, in this sense.
    sense = 1 if wall == 1 else -1
    frame = plan.wall_frame(wall, 0.0)
    part = plan.part("wall", frame)
    paint = plan.paint(
        m.Split(front.color, first=front, second=back, axis="front")
    )
    trim = plan.plain(plan.pick(("#f0eeea", "#e6e1d6", plan.woods[0])))
    cased = plan.chance(0.85)

    def block(low, high, bottom, top, y0, y1, material):
        x0, x1 = sorted((sense * low, sense * high))
        part.box((x0, y0, bottom), (x1, y1, top), material)

    start = 0.0
    for low, high, top, leaf in openings:
        block(start, low, 0, height, -THICKNESS, 0, paint)
        block(low, high, top, height, -THICKNESS, 0, paint)
        if cased:
            y0, y1 = -THICKNESS - 0.02, 0.02
            block(low - 0.07, low + 0.015, 0, top, y0, y1, trim)
            block(high - 0.015, high + 0.07, 0, top, y0, y1, trim)
            block(
                low - 0.07, high + 0.07, top - 0.015, top + 0.08, y0, y1, trim
            )
        if leaf:
            _leaf(plan, frame, sense, low, high)
        start = high
    block(start, length, 0, height, -THICKNESS, 0, paint)


def _leaf(plan, frame, sense, low, high):
    """An open door, hung at one side and turned into the other room."""
    _, panel = leaf_materials(plan)
    width = high - low - 0.04
    x0, x1 = sorted((sense * low, sense * high))
    hinge, turn = plan.pick(((x0 + 0.02, -1.0), (x1 - 0.02, 1.0)))
    angle = turn * plan.uniform(1.2, 2.4)
    leaf = plan.part("wall", frame.at(hinge, -THICKNESS - 0.02, 0, angle))
    a, b = sorted((0.0, -turn * width))
    leaf.box((a, -0.04, 0.01), (b, 0.0, 2.02), panel)
    knob = -turn * (width - 0.07)
    leaf.ellipsoid((knob, 0.05, 1.0), (0.028, 0.03, 0.028), plan.metal())
    leaf.ellipsoid((knob, -0.09, 1.0), (0.028, 0.03, 0.028), plan.metal())


def keep_clear(plan, wall, openings):
    """Keeps what is before the openings free of furniture and pictures."""
    for low, high, top, _ in openings:
        plan.wall_spans[wall].append((low - 0.12, high + 0.12, 0.0, top + 0.1))
        middle, width = (low + high) / 2, high - low
        depth = 1.0 if width < 1.2 else 0.6
        plan.footprints.append((*plan.rect(wall, middle, width, depth), 0.0))


def wall_footprints(plan, axis, openings):
    """Where the partition stands, so that no camera does."""
    at, length = float(plan.size[axis]), float(plan.size[1 - axis])
    edges = [0.0]
    for low, high, *_ in openings:
        edges += [low, high]
    edges.append(length)
    for low, high in zip(edges[::2], edges[1::2], strict=True):
        rect = [0.0] * 4
        rect[axis], rect[axis + 2] = at, at + THICKNESS
        rect[1 - axis], rect[3 - axis] = low, high
        plan.footprints.append((*rect, float(plan.size[2])))
