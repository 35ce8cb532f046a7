"""What offices have: screens on desks, partitions, filing cabinets, boards."""

import numpy as np

from mtl_zoo.datasets.rooms import materials as m
from mtl_zoo.datasets.rooms.furniture.screens import television
from mtl_zoo.datasets.rooms.furniture.small import clutter
from mtl_zoo.datasets.rooms.furniture.small import papers
from mtl_zoo.datasets.rooms.plan import BRIGHTS
from mtl_zoo.datasets.rooms.plan import Frame

DESKTOPS = "#e8dfc8 #d9c7a0 #efeeea #b7b2a8 #c79d6b #8a5a34 #55565a".split()


def desk(plan, frame, width, depth, height=0.74, top=None):
    """A desk on a metal frame; its back is at the frame's origin."""
    part = plan.part("table", frame)
    w = width / 2
    top = top or plan.plain(plan.pick(DESKTOPS), specular=0.1)
    dark = plan.metal()
    part.box((-w, 0, height - 0.03), (w, depth, height), top, 0.005)
    for x in (-w + 0.05, w - 0.11):
        part.box(
            (x, depth / 2 - 0.04, 0.03),
            (x + 0.06, depth / 2 + 0.04, height - 0.03),
            dark,
        )
        part.box((x, 0.05, 0), (x + 0.06, depth - 0.05, 0.035), dark)
    if plan.chance(0.6):
        part.box((-w + 0.08, 0.04, 0.3), (w - 0.08, 0.06, height - 0.03), top)


def work_place(plan, frame, width, depth):
    """Screens, keyboard, papers and people's things on a desk's top."""
    for i in range(plan.choose((0, 1, 2), (0.15, 0.55, 0.3))):
        x = plan.uniform(-0.3, 0.0) + 0.55 * i
        size = min(plan.uniform(0.45, 0.62), width / 2)
        television(plan, frame.at(x, 0.22, 0, plan.uniform(-0.2, 0.2)), size)
    keys = plan.part(
        "objects", frame.at(plan.uniform(-0.1, 0.1), depth - 0.2, 0)
    )
    dark = plan.plain(plan.pick(("#222326", "#d9d9d6")))
    keys.box((-0.21, -0.07, 0), (0.21, 0.07, 0.02), dark)
    keys.ellipsoid((0.3, 0, 0.015), (0.035, 0.055, 0.02), dark)
    for side in (-1, 1):
        if plan.chance(0.7):
            papers(plan, frame.at(side * width * 0.35, depth * 0.6, 0))
    clutter(
        plan,
        frame.at(0, depth * 0.35, 0),
        width * 0.92,
        depth * 0.4,
        int(plan.rng.integers(2, 8)),
    )


def partition(plan, frame, width, height, cloth):
    """A cubicle's wall covered in cloth, part of the furniture."""
    part = plan.part("furniture", frame)
    w, rim = width / 2, plan.plain("#8d9094", specular=0.2)
    part.box((-w, -0.03, 0.05), (w, 0.03, height - 0.03), cloth)
    part.box((-w - 0.01, -0.035, height - 0.03), (w + 0.01, 0.035, height), rim)
    for x in (-w, w - 0.03):
        part.box((x - 0.005, -0.034, 0), (x + 0.035, 0.034, height), rim)


def whiteboard(plan, frame, width, height):
    """A board on the wall with some writing; the origin is its middle."""
    part = plan.part("objects", frame)
    w, h = width / 2, height / 2
    part.box((-w, 0, -h), (w, 0.02, h), plan.plain("#f4f5f5", specular=0.2))
    ink = plan.plain(plan.pick(BRIGHTS))
    for _ in range(int(plan.rng.integers(0, 8))):
        x, z = plan.uniform(-w, w * 0.5), plan.uniform(-h, h) * 0.8
        long = plan.uniform(0.1, 0.4) * w
        part.box((x, 0.018, z), (x + long, 0.022, z + 0.02), ink)
    rim = plan.metal()
    part.box((-w, 0, -h - 0.03), (w, 0.06, -h), rim)
    part.box((-w, 0, h), (w, 0.025, h + 0.02), rim)


def ceiling_panel(plan, frame, width, depth, lit):
    """A flat light in the ceiling; returns the part's number."""
    part = plan.part("objects", frame)
    glow = plan.paint(
        m.Material(m.linear("#f6faff"), emission=3.0 if lit else 0.25)
    )
    part.box((-width / 2, -depth / 2, -0.03), (width / 2, depth / 2, 0), glow)
    return len(plan.parts) - 1


def bench(plan, frame, width, depth, back=True):
    """An upholstered bench for waiting, labelled as a sofa."""
    part = plan.part("sofa", frame)
    cloth, w = plan.fabric(plain=0.9), width / 2
    base = plan.plain(plan.pick(("#2b2b2d", "#5e4630", "#8d9094")))
    part.box((-w + 0.06, 0.05, 0), (w - 0.06, depth - 0.06, 0.2), base)
    count = max(1, int(round(width / 0.75)))
    for i in range(count):
        x = -w + i * width / count
        part.box(
            (x + 0.004, 0, 0.2),
            (x + width / count - 0.004, depth, 0.43),
            cloth,
            0.04,
        )
    if back:
        height = plan.uniform(0.62, 0.8)
        part.box((-w, 0, 0.43), (w, 0.18, height), plan.fabric(plain=0.9), 0.05)


def column(plan, x, y, height, radius, paint=None):
    """A round or square column from floor to ceiling, part of the wall."""
    part = plan.part("wall", Frame((x, y, 0), np.eye(3, dtype="float32")))
    paint = paint or plan.plain(plan.pick(("#e9e6e0", "#b9b6ae", "#3d5266")))
    if radius < 0.1 or plan.chance(0.4):
        part.frustum((0, 0), 0, height, radius, paint)
    else:
        part.box((-radius, -radius, 0), (radius, radius, height), paint)
