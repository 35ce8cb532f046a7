"""Offices with several desks, and the halls and corridors of such houses."""

import numpy as np

from mtl_zoo.datasets.rooms.furniture import office as o
from mtl_zoo.datasets.rooms.furniture.decor import rug
from mtl_zoo.datasets.rooms.furniture.openings import door
from mtl_zoo.datasets.rooms.furniture.seating import cantilever_chair
from mtl_zoo.datasets.rooms.furniture.seating import office_chair
from mtl_zoo.datasets.rooms.furniture.small import bag
from mtl_zoo.datasets.rooms.furniture.small import clutter
from mtl_zoo.datasets.rooms.furniture.small import plant
from mtl_zoo.datasets.rooms.furniture.storage import cabinet
from mtl_zoo.datasets.rooms.furniture.tables import table
from mtl_zoo.datasets.rooms.geometry import yaw_rotation
from mtl_zoo.datasets.rooms.layout.pieces import shelf
from mtl_zoo.datasets.rooms.plan import Frame


def office(plan):
    """Desks with screens, some between partitions, cabinets, a board."""
    top = plan.plain(plan.pick(o.DESKTOPS), specular=0.1)
    cloth = plan.fabric(plain=0.8)
    parted = plan.chance(0.5)
    for _ in range(int(plan.rng.integers(2, 6))):
        width, depth = plan.uniform(1.3, 1.8), plan.uniform(0.7, 0.85)
        place = plan.at_wall(width, depth + 0.6, 0.76, 3.0)
        if not place:
            continue
        frame, wall = place
        along = plan.along(wall, frame)
        span = (along - width / 2, along + width / 2, 0, 1.3)
        plan.wall_spans[wall].append(span)
        _desk(plan, frame, width, depth, top)
        if parted:
            plan.new_group()
            height = plan.uniform(1.2, 1.6)
            side = frame.at(width / 2 - 0.04, (depth + 0.2) / 2, 0, np.pi / 2)
            o.partition(plan, side, depth + 0.2, height, cloth)
    if plan.chance(0.6):
        _island_of_desks(plan, top, cloth)
    for _ in range(int(plan.rng.integers(1, 4))):
        filing_cabinet(plan)
    shelf(plan, 0.6)
    board(plan, 0.6)


def _desk(plan, frame, width, depth, top):
    plan.new_group()
    o.desk(plan, frame, width, depth, 0.74, top)
    o.work_place(plan, frame.at(0, 0, 0.74), width, depth)
    if plan.chance(0.5):
        side = plan.pick((-1, 1)) * (width / 2 - 0.3)
        cabinet(plan, frame.at(side, 0.08, 0), 0.4, depth - 0.14, 0.62, 1, 3)
    elif plan.chance(0.4):
        bag(plan, frame.at(-width / 4, depth * 0.5, 0.0))
    plan.new_group()
    seat = frame.at(
        plan.uniform(-0.2, 0.2),
        depth + plan.uniform(0.2, 0.45),
        0,
        np.pi + plan.uniform(-0.9, 0.9),
    ).at(0, -0.2, 0)
    make = office_chair if plan.chance(0.8) else cantilever_chair
    make(plan, seat)


def _island_of_desks(plan, top, cloth):
    """Two desks that face each other in the middle of the room."""
    width, depth = plan.uniform(1.4, 1.8), 0.75
    x, y = (float(s) / 2 + plan.uniform(-0.5, 0.5) for s in plan.size[:2])
    reach = depth + 0.7
    rect = (x - width / 2, y - reach, x + width / 2, y + reach)
    if not plan.free(rect, 0.1):
        return
    plan.claim(rect, 0.8, 4.0)
    for yaw in (0.0, np.pi):
        frame = Frame((x, y, 0), yaw_rotation(yaw)).at(0, 0.04, 0)
        _desk(plan, frame, width, depth, top)
    if plan.chance(0.6):
        middle = Frame((x, y, 0), yaw_rotation(0.0))
        o.partition(plan, middle, width, plan.uniform(1.0, 1.4), cloth)


def filing_cabinet(plan):
    """A steel cabinet of drawers or doors at a wall, with things on it."""
    width = plan.pick((0.45, 0.8, 0.9, 1.2))
    height = plan.pick((0.75, 1.05, 1.35, 1.95))
    place = plan.at_wall(width, 0.5, height, 1.5)
    if place:
        plan.new_group()
        columns = 1 if width < 0.85 else 2
        rows = max(1, int(height / 0.33)) if plan.chance(0.6) else 1
        cabinet(plan, place[0], width, 0.48, height, columns, rows)
        if height < 1.5:
            clutter(plan, place[0].at(0, 0.24, height), width * 0.9, 0.2, 2)


