"""Kitchens: counters with what is built into them, cabinets above, appliances.

Cabinets, counters, refrigerators and all that is built in are `furniture`;
sinks, taps and hoods are `objects`.
"""

import dataclasses

import numpy as np

from mtl_zoo.datasets.rooms import materials as m
from mtl_zoo.datasets.rooms.plan import BRIGHTS
from mtl_zoo.datasets.rooms.plan import WOODS

FRONTS = (
    "#f2f0ea #e9e5da #dfe2df #a9bfa5 #7d8f86 #3d4f63 #2f3236 #8c2f25 #b9a98c"
).split()
STONES = "#2b2b2d #8a8178 #d8d4cc #6b4a3a #b7aea2 #efece6".split()


@dataclasses.dataclass
class Fittings:
    """What all of a kitchen's cabinets share.

    Attributes:
        base: `Material` of the fronts.
        top: int. The worktop's material.
        knob: linear RGB of the handles.
        inset: bool. Whether the fronts have a frame.
        steel: int. Material of the appliances.
    """

    base: m.Material
    top: int
    knob: np.ndarray
    inset: bool
    steel: int


def fittings(plan):
    """Draws the look of a kitchen."""
    if plan.chance(0.5):
        base = m.Wood(
            plan.color(plan.pick(WOODS + ["#5a2418", "#4a2a1c"]), 0.05),
            specular=0.2,
            seed=plan.seed(),
            upright=True,
        )
    else:
        base = m.Material(
            plan.color(plan.pick(FRONTS), 0.05), specular=0.15, mottle=0.01
        )
    stone = m.Stone(
        plan.color(plan.pick(STONES)),
        specular=0.35,
        seed=plan.seed(),
        second=plan.color(plan.pick(STONES)),
        veins=plan.chance(0.3),
    )
    top = plan.wood(0) if plan.chance(0.25) else plan.paint(stone)
    steel = plan.pick(("#c3c5c7", "#9fa2a5", "#f1f1ef", "#1d1e20"))
    return Fittings(
        base,
        top,
        plan.color(plan.pick(("#b9bcc0", "#2a2b2d", "#c9b27a"))),
        plan.chance(0.6),
        plan.plain(steel, specular=0.4),
    )


def front(plan, look, width, height, columns, rows):
    """The material of doors or drawers of this size."""
    return plan.paint(
        m.Doors(
            look.base.color,
            specular=look.base.specular,
            seed=plan.seed(),
            base=look.base,
            columns=columns,
            rows=rows,
            knob=look.knob,
            width=width,
            height=height,
            inset=look.inset,
        )
    )


def counter(plan, frame, look, width, depth=0.6, height=0.9):
    """Base cabinets under one worktop, some of them appliances."""
    part = plan.part("furniture", frame)
    body = height - 0.04
    count = max(1, int(round(width / plan.uniform(0.45, 0.65))))
    each = width / count
    part.box(
        (-width / 2, 0, 0),
        (width / 2, depth - 0.07, 0.1),
        plan.plain("#3a3835"),
    )
    doors = front(plan, look, each, body, 1, 1)
    drawers = front(plan, look, each, body, 1, plan.pick((3, 4)))
    for i in range(count):
        x = -width / 2 + i * each
        kind = plan.choose(
            ("doors", "drawers", "oven", "dishwasher"), (0.5, 0.25, 0.13, 0.12)
        )
        paint = {"doors": doors, "drawers": drawers}.get(kind, look.steel)
        part.box(
            (x + 0.002, 0, 0.1), (x + each - 0.002, depth - 0.02, body), paint
        )
        if kind == "oven":
            oven(plan, part, x + each / 2, each, depth - 0.02, body)
            hob(plan, frame.at(x + each / 2, depth / 2, height))
        elif kind == "dishwasher":
            dark = plan.plain("#26272a", specular=0.3)
            part.box(
                (x + 0.01, depth - 0.03, body - 0.11),
                (x + each - 0.01, depth - 0.015, body - 0.01),
                dark,
            )
    part.box(
        (-width / 2 - 0.005, 0, body),
        (width / 2 + 0.005, depth, height),
        look.top,
    )
    return part


def oven(plan, part, x, width, y, top):
    """The door of an oven in a counter, with its handle."""
    w = width / 2 - 0.04
    glass = plan.plain("#141517", specular=0.4)
    part.box((x - w, y - 0.01, 0.25), (x + w, y + 0.006, top - 0.2), glass)
    part.box(
        (x - w, y, top - 0.17), (x + w, y + 0.04, top - 0.15), plan.metal()
    )
    for i in range(4):
        cx = x + (i - 1.5) * w * 0.5
        part.box(
            (cx - 0.018, y, top - 0.08),
            (cx + 0.018, y + 0.02, top - 0.04),
            glass,
        )


