"""Furniture and what lies on it, as composed solids.

Each function builds one thing of a `Plan` in a frame of its own: x along its
width, y from its back (0) to its front, z up from the floor or the board that
it stands on. Sizes are metres. Classes follow NYUv2-13: lamps, plants and
cushions are `objects`, curtains belong to the `window`, doors to the `wall`,
rugs to the `floor`.
"""

import numpy as np

from mtl_zoo.datasets.rooms import materials as m
from mtl_zoo.datasets.rooms.geometry import yaw_rotation
from mtl_zoo.datasets.rooms.plan import ACCENTS
from mtl_zoo.datasets.rooms.plan import BRIGHTS
from mtl_zoo.datasets.rooms.plan import CARPETS
from mtl_zoo.datasets.rooms.plan import FABRICS
from mtl_zoo.datasets.rooms.plan import LINENS
from mtl_zoo.datasets.rooms.plan import WOODS
from mtl_zoo.datasets.rooms.plan import Frame


def legs(part, width, depth, top, material, radius=0.025, inset=0.04):
    """Four legs under a board."""
    for x in (-width / 2 + inset, width / 2 - inset):
        for y in (inset, depth - inset):
            part.box(
                (x - radius, y - radius, 0),
                (x + radius, y + radius, top),
                material,
            )


def bed(plan, frame, width, length):
    """A bed with its head at the wall, bedding and pillows."""
    wood = plan.wood()
    bed = plan.part("bed", frame)
    w = width / 2
    linen = plan.paint(
        m.Fabric(plan.color(plan.pick(LINENS), 0.03), seed=plan.seed())
    )
    cover = plan.fabric(plain=0.4)
    head = plan.uniform(0.8, 1.15)
    bed.box((-w, 0.0, 0.0), (w, 0.07, head), wood, 0.02)
    if plan.chance(0.4):  # Upholstered.
        bed.box(
            (-w + 0.05, 0.05, 0.45), (w - 0.05, 0.11, head - 0.05), cover, 0.04
        )
    bed.box(
        (-w + 0.01, 0.05, 0.08), (w - 0.01, length - 0.01, 0.28), wood, 0.01
    )
    if plan.chance(0.4):
        bed.box(
            (-w, length - 0.05, 0.08),
            (w, length, plan.uniform(0.45, 0.65)),
            wood,
            0.02,
        )
    legs(bed, width, length, 0.1, wood, 0.035)
    bed.box(
        (-w + 0.03, 0.08, 0.26), (w - 0.03, length - 0.065, 0.48), linen, 0.05
    )
    start = plan.uniform(0.55, 0.8)
    low = plan.uniform(0.18, 0.36)
    bed.box(
        (-w - 0.015, start, low), (w + 0.015, length - 0.055, 0.53), cover, 0.06
    )
    if plan.chance(0.6):  # The folded end of the sheet.
        bed.box(
            (-w - 0.02, start - 0.08, 0.4),
            (w + 0.02, start + 0.18, 0.545),
            linen,
            0.04,
        )
    if plan.chance(0.35):
        throw = plan.fabric(plain=0.3)
        bed.box(
            (-w - 0.025, length - 0.65, 0.25),
            (w + 0.025, length - 0.2, 0.55),
            throw,
            0.04,
        )
    count = 1 if width < 1.2 else 2
    pillow_linen = linen if plan.chance(0.6) else plan.fabric(plain=0.6)
    for i in range(count):
        x = (i - (count - 1) / 2) * width * 0.47
        pillow = plan.part("objects", frame.at(x, 0.32, 0.56, 0, 0.42))
        pillow.ellipsoid((0, 0, 0), (0.33, 0.21, 0.09), pillow_linen)
    if count == 2 and plan.chance(0.4):
        cushion = plan.part(
            "objects", frame.at(plan.uniform(-0.2, 0.2), 0.55, 0.63, 0, 0.9)
        )
        cushion.ellipsoid((0, 0, 0), (0.21, 0.19, 0.07), plan.fabric(plain=0.2))


def cabinet(
    plan, frame, width, depth, height, columns, rows, label="furniture"
):
    """A cabinet with doors or drawers."""
    base = plan.wood_material(int(plan.rng.integers(2)))
    knob = plan.color(plan.pick(("#c9b27a", "#2a2b2d", "#b9bcc0")))
    front = plan.paint(
        m.Doors(
            base.color,
            specular=0.1,
            seed=plan.seed(),
            base=base,
            columns=columns,
            rows=rows,
            knob=knob,
            width=width,
            height=height,
            inset=plan.chance(0.5),
        )
    )
    plain = plan.paint(base)
    part = plan.part(label, frame)
    w, foot = width / 2, plan.pick((0.0, 0.06, 0.12))
    part.box((-w, 0, foot), (w, depth - 0.01, height - 0.025), front)
    part.box(
        (-w - 0.012, 0, height - 0.025),
        (w + 0.012, depth + 0.005, height),
        plain,
    )
    if foot:
        legs(part, width, depth, foot, plain, 0.02)
    else:
        part.box((-w + 0.02, 0, 0), (w - 0.02, depth - 0.04, 0.05), plain)
    return part


