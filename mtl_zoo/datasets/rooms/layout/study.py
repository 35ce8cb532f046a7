"""Studies."""

from mtl_zoo.datasets.rooms.furniture.seating import sofa
from mtl_zoo.datasets.rooms.layout.pieces import armchair
from mtl_zoo.datasets.rooms.layout.pieces import desk
from mtl_zoo.datasets.rooms.layout.pieces import shelf
from mtl_zoo.datasets.rooms.layout.pieces import sideboard
from mtl_zoo.datasets.rooms.layout.pieces import tv_cabinet


def study(plan):
    """A desk and books."""
    desk(plan)
    shelf(plan)
    shelf(plan, 0.6)
    if plan.chance(0.5):
        width = plan.uniform(1.4, 1.9)
        place = plan.at_wall(width, 0.88, 0.85, 2.0)
        if place:
            plan.new_group()
            sofa(plan, place[0], width, 0.86)
    if plan.chance(0.5):
        tv_cabinet(plan)
    if plan.chance(0.3):
        armchair(plan)
    if plan.chance(0.4):
        sideboard(plan)
