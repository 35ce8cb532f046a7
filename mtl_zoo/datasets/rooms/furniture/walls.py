"""What hangs on walls or stands right at them: shelves, coats, radiators."""

import numpy as np

from mtl_zoo.datasets.rooms import materials as m
from mtl_zoo.datasets.rooms.furniture.small import clutter
from mtl_zoo.datasets.rooms.plan import BRIGHTS
from mtl_zoo.datasets.rooms.plan import FABRICS


def wall_shelf(plan, frame, width):
    """One or two boards on the wall with things on them."""
    part = plan.part("furniture", frame)
    wood, depth = plan.wood(int(plan.rng.integers(2))), 0.22
    for z in (0.0, 0.36)[: plan.pick((1, 2))]:
        part.box((-width / 2, 0, z), (width / 2, depth, z + 0.025), wood)
        count = max(1, int(width / 0.25))
        clutter(
            plan,
            frame.at(0, depth / 2, z + 0.026),
            width * 0.92,
            0.05,
            count,
            0.3,
        )


def coats(plan, frame, width):
    """Coats and bags on hooks."""
    rail = plan.part("furniture", frame)
    rail.box((-width / 2, 0, -0.05), (width / 2, 0.02, 0.05), plan.wood())
    count = max(1, int(width / 0.22))
    for i in range(count):
        if not plan.chance(0.75):
            continue
        x = (i + 0.5) * width / count - width / 2
        long = plan.uniform(0.35, 1.05)
        coat = plan.part("objects", frame.at(x, 0.1, 0))
        cloth = plan.fabric(plan.pick(FABRICS + BRIGHTS), plain=0.8)
        coat.ellipsoid((0, 0, -0.1), (0.13, 0.07, 0.12), cloth)
        coat.frustum((0, 0), -long, -0.1, 0.14, cloth, 0.1)


def radiator(plan, frame, width, height):
    """A radiator of ribs under a window or at a wall."""
    part = plan.part("objects", frame)
    white = plan.plain("#efeeea", specular=0.15)
    part.box((-width / 2, 0.03, 0.1), (width / 2, 0.07, height), white)
    for x in np.arange(-width / 2 + 0.03, width / 2 - 0.02, 0.09):
        part.box((x, 0.06, 0.12), (x + 0.045, 0.1, height - 0.02), white)


def clock(plan, frame):
    """A round clock; its face looks along y."""
    part = plan.part("objects", frame.at(0, 0, 0, 0, -np.pi / 2))
    radius = plan.uniform(0.12, 0.2)
    part.frustum((0, 0), 0, 0.03, radius, plan.metal())
    part.frustum((0, 0), 0.01, 0.035, radius * 0.9, plan.plain("#f2f1ec"))
    dark = plan.plain("#1b1b1b")
    part.box((-0.006, 0, 0.03), (0.006, radius * 0.7, 0.04), dark)
    part.box((0, -0.006, 0.03), (radius * 0.5, 0.006, 0.04), dark)


def fireplace(plan, frame):
    """A chimney breast with a dark opening and things on the mantel."""
    part = plan.part("wall", frame)
    stone = plan.plain(plan.pick(("#efece4", "#8a6a58", "#b9b4aa")))
    w, top = plan.uniform(0.6, 0.8), plan.uniform(1.05, 1.2)
    dark = plan.plain("#141210")
    part.box((-w + 0.2, 0, 0.05), (w - 0.2, 0.3, top - 0.3), dark)
    for x0, x1 in ((-w, -w + 0.22), (w - 0.22, w)):
        part.box((x0, 0, 0), (x1, 0.34, top - 0.05), stone)
    part.box((-w + 0.01, 0, top - 0.32), (w - 0.01, 0.335, top - 0.05), stone)
    mantel = plan.part("furniture", frame)
    mantel.box((-w - 0.08, 0, top - 0.05), (w + 0.08, 0.4, top), plan.wood())
    clutter(plan, frame.at(0, 0.2, top), 2 * w, 0.1, 4, 0.4)


def noticeboard(plan, frame, width, height):
    """Papers pinned to cork, labelled as a picture."""
    part = plan.part("picture", frame)
    w, h = width / 2, height / 2
    cork = plan.plain(plan.pick(("#b58a5c", "#3d5266", "#8f8f8a")))
    part.box((-w, 0, -h), (w, 0.02, h), cork)
    for _ in range(int(plan.rng.integers(2, 10))):
        x = plan.uniform(-w + 0.12, w - 0.12)
        z = plan.uniform(-h + 0.15, h - 0.15)
        paper = m.Paper(plan.color(plan.pick(BRIGHTS)), seed=plan.seed())
        depth = plan.uniform(0.021, 0.026)
        part.box(
            (x - 0.1, 0.018, z - 0.13),
            (x + 0.1, depth, z + 0.13),
            plan.paint(paper),
        )
