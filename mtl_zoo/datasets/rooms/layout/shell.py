"""The room itself: what its planes are made of, its windows and doors."""

import dataclasses

from mtl_zoo.datasets.rooms import materials as m
from mtl_zoo.datasets.rooms.furniture.openings import door
from mtl_zoo.datasets.rooms.furniture.openings import window
from mtl_zoo.datasets.rooms.plan import CARPETS
from mtl_zoo.datasets.rooms.plan import FLOORS
from mtl_zoo.datasets.rooms.plan import TILES
from mtl_zoo.datasets.rooms.plan import WALLS
from mtl_zoo.datasets.rooms.plan import WOODS

DARK_WALLS = "#6b6840 #54606b #7b7b7b #3d4f63 #8a6a58 #4f5a4a #8f8578".split()
STRONG_WALLS = "#a8c02f #c8552b #2b7a8f #d9a52a #7c8f77 #a3553f".split()
# How often walls have a pattern, by the kind of room.
HOME_WALLS = {
    "plain": 0.6,
    "dark": 0.1,
    "stripes": 0.07,
    "damask": 0.07,
    "panel": 0.08,
    "mouldings": 0.08,
}
WALL_PATTERNS = {
    "kitchen": {"plain": 0.75, "tiles": 0.15, "panel": 0.1},
    "bathroom": {"tiles": 0.85, "plain": 0.15},
    "utility": {"brick": 0.35, "concrete": 0.4, "panel": 0.1, "plain": 0.15},
    "office": {"plain": 0.7, "strong": 0.15, "concrete": 0.1, "dark": 0.05},
    "corridor": {"plain": 0.65, "strong": 0.1, "panel": 0.15, "dark": 0.1},
    "lobby": {"plain": 0.4, "strong": 0.3, "concrete": 0.2, "mouldings": 0.1},
}
HOME_FLOORS = {
    "planks": 0.4,
    "herringbone": 0.16,
    "carpet": 0.26,
    "tiles": 0.11,
    "checks": 0.03,
    "stone": 0.04,
}
FLOOR_KINDS = {
    "kitchen": {"tiles": 0.5, "planks": 0.3, "stone": 0.12, "checks": 0.08},
    "bathroom": {"tiles": 0.7, "stone": 0.15, "checks": 0.15},
    "utility": {"concrete": 0.85, "tiles": 0.15},
    "office": {"carpet": 0.4, "swirls": 0.25, "planks": 0.2, "concrete": 0.15},
    "corridor": {"carpet": 0.25, "swirls": 0.3, "tiles": 0.2, "planks": 0.25},
    "lobby": {"stone": 0.3, "planks": 0.35, "tiles": 0.2, "herringbone": 0.15},
}


@dataclasses.dataclass
class Surfaces:
    """The materials of a room's planes: four walls, floor, ceiling."""

    walls: list
    floor: m.Material
    ceiling: m.Material


def choose_surfaces(plan):
    """Draws what the planes of a room of this kind are made of."""
    return Surfaces(_walls(plan), _floor(plan), _ceiling(plan))


def _walls(plan):
    kinds = WALL_PATTERNS.get(plan.kind, HOME_WALLS)
    pattern = plan.choose(tuple(kinds), tuple(kinds.values()))
    base = plan.pick(
        {"dark": DARK_WALLS, "strong": STRONG_WALLS}.get(pattern, WALLS)
    )
    board = plan.color(plan.pick(("#f4f2ee", "#e9e6df", plan.woods[0])), 0.02)
    if plan.kind == "utility" or pattern == "tiles":
        board = None
    color = plan.color(base, 0.05)
    second = color * (0.82 if plan.chance(0.6) else 1.1)
    panel_height = plan.uniform(0.8, 1.0)
    if pattern == "panel":
        second = plan.color(plan.pick(("#f1eee8", "#e6e1d6", *WOODS[:5])))
    elif pattern == "tiles":
        second = plan.color(plan.pick(TILES + ["#f4f4f1", "#7d9aa5"]))
        panel_height = plan.pick((1.2, 2.0, 3.0))
    elif pattern == "brick":
        color, second = _bricks(plan)
    shared = dict(
        second=second,
        pattern="plain" if pattern in ("dark", "strong") else pattern,
        period=plan.uniform(0.16, 0.4),
        board=board,
        board_height=plan.uniform(0.07, 0.13),
        panel_height=panel_height,
    )
    seed = plan.seed()
    walls = [m.Wall(color, seed=seed + i, **shared) for i in range(4)]
    if plan.chance(0.3) and pattern != "tiles":  # One of another colour.
        brick = plan.chance(0.25)
        color, second = _bricks(plan) if brick else (plan.color(plan.accent), 0)
        walls[int(plan.rng.integers(4))] = m.Wall(
            color,
            seed=seed,
            second=second,
            pattern="brick" if brick else "plain",
            board=board,
            board_height=shared["board_height"],
        )
    return walls


def _bricks(plan):
    """Colours of bricks and of the joints: red, or painted white."""
    if plan.chance(0.5):
        return plan.color("#a4593f"), m.linear("#b8b0a6")
    return plan.color("#d9d6cf"), m.linear("#a9a69f")


