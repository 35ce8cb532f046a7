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
        make = plan.choose(
            (book_stack, vase, bowl, cups, small_box, plant_pot),
            (0.36, 0.14, 0.13, 0.12, 0.15, 0.1),
        )
        if make is book_stack:
            book_stack(plan, place, 3 if height < 0.5 else None)
        else:
            make(plan, place, size)
