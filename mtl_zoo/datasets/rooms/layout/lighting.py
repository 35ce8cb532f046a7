"""Ceiling lamps, daylight and the sun."""

import numpy as np

from mtl_zoo.datasets.rooms import materials as m
from mtl_zoo.datasets.rooms.geometry import yaw_rotation
from mtl_zoo.datasets.rooms.plan import LABEL
from mtl_zoo.datasets.rooms.plan import Frame
from mtl_zoo.datasets.rooms.scene import Light


def light_room(plan, night):
    """Ceiling lamp, daylight and sun; lamps in shades are there already."""
    if night:
        plan.lights = plan.lights[:2]
    else:
        for light in plan.lights:
            light.power *= 0.6
        plan.lights = plan.lights[:1]
    x, y, z = (float(v) for v in plan.size)
    ceiling_on = night or plan.chance(0.35)
    if plan.chance(0.85) or night:
        plan.group = -1
        drop = plan.pick((0.0, 0.0, 0.35, 0.6))
        cx, cy = (
            x / 2 + plan.uniform(-0.4, 0.4),
            y / 2 + plan.uniform(-0.4, 0.4),
        )
        lamp = plan.part("objects", Frame((cx, cy, z - drop), yaw_rotation(0)))
        glow = plan.paint(
            m.Material(m.linear("#fff4e0"), emission=3.0 if ceiling_on else 0.1)
        )
        r = plan.uniform(0.16, 0.24)
        if drop:
            lamp.frustum((0, 0), 0, drop, 0.008, plan.metal())
            lamp.frustum((0, 0), -0.16, 0.02, r, glow, r * 0.5)
        else:
            lamp.ellipsoid((0, 0, -0.02), (r, r, 0.09), glow)
        if ceiling_on:
            # A hanging lamp sits at its bulb, one at the ceiling below it.
            plan.add_lamp(
                (cx, cy, z - drop - 0.12),
                plan.uniform(3.0, 4.5) if night else plan.uniform(1.2, 2.2),
                0.14,
                plan.pick(("#ffe3b8", "#fff0d8", "#fff8ee")),
                (len(plan.parts) - 1,),
            )
    if night:
        return
    sky = plan.pick(("#eaf2ff", "#f4f7ff", "#fff6e8"))
    for hole in plan.holes[:2]:
        plane, low, high, bottom, top = hole
        axis = plane // 2
        inward = np.zeros(3, "float32")
        inward[axis] = 1.0 - 2.0 * (plane % 2)
        position = np.zeros(3, "float32")
        position[axis] = (
            0.06 if plane % 2 == 0 else float(plan.size[axis]) - 0.06
        )
        position[1 - axis] = (low + high) / 2
        position[2] = (bottom + top) / 2
        grid = (plan.rng.permutation(8) + plan.rng.random(8)) / 8 - 0.5
        samples = np.zeros((3, 8))
        samples[1 - axis] = grid * (high - low)
        samples[2] = ((np.arange(8) + 0.5) / 8 - 0.5) * (top - bottom)
        area = (high - low) * (top - bottom)
        plan.lights.append(
            Light(
                "lamp",
                m.linear(sky),
                plan.uniform(2.2, 3.2) * area,
                samples.astype("float32"),
                position=position,
                size=0.5 * np.sqrt(area),
                normal=inward,
                ignore=_window_parts(plan),
            )
        )
    if plan.holes and plan.chance(0.45):
        hole = plan.holes[0]
        axis = hole[0] // 2
        direction = np.zeros(3)
        direction[axis] = -(1.0 - 2.0 * (hole[0] % 2))
        direction[1 - axis] = plan.uniform(-0.9, 0.9)
        direction[2] = plan.uniform(0.45, 1.1)
        direction /= np.linalg.norm(direction)
        samples = plan.rng.standard_normal((3, 8)) * 0.008
        plan.lights.append(
            Light(
                "sun",
                m.linear("#fff1d8"),
                plan.uniform(7, 12),
                samples.astype("float32"),
                direction=direction.astype("float32"),
                hole=hole,
            )
        )


def _window_parts(plan):
    """Windows and curtains let the daylight pass that starts among them."""
    return tuple(
        i
        for i, part in enumerate(plan.parts)
        if plan.labels[part.instance] == LABEL["window"]
    )
