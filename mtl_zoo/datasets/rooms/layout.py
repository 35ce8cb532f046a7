"""Invents rooms: which furniture, where, in what light.

A room is a bedroom, a living room, a dining room or a study; its kind decides
which furniture comes first, the rest is drawn at random and put against a wall
or into the room where nothing else stands.
"""

import numpy as np

from mtl_zoo.datasets.rooms import furniture
from mtl_zoo.datasets.rooms import materials as m
from mtl_zoo.datasets.rooms.geometry import yaw_rotation
from mtl_zoo.datasets.rooms.plan import BRIGHTS
from mtl_zoo.datasets.rooms.plan import CARPETS
from mtl_zoo.datasets.rooms.plan import FABRICS
from mtl_zoo.datasets.rooms.plan import FLOORS
from mtl_zoo.datasets.rooms.plan import LABEL
from mtl_zoo.datasets.rooms.plan import PAINTS
from mtl_zoo.datasets.rooms.plan import TILES
from mtl_zoo.datasets.rooms.plan import WALLS
from mtl_zoo.datasets.rooms.plan import WOODS
from mtl_zoo.datasets.rooms.plan import Frame
from mtl_zoo.datasets.rooms.plan import Plan
from mtl_zoo.datasets.rooms.scene import Light
from mtl_zoo.datasets.rooms.scene import Scene


