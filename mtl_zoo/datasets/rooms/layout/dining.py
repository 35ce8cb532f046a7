"""Dining rooms."""

import numpy as np

from mtl_zoo.datasets.rooms.furniture.decor import rug
from mtl_zoo.datasets.rooms.furniture.seating import chair
from mtl_zoo.datasets.rooms.furniture.small import clutter
from mtl_zoo.datasets.rooms.furniture.tables import table
from mtl_zoo.datasets.rooms.geometry import yaw_rotation
from mtl_zoo.datasets.rooms.layout.pieces import armchair
from mtl_zoo.datasets.rooms.layout.pieces import shelf
from mtl_zoo.datasets.rooms.layout.pieces import sideboard
from mtl_zoo.datasets.rooms.layout.pieces import tv_cabinet
from mtl_zoo.datasets.rooms.plan import Frame


def dining_table(plan):
    """A table with chairs around it."""
    width, depth = plan.uniform(1.2, 1.9), plan.uniform(0.8, 0.95)
    round_top = plan.chance(0.25)
    if round_top:
        width = depth = plan.uniform(0.95, 1.25)
    yaw = plan.pick((0.0, np.pi / 2))
    for _ in range(10):
        x = plan.uniform(1.2, float(plan.size[0]) - 1.2)
        y = plan.uniform(1.2, float(plan.size[1]) - 1.2)
        w, d = (width, depth) if yaw == 0 else (depth, width)
        rect = (
            x - w / 2 - 0.4,
            y - d / 2 - 0.4,
            x + w / 2 + 0.4,
            y + d / 2 + 0.4,
        )
        if plan.free(rect):
            break
    else:
        return
    plan.claim(rect, 0.8, 5.0)
    frame = Frame((x, y, 0), yaw_rotation(yaw))
    if plan.chance(0.4):
        rug(plan, x, y, w + 1.0, d + 1.0)
    plan.new_group()
    wood = plan.wood(0)
    table(plan, frame, width, depth, 0.75, round_top, wood)
    top = frame.at(0, 0, 0.75)
    if plan.chance(0.4) and not round_top:
        cloth = plan.part("table", top, len(plan.labels) - 1)
        cloth.box(
            (-0.2, -depth / 2 - 0.004, -0.12),
            (0.2, depth / 2 + 0.004, 0.004),
            plan.fabric(plain=0.3),
        )
    clutter(plan, top.at(0, 0, 0.005), width * 0.75, depth * 0.5, 4)
    cushion = plan.fabric(plain=0.5) if plan.chance(0.5) else None
    seat = plan.wood(int(plan.rng.integers(2)))
    slots = []
    if round_top:
        slots = [(i * np.pi / 2 + 0.4, width / 2) for i in range(4)]
        slots = [(r * np.sin(-a), r * np.cos(a), a + np.pi) for a, r in slots]
    else:
        count = 2 if width > 1.3 else 1
        for i in range(count):
            x = (i - (count - 1) / 2) * 0.6
            slots += [(x, depth / 2, np.pi), (x, -depth / 2, 0.0)]
        slots += [(width / 2, 0.0, np.pi / 2), (-width / 2, 0.0, -np.pi / 2)]
    for x, y, turn in slots:
        if plan.chance(0.8):
            plan.new_group()
            pull = plan.uniform(-0.02, 0.14)
            place = frame.at(x, y, 0, turn).at(
                plan.uniform(-0.04, 0.04),
                -0.32 - pull,
                0,
                plan.uniform(-0.15, 0.15),
            )
            chair(plan, place, seat, cushion)


def dining_room(plan):
    """A dining table and what goes along the walls."""
    dining_table(plan)
    if plan.chance(0.7):
        sideboard(plan)
    shelf(plan, 0.6)
    if plan.chance(0.45):
        tv_cabinet(plan, dresser=plan.chance(0.5))
    if plan.chance(0.3):
        armchair(plan)