def board(plan, p):
    """A whiteboard where a wall is free, with probability `p`."""
    wall = int(plan.rng.integers(4))
    length = float(plan.size[1 - wall // 2])
    width, height = plan.uniform(0.9, 2.2), plan.uniform(0.8, 1.2)
    if not plan.chance(p) or length < width + 0.5:
        return
    along = plan.uniform(width / 2 + 0.2, length - width / 2 - 0.2)
    box = (along - width / 2, along + width / 2, 0.85, 1.55 + height / 2)
    if plan.wall_free(wall, *box):
        plan.group = -1
        plan.wall_spans[wall].append(box)
        spot = plan.wall_frame(wall, along, 0, 1.5)
        o.whiteboard(plan, spot, width, height)


def corridor(plan):
    """Doors along both sides, cabinets, boards; little else."""
    long = 0 if plan.size[0] > plan.size[1] else 1
    sides = (2 - 2 * long, 3 - 2 * long)
    for wall in sides:
        for at in np.arange(1.2, float(plan.size[long]) - 1.0, 2.6):
            along = float(at) + plan.uniform(-0.3, 0.9)
            fits = along + 0.55 < float(plan.size[long])
            if (
                fits
                and plan.chance(0.6)
                and plan.wall_free(wall, along - 0.6, along + 0.6, 0, 2.2)
            ):
                door(plan, wall, along)
    for _ in range(int(plan.rng.integers(0, 6))):
        filing_cabinet(plan)
    shelf(plan, 0.3)
    board(plan, 0.4)
    if plan.chance(0.3):
        place = plan.at_wall(plan.uniform(1.0, 1.8), 0.5, 0.6, 1.0)
        if place:
            plan.new_group()
            o.bench(plan, place[0], 0.98, 0.48, False)
    ends = [[float(s) / 2 for s in plan.size[:2]] for _ in range(2)]
    ends[0][long], ends[1][long] = 0.4, float(plan.size[long]) - 0.4
    plan.interests += [(*end, 1.0, 6.0, 0.0) for end in ends]


def lobby(plan):
    """A hall: benches, a low table, columns, plants, perhaps a counter."""
    x, y, z = (float(s) for s in plan.size)
    paint = plan.plain(plan.pick(("#e9e6e0", "#b9b6ae", "#3d5266", "#8a5a34")))
    radius = plan.uniform(0.12, 0.25)
    if plan.chance(0.4):
        for side in (0.3, 0.7):
            rect = (
                x * side - radius,
                y / 2 - radius,
                x * side + radius,
                y / 2 + radius,
            )
            plan.claim(rect, z, 0.5)
            o.column(plan, x * side, y / 2, z, radius, paint)
    for _ in range(int(plan.rng.integers(1, 4))):
        width, depth = plan.uniform(1.2, 2.6), plan.uniform(0.6, 0.8)
        place = plan.at_wall(width, depth, 0.75, 2.5)
        if place:
            plan.new_group()
            o.bench(plan, place[0], width, depth, plan.chance(0.7))
    for _ in range(int(plan.rng.integers(1, 5))):
        spot = plan.on_floor(0.75, 0.75, 2.0)
        if spot:
            plan.new_group()
            frame = Frame((*spot, 0), yaw_rotation(plan.uniform(0, 3)))
            make = plan.choose((_seats, _table, _plants), (0.5, 0.25, 0.25))
            make(plan, frame)
    if plan.chance(0.4):
        rug(plan, x / 2, y / 2, plan.uniform(1.5, 3), plan.uniform(1.5, 3))
    for _ in range(2):
        filing_cabinet(plan)


def _seats(plan, frame):
    o.bench(plan, frame.at(0, -0.35, 0), 1.4, 0.7, plan.chance(0.3))


def _table(plan, frame):
    height = plan.pick((0.42, 0.74))
    table(plan, frame, 0.8, 0.8, height, plan.chance(0.6))
    clutter(plan, frame.at(0, 0, height), 0.5, 0.3, 3)


def _plants(plan, frame):
    plant(plan, frame, plan.uniform(1.0, 1.8))
