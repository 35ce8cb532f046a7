"""The room itself: its planes, windows and doors."""

from mtl_zoo.datasets.rooms import materials as m
from mtl_zoo.datasets.rooms.furniture.openings import door
from mtl_zoo.datasets.rooms.furniture.openings import window
from mtl_zoo.datasets.rooms.plan import CARPETS
from mtl_zoo.datasets.rooms.plan import FLOORS
from mtl_zoo.datasets.rooms.plan import LABEL
from mtl_zoo.datasets.rooms.plan import TILES
from mtl_zoo.datasets.rooms.plan import WALLS
from mtl_zoo.datasets.rooms.plan import WOODS


def build_shell(plan):
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


def build_openings(plan, night):
    """A door and one or two windows."""
    height = float(plan.size[2])
    door_wall = int(plan.rng.integers(4))
    length = float(plan.size[1 - door_wall // 2])
    if plan.chance(0.75):
        door(plan, door_wall, plan.pick((0.65, length - 0.65)))
    walls = [w for w in range(4) if w != door_wall]
    for wall in plan.rng.permutation(walls)[: plan.choose((1, 2), (0.6, 0.4))]:
        wall = int(wall)
        length = float(plan.size[1 - wall // 2])
        width = min(plan.uniform(0.9, 2.2), length - 1.0)
        margin = width / 2 + 0.4
        along = plan.uniform(margin, length - margin)
        bottom = plan.choose((0.85, 0.6, 0.95, 0.08), (0.4, 0.2, 0.3, 0.1))
        top = min(plan.uniform(2.0, 2.25), height - 0.22)
        window(plan, wall, along, width, bottom, top, night)
