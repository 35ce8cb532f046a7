"""Bathrooms."""

from mtl_zoo.datasets.rooms.furniture import bathroom as b
from mtl_zoo.datasets.rooms.furniture.decor import rug
from mtl_zoo.datasets.rooms.furniture.small import clutter
from mtl_zoo.datasets.rooms.furniture.utility import laundry_basket
from mtl_zoo.datasets.rooms.furniture.utility import washing_machine
from mtl_zoo.datasets.rooms.layout.pieces import shelf


def bathroom(plan):
    """A tub, a basin under a mirror, a toilet, towels."""
    width, depth = plan.uniform(1.5, 1.75), plan.uniform(0.7, 0.78)
    place = plan.at_wall(width, depth, 0.58, 2.5)
    if place:
        plan.new_group()
        b.bathtub(plan, place[0], width, depth)
        if plan.chance(0.5):
            rod = place[0].at(0, depth + 0.03, 0)
            b.shower_curtain(plan, rod, width, 2.0)
    width = plan.uniform(0.6, 1.3)
    place = plan.at_wall(width, 0.5, 0.85, 2.5, clear=0.4)
    if place:
        frame, wall = place
        plan.new_group()
        b.vanity(plan, frame, width)
        clutter(plan, frame.at(0, 0.12, 0.8), width * 0.9, 0.08, 3, 0.3)
        _mirror(plan, frame, wall, width)
    place = plan.at_wall(0.45, 0.7, 0.8, 2.0, clear=0.2)
    if place:
        plan.new_group()
        b.toilet(plan, place[0])
    if plan.chance(0.35):
        place = plan.at_wall(0.62, 0.62, 0.86, 1.0)
        if place:
            plan.new_group()
            washing_machine(plan, place[0])
    if plan.chance(0.4):
        place = plan.at_wall(0.5, 0.5, 0.4, 0.6)
        if place:
            plan.new_group()
            laundry_basket(plan, place[0].at(0, 0.25, 0))
    if plan.chance(0.6):
        x, y = (float(s) / 2 for s in plan.size[:2])
        rug(plan, x, y, plan.uniform(0.7, 1.0), plan.uniform(0.5, 0.7))
    shelf(plan, 0.3)
    plan.group = -1
    for _ in range(2):
        _towel(plan)


def _mirror(plan, frame, wall, width):
    along = plan.along(wall, frame)
    w, h = min(width, plan.uniform(0.5, 0.9)), plan.uniform(0.6, 0.9)
    box = (along - w / 2 - 0.04, along + w / 2 + 0.04, 1.15, 1.25 + h)
    if plan.wall_free(wall, *box):
        plan.wall_spans[wall].append(box)
        spot = plan.wall_frame(wall, along, 0, 1.2 + h / 2)
        b.mirror(plan, spot, w, h)


def _towel(plan):
    wall = int(plan.rng.integers(4))
    along = plan.uniform(0.5, float(plan.size[1 - wall // 2]) - 0.5)
    if plan.wall_free(wall, along - 0.4, along + 0.4, 0.4, 1.4):
        plan.wall_spans[wall].append((along - 0.4, along + 0.4, 0.4, 1.4))
        b.towel(plan, plan.wall_frame(wall, along, 0, 1.2))
