"""Which rooms are invented, and from where they are seen."""

import numpy as np
import pytest

from mtl_zoo.datasets import rooms
from mtl_zoo.datasets.rooms import tracing
from mtl_zoo.datasets.rooms.layout import annex
from mtl_zoo.datasets.rooms.layout import scenes
from mtl_zoo.datasets.rooms.materials import Split
from mtl_zoo.datasets.rooms.plan import Plan

pytestmark = pytest.mark.one_backend


def test_cameras_differ_as_those_of_photographs_do():
    cameras, kinds = [], set()
    for index in range(150):
        rng = np.random.default_rng([5, index])
        scene = rooms.sample_scene(rng)
        cameras.append(rooms.sample_camera(rng, scene, (6, 8)))
        kinds.add(scene.kind)
    assert kinds == set(scenes.KINDS)
    fields = np.array([camera.field_of_view() for camera in cameras])
    assert 45 <= fields.min() < 50 and 85 < fields.max() <= 95
    heights = np.array([camera.position[2] for camera in cameras])
    assert 0.5 <= heights.min() < 0.7 and 1.65 < heights.max() <= 1.75


def test_what_is_beyond_a_door_lies_in_the_box_and_its_walls_are_closed():
    found = 0
    for index in range(30):
        scene = rooms.sample_scene(np.random.default_rng([6, index]))
        low = np.min([part.corners.min(1) for part in scene.parts], 0)
        high = np.max([part.corners.max(1) for part in scene.parts], 0)
        # Windows and what is behind them lie outside.
        assert (low > -0.5).all() and (high < scene.size + 0.5).all()
        for part in scene.parts:
            name = rooms.CLASS_NAMES[scene.label_of_instance[part.instance]]
            if name in ("window", "wall", "floor"):
                continue
            centre = part.sphere_centre
            assert (centre > 0).all() and (centre < scene.size).all(), name
        found += any(f[4] == scene.size[2] for f in scene.footprints)
    assert found > 5


@pytest.mark.parametrize("axis", [0, 1])
def test_partition_is_closed_but_for_its_openings(axis):
    plan = Plan(np.random.default_rng(0), "study", (4.0, 5.0, 2.5), False)
    length = float(plan.size[1 - axis])
    openings = [(1.0, 1.9, 2.04, False)]
    wall = Split(np.ones((3, 1)))
    annex.partition(plan, axis, openings, wall, wall)
    (part,) = plan.parts
    part.freeze(0)
    along, up = np.meshgrid(
        np.linspace(0.04, length - 0.04, 60), np.linspace(0.02, 2.45, 40)
    )
    origins = np.zeros((3, along.size), "float32")
    origins[axis] = 0.5
    origins[1 - axis], origins[2] = along.ravel(), up.ravel()
    directions = np.zeros_like(origins)
    directions[axis] = 1
    distance = part.distances(*part.to_local(origins, directions)).min(0)
    casing = 0.09  # Its width, and how far it may narrow the opening.
    open_ = (origins[1 - axis] > 1.0 + casing) & (origins[2] < 2.04 - casing)
    open_ &= origins[1 - axis] < 1.9 - casing
    shut = (origins[1 - axis] < 1.0 - casing) | (origins[2] > 2.04 + casing)
    shut |= origins[1 - axis] > 1.9 + casing
    assert np.isinf(distance[open_]).all()
    expected = float(plan.size[axis]) - 0.5
    np.testing.assert_allclose(distance[shut], expected, atol=1e-4)


def test_furniture_stands_clear_of_cameras():
    for index in range(40):
        rng = np.random.default_rng([7, index])
        scene = rooms.sample_scene(rng)
        camera = rooms.sample_camera(rng, scene, (12, 16))
        y, x = np.mgrid[0:12, 0:16].astype("float32") + 0.5
        depth, _, _ = tracing.trace(scene, camera, x.ravel(), y.ravel())
        assert np.isfinite(depth).all()
        assert (depth < 0.3).mean() < 0.2
        assert (camera.position[:2] < scene.size[:2]).all()
