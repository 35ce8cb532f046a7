"""Living rooms."""

import numpy as np

from mtl_zoo.datasets.rooms.furniture.decor import rug
from mtl_zoo.datasets.rooms.furniture.seating import sofa
from mtl_zoo.datasets.rooms.furniture.small import clutter
from mtl_zoo.datasets.rooms.furniture.tables import table
from mtl_zoo.datasets.rooms.layout.pieces import armchair
from mtl_zoo.datasets.rooms.layout.pieces import shelf
from mtl_zoo.datasets.rooms.layout.pieces import sideboard
from mtl_zoo.datasets.rooms.layout.pieces import tv_cabinet


def living(plan):
    """A sofa that looks at a television over a low table."""
    axis = 0 if plan.size[0] > plan.size[1] else 1
    walls = (2 * axis, 2 * axis + 1) if plan.chance(0.8) else (0, 1, 2, 3)
    placed = tv_cabinet(plan, walls=walls) if plan.chance(0.85) else None
    if placed:
        tv, wall = placed
    else:
        wall = int(plan.pick((0, 1, 2, 3)))
        tv = plan.wall_frame(wall, float(plan.size[1 - wall // 2]) / 2)
    axis = wall // 2
    room = float(plan.size[axis])
    width, depth = plan.uniform(1.5, 2.3), plan.uniform(0.82, 0.95)
    # The sofa looks at the television, from the far wall if that is near.
    far = room - depth - 0.03
    distance = far if far < 3.2 or plan.chance(0.5) else plan.uniform(2.4, 3.0)
    length = float(plan.size[1 - axis])
    along = float(tv.origin[1 - axis]) + plan.uniform(-0.3, 0.3)
    along = float(np.clip(along, width / 2 + 0.1, length - width / 2 - 0.1))
    opposite = wall ^ 1
    out = room - distance - depth
    rect = plan.rect(opposite, along, width, depth, out)
    if not plan.free(rect):
        place = plan.at_wall(width, depth, 0.85, 2.6)
        if place:
            plan.new_group()
            sofa(plan, place[0], width, depth)
    else:
        plan.claim(rect, 0.85, 4.0)
        if out < 0.1:
            plan.wall_spans[opposite].append(
                (along - width / 2, along + width / 2, 0, 0.95)
            )
        frame = plan.wall_frame(opposite, along, out)
        gap = distance - 0.5
        if plan.chance(0.7):
            middle = frame.at(0, depth + gap * 0.35, 0).origin
            size = (width * 1.15, min(gap * 0.9 + 0.4, 1.9))
            rug(plan, *middle[:2], *(size if axis == 1 else size[::-1]))
        plan.new_group()
        sofa(plan, frame, width, depth)
        if gap > 1.2:
            w, d = plan.uniform(0.8, 1.2), plan.uniform(0.45, 0.6)
            near = depth + plan.uniform(0.35, 0.5)
            rect = plan.rect(opposite, along, w, d, out + near)
            if plan.free(rect):
                plan.claim(rect, 0.42, 2.5)
                plan.new_group()
                height = plan.uniform(0.38, 0.46)
                spot = frame.at(0, near + d / 2, 0)
                table(plan, spot, w, d, height)
                clutter(plan, spot.at(0, 0, height), w * 0.85, d * 0.4, 3)
    for _ in range(int(plan.rng.integers(0, 3))):
        armchair(plan)
    shelf(plan, 0.75)
    if plan.chance(0.4):
        sideboard(plan)
    shelf(plan, 0.25)
