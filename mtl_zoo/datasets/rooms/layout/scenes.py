"""Invents rooms: which furniture, where, in what light.

The kind of a room decides which furniture comes first, the rest is drawn at
random and put against a wall or into the room where nothing else stands. Often
an open door or a passage shows another room behind.
"""

import numpy as np

from mtl_zoo.datasets.rooms import materials as m
from mtl_zoo.datasets.rooms.layout import annex
from mtl_zoo.datasets.rooms.layout.bathroom import bathroom
from mtl_zoo.datasets.rooms.layout.bedroom import bedroom
from mtl_zoo.datasets.rooms.layout.dining import dining_room
from mtl_zoo.datasets.rooms.layout.finish import floor_clutter
from mtl_zoo.datasets.rooms.layout.finish import hang_pictures
from mtl_zoo.datasets.rooms.layout.kitchen import kitchen
from mtl_zoo.datasets.rooms.layout.lighting import ceiling_lamps
from mtl_zoo.datasets.rooms.layout.lighting import light_room
from mtl_zoo.datasets.rooms.layout.living import living
from mtl_zoo.datasets.rooms.layout.office import corridor
from mtl_zoo.datasets.rooms.layout.office import lobby
from mtl_zoo.datasets.rooms.layout.office import office
from mtl_zoo.datasets.rooms.layout.shell import build_openings
from mtl_zoo.datasets.rooms.layout.shell import choose_surfaces
from mtl_zoo.datasets.rooms.layout.shell import join_surfaces
from mtl_zoo.datasets.rooms.layout.study import study
from mtl_zoo.datasets.rooms.layout.utility import utility
from mtl_zoo.datasets.rooms.layout.walls import hang_things
from mtl_zoo.datasets.rooms.layout.walls import line_walls
from mtl_zoo.datasets.rooms.plan import LABEL
from mtl_zoo.datasets.rooms.plan import Plan
from mtl_zoo.datasets.rooms.scene import Scene

# Kinds of rooms: what furnishes them, how often they come, the ranges of
# their width, length and height in metres, how often another room shows, and
# of which kinds.
HOMES = ("living", "dining", "kitchen", "bedroom", "study")
WORK = ("office", "office", "lobby", "kitchen")
KINDS = {
    "bedroom": (bedroom, 0.2, (3.2, 5.4), (3.4, 6.0), (2.4, 2.8), 0.3, HOMES),
    "living": (living, 0.19, (3.4, 7.0), (3.8, 8.0), (2.4, 3.2), 0.55, HOMES),
    "dining": (
        dining_room,
        0.12,
        (3.2, 5.6),
        (3.6, 7),
        (2.4, 2.9),
        0.55,
        HOMES,
    ),
    "study": (study, 0.07, (2.8, 4.6), (3.0, 5.2), (2.4, 2.8), 0.3, HOMES),
    "kitchen": (kitchen, 0.15, (2.6, 5.2), (3.0, 6), (2.4, 3.0), 0.45, HOMES),
    "office": (office, 0.1, (3.6, 8.0), (4.0, 9.0), (2.5, 3.2), 0.35, WORK),
    "utility": (
        *(utility, 0.08, (3.2, 7.0), (4.0, 9.0), (2.2, 2.6), 0.5),
        ("utility", "utility", "kitchen"),
    ),
    "corridor": (
        *(corridor, 0.06, (1.4, 2.4), (6.0, 16.0), (2.4, 2.9), 0.5),
        ("office", "office", "lobby", "living"),
    ),
    "lobby": (lobby, 0.05, (5, 10), (6, 12), (2.7, 4.5), 0.4, WORK),
    "bathroom": (bathroom, 0.04, (1.9, 3.4), (2.2, 4), (2.4, 2.7), 0.2, HOMES),
}


def sample_scene(rng):
    """Invents a room.

    Args:
        rng: `np.random.Generator`.

    Returns:
        A `Scene`.
    """
    names = list(KINDS)
    weights = np.array([KINDS[name][1] for name in names])
    kind = names[rng.choice(len(names), p=weights / weights.sum())]
    _, _, *ranges, open_share, others = KINDS[kind]
    size = [float(rng.uniform(*limits)) for limits in ranges]
    if rng.random() < 0.5:
        size[0], size[1] = size[1], size[0]
    plan = Plan(rng, kind, size, night=bool(rng.random() < 0.28))
    plan.labels += [LABEL["wall"]] * 4 + [LABEL["floor"], LABEL["ceiling"]]
    plan.groups += [-1] * 6
    surfaces = choose_surfaces(plan)
    if plan.chance(open_share):
        planes = _two_rooms(plan, surfaces, plan.pick(others))
    else:
        planes = [*surfaces.walls, surfaces.floor, surfaces.ceiling]
        _furnish(plan)
    planes = [plan.paint(plane) for plane in planes]
    light_room(plan)
    return _freeze(plan, planes)


def _furnish(plan, shared=None):
    """Openings, furniture, what lies about, pictures and lamps of a room."""
    build_openings(plan, shared)
    KINDS[plan.kind][0](plan)
    line_walls(plan)
    floor_clutter(plan)
    hang_things(plan)
    hang_pictures(plan)
    ceiling_lamps(plan)


def _two_rooms(plan, surfaces, kind):
    """Furnishes the room and another one behind it; returns the six planes.

    Afterwards the plan's size is that of the box that holds both.
    """
    axis = int(plan.rng.integers(2))
    if plan.kind == "corridor" and plan.chance(0.5):
        axis = int(np.argmax(plan.size[:2]))
    length = float(plan.size[1 - axis])
    openings = annex.doorways(plan, length)
    size = plan.size.copy()
    size[axis] = plan.uniform(2.2, 6.5)
    offset = [0.0, 0.0]
    offset[axis] = float(plan.size[axis]) + annex.THICKNESS
    annex.wall_footprints(plan, axis, openings)
    walls = 2 * axis, 2 * axis + 1
    with plan.beyond(kind, size, offset):
        behind = choose_surfaces(plan)
        if plan.chance(0.5):
            behind.floor = surfaces.floor
        annex.keep_clear(plan, walls[0], openings)
        _furnish(plan, walls[0])
    annex.partition(
        plan, axis, openings, surfaces.walls[walls[1]], behind.walls[walls[0]]
    )
    annex.keep_clear(plan, walls[1], openings)
    _furnish(plan, walls[1])
    at = float(plan.size[axis]) + annex.THICKNESS / 2
    plan.size[axis] = offset[axis] + size[axis]
    return join_surfaces(surfaces, behind, axis, at)


def _freeze(plan, planes):
    """The finished plan as the renderer wants it."""
    material, instance, owner = list(planes), list(range(6)), [-1] * 6
    first = 6
    for number, part in enumerate(plan.parts):
        first = part.freeze(first)
        material.extend(part.material)
        instance.extend([part.instance] * part.num_solids)
        owner.extend([number] * part.num_solids)
    low, high = plan.choose(
        ((0.22, 0.38), (0.09, 0.22), (0.38, 0.5)), (0.7, 0.2, 0.1)
    )
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
        exposure=plan.uniform(low, high),
        ambient=plan.uniform(0.05, 0.12),
        ambient_color=m.linear("#fff3e6" if plan.night else "#f2f5ff"),
    )
