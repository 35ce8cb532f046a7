"""More furniture along the walls, and what hangs on them."""

from mtl_zoo.datasets.rooms.furniture import walls as w
from mtl_zoo.datasets.rooms.furniture.decor import picture
from mtl_zoo.datasets.rooms.furniture.storage import cabinet
from mtl_zoo.datasets.rooms.furniture.utility import crate
from mtl_zoo.datasets.rooms.layout.pieces import shelf
from mtl_zoo.datasets.rooms.layout.pieces import sideboard
from mtl_zoo.datasets.rooms.layout.pieces import wardrobe


def line_walls(plan):
    """Cupboards, chests and shelves where walls are free, in most rooms."""
    if plan.kind in ("bathroom", "corridor"):
        return
    if plan.kind in ("living", "bedroom", "dining") and plan.chance(0.18):
        _fireplace(plan)
    area = float(plan.size[0] * plan.size[1])
    most = 2 + int(area / 8)
    for _ in range(int(plan.rng.integers(0, most))):
        make = plan.choose(
            (wardrobe, shelf, sideboard, _cupboard, _boxes),
            (0.22, 0.2, 0.23, 0.25, 0.1),
        )
        make(plan)


def _cupboard(plan):
    """A glazed or closed cupboard in two storeys."""
    width, low = plan.uniform(0.9, 1.5), plan.uniform(0.75, 0.95)
    height = plan.uniform(1.8, 2.2)
    place = plan.at_wall(width, 0.48, height, 1.0)
    if place:
        frame, columns = place[0], max(2, int(width / 0.5))
        plan.new_group()
        cabinet(plan, frame, width, 0.46, low, columns, plan.pick((1, 2)))
        upper = frame.at(0, 0, low)
        cabinet(plan, upper, width - 0.04, 0.36, height - low, columns, 1)


def _boxes(plan):
    """A few boxes on the floor at the wall."""
    place = plan.at_wall(0.5, 0.42, 0.7, 0.4)
    if place:
        plan.new_group()
        up = 0.0
        for _ in range(int(plan.rng.integers(1, 4))):
            high = plan.uniform(0.18, 0.33)
            crate(plan, place[0].at(0, 0.21, up), 0.44, 0.36, high)
            up += high


def _fireplace(plan):
    place = plan.at_wall(1.7, 0.42, 1.25, 1.5, clear=0.3)
    if place:
        w.fireplace(plan, place[0])


def _spot(plan, width, bottom, top):
    """A free place on a wall: its frame at the height `bottom`, or None."""
    for _ in range(4):
        wall = int(plan.rng.integers(4))
        length = float(plan.size[1 - wall // 2])
        if length < width + 0.4:
            continue
        along = plan.uniform(width / 2 + 0.15, length - width / 2 - 0.15)
        low, high = along - width / 2 - 0.05, along + width / 2 + 0.05
        if plan.wall_free(wall, low, high, bottom, top):
            plan.wall_spans[wall].append((low, high, bottom, top))
            return plan.wall_frame(wall, along, 0, bottom)
    return None


def hang_things(plan):
    """Shelves, coats, clocks, boards, radiators and posters on the walls."""
    plan.group = -1
    for _ in range(int(plan.rng.integers(0, 6))):
        kind = plan.choose(
            ("shelf", "coats", "clock", "board", "radiator", "poster"),
            (0.3, 0.17, 0.1, 0.13, 0.15, 0.15),
        )
        if kind == "shelf":
            width, z = plan.uniform(0.5, 1.3), plan.uniform(1.2, 1.5)
            frame = _spot(plan, width, z, z + 0.75)
            if frame:
                w.wall_shelf(plan, frame, width)
        elif kind == "coats":
            width = plan.uniform(0.4, 1.0)
            frame = _spot(plan, width, 0.5, 1.8)
            if frame:
                w.coats(plan, frame.at(0, 0, 1.2), width)
        elif kind == "clock":
            frame = _spot(plan, 0.4, 1.7, 2.1)
            if frame:
                w.clock(plan, frame.at(0, 0, 0.2))
        elif kind == "board":
            width, height = plan.uniform(0.6, 1.2), plan.uniform(0.5, 0.9)
            frame = _spot(plan, width, 1.1, 1.15 + height)
            if frame:
                middle = frame.at(0, 0, height / 2)
                w.noticeboard(plan, middle, width, height)
        elif kind == "radiator":
            width, height = plan.uniform(0.5, 1.4), plan.uniform(0.5, 0.75)
            frame = _spot(plan, width, 0.0, height)
            if frame:
                w.radiator(plan, frame, width, height)
        else:
            frame = _spot(plan, 0.6, 1.1, 2.0)
            if frame:
                picture(plan, frame.at(0, 0, 0.45), 0.58, 0.85)