def hob(plan, frame):
    """Four burners in black glass or steel; perhaps a pot on one."""
    part = plan.part("objects", frame)
    dark = plan.plain("#1a1b1d", specular=0.3)
    part.box((-0.28, -0.24, 0), (0.28, 0.24, 0.012), dark)
    for x in (-0.14, 0.14):
        for y in (-0.11, 0.11):
            part.frustum((x, y), 0.01, 0.03, 0.08, plan.plain("#37383a"))
    if plan.chance(0.5):
        steel = plan.metal()
        part.frustum((0.14, -0.11), 0.03, plan.uniform(0.12, 0.2), 0.11, steel)


def sink(plan, frame, height=0.0):
    """A steel basin in the worktop, and its tap."""
    part = plan.part("objects", frame)
    steel = plan.plain("#a9acaf", specular=0.5)
    dark = plan.plain("#5f6265", specular=0.3)
    part.box((-0.3, -0.2, 0), (0.3, 0.2, 0.008), steel)
    part.box((-0.26, -0.16, 0.004), (0.1, 0.16, 0.011), dark)
    part.frustum((0, -0.23), 0, 0.26, 0.016, steel)
    part.box((-0.013, -0.23, 0.24), (0.013, -0.05, 0.265), steel)
    part.frustum((0, -0.06), 0.2, 0.25, 0.012, steel)


def wall_cabinet(plan, frame, look, width, height, depth=0.34):
    """A cabinet that hangs; the frame's origin is its lower back edge."""
    part = plan.part("furniture", frame)
    columns = max(1, int(round(width / 0.42)))
    if plan.chance(0.15):  # Open boards with dishes.
        board = plan.paint(look.base)
        w = width / 2
        for z in (0.0, height / 2, height - 0.02):
            part.box((-w, 0, z), (w, depth, z + 0.02), board)
        for x in (-w, w - 0.02):
            part.box((x, 0.002, 0), (x + 0.02, depth - 0.002, height), board)
        for z in (0.02, height / 2 + 0.02):
            dishes(plan, frame.at(0, depth / 2, z), width * 0.8)
        return
    paint = front(plan, look, width, height, columns, 1)
    part.box((-width / 2, 0, 0), (width / 2, depth, height), paint)


def dishes(plan, frame, width):
    """Plates, jars and cups in a row."""
    part = plan.part("objects", frame)
    glaze = plan.plain(plan.pick(BRIGHTS + ["#f4f1ea"] * 6), specular=0.3)
    count = max(1, int(width / 0.22))
    for i in range(count):
        x = (i + 0.5) * width / count - width / 2
        radius = plan.uniform(0.035, 0.09)
        part.frustum(
            (x, 0), 0, plan.uniform(0.05, 0.2), radius * 0.8, glaze, radius
        )


def hood(plan, frame, look):
    """An extractor hood; the frame's origin is its lower back edge."""
    part = plan.part("objects", frame)
    part.box((-0.3, 0, 0), (0.3, 0.48, 0.06), look.steel)
    part.box((-0.25, 0, 0.06), (0.25, 0.36, 0.14), look.steel)
    part.box((-0.12, 0, 0.14), (0.12, 0.24, 0.85), look.steel)


def refrigerator(plan, frame, look, width=0.68, height=1.8):
    """A refrigerator, perhaps with notes on its door."""
    part = plan.part("furniture", frame)
    w, depth = width / 2, 0.64
    low = plan.pick((0.62, 0.7)) if plan.chance(0.7) else height - 0.02
    part.box((-w, 0, 0.02), (w, depth - 0.06, height), look.steel)
    for z0, z1 in ((0.04, low), (low + 0.012, height)):
        if z1 - z0 > 0.1:
            part.box((-w, depth - 0.055, z0), (w, depth, z1), look.steel, 0.02)
    grip = plan.metal()
    for z0, z1 in ((low - 0.3, low - 0.05), (low + 0.08, low + 0.5)):
        if z1 < height:
            part.box((w - 0.08, depth, z0), (w - 0.05, depth + 0.04, z1), grip)
    if plan.chance(0.4):
        notes = plan.part("picture", frame)
        for _ in range(int(plan.rng.integers(2, 9))):
            x, z = plan.uniform(-w + 0.1, w - 0.2), plan.uniform(0.9, 1.65)
            size = plan.uniform(0.05, 0.1)
            paper = plan.paint(m.Paper(plan.color(plan.pick(BRIGHTS))))
            notes.box(
                (x - size, depth - 0.002, z - size),
                (x + size, depth + 0.004, z + size),
                paper,
            )


def stool(plan, frame):
    """A bar stool with a round seat."""
    part = plan.part("chair", frame)
    wood, height = plan.wood(), plan.uniform(0.62, 0.74)
    part.frustum((0, 0), height - 0.05, height, 0.17, wood)
    if plan.chance(0.5):
        part.frustum((0, 0), 0.02, height - 0.04, 0.03, plan.metal())
        part.frustum((0, 0), 0, 0.025, 0.2, plan.metal())
        return
    for x in (-0.11, 0.11):
        for y in (-0.11, 0.11):
            part.box(
                (x - 0.016, y - 0.016, 0),
                (x + 0.016, y + 0.016, height - 0.04),
                wood,
            )
    part.box((-0.11, -0.012, 0.2), (0.11, 0.012, 0.23), wood)