def _bedroom(plan):
    """Bed, nightstands, wardrobe and more."""
    width = plan.pick((0.95, 1.45, 1.65, 1.8))
    length = 2.05
    place = plan.at_wall(width, length, 0.5, 3.0, clear=0.35)
    if place:
        frame, wall = place
        along = float(frame.origin[1 - wall // 2])
        if plan.chance(0.5):
            middle = frame.at(0, 1.3, 0)
            furniture.rug(
                plan,
                *np.clip(middle.origin[:2], 1.0, plan.size[:2] - 1.0),
                *((2.2, 1.6) if wall >= 2 else (1.6, 2.2)),
            )
        plan.new_group()
        furniture.bed(plan, frame, width, length)
        plan.wall_spans[wall].append(
            (along - width / 2, along + width / 2, 0, 1.2)
        )
        for side in (-1, 1):
            away = side * (width / 2 + 0.3)
            spot = frame.at(away, 0, 0)
            centre = float(spot.origin[1 - wall // 2])
            rect = plan.rect(wall, centre, 0.46, 0.4, 0.02)
            if plan.free(rect, 0.0) and plan.chance(0.85):
                plan.claim(rect, 0.55, 0.7)
                plan.new_group()
                height = plan.uniform(0.45, 0.58)
                furniture.cabinet(
                    plan, spot, 0.44, 0.38, height, 1, plan.pick((1, 2, 3))
                )
                top = spot.at(0, 0.19, height)
                if plan.chance(0.65):
                    furniture.table_lamp(plan, top.at(-0.06, -0.02, 0))
                    if plan.chance(0.5):
                        furniture.book_stack(
                            plan, top.at(0.08, 0.06, 0, 0.2), 2
                        )
                else:
                    furniture.book_stack(plan, top.at(0, 0, 0, 0.2))
    if plan.chance(0.6):
        _tv_cabinet(plan, dresser=True)
    if plan.chance(0.6):
        _wardrobe(plan)
    _shelf(plan, 0.5)
    if plan.chance(0.4):
        _desk(plan)
    if plan.chance(0.35):
        _armchair(plan)


def _wardrobe(plan):
    """A wardrobe at a wall."""
    width = plan.pick((0.9, 1.2, 1.6))
    height = plan.uniform(1.85, 2.2)
    place = plan.at_wall(width, 0.58, height, 0.6)
    if place:
        plan.new_group()
        furniture.cabinet(
            plan, place[0], width, 0.56, height, int(round(width / 0.45)), 1
        )


def _tv_cabinet(plan, dresser=False, walls=None):
    """A low cabinet or a dresser with a television on it."""
    width = plan.uniform(1.1, 1.7)
    height = plan.uniform(0.72, 0.9) if dresser else plan.uniform(0.42, 0.6)
    screen = min(plan.uniform(0.9, 1.35), width)
    place = plan.at_wall(width, 0.46, height, 3.0, walls)
    if not place:
        return None
    frame, wall = place
    plan.new_group()
    columns, rows = (2, 3) if dresser else (plan.pick((2, 3, 4)), 1)
    furniture.cabinet(plan, frame, width, 0.44, height, columns, rows)
    along = float(frame.origin[1 - wall // 2])
    plan.wall_spans[wall].append(
        (along - width / 2, along + width / 2, height, height + 0.95)
    )
    mounted = plan.chance(0.2)
    if mounted:
        group, plan.group = plan.group, -1
        furniture.television(
            plan, frame.at(0, 0.03, height + 0.25), screen, True
        )
        plan.group = group
    else:
        shift = plan.uniform(-1, 1) * (width - screen) / 2
        furniture.television(plan, frame.at(shift, 0.2, height), screen)
    if mounted or plan.chance(0.5):
        furniture.clutter(
            plan, frame.at(0, 0.34, height), width * 0.9, 0.1, 3, 0.3
        )
    return frame, wall


def _shelf(plan, p=1.0):
    """A bookshelf at a wall, with probability `p`."""
    if not plan.chance(p):
        return
    width, height = (
        plan.uniform(0.75, 1.5),
        plan.pick((0.85, 1.25, 1.75, 2.0, 2.1)),
    )
    place = plan.at_wall(width, 0.32, height, 2.6)
    if place:
        plan.new_group()
        furniture.bookshelf(plan, place[0], width, 0.3, height)


def _desk(plan):
    """A desk at a wall with screen or laptop, and its chair."""
    width, depth = plan.uniform(1.1, 1.5), plan.uniform(0.58, 0.7)
    place = plan.at_wall(width, depth + 0.55, 0.76, 2.6)
    if not place:
        return
    frame, wall = place
    plan.new_group()
    wood = plan.wood(int(plan.rng.integers(2)))
    furniture.table(
        plan, frame.at(0, depth / 2, 0), width, depth, 0.75, False, wood
    )
    if plan.chance(0.5):
        side = plan.pick((-1, 1))
        furniture.cabinet(
            plan,
            frame.at(side * (width / 2 - 0.28), 0.04, 0),
            0.38,
            depth - 0.12,
            0.62,
            1,
            3,
        )
    along = float(frame.origin[1 - wall // 2])
    plan.wall_spans[wall].append(
        (along - width / 2, along + width / 2, 0, 1.25)
    )
    top = frame.at(0, 0, 0.75)
    if plan.chance(0.7):
        furniture.television(
            plan,
            top.at(plan.uniform(-0.15, 0.15), 0.17, 0),
            plan.uniform(0.5, 0.68),
        )
        keys = plan.part("objects", top.at(0, depth - 0.22, 0))
        keys.box(
            (-0.21, -0.07, 0), (0.21, 0.07, 0.02), plan.plain(plan.pick(PAINTS))
        )
    else:
        furniture.laptop(
            plan, top.at(0, depth * 0.55, 0, plan.uniform(-0.2, 0.2))
        )
    if plan.chance(0.5):
        furniture.table_lamp(plan, top.at(-width / 2 + 0.15, 0.15, 0))
    furniture.book_stack(
        plan, top.at(width / 2 - 0.2, 0.24, 0, plan.uniform(-0.3, 0.3))
    )
    if plan.chance(0.5):
        furniture.clutter(
            plan, top.at(-width / 4, depth - 0.18, 0), 0.3, 0.1, 1
        )
    plan.new_group()
    chair = frame.at(
        plan.uniform(-0.15, 0.15),
        depth + plan.uniform(0.22, 0.45),
        0,
        np.pi + plan.uniform(-0.5, 0.5),
    ).at(0, -0.2, 0)
    if plan.chance(0.6):
        furniture.office_chair(plan, chair)
    else:
        furniture.chair(plan, chair)


def _armchair(plan):
    """An armchair that faces the middle of the room."""
    spot = plan.on_floor(0.5, 0.8, 1.3)
    if spot:
        plan.new_group()
        middle = plan.size[:2] / 2
        angle = np.arctan2(middle[1] - spot[1], middle[0] - spot[0])
        yaw = angle - np.pi / 2 + plan.uniform(-0.4, 0.4)
        frame = Frame((*spot, 0), yaw_rotation(yaw)).at(0, -0.4, 0)
        furniture.sofa(plan, frame, 0.82, 0.82, "chair")


def _living(plan):
    """A sofa that looks at a television over a low table."""
    axis = 0 if plan.size[0] > plan.size[1] else 1
    walls = (2 * axis, 2 * axis + 1) if plan.chance(0.8) else (0, 1, 2, 3)
    placed = _tv_cabinet(plan, walls=walls) if plan.chance(0.85) else None
    if placed:
        tv, wall = placed
    else:
        wall = int(plan.pick((0, 1, 2, 3)))
        tv = plan.wall_frame(wall, float(plan.size[1 - wall // 2]) / 2)
    axis = wall // 2
    room = float(plan.size[axis])
    width, depth = plan.uniform(1.5, 2.3), plan.uniform(0.82, 0.95)
    # The sofa looks at the television, from the far wall if that is near.
    far = room - depth - 0.03
    distance = far if far < 3.2 or plan.chance(0.5) else plan.uniform(2.4, 3.0)
    length = float(plan.size[1 - axis])
    along = float(tv.origin[1 - axis]) + plan.uniform(-0.3, 0.3)
    along = float(np.clip(along, width / 2 + 0.1, length - width / 2 - 0.1))
    opposite = wall ^ 1
    out = room - distance - depth
    rect = plan.rect(opposite, along, width, depth, out)
    if not plan.free(rect):
        place = plan.at_wall(width, depth, 0.85, 2.6)
        if place:
            plan.new_group()
            furniture.sofa(plan, place[0], width, depth)
    else:
        plan.claim(rect, 0.85, 2.6)
        if out < 0.1:
            plan.wall_spans[opposite].append(
                (along - width / 2, along + width / 2, 0, 0.95)
            )
        frame = plan.wall_frame(opposite, along, out)
        gap = distance - 0.5
        if plan.chance(0.7):
            middle = frame.at(0, depth + gap * 0.35, 0).origin
            size = (width * 1.15, min(gap * 0.9 + 0.4, 1.9))
            furniture.rug(
                plan, *middle[:2], *(size if axis == 1 else size[::-1])
            )
        plan.new_group()
        furniture.sofa(plan, frame, width, depth)
        if gap > 1.2:
            w, d = plan.uniform(0.8, 1.2), plan.uniform(0.45, 0.6)
            near = depth + plan.uniform(0.35, 0.5)
            rect = plan.rect(opposite, along, w, d, out + near)
            if plan.free(rect):
                plan.claim(rect, 0.42, 1.8)
                plan.new_group()
                height = plan.uniform(0.38, 0.46)
                spot = frame.at(0, near + d / 2, 0)
                furniture.table(plan, spot, w, d, height)
                furniture.clutter(
                    plan, spot.at(0, 0, height), w * 0.85, d * 0.4, 3
                )
    for _ in range(int(plan.rng.integers(0, 3))):
        _armchair(plan)
    _shelf(plan, 0.75)
    if plan.chance(0.4):
        _sideboard(plan)
    _shelf(plan, 0.25)


def _sideboard(plan):
    """A sideboard with things on it."""
    width, height = plan.uniform(1.0, 1.6), plan.uniform(0.75, 0.95)
    place = plan.at_wall(width, 0.45, height, 1.0)
    if place:
        plan.new_group()
        furniture.cabinet(
            plan,
            place[0],
            width,
            0.43,
            height,
            plan.pick((2, 3, 4)),
            plan.pick((1, 1, 2)),
        )
        top = place[0].at(0, 0.22, height)
        furniture.clutter(plan, top, width * 0.9, 0.12, 3)


def _dining(plan):
    """A table with chairs around it."""
    width, depth = plan.uniform(1.2, 1.9), plan.uniform(0.8, 0.95)
    round_top = plan.chance(0.25)
    if round_top:
        width = depth = plan.uniform(0.95, 1.25)
    yaw = plan.pick((0.0, np.pi / 2))
    for _ in range(10):
        x = plan.uniform(1.2, float(plan.size[0]) - 1.2)
        y = plan.uniform(1.2, float(plan.size[1]) - 1.2)
        w, d = (width, depth) if yaw == 0 else (depth, width)
        rect = (
            x - w / 2 - 0.4,
            y - d / 2 - 0.4,
            x + w / 2 + 0.4,
            y + d / 2 + 0.4,
        )
        if plan.free(rect):
            break
    else:
        return
    plan.claim(rect, 0.8, 3.0)
    frame = Frame((x, y, 0), yaw_rotation(yaw))
    if plan.chance(0.4):
        furniture.rug(plan, x, y, w + 1.0, d + 1.0)
    plan.new_group()
    wood = plan.wood(0)
    furniture.table(plan, frame, width, depth, 0.75, round_top, wood)
    top = frame.at(0, 0, 0.75)
    if plan.chance(0.4) and not round_top:
        cloth = plan.part("table", top, len(plan.labels) - 1)
        cloth.box(
            (-0.2, -depth / 2 - 0.004, -0.12),
            (0.2, depth / 2 + 0.004, 0.004),
            plan.fabric(plain=0.3),
        )
    furniture.clutter(plan, top.at(0, 0, 0.005), width * 0.75, depth * 0.5, 4)
    cushion = plan.fabric(plain=0.5) if plan.chance(0.5) else None
    seat = plan.wood(int(plan.rng.integers(2)))
    slots = []
    if round_top:
        slots = [(i * np.pi / 2 + 0.4, width / 2) for i in range(4)]
        slots = [(r * np.sin(-a), r * np.cos(a), a + np.pi) for a, r in slots]
    else:
        count = 2 if width > 1.3 else 1
        for i in range(count):
            x = (i - (count - 1) / 2) * 0.6
            slots += [(x, depth / 2, np.pi), (x, -depth / 2, 0.0)]
        slots += [(width / 2, 0.0, np.pi / 2), (-width / 2, 0.0, -np.pi / 2)]
    for x, y, turn in slots:
        if plan.chance(0.8):
            plan.new_group()
            pull = plan.uniform(-0.02, 0.14)
            place = frame.at(x, y, 0, turn).at(
                plan.uniform(-0.04, 0.04),
                -0.32 - pull,
                0,
                plan.uniform(-0.15, 0.15),
            )
            furniture.chair(plan, place, seat, cushion)


def _dining_room(plan):
    """A dining table and what goes along the walls."""
    _dining(plan)
    if plan.chance(0.7):
        _sideboard(plan)
    _shelf(plan, 0.6)
    if plan.chance(0.45):
        _tv_cabinet(plan, dresser=plan.chance(0.5))
    if plan.chance(0.3):
        _armchair(plan)


def _study(plan):
    """A desk and books."""
    _desk(plan)
    _shelf(plan)
    _shelf(plan, 0.6)
    if plan.chance(0.5):
        width = plan.uniform(1.4, 1.9)
        place = plan.at_wall(width, 0.88, 0.85, 2.0)
        if place:
            plan.new_group()
            furniture.sofa(plan, place[0], width, 0.86)
    if plan.chance(0.5):
        _tv_cabinet(plan)
    if plan.chance(0.3):
        _armchair(plan)
    if plan.chance(0.4):
        _sideboard(plan)


def _floor_clutter(plan):
    """Lamps, plants, boxes, balls and books on the floor."""
    if plan.chance(0.5):
        spot = plan.on_floor(0.18, 1.6, 0.3, margin=0.02)
        if spot:
            plan.new_group()
            furniture.floor_lamp(plan, Frame((*spot, 0), yaw_rotation(0)))
    if plan.chance(0.45):
        height = plan.uniform(0.6, 1.4)
        spot = plan.on_floor(0.2 + 0.1 * height, height, 0.6)
        if spot:
            plan.new_group()
            furniture.plant(
                plan,
                Frame((*spot, 0), yaw_rotation(plan.uniform(0, 3))),
                height,
            )
    for _ in range(int(plan.rng.integers(0, 4))):
        kind = plan.choose(
            ("box", "ball", "books", "bin"), (0.4, 0.25, 0.25, 0.1)
        )
        spot = plan.on_floor(0.27, 0.35, 0.9)
        if not spot:
            continue
        plan.new_group()
        frame = Frame((*spot, 0), yaw_rotation(plan.uniform(0, 3)))
        if kind == "books":
            furniture.book_stack(plan, frame, int(plan.rng.integers(4, 9)))
            continue
        part = plan.part("objects", frame)
        if kind == "box":
            w, d, h = (plan.uniform(0.13, 0.22) for _ in range(3))
            card = plan.paint(
                m.Cardboard(plan.color("#b58a5c"), seed=plan.seed())
            )
            if plan.chance(0.35):
                card = plan.plain(plan.pick(BRIGHTS))
            part.box((-w, -d, 0), (w, d, 1.7 * h), card)
        elif kind == "ball":
            r = plan.uniform(0.09, 0.16)
            part.ellipsoid(
                (0, 0, r),
                (r, r, r),
                plan.paint(
                    m.Ball(
                        plan.color(plan.pick(BRIGHTS)),
                        specular=0.3,
                        second=plan.color(plan.pick(BRIGHTS)),
                    )
                ),
            )
        else:
            part.frustum(
                (0, 0), 0, 0.34, 0.12, plan.plain(plan.pick(FABRICS)), 0.15
            )


def _pictures(plan):
    """Pictures where the walls are free."""
    for _ in range(int(plan.rng.integers(4, 9))):
        wall = int(plan.rng.integers(4))
        length = float(plan.size[1 - wall // 2])
        height = plan.uniform(0.45, 0.95)
        width = height * plan.pick((0.72, 0.75, 1.0, 1.35, 1.5))
        count = plan.choose((1, 2, 3), (0.7, 0.2, 0.1))
        if count > 1:
            width, height = width * 0.65, height * 0.65
        span = count * width + (count - 1) * 0.12
        if length < span + 0.4:
            continue
        for _ in range(5):
            along = plan.uniform(span / 2 + 0.15, length - span / 2 - 0.15)
            z = plan.uniform(1.5, 1.7)
            box = (
                along - span / 2 - 0.08,
                along + span / 2 + 0.08,
                z - height / 2 - 0.08,
                z + height / 2 + 0.08,
            )
            if not plan.wall_free(wall, *box):
                continue
            plan.wall_spans[wall].append(box)
            frame = plan.wall_frame(wall, along, 0, z)
            for i in range(count):
                shift = (i - (count - 1) / 2) * (width + 0.12)
                furniture.picture(plan, frame.at(shift, 0, 0), width, height)
            break


def _shell(plan):
    """The room's six planes, its windows and its door."""
    plan.labels += [LABEL["wall"]] * 4 + [LABEL["floor"], LABEL["ceiling"]]
    plan.groups += [-1] * 6
    base = plan.pick(WALLS)
    pattern = plan.choose(
        ("plain", "stripes", "damask", "panel"), (0.74, 0.09, 0.08, 0.09)
    )
    board = plan.color(plan.pick(("#f4f2ee", "#e9e6df", plan.woods[0])), 0.02)
    period, seed = plan.uniform(0.16, 0.4), plan.seed()
    color = plan.color(base, 0.05)
    panel_height = plan.uniform(0.8, 1.0)
    second = color * (0.82 if plan.chance(0.6) else 1.1)
    if pattern == "panel":
        second = plan.color(plan.pick(("#f1eee8", "#e6e1d6", *WOODS[3:5])))
    board_height = plan.uniform(0.07, 0.13)
    planes = [
        plan.paint(
            m.Wall(
                color,
                seed=seed + i,
                second=second,
                pattern=pattern,
                period=period,
                board=board,
                board_height=board_height,
                panel_height=panel_height,
            )
        )
        for i in range(4)
    ]
    if plan.chance(0.3):  # One wall of another colour.
        accent = int(plan.rng.integers(4))
        brick = plan.chance(0.25)
        planes[accent] = plan.paint(
            m.Wall(
                plan.color("#a4593f" if brick else plan.accent),
                seed=seed,
                second=m.linear("#b8b0a6"),
                pattern="brick" if brick else "plain",
                board=board,
                board_height=board_height,
            )
        )
    kind = plan.choose(
        ("planks", "carpet", "tiles", "checks"), (0.56, 0.24, 0.15, 0.05)
    )
    if kind == "planks":
        floor = m.Wood(
            plan.color(plan.pick(FLOORS)),
            specular=plan.uniform(0.05, 0.3),
            seed=plan.seed(),
            plank=plan.uniform(0.09, 0.2),
            length=plan.uniform(0.8, 1.6),
            upright=plan.chance(0.5),
        )
    elif kind == "carpet":
        floor = m.Carpet(plan.color(plan.pick(CARPETS)), seed=plan.seed())
    else:
        second = (
            plan.color(plan.pick(TILES)) * 0.45 if kind == "checks" else None
        )
        floor = m.Tiles(
            plan.color(plan.pick(TILES)),
            specular=0.25,
            seed=plan.seed(),
            size=plan.uniform(0.28, 0.6),
            second=second,
        )
    planes.append(plan.paint(floor))
    planes.append(
        plan.paint(
            m.Material(
                plan.color("#f4f2ee", 0.03), seed=plan.seed(), mottle=0.01
            )
        )
    )
    return planes


def _openings(plan, night):
    """A door and one or two windows."""
    height = float(plan.size[2])
    door = int(plan.rng.integers(4))
    length = float(plan.size[1 - door // 2])
    if plan.chance(0.75):
        furniture.door(plan, door, plan.pick((0.65, length - 0.65)))
    walls = [w for w in range(4) if w != door]
    for wall in plan.rng.permutation(walls)[: plan.choose((1, 2), (0.6, 0.4))]:
        wall = int(wall)
        length = float(plan.size[1 - wall // 2])
        width = min(plan.uniform(0.9, 2.2), length - 1.0)
        margin = width / 2 + 0.4
        along = plan.uniform(margin, length - margin)
        bottom = plan.choose((0.85, 0.6, 0.95, 0.08), (0.4, 0.2, 0.3, 0.1))
        top = min(plan.uniform(2.0, 2.25), height - 0.22)
        furniture.window(plan, wall, along, width, bottom, top, night)


def _lights(plan, night):
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


def sample_scene(rng):
    """Invents a room.

    Args:
        rng: `np.random.Generator`.

    Returns:
        A `Scene`.
    """
    plan = Plan(rng)
    plan.chair_style = int(rng.integers(3))
    night = plan.chance(0.28)
    plan.window_glow = plan.uniform(1.8, 3.6)
    planes = _shell(plan)
    _openings(plan, night)
    {
        "bedroom": _bedroom,
        "living": _living,
        "dining": _dining_room,
        "study": _study,
    }[plan.kind](plan)
    _floor_clutter(plan)
    plan.group = -1
    _pictures(plan)
    _lights(plan, night)

    material, instance, owner = list(planes), list(range(6)), [-1] * 6
    first = 6
    for number, part in enumerate(plan.parts):
        first = part.freeze(first)
        material.extend(part.material)
        instance.extend([part.instance] * part.num_solids)
        owner.extend([number] * part.num_solids)
    return Scene(
        kind=plan.kind,
        size=plan.size,
        parts=plan.parts,
        materials=plan.materials,
        lights=plan.lights,
        holes=plan.holes,
        label_of_instance=np.array(plan.labels, "int32"),
        group_of_instance=np.array(plan.groups, "int32"),
        material_of_solid=np.array(material, "int32"),
        instance_of_solid=np.array(instance, "int32"),
        part_of_solid=np.array(owner, "int32"),
        interests=np.array(plan.interests, "float32").reshape(-1, 5),
        footprints=plan.footprints,
        exposure=plan.uniform(0.24, 0.36),
        ambient=plan.uniform(0.05, 0.12),
        ambient_color=m.linear("#fff3e6" if night else "#f2f5ff"),
    )
