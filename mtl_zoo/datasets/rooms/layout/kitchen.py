"""Kitchens."""

import numpy as np

from mtl_zoo.datasets.rooms import materials as m
from mtl_zoo.datasets.rooms.furniture import kitchen as k
from mtl_zoo.datasets.rooms.furniture.seating import chair
from mtl_zoo.datasets.rooms.furniture.small import clutter
from mtl_zoo.datasets.rooms.furniture.storage import cabinet
from mtl_zoo.datasets.rooms.geometry import yaw_rotation
from mtl_zoo.datasets.rooms.layout.dining import dining_table
from mtl_zoo.datasets.rooms.plan import TILES
from mtl_zoo.datasets.rooms.plan import Frame


def kitchen(plan):
    """Counters along one or two walls, cabinets above, an island or a table."""
    look = k.fittings(plan)
    splash = plan.paint(
        m.Tiles(
            plan.color(plan.pick(TILES + ["#f2f2ee", "#7d9aa5", "#8a5a44"])),
            specular=0.2,
            seed=plan.seed(),
            size=plan.pick((0.1, 0.15, 0.2)),
        )
    )
    for _ in range(plan.choose((1, 2, 3), (0.3, 0.5, 0.2))):
        _counter_wall(plan, look, splash)
    if plan.chance(0.8):
        place = plan.at_wall(0.72, 0.68, 1.85, 2.0)
        if place:
            plan.new_group()
            k.refrigerator(plan, place[0], look, height=plan.uniform(1.5, 1.85))
    if plan.chance(0.4):
        _tall_cabinet(plan, look)
    if plan.chance(0.5):
        _island(plan, look)
    else:
        dining_table(plan)
    if plan.chance(0.3):
        place = plan.at_wall(plan.uniform(0.8, 1.2), 0.45, 0.9, 1.0)
        if place:
            plan.new_group()
            cabinet(plan, place[0], 0.78, 0.42, 0.9, 2, plan.pick((1, 2)))


def _counter_wall(plan, look, splash):
    """A counter as long as the wall allows, and what hangs above it."""
    for width in (plan.uniform(2.2, 4.0), plan.uniform(1.5, 2.4)):
        place = plan.at_wall(width, 0.62, 0.9, 3.0, clear=0.75)
        if place:
            break
    else:
        return
    frame, wall = place
    plan.group = -1
    k.counter(plan, frame, look, width)
    top = frame.at(0, 0, 0.9)
    if plan.chance(0.7):
        k.sink(plan, top.at(plan.uniform(-0.35, 0.35) * width, 0.32, 0))
    count = int(plan.rng.integers(2, 9))
    clutter(plan, top.at(0, 0.2, 0), width * 0.95, 0.18, count)
    along = plan.along(wall, frame)
    bottom, height = plan.uniform(1.38, 1.5), plan.uniform(0.6, 0.9)
    if plan.chance(0.7) and plan.wall_free(
        wall, along - width / 2, along + width / 2, 1.0, bottom
    ):
        back = plan.part("wall", top)
        back.box(
            (-width / 2, -0.018, 0), (width / 2, -0.002, bottom - 0.9), splash
        )
    if plan.chance(0.85):
        _wall_cabinets(plan, look, frame, wall, width, bottom, height)


def _wall_cabinets(plan, look, frame, wall, width, bottom, height):
    """Cabinets and a hood over a counter, where no window is."""
    top = bottom + height
    if top > float(plan.size[2]) - 0.02:
        return
    count = max(1, int(round(width / plan.uniform(0.6, 0.9))))
    each = width / count
    hood = int(plan.rng.integers(count)) if plan.chance(0.5) else -1
    for i in range(count):
        x = (i + 0.5) * each - width / 2
        along = plan.along(wall, frame, x)
        if not plan.wall_free(
            wall, along - each / 2, along + each / 2, bottom, top
        ):
            continue
        spot = frame.at(x, 0, bottom)
        if i == hood:
            k.hood(plan, spot.at(0, 0, 0.1), look)
        elif plan.chance(0.88):
            k.wall_cabinet(plan, spot, look, each - 0.004, height)
    low, high = (plan.along(wall, frame, s * width / 2) for s in (-1, 1))
    plan.wall_spans[wall].append(
        (min(low, high), max(low, high), bottom - 0.1, top + 0.05)
    )


def _tall_cabinet(plan, look):
    """A larder as high as the cabinets above the counters."""
    width, height = plan.pick((0.6, 0.9, 1.2)), plan.uniform(2.0, 2.25)
    place = plan.at_wall(width, 0.62, height, 0.8)
    if place:
        plan.group = -1
        part = plan.part("furniture", place[0])
        columns = max(1, int(width / 0.55))
        paint = k.front(plan, look, width, height, columns, plan.pick((1, 2)))
        part.box((-width / 2, 0, 0), (width / 2, 0.6, height), paint)


def _island(plan, look):
    """A counter in the middle, with stools or chairs before it."""
    width, depth = plan.uniform(1.2, 2.0), plan.uniform(0.7, 0.95)
    turned = plan.chance(0.5)
    w, d = (depth, width) if turned else (width, depth)
    x, y = (float(s) / 2 + plan.uniform(-0.6, 0.6) for s in plan.size[:2])
    rect = (x - w / 2, y - d / 2, x + w / 2, y + d / 2)
    if not plan.free(rect, 0.5):
        return
    plan.claim(rect, 0.92, 2.5)
    yaw = plan.pick((np.pi / 2, -np.pi / 2) if turned else (0.0, np.pi))
    frame = Frame((x, y, 0), yaw_rotation(yaw)).at(0, -depth / 2, 0)
    plan.new_group()
    k.counter(plan, frame, look, width, depth, 0.92)
    top = frame.at(0, depth / 2, 0.92)
    clutter(plan, top, width * 0.9, depth * 0.6, int(plan.rng.integers(2, 8)))
    if plan.chance(0.25):
        k.sink(plan, top)
    for i in range(int(plan.rng.integers(0, 4))):
        spot = frame.at((i - 1) * width / 3, -0.3, 0)
        rect = [*spot.origin[:2] - 0.2, *spot.origin[:2] + 0.2]
        if plan.free(rect, 0.02):
            plan.claim(rect, 0.7, 0)
            plan.new_group()
            (k.stool if plan.chance(0.8) else chair)(plan, spot)