def _floor(plan):
    kinds = FLOOR_KINDS.get(plan.kind, HOME_FLOORS)
    kind = plan.choose(tuple(kinds), tuple(kinds.values()))
    seed = plan.seed()
    if kind == "planks":
        return m.Wood(
            plan.color(plan.pick(FLOORS)),
            specular=plan.uniform(0.05, 0.3),
            seed=seed,
            plank=plan.uniform(0.09, 0.2),
            length=plan.uniform(0.8, 1.6),
            upright=plan.chance(0.5),
        )
    if kind == "herringbone":
        return m.Herringbone(
            plan.color(plan.pick(FLOORS + ["#a99a86"])),
            specular=plan.uniform(0.05, 0.3),
            seed=seed,
            plank=plan.uniform(0.07, 0.13),
        )
    if kind in ("carpet", "swirls"):
        dark = plan.pick(("#4a2a26", "#33363c", "#4c5344", "#5a5148"))
        return m.Carpet(
            plan.color(dark if plan.chance(0.3) else plan.pick(CARPETS)),
            seed=seed,
            second=plan.color(plan.pick(CARPETS)),
            pattern="swirls" if kind == "swirls" else "plain",
        )
    if kind == "concrete":
        return m.Concrete(
            plan.color(plan.pick(("#9a968e", "#7d7a75", "#b3ada2"))),
            specular=plan.uniform(0.0, 0.15),
            seed=seed,
        )
    if kind == "stone":
        return m.Stone(
            plan.color(plan.pick(TILES)),
            specular=0.35,
            seed=seed,
            second=plan.color(plan.pick(("#6b655c", "#f4f2ec"))),
            veins=True,
        )
    second = plan.color(plan.pick(TILES)) * 0.45 if kind == "checks" else None
    return m.Tiles(
        plan.color(plan.pick(TILES)),
        specular=0.25,
        seed=seed,
        size=plan.uniform(0.28, 0.6),
        second=second,
    )


def _ceiling(plan):
    white = plan.color("#f4f2ee", 0.03)
    seed = plan.seed()
    if plan.kind in ("office", "corridor") and plan.chance(0.6):
        return m.Tiles(white, seed=seed, size=0.6)
    if plan.kind == "utility" and plan.chance(0.7):
        if plan.chance(0.5):
            return m.Concrete(plan.color("#8f8b84"), seed=seed)
        return m.Wood(plan.color(plan.pick(WOODS)), seed=seed, plank=0.18)
    if plan.chance(0.04):
        return m.Wood(plan.color(plan.pick(WOODS)), seed=seed, plank=0.14)
    return m.Material(white, seed=seed, mottle=0.01)


def join_surfaces(main, beyond, axis, at):
    """The six planes of the box that holds two rooms, one behind the other.

    Args:
        main: `Surfaces` of the room that begins at 0.
        beyond: `Surfaces` of the other room.
        axis: int. 0 or 1, along which they follow each other.
        at: float. Where the partition's middle is.

    Returns:
        A list of six `Material`.
    """
    walls = list(main.walls)
    walls[2 * axis + 1] = beyond.walls[2 * axis + 1]
    for side in (2 - 2 * axis, 3 - 2 * axis):
        first, second = main.walls[side], beyond.walls[side]
        walls[side] = _split(first, second, "u", at)
    along = "uv"[axis]
    return [
        *walls,
        _split(main.floor, beyond.floor, along, at),
        _split(main.ceiling, beyond.ceiling, along, at),
    ]


def _split(first, second, axis, at):
    return m.Split(
        first.color,
        first.specular,
        first=first,
        second=second,
        axis=axis,
        at=at,
    )


def build_openings(plan, shared=None):
    """A door and one or two windows.

    Args:
        plan: `Plan`.
        shared: int. The wall that the room has in common with another one,
            which gets neither. Defaults to none.
    """
    height = float(plan.size[2])
    walls = [wall for wall in range(4) if wall != shared]
    plan.rng.shuffle(walls)
    door_wall = int(walls.pop())
    length = float(plan.size[1 - door_wall // 2])
    if plan.chance(0.75):
        door(plan, door_wall, plan.pick((0.65, length - 0.65)))
    count = plan.choose((1, 2), (0.6, 0.4))
    if plan.kind in ("utility", "bathroom", "corridor"):
        count = int(plan.chance(0.5))
    for wall in walls[:count]:
        length = float(plan.size[1 - wall // 2])
        widest = 4.0 if plan.kind in ("lobby", "office") else 2.2
        width = min(plan.uniform(0.9, widest), length - 1.0)
        if width < 0.5:
            continue
        margin = width / 2 + 0.4
        along = plan.uniform(margin, length - margin)
        bottom = plan.choose((0.85, 0.6, 0.95, 0.08), (0.4, 0.2, 0.3, 0.1))
        if plan.kind in ("kitchen", "bathroom", "utility"):
            bottom = plan.uniform(1.08, 1.3)
        top = min(plan.uniform(2.0, 2.25), height - 0.22)
        window(plan, wall, along, width, bottom, top, plan.night)
