"""Single pieces, put where there is room for them."""

import numpy as np

from mtl_zoo.datasets.rooms.furniture.lamps import table_lamp
from mtl_zoo.datasets.rooms.furniture.screens import laptop
from mtl_zoo.datasets.rooms.furniture.screens import television
from mtl_zoo.datasets.rooms.furniture.seating import chair
from mtl_zoo.datasets.rooms.furniture.seating import office_chair
from mtl_zoo.datasets.rooms.furniture.seating import sofa
from mtl_zoo.datasets.rooms.furniture.small import book_stack
from mtl_zoo.datasets.rooms.furniture.small import clutter
from mtl_zoo.datasets.rooms.furniture.storage import bookshelf
from mtl_zoo.datasets.rooms.furniture.storage import cabinet
from mtl_zoo.datasets.rooms.furniture.tables import table
from mtl_zoo.datasets.rooms.geometry import yaw_rotation
from mtl_zoo.datasets.rooms.plan import PAINTS
from mtl_zoo.datasets.rooms.plan import Frame


def wardrobe(plan):
    """A wardrobe at a wall."""
    width = plan.pick((0.9, 1.2, 1.6))
    height = plan.uniform(1.85, 2.2)
    place = plan.at_wall(width, 0.58, height, 0.6)
    if place:
        plan.new_group()
        cabinet(
            plan, place[0], width, 0.56, height, int(round(width / 0.45)), 1
        )


def tv_cabinet(plan, dresser=False, walls=None):
    """A low cabinet or a dresser with a television on it."""
    width = plan.uniform(1.1, 1.7)
    height = plan.uniform(0.72, 0.9) if dresser else plan.uniform(0.42, 0.6)
    screen = min(plan.uniform(0.9, 1.35), width)
    place = plan.at_wall(width, 0.46, height, 3.0, walls)
    if not place:
        return None
    frame, wall = place
    plan.new_group()
    columns, rows = (2, 3) if dresser else (plan.pick((2, 3, 4)), 1)
    cabinet(plan, frame, width, 0.44, height, columns, rows)
    along = float(frame.origin[1 - wall // 2])
    plan.wall_spans[wall].append(
        (along - width / 2, along + width / 2, height, height + 0.95)
    )
    mounted = plan.chance(0.2)
    if mounted:
        group, plan.group = plan.group, -1
        television(plan, frame.at(0, 0.03, height + 0.25), screen, True)
        plan.group = group
    else:
        shift = plan.uniform(-1, 1) * (width - screen) / 2
        television(plan, frame.at(shift, 0.2, height), screen)
    if mounted or plan.chance(0.5):
        clutter(plan, frame.at(0, 0.34, height), width * 0.9, 0.1, 3, 0.3)
    return frame, wall


def shelf(plan, p=1.0):
    """A bookshelf at a wall, with probability `p`."""
    if not plan.chance(p):
        return
    width, height = (
        plan.uniform(0.75, 1.5),
        plan.pick((0.85, 1.25, 1.75, 2.0, 2.1)),
    )
    place = plan.at_wall(width, 0.32, height, 2.6)
    if place:
        plan.new_group()
        bookshelf(plan, place[0], width, 0.3, height)


def desk(plan):
    """A desk at a wall with screen or laptop, and its chair."""
    width, depth = plan.uniform(1.1, 1.5), plan.uniform(0.58, 0.7)
    place = plan.at_wall(width, depth + 0.55, 0.76, 2.6)
    if not place:
        return
    frame, wall = place
    plan.new_group()
    wood = plan.wood(int(plan.rng.integers(2)))
    table(plan, frame.at(0, depth / 2, 0), width, depth, 0.75, False, wood)
    if plan.chance(0.5):
        side = plan.pick((-1, 1))
        cabinet(
            plan,
            frame.at(side * (width / 2 - 0.28), 0.04, 0),
            0.38,
            depth - 0.12,
            0.62,
            1,
            3,
        )
    along = float(frame.origin[1 - wall // 2])
    plan.wall_spans[wall].append(
        (along - width / 2, along + width / 2, 0, 1.25)
    )
    top = frame.at(0, 0, 0.75)
    if plan.chance(0.7):
        television(
            plan,
            top.at(plan.uniform(-0.15, 0.15), 0.17, 0),
            plan.uniform(0.5, 0.68),
        )
        keys = plan.part("objects", top.at(0, depth - 0.22, 0))
        keys.box(
            (-0.21, -0.07, 0), (0.21, 0.07, 0.02), plan.plain(plan.pick(PAINTS))
        )
    else:
        laptop(plan, top.at(0, depth * 0.55, 0, plan.uniform(-0.2, 0.2)))
    if plan.chance(0.5):
        table_lamp(plan, top.at(-width / 2 + 0.15, 0.15, 0))
    book_stack(plan, top.at(width / 2 - 0.2, 0.24, 0, plan.uniform(-0.3, 0.3)))
    if plan.chance(0.5):
        clutter(plan, top.at(-width / 4, depth - 0.18, 0), 0.3, 0.1, 1)
    plan.new_group()
    seat = frame.at(
        plan.uniform(-0.15, 0.15),
        depth + plan.uniform(0.22, 0.45),
        0,
        np.pi + plan.uniform(-0.5, 0.5),
    ).at(0, -0.2, 0)
    if plan.chance(0.6):
        office_chair(plan, seat)
    else:
        chair(plan, seat)


def armchair(plan):
    """An armchair that faces the middle of the room."""
    spot = plan.on_floor(0.5, 0.8, 1.3)
    if spot:
        plan.new_group()
        middle = plan.size[:2] / 2
        angle = np.arctan2(middle[1] - spot[1], middle[0] - spot[0])
        yaw = angle - np.pi / 2 + plan.uniform(-0.4, 0.4)
        frame = Frame((*spot, 0), yaw_rotation(yaw)).at(0, -0.4, 0)
        sofa(plan, frame, 0.82, 0.82, "chair")


def sideboard(plan):
    """A sideboard with things on it."""
    width, height = plan.uniform(1.0, 1.6), plan.uniform(0.75, 0.95)
    place = plan.at_wall(width, 0.45, height, 1.0)
    if place:
        plan.new_group()
        cabinet(
            plan,
            place[0],
            width,
            0.43,
            height,
            plan.pick((2, 3, 4)),
            plan.pick((1, 1, 2)),
        )
        top = place[0].at(0, 0.22, height)
        clutter(plan, top, width * 0.9, 0.12, 3)