def bookshelf(plan, frame, width, depth, height):
    """Open shelves with rows of books and some clutter."""
    wood = plan.wood(int(plan.rng.integers(2)), upright=True)
    shelf = plan.part("furniture", frame)
    w, board = width / 2, 0.022
    shelf.box((-w + 0.01, 0.003, 0), (w - 0.01, 0.012, height - 0.003), wood)
    shelf.box((-w, 0, 0), (-w + board, depth, height), wood)
    shelf.box((w - board, 0, 0), (w, depth, height), wood)
    rows = max(2, int(round(height / plan.uniform(0.32, 0.4))))
    step = (height - 0.06 - board) / rows
    for i in range(rows + 1):
        z = 0.06 + i * step
        # Coplanar faces would show as speckle.
        shelf.box(
            (-w + 0.01, 0.005, z), (w - 0.01, depth - 0.005, z + board), wood
        )
    for i in range(rows):
        z, top = 0.06 + i * step + board, step - board
        x, end = -w + board + 0.01, w - board - 0.01
        rest = plan.rng.random()
        if rest < 0.12 and rows > 2:
            clutter(
                plan, frame.at(0, depth * 0.55, z), width * 0.5, 0.1, 2, top
            )
            continue
        limit = end - plan.uniform(0, 0.25) * (end - x)
        row = plan.part("books", frame)
        while x < limit - 0.06:
            run = min(plan.uniform(0.1, 0.34), limit - x)
            tall = plan.uniform(0.6, 0.93) * min(top, 0.34)
            back = plan.uniform(0.02, 0.08)
            row.box(
                (x, 0.02, z),
                (x + run, depth - back, z + tall),
                plan.paint(
                    m.Books(
                        m.linear("#888888"),
                        seed=plan.seed(),
                        width=plan.uniform(0.025, 0.055),
                    )
                ),
            )
            x += run + (
                0.004 if plan.chance(0.75) else plan.uniform(0.03, 0.12)
            )
        if end - limit > 0.2:
            clutter(
                plan,
                frame.at((limit + end) / 2, depth * 0.55, z),
                0.1,
                0.08,
                1,
                top,
            )
    if height < 1.9:
        clutter(
            plan, frame.at(0, depth / 2, height + 1e-3), width * 0.8, 0.2, 2
        )


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


def sofa(plan, frame, width, depth, label="sofa"):
    """A sofa, or an armchair where `label` says so."""
    cloth = plan.fabric(plain=0.88)
    part = plan.part(label, frame)
    w, arm = width / 2, plan.uniform(0.13, 0.22)
    seat, back = plan.uniform(0.40, 0.46), plan.uniform(0.76, 0.92)
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


def office_chair(plan, frame):
    """A swivel chair with five feet and armrests."""
    part = plan.part("chair", frame)
    dark = plan.plain(
        plan.pick(("#222326", "#2d2f33", "#55585c")), specular=0.2
    )
    cloth = plan.fabric(plan.pick(("#2b2d33", "#3c4450", "#7b3f34", "#4f5d6b")))
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


def table(plan, frame, width, depth, height, round_top=False, wood=None):
    """A table whose middle is at the frame's origin."""
    part = plan.part("table", frame)
    wood = plan.wood(int(plan.rng.integers(2))) if wood is None else wood
    w, d = width / 2, depth / 2
    if round_top:
        part.frustum((0, 0), height - 0.035, height, w, wood)
        part.frustum((0, 0), 0.03, height - 0.03, 0.05, wood)
        part.frustum((0, 0), 0, 0.04, 0.28, wood, 0.2)
        return
    part.box((-w, -d, height - 0.035), (w, d, height), wood, 0.008)
    r = 0.03 if height > 0.5 else 0.025
    for x in (-w + 0.06, w - 0.06):
        for y in (-d + 0.06, d - 0.06):
            part.box((x - r, y - r, 0), (x + r, y + r, height - 0.03), wood)
    if height > 0.5:
        low = height - 0.11
        part.box(
            (-w + 0.06, -d + 0.05, low),
            (w - 0.06, -d + 0.07, height - 0.03),
            wood,
        )
        part.box(
            (-w + 0.06, d - 0.07, low),
            (w - 0.06, d - 0.05, height - 0.03),
            wood,
        )
    elif plan.chance(0.5):
        part.box((-w + 0.05, -d + 0.05, 0.12), (w - 0.05, d - 0.05, 0.14), wood)
        if plan.chance(0.6):
            book_stack(plan, frame.at(plan.uniform(-0.2, 0.2), 0, 0.141, 0.2))


def television(plan, frame, width, wall_mounted=False):
    """A television that faces y, its lower edge's middle at the origin."""
    part = plan.part("tv", frame)
    dark = m.linear("#101114")
    w, height = width / 2, width * 0.57
    on = plan.chance(0.25)
    screen = plan.paint(
        m.Screen(
            dark,
            specular=0.35,
            seed=plan.seed(),
            on=on,
            emission=1.1 if on else 0.0,
            palette=plan.palette(),
            kind=plan.pick(("landscape", "sea", "abstract", "photo")),
        )
    )
    lift = 0.0 if wall_mounted else 0.07
    part.box((-w, -0.02, lift), (w, 0.02, lift + height), screen)
    if not wall_mounted:
        stand = plan.plain("#17181b", specular=0.3)
        part.box((-w * 0.35, -0.08, 0), (w * 0.35, 0.09, 0.014), stand)
        part.box((-0.05, -0.015, 0.01), (0.05, 0.01, lift + 0.02), stand)


