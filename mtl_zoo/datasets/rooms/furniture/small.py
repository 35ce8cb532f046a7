"""Small things that lie and stand about."""

import numpy as np

from mtl_zoo.datasets.rooms import materials as m
from mtl_zoo.datasets.rooms.plan import ACCENTS
from mtl_zoo.datasets.rooms.plan import BRIGHTS
from mtl_zoo.datasets.rooms.plan import FABRICS
from mtl_zoo.datasets.rooms.plan import LINENS


def book_stack(plan, frame, count=None):
    """A stack of lying books; returns its height."""
    part = plan.part("books", frame)
    z = 0.0
    for _ in range(count or int(plan.rng.integers(2, 6))):
        w, d = plan.uniform(0.12, 0.17), plan.uniform(0.09, 0.125)
        thick = plan.uniform(0.02, 0.045)
        x, y = plan.uniform(-0.02, 0.02), plan.uniform(-0.02, 0.02)
        part.box(
            (x - w, y - d, z),
            (x + w, y + d, z + thick),
            plan.paint(
                m.Cover(
                    plan.color(plan.pick(BRIGHTS + ACCENTS)), seed=plan.seed()
                )
            ),
        )
        z += thick
    return z


def vase(plan, frame, size=1.0):
    """A vase, perhaps with leaves in it."""
    part = plan.part("objects", frame)
    glaze = plan.plain(plan.pick(BRIGHTS + ACCENTS), specular=0.4)
    r = plan.uniform(0.05, 0.08) * size
    part.ellipsoid((0, 0, r * 1.2), (r, r, r * 1.2), glaze)
    part.frustum((0, 0), r * 2.0, r * 3.2, r * 0.45, glaze, r * 0.6)
    if plan.chance(0.5):
        leaf = plan.paint(
            m.Leaves(plan.color("#5f8a3f", 0.2), seed=plan.seed())
        )
        for _ in range(3):
            x, y = plan.uniform(-1, 1) * r, plan.uniform(-1, 1) * r
            part.ellipsoid((x, y, r * 4.4), (r * 0.9, r * 0.9, r * 1.4), leaf)


def bowl(plan, frame, size=1.0):
    """A bowl of fruit."""
    part = plan.part("objects", frame)
    glaze = plan.plain(plan.pick(BRIGHTS + LINENS), specular=0.3)
    r = plan.uniform(0.1, 0.15) * size
    part.frustum((0, 0), 0, r * 0.6, r * 0.55, glaze, r)
    fruit = plan.plain(plan.pick(("#c8352b", "#e27a35", "#8fae3c", "#e9c46a")))
    for i in range(4):
        x, y = np.cos(i * 1.7) * r * 0.45, np.sin(i * 1.7) * r * 0.45
        part.ellipsoid((x, y, r * 0.62), (r * 0.36,) * 3, fruit)


def cups(plan, frame, size=1.0):
    """A cup or two."""
    part = plan.part("objects", frame)
    glaze = plan.plain(plan.pick(BRIGHTS + LINENS), specular=0.3)
    part.frustum((0, 0), 0, 0.1, 0.04, glaze, 0.046)
    if plan.chance(0.6):
        part.frustum((0.11, 0.05), 0, 0.1, 0.04, glaze, 0.046)


def small_box(plan, frame, size=1.0):
    """A coloured box, small enough for a shelf."""
    part = plan.part("objects", frame)
    w, d, h = (plan.uniform(0.06, 0.13) * size for _ in range(3))
    part.box(
        (-w, -d, 0), (w, d, 1.6 * h), plan.plain(plan.pick(BRIGHTS + FABRICS))
    )


def plant_pot(plan, frame, size=1.0):
    """A plant that is small enough for a table."""
    plant(plan, frame, 0.32 * size)


def plant(plan, frame, height):
    """A pot with a trunk and foliage of this height."""
    part = plan.part("objects", frame)
    pot = plan.plain(plan.pick(("#b5651d", "#e8e6e1", "#444a50", "#8c6b4f")))
    leaf = plan.paint(m.Leaves(plan.color("#547a35", 0.25), seed=plan.seed()))
    r = height * 0.17
    part.frustum((0, 0), 0, height * 0.26, r * 0.75, pot, r)
    trunk = plan.plain("#5e4630")
    part.frustum((0, 0), height * 0.2, height * 0.7, r * 0.1, trunk)
    if plan.chance(0.4):
        _palm_leaves(plan, frame, part.instance, height, leaf)
        return
    for i in range(9):
        angle, up = i * 2.4, 0.42 + 0.055 * i
        reach = height * 0.2 * (1.15 - 0.09 * i)
        part.ellipsoid(
            (np.cos(angle) * reach, np.sin(angle) * reach, up * height),
            (height * 0.12, height * 0.12, height * plan.uniform(0.07, 0.16)),
            leaf,
        )


