"""Ceiling lamps, daylight and the sun."""

import numpy as np

from mtl_zoo.datasets.rooms import materials as m
from mtl_zoo.datasets.rooms.furniture.office import ceiling_panel
from mtl_zoo.datasets.rooms.geometry import yaw_rotation
from mtl_zoo.datasets.rooms.plan import LABEL
from mtl_zoo.datasets.rooms.plan import Frame
from mtl_zoo.datasets.rooms.scene import Light

# Each light costs a shadow ray for every second pixel.
MOST_LAMPS = 4
COLD = ("#f2f7ff", "#fdfdf5", "#eaf6ee")
WARM = ("#ffe3b8", "#fff0d8", "#fff8ee", "#ffd9a0")


def ceiling_lamps(plan):
    """The lamps at a room's ceiling: one, or rows of panels."""
    if plan.kind in ("office", "corridor", "lobby", "utility"):
        _panels(plan)
    elif plan.chance(0.85) or plan.night:
        _one_lamp(plan)


def _panels(plan):
    """Panels or tubes in rows, of which one or two light the room."""
    x, y, z = (float(s) for s in plan.size)
    lit = plan.night or plan.chance(0.75)
    width, depth = plan.pick(((0.6, 0.6), (0.3, 1.2), (0.18, 1.2)))
    if x > y:
        width, depth = depth, width
    gap = plan.uniform(2.0, 3.0)
    columns, rows = max(1, int(x / gap)), max(1, int(y / gap))
    numbers = tuple(
        ceiling_panel(
            plan,
            Frame(
                ((i + 0.5) * x / columns, (j + 0.5) * y / rows, z),
                yaw_rotation(0),
            ),
            width,
            depth,
            lit,
        )
        for i in range(columns)
        for j in range(rows)
    )
    if not lit:
        return
    color = plan.pick(COLD + WARM[1:3])
    long = 0 if x > y else 1
    shares = (0.25, 0.75) if max(x, y) > 5 else (0.5,)
    for share in shares:
        at = [x / 2, y / 2, z - 0.12]
        at[long] = share * max(x, y)
        power = plan.uniform(2.4, 4.2) * min(1.0, (x * y / 16) ** 0.5)
        plan.add_lamp(at, power, 0.3, color, numbers)


def _one_lamp(plan):
    """A lamp in the middle of the ceiling, or one that hangs from it."""
    x, y, z = (float(s) for s in plan.size)
    lit = plan.night or plan.chance(0.35)
    drop = plan.pick((0.0, 0.0, 0.35, 0.6))
    cx, cy = x / 2 + plan.uniform(-0.4, 0.4), y / 2 + plan.uniform(-0.4, 0.4)
    lamp = plan.part("objects", Frame((cx, cy, z - drop), yaw_rotation(0)))
    glow = plan.paint(
        m.Material(m.linear("#fff4e0"), emission=3.0 if lit else 0.1)
    )
    r = plan.uniform(0.16, 0.24)
    if drop:
        lamp.frustum((0, 0), 0, drop, 0.008, plan.metal())
        lamp.frustum((0, 0), -0.16, 0.02, r, glow, r * 0.5)
    else:
        lamp.ellipsoid((0, 0, -0.02), (r, r, 0.09), glow)
    if lit:
        # A hanging lamp sits at its bulb, one at the ceiling below it.
        plan.add_lamp(
            (cx, cy, z - drop - 0.12),
            plan.uniform(3.0, 4.5) if plan.night else plan.uniform(1.2, 2.2),
            0.14,
            plan.pick(WARM),
            (len(plan.parts) - 1,),
        )


def light_room(plan):
    """Keeps the strongest lamps, adds daylight and sun by day."""
    lamps = sorted(plan.lights, key=lambda light: -light.power)
    if plan.night:
        plan.lights = lamps[:MOST_LAMPS]
        return
    plan.lights = lamps[: max(1, MOST_LAMPS - len(plan.holes))]
    for light in plan.lights:
        light.power *= 0.7
    _daylight(plan)
    if plan.holes and plan.chance(0.45):
        _sun(plan)


def _daylight(plan):
    """A light the size of the window, for the first few of them."""
    sky = plan.pick(("#eaf2ff", "#f4f7ff", "#fff6e8"))
    for hole in plan.holes[:3]:
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


def _sun(plan):
    """The sun through the first window."""
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