def picture(plan, frame, width, height):
    """A picture on a wall; the frame's origin is its middle."""
    part = plan.part("picture", frame)
    part.box(
        (-width / 2, 0, -height / 2),
        (width / 2, 0.03, height / 2),
        plan.paint(
            m.Painting(
                m.linear("#888888"),
                seed=plan.seed(),
                frame=plan.color(
                    plan.pick(WOODS + ["#1b1b1b", "#f2f0ea", "#b8963e"])
                ),
                mat=plan.pick((0.0, 0.0, 1.0, 1.6)),
                border=plan.uniform(0.05, 0.09),
                kind=plan.pick(
                    ("landscape", "sea", "abstract", "portrait", "photo")
                ),
                aspect=width / height,
                palette=plan.palette(),
            )
        ),
    )


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
    if plan.chance(0.55):
        curtains(plan, frame, part.instance, w, h, bottom)


def curtains(plan, frame, instance, w, h, bottom):
    """Two curtains of hanging folds on a rod."""
    long = plan.chance(0.6) or bottom < 0.4
    low = -bottom + 0.03 if long else -0.15
    cloth = plan.fabric(plain=0.6)
    part = plan.part("window", frame, instance)
    for side in (-1, 1):
        folds = int(plan.rng.integers(4, 7))
        for i in range(folds):
            x = side * (w + 0.14 - i * 0.072)
            y = 0.09 + 0.02 * (i % 2)
            part.frustum((x, y), low, h + 0.12, 0.045, cloth, 0.04)
    rod = plan.part("window", frame.at(0, 0.1, h + 0.13), instance)
    rod.box((-w - 0.28, -0.012, -0.012), (w + 0.28, 0.012, 0.012), plan.metal())


def door(plan, wall, along):
    """A closed door with its casing, part of the wall."""
    frame = plan.wall_frame(wall, along)
    part = plan.part("wall", frame)
    w, h = 0.42, 2.03
    value = plan.pick(("#f0eeea", "#e6e1d6", *WOODS[:3]))
    base = m.Wood(
        plan.color(value), seed=plan.seed(), upright=True, specular=0.1
    )
    panel = plan.paint(
        m.Doors(
            base.color,
            seed=plan.seed(),
            base=base,
            columns=plan.pick((1, 2)),
            rows=plan.pick((2, 3)),
            width=0.84,
            height=h,
            specular=0.1,
        )
    )
    trim = plan.paint(m.Material(base.color * 0.95, specular=0.1))
    part.box((-w, 0, 0), (w, 0.025, h), panel)
    part.box((-w - 0.09, 0, 0), (-w, 0.045, h + 0.09), trim)
    part.box((w, 0, 0), (w + 0.09, 0.045, h + 0.09), trim)
    part.box((-w, 0, h), (w, 0.045, h + 0.09), trim)
    part.ellipsoid((w - 0.07, 0.06, 1.0), (0.028, 0.03, 0.028), plan.metal())
    plan.wall_spans[wall].append((along - 0.55, along + 0.55, 0, 2.2))
    plan.footprints.append((*plan.rect(wall, along, 1.0, 0.9), 0.0))


def rug(plan, x, y, width, depth, yaw=0.0):
    """A rug of some pattern."""
    part = plan.part("floor", Frame((x, y, 0), yaw_rotation(yaw)))
    kind = plan.pick(("plain", "border", "stripes", "diamonds", "border"))
    pile = plan.paint(
        m.Carpet(
            plan.color(plan.pick(FABRICS + CARPETS)),
            seed=plan.seed(),
            second=plan.color(plan.pick(LINENS + FABRICS)),
            pattern=kind,
        )
    )
    if plan.chance(0.2):
        part.frustum((0, 0), 0, 0.012, min(width, depth) / 2, pile)
    else:
        part.box(
            (-width / 2, -depth / 2, 0), (width / 2, depth / 2, 0.012), pile
        )


def laptop(plan, frame):
    """An open laptop."""
    part = plan.part("objects", frame)
    grey = plan.plain(plan.pick(("#9a9da1", "#2b2c2f")), specular=0.2)
    part.box((-0.17, -0.11, 0), (0.17, 0.12, 0.018), grey)
    lid = plan.part(
        "objects", frame.at(0, -0.11, 0.015, 0, -1.85), part.instance
    )
    screen = plan.paint(
        m.Screen(
            m.linear("#16181c"),
            on=True,
            emission=0.9,
            axis=0,
            palette=plan.palette(),
            kind="photo",
            seed=plan.seed(),
        )
    )
    lid.box((-0.17, -0.23, -0.005), (0.17, 0.0, 0.005), screen)