def clutter(plan, frame, width, depth, count, height=1.0):
    """Small things side by side on a board of this width."""
    step = width / max(count, 1)
    size = float(np.clip(height / 0.4, 0.5, 1))
    for i in range(count):
        x = (i + 0.5) * step - width / 2 + plan.uniform(-0.15, 0.15) * step
        y = plan.uniform(-0.5, 0.5) * depth
        place = frame.at(x, y, 0, plan.uniform(-0.5, 0.5))
        make = plan.choose(tuple(SMALL_THINGS), tuple(SMALL_THINGS.values()))
        if make is book_stack:
            book_stack(plan, place, 3 if height < 0.5 else None)
        else:
            make(plan, place, size)


def _palm_leaves(plan, frame, instance, height, leaf):
    """Long leaves that bend outwards from the top of the trunk."""
    for i in range(9):
        long = height * plan.uniform(0.2, 0.32)
        tilt = plan.uniform(-0.9, 0.5)
        top = frame.at(0, 0, 0.66 * height, i * 2.4, tilt)
        blade = plan.part("objects", top.at(0, long, 0), instance)
        blade.ellipsoid((0, 0, 0), (long * 0.16, long, long * 0.04), leaf)


def bottle(plan, frame, size=1.0):
    """A bottle or a can, or two of them."""
    part = plan.part("objects", frame)
    color = plan.color(plan.pick(BRIGHTS + ["#2f5d3a", "#5a3a1e", "#cfd6da"]))
    paint = plan.paint(
        m.Labelled(
            color,
            specular=0.35,
            seed=plan.seed(),
            second=plan.color(plan.pick(BRIGHTS + LINENS)),
        )
    )
    r = plan.uniform(0.03, 0.045)
    for x in (0.0, 0.1)[: plan.pick((1, 1, 2))]:
        body = plan.uniform(0.1, 0.2) * size
        part.frustum((x, 0), 0, body, r, paint)
        if plan.chance(0.7):
            part.frustum((x, 0), body, body * 1.25, r, paint, r * 0.4)
            part.frustum((x, 0), body * 1.2, body * 1.5, r * 0.4, paint)


def papers(plan, frame, size=1.0):
    """Sheets of paper or a magazine, flat on a board."""
    part = plan.part("objects", frame)
    for i in range(int(plan.rng.integers(1, 4))):
        x, y = plan.uniform(-0.05, 0.05), plan.uniform(-0.05, 0.05)
        part.box(
            (x - 0.105, y - 0.148, 0),
            (x + 0.105, y + 0.148, 0.004 + 0.004 * i),
            plan.paint(
                m.Paper(plan.color(plan.pick(BRIGHTS)), seed=plan.seed())
            ),
        )


def ball(plan, frame, size=1.0):
    """A ball of two colours, or a globe on a table."""
    part = plan.part("objects", frame)
    r = plan.uniform(0.05, 0.13) * size
    paint = m.Ball(
        plan.color(plan.pick(BRIGHTS)),
        specular=0.3,
        second=plan.color(plan.pick(BRIGHTS)),
    )
    part.ellipsoid((0, 0, r), (r, r, r), plan.paint(paint))


def bag(plan, frame, size=1.0):
    """A bag or a backpack that stands."""
    part = plan.part("objects", frame)
    cloth = plan.fabric(plan.pick(FABRICS + BRIGHTS), plain=0.7)
    w, d, h = (plan.uniform(a, b) * size for a, b in BAG)
    part.box((-w, -d, 0), (w, d, h * 0.85), cloth, 0.05)
    part.box(
        (-w * 0.75, d * 0.9, 0.03), (w * 0.75, d * 1.4, h * 0.5), cloth, 0.04
    )
    for x in (-w * 0.5, w * 0.5):
        part.box((x - 0.012, -0.01, h * 0.8), (x + 0.012, 0.01, h), cloth)
    part.box((-w * 0.5, -0.01, h - 0.02), (w * 0.5, 0.01, h), cloth)


def shoes(plan, frame, size=1.0):
    """A pair of shoes."""
    part = plan.part("objects", frame)
    paint = plan.plain(plan.pick(BRIGHTS + FABRICS), specular=0.1)
    for x in (-0.07, 0.08):
        part.ellipsoid((x, 0.06, 0.03), (0.045, 0.09, 0.045), paint)
        part.box((x - 0.04, -0.12, 0), (x + 0.04, 0.08, 0.06), paint, 0.02)


# Half widths, half depths and heights of bags.
BAG = ((0.13, 0.2), (0.08, 0.14), (0.3, 0.48))
# What stands on furniture, and how often.
SMALL_THINGS = {
    book_stack: 0.24,
    vase: 0.1,
    bowl: 0.1,
    cups: 0.12,
    small_box: 0.13,
    plant_pot: 0.09,
    bottle: 0.14,
    papers: 0.08,
    ball: 0.03,
}
