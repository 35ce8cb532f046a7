"""Bedrooms."""

import numpy as np

from mtl_zoo.datasets.rooms.furniture.beds import bed
from mtl_zoo.datasets.rooms.furniture.decor import rug
from mtl_zoo.datasets.rooms.furniture.lamps import table_lamp
from mtl_zoo.datasets.rooms.furniture.small import book_stack
from mtl_zoo.datasets.rooms.furniture.storage import cabinet
from mtl_zoo.datasets.rooms.layout.pieces import armchair
from mtl_zoo.datasets.rooms.layout.pieces import desk
from mtl_zoo.datasets.rooms.layout.pieces import shelf
from mtl_zoo.datasets.rooms.layout.pieces import tv_cabinet
from mtl_zoo.datasets.rooms.layout.pieces import wardrobe


def bedroom(plan):
    """Bed, nightstands, wardrobe and more."""
    width = plan.pick((0.95, 1.45, 1.65, 1.8))
    length = 2.05
    place = plan.at_wall(width, length, 0.5, 5.0, clear=0.35)
    if place:
        frame, wall = place
        along = float(frame.origin[1 - wall // 2])
        if plan.chance(0.5):
            middle = frame.at(0, 1.3, 0)
            rug(
                plan,
                *np.clip(middle.origin[:2], 1.0, plan.size[:2] - 1.0),
                *((2.2, 1.6) if wall >= 2 else (1.6, 2.2)),
            )
        plan.new_group()
        bed(plan, frame, width, length)
        plan.wall_spans[wall].append(
            (along - width / 2, along + width / 2, 0, 1.2)
        )
        for side in (-1, 1):
            away = side * (width / 2 + 0.3)
            spot = frame.at(away, 0, 0)
            centre = float(spot.origin[1 - wall // 2])
            rect = plan.rect(wall, centre, 0.46, 0.4, 0.02)
            if plan.free(rect, 0.0) and plan.chance(0.85):
                plan.claim(rect, 0.55, 0.7)
                plan.new_group()
                height = plan.uniform(0.45, 0.58)
                cabinet(plan, spot, 0.44, 0.38, height, 1, plan.pick((1, 2, 3)))
                top = spot.at(0, 0.19, height)
                if plan.chance(0.65):
                    table_lamp(plan, top.at(-0.06, -0.02, 0))
                    if plan.chance(0.5):
                        book_stack(plan, top.at(0.08, 0.06, 0, 0.2), 2)
                else:
                    book_stack(plan, top.at(0, 0, 0, 0.2))
    if plan.chance(0.6):
        tv_cabinet(plan, dresser=True)
    if plan.chance(0.6):
        wardrobe(plan)
    shelf(plan, 0.5)
    if plan.chance(0.4):
        desk(plan)
    if plan.chance(0.35):
        armchair(plan)
