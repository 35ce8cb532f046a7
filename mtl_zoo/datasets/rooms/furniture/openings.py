"""Windows and doors."""

from mtl_zoo.datasets.rooms import materials as m
from mtl_zoo.datasets.rooms.plan import DARKS
from mtl_zoo.datasets.rooms.plan import WOODS


def window(plan, wall, along, width, bottom, top, night):
    """An opening in the wall with the view, a frame and curtains."""
    low, high = along - width / 2, along + width / 2
    plan.holes.append((wall, low, high, bottom, top))
    plan.wall_spans[wall].append(
        (low - 0.15, high + 0.15, bottom - 0.1, top + 0.2)
    )
    frame = plan.wall_frame(wall, along, 0, bottom)
    part = plan.part("window", frame)
    white = plan.plain(
        plan.pick(("#f2f1ee", "#e8e6e0", "#7a5638", "#3b3d40")), specular=0.1
    )
    w, h, deep = width / 2, top - bottom, 0.16
    view = plan.paint(
        m.Outside(
            m.linear("#ffffff"),
            emission=0.12 if night else plan.window_glow,
            seed=plan.seed(),
            kind=plan.pick(("trees", "trees", "houses", "sky")),
            night=night,
        )
    )
    part.box((-w - 0.1, -deep - 0.05, -0.1), (w + 0.1, -deep, h + 0.1), view)
    # The sides of the opening.
    part.box((-w - 0.1, -deep, -0.1), (-w, -0.001, h + 0.1), white)
    part.box((w, -deep, -0.1), (w + 0.1, -0.001, h + 0.1), white)
    part.box((-w, -deep, h), (w, -0.001, h + 0.1), white)
    part.box((-w - 0.06, -deep, -0.04), (w + 0.06, 0.06, 0.0), white)
    # Frame and bars.
    r = 0.03
    y0, y1 = -deep + 0.005, -deep + 0.05
    for x in (-w, w - 2 * r):
        part.box((x, y0, 0), (x + 2 * r, y1, h), white)
    for z in (0, h - 2 * r):
        part.box((-w, y0, z), (w, y1, z + 2 * r), white)
    bars = max(1, int(round(width / 0.7)))
    for i in range(1, bars):
        x = -w + i * width / bars
        part.box((x - r, y0, 0), (x + r, y1, h), white)
    if plan.chance(0.4):
        z = h * plan.pick((0.5, 0.66))
        part.box((-w, y0, z - 0.018), (w, y1, z + 0.018), white)
    # Casing on the wall.
    c = 0.06
    part.box((-w - c, 0, -0.02), (-w, 0.018, h + c), white)
    part.box((w, 0, -0.02), (w + c, 0.018, h + c), white)
    part.box((-w, 0, h), (w, 0.018, h + c), white)
    if plan.chance(0.3):
        blinds(plan, frame, part.instance, w, h, night)
    if plan.chance(0.55):
        curtains(plan, frame, part.instance, w, h, bottom)


def blinds(plan, frame, instance, w, h, night):
    """Slats that cover some or all of a window."""
    part = plan.part("window", frame, instance)
    glow = 0.0 if night else plan.uniform(0.3, 1.0) * plan.window_glow
    slats = plan.paint(
        m.Blinds(
            plan.color(plan.pick(("#f4f1e8", "#e6e6e4", "#b58a5c"))),
            emission=0.5 * glow,
            pitch=plan.pick((0.03, 0.05)),
        )
    )
    low = h * plan.pick((0.0, 0.0, 0.3, 0.6))
    part.box((-w, -0.09, low), (w, -0.075, h), slats)


def curtains(plan, frame, instance, w, h, bottom):
    """Two curtains of hanging folds on a rod."""
    long = plan.chance(0.6) or bottom < 0.4
    low = -bottom + 0.03 if long else -0.15
    cloth = plan.fabric(plain=0.6)
    if plan.chance(0.25):
        cloth = plan.fabric(plan.pick(DARKS), plain=0.6)
    part = plan.part("window", frame, instance)
    for side in (-1, 1):
        folds = int(plan.rng.integers(3, 8))
        for i in range(folds):
            x = side * (w + 0.14 - i * 0.072)
            y = 0.09 + 0.02 * (i % 2)
            part.frustum((x, y), low, h + 0.12, 0.045, cloth, 0.04)
    if plan.chance(0.15):  # A valance.
        part.box(
            (-w - 0.25, 0.03, h - 0.12), (w + 0.25, 0.16, h + 0.16), cloth, 0.05
        )
        return
    rod = plan.part("window", frame.at(0, 0.1, h + 0.13), instance)
    rod.box((-w - 0.28, -0.012, -0.012), (w + 0.28, 0.012, 0.012), plan.metal())


def leaf_materials(plan):
    """What a door is made of: the `Material` itself and the panel's number."""
    value = plan.pick(("#f0eeea", "#e6e1d6", *WOODS[:3]))
    base = m.Wood(
        plan.color(value), seed=plan.seed(), upright=True, specular=0.1
    )
    panel = m.Doors(
        base.color,
        seed=plan.seed(),
        base=base,
        columns=plan.pick((1, 2)),
        rows=plan.pick((1, 2, 3)),
        width=0.84,
        height=2.03,
        specular=0.1,
    )
    return base, plan.paint(panel)


def door(plan, wall, along):
    """A closed door with its casing, part of the wall."""
    frame = plan.wall_frame(wall, along)
    part = plan.part("wall", frame)
    w, h = 0.42, 2.03
    base, panel = leaf_materials(plan)
    trim = plan.paint(m.Material(base.color * 0.95, specular=0.1))
    part.box((-w, 0, 0), (w, 0.025, h), panel)
    part.box((-w - 0.09, 0, 0), (-w, 0.045, h + 0.09), trim)
    part.box((w, 0, 0), (w + 0.09, 0.045, h + 0.09), trim)
    part.box((-w, 0, h), (w, 0.045, h + 0.09), trim)
    part.ellipsoid((w - 0.07, 0.06, 1.0), (0.028, 0.03, 0.028), plan.metal())
    plan.wall_spans[wall].append((along - 0.55, along + 0.55, 0, 2.2))
    plan.footprints.append((*plan.rect(wall, along, 1.0, 0.9), 0.0))
