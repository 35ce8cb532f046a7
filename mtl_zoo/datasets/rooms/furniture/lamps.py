"""Lamps and their light."""

import numpy as np

from mtl_zoo.datasets.rooms import materials as m
from mtl_zoo.datasets.rooms.plan import BRIGHTS


def table_lamp(plan, frame, power=None):
    """A lamp with a shade, for a table."""
    part = plan.part("objects", frame)
    metal = plan.metal() if plan.chance(0.5) else plan.plain(plan.pick(BRIGHTS))
    height = plan.uniform(0.38, 0.55)
    part.frustum((0, 0), 0, 0.02, 0.075, metal)
    if plan.chance(0.5):
        part.ellipsoid((0, 0, 0.13), (0.075, 0.075, 0.12), metal)
    part.frustum((0, 0), 0.01, height - 0.1, 0.013, metal)
    shade(plan, part, height - 0.2, height, plan.uniform(0.12, 0.16), power)


def shade(plan, part, low, high, radius, power=None):
    """A lampshade, and the light in it where it is lit."""
    lit = power is not None or plan.chance(0.5)
    warm = plan.color(plan.pick(("#fff1d6", "#ffe6bd", "#fff8ea")), 0.03)
    cloth = plan.paint(
        m.Material(warm, emission=plan.uniform(2.0, 3.5) if lit else 0.0)
    )
    part.frustum(
        (0, 0), low, high, radius, cloth, radius * plan.uniform(0.6, 0.95)
    )
    if lit:
        plan.add_lamp(
            part.origin + part.rotation @ np.array([0, 0, (low + high) / 2]),
            plan.uniform(0.8, 1.6) if power is None else power,
            0.06,
            "#ffd9a0",
            (len(plan.parts) - 1,),
        )


def floor_lamp(plan, frame):
    """A lamp with a shade on a tall pole."""
    part = plan.part("objects", frame)
    metal = plan.metal()
    height = plan.uniform(1.45, 1.75)
    part.frustum((0, 0), 0, 0.025, 0.14, metal)
    part.frustum((0, 0), 0.02, height - 0.1, 0.014, metal)
    shade(plan, part, height - 0.28, height, plan.uniform(0.17, 0.24))
