"""What one sits on."""

import numpy as np

from mtl_zoo.datasets.rooms.furniture.storage import legs
from mtl_zoo.datasets.rooms.plan import BRIGHTS
from mtl_zoo.datasets.rooms.plan import LINENS


def sofa(plan, frame, width, depth, label="sofa"):
    """A sofa, or an armchair where `label` says so."""
    cloth = plan.fabric(plain=0.88)
    part = plan.part(label, frame)
    w, arm = width / 2, plan.uniform(0.13, 0.22)
    seat, back = plan.uniform(0.40, 0.46), plan.uniform(0.72, 0.92)
    if label == "chair" and plan.chance(0.3):
        back = plan.uniform(1.0, 1.15)  # With wings, in old style.
    arm_top = plan.uniform(0.54, 0.64)
    foot = plan.wood()
    legs(part, width, depth, 0.1, foot, 0.03, 0.06)
    part.box(
        (-w + 0.02, 0.01, 0.07),
        (w - 0.02, depth - 0.03, seat - 0.13),
        cloth,
        0.03,
    )
    part.box(
        (-w + 0.01, 0.006, 0.09), (w - 0.01, 0.2, back - 0.06), cloth, 0.06
    )
    for side in (-1, 1):
        x0, x1 = sorted((side * w, side * (w - arm)))
        part.box((x0, 0.0, 0.08), (x1, depth - 0.01, arm_top), cloth, 0.07)
    inner = width - 2 * arm
    count = max(1, int(round(inner / 0.65)))
    each = inner / count
    for i in range(count):
        x = -inner / 2 + i * each
        part.box(
            (x + 0.006, 0.2, seat - 0.14),
            (x + each - 0.006, depth, seat),
            cloth,
            0.06,
        )
        part.box(
            (x + 0.008, 0.16, seat - 0.02),
            (x + each - 0.008, 0.34, back),
            cloth,
            0.08,
        )
    pillows = int(plan.rng.integers(0, 3)) if label == "sofa" else 0
    material = plan.fabric(plan.pick(BRIGHTS + LINENS), plain=0.3)
    for side in (-1, 1)[:pillows]:
        place = frame.at(
            side * (inner / 2 - 0.24), 0.44, seat + 0.16, -0.25 * side, 1.15
        )
        cushion = plan.part("objects", place)
        cushion.ellipsoid((0, 0, 0), (0.21, 0.2, 0.075), material)


def chair(plan, frame, material=None, cushion=None):
    """A dining chair: four legs, a seat at 0.45 m and a back."""
    if plan.chair_style == 3:
        upholstered_chair(plan, frame)
        return
    part = plan.part("chair", frame)
    wood = plan.wood(0) if material is None else material
    w, d, seat = 0.22, 0.44, 0.45
    top = 0.9
    part.box((-w, 0.0, seat - 0.035), (w, d, seat), wood, 0.015)
    if cushion is not None:
        part.box(
            (-w + 0.02, 0.03, seat),
            (w - 0.02, d - 0.02, seat + 0.04),
            cushion,
            0.02,
        )
    r = 0.019
    for x in (-w + r, w - r):
        part.box((x - r, d - 0.045, 0), (x + r, d - 0.007, seat - 0.02), wood)
        part.box((x - r, 0, 0), (x + r, 0.04, top), wood)
    part.box((-w + 0.03, 0.01, seat - 0.1), (w - 0.03, 0.03, seat), wood)
    part.box(
        (-w + 0.003, 0.006, top - 0.09),
        (w - 0.003, 0.032, top + 0.003),
        wood,
        0.01,
    )
    style = plan.chair_style
    if style == 0:
        part.box((-w + 0.003, 0.008, 0.6), (w - 0.003, 0.03, 0.68), wood)
    elif style == 1:
        for i in range(4):
            x = (i - 1.5) * 0.095
            part.box((x - 0.016, 0.01, seat), (x + 0.016, 0.028, top), wood)
    else:
        part.box((-w + 0.01, 0.006, 0.54), (w - 0.01, 0.035, top), wood, 0.02)


def upholstered_chair(plan, frame):
    """A dining chair covered in cloth."""
    part = plan.part("chair", frame)
    cloth = plan.chair_cloth
    legs(part, 0.46, 0.46, 0.4, plan.wood(), 0.02, 0.03)
    part.box((-0.23, 0.02, 0.36), (0.23, 0.47, 0.49), cloth, 0.04)
    part.box((-0.225, 0.0, 0.4), (0.225, 0.1, 1.0), cloth, 0.05)


def cantilever_chair(plan, frame):
    """A chair of bent steel tubes, with or without arms."""
    part = plan.part("chair", frame)
    steel = plan.metal()
    cloth = plan.fabric(plan.pick(("#1d1e20", "#efece6", "#7b3f34")), plain=0.9)
    for x in (-0.25, 0.25):
        a, b = x - 0.014, x + 0.014
        part.box((a, 0.0, 0), (b, 0.5, 0.028), steel, 0.01)
        part.box((a, 0.47, 0), (b, 0.5, 0.45), steel, 0.01)
        part.box((a, 0.02, 0.425), (b, 0.5, 0.45), steel, 0.01)
        part.box((a, 0.0, 0.42), (b, 0.03, 0.88), steel, 0.01)
        part.box((a, 0.02, 0.64), (b, 0.42, 0.665), steel, 0.01)
    part.box((-0.24, 0.03, 0.44), (0.24, 0.48, 0.465), cloth, 0.01)
    part.box((-0.24, 0.005, 0.55), (0.24, 0.03, 0.87), cloth, 0.01)


def office_chair(plan, frame):
    """A swivel chair with five feet and armrests."""
    part = plan.part("chair", frame)
    dark = plan.plain(
        plan.pick(("#222326", "#2d2f33", "#55585c")), specular=0.2
    )
    cloth = plan.fabric(
        plan.pick(("#2b2d33", "#3c4450", "#7b3f34", "#4f5d6b", *BRIGHTS))
    )
    for yaw in (0.3, 0.3 + np.pi / 3, 0.3 + 2 * np.pi / 3):
        star = plan.part("chair", frame.at(0, 0.25, 0, yaw), part.instance)
        star.box((-0.3, -0.025, 0.05), (0.3, 0.025, 0.09), dark)
        for x in (-0.29, 0.29):
            star.ellipsoid((x, 0, 0.03), (0.03, 0.03, 0.03), dark)
    part.frustum((0, 0.25), 0.08, 0.42, 0.03, dark)
    part.box((-0.25, 0.02, 0.41), (0.25, 0.5, 0.49), cloth, 0.05)
    part.box(
        (-0.23, 0.0, 0.52), (0.23, 0.07, plan.uniform(0.95, 1.1)), cloth, 0.05
    )
    part.box((-0.04, -0.01, 0.44), (0.04, 0.03, 0.7), dark)
    for x in (-0.27, 0.27):
        part.box((x - 0.025, 0.12, 0.64), (x + 0.025, 0.4, 0.67), dark, 0.01)
        part.box((x - 0.015, 0.2, 0.46), (x + 0.015, 0.24, 0.65), dark)
