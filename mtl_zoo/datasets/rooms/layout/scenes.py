"""Invents rooms: which furniture, where, in what light.

A room is a bedroom, a living room, a dining room or a study; its kind decides
which furniture comes first, the rest is drawn at random and put against a wall
or into the room where nothing else stands.
"""

import numpy as np

from mtl_zoo.datasets.rooms import materials as m
from mtl_zoo.datasets.rooms.layout.bedroom import bedroom
from mtl_zoo.datasets.rooms.layout.dining import dining_room
from mtl_zoo.datasets.rooms.layout.finish import floor_clutter
from mtl_zoo.datasets.rooms.layout.finish import hang_pictures
from mtl_zoo.datasets.rooms.layout.lighting import light_room
from mtl_zoo.datasets.rooms.layout.living import living
from mtl_zoo.datasets.rooms.layout.shell import build_openings
from mtl_zoo.datasets.rooms.layout.shell import build_shell
from mtl_zoo.datasets.rooms.layout.study import study
from mtl_zoo.datasets.rooms.plan import Plan
from mtl_zoo.datasets.rooms.scene import Scene


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
    planes = build_shell(plan)
    build_openings(plan, night)
    {
        "bedroom": bedroom,
        "living": living,
        "dining": dining_room,
        "study": study,
    }[plan.kind](plan)
    floor_clutter(plan)
    plan.group = -1
    hang_pictures(plan)
    light_room(plan, night)

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
