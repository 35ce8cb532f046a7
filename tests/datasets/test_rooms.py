"""The invented rooms: their geometry, their labels, their determinism."""

import dataclasses
import pathlib
import pickle
import subprocess
import sys

import numpy as np
import pytest

from mtl_zoo.datasets import rooms
from mtl_zoo.datasets.rooms import geometry
from mtl_zoo.datasets.rooms import labels as labelling
from mtl_zoo.datasets.rooms import tracing
from mtl_zoo.datasets.rooms import worker

pytestmark = pytest.mark.one_backend

SIZE = (48, 64)


def make(index, image_size=SIZE):
    """The scene, camera and exact labels of a room."""
    rng = np.random.default_rng([99, index])
    scene = rooms.sample_scene(rng)
    camera = rooms.sample_camera(rng, scene, image_size)
    return scene, camera, rooms.render(scene, camera, image_size)


def back_project(camera, depth):
    """Points in the camera's frame, from the pinhole model, in float64."""
    height, width = depth.shape
    x = (np.arange(width) + 0.5 - camera.principal[0]) / camera.focal[0]
    y = (np.arange(height) + 0.5 - camera.principal[1]) / camera.focal[1]
    depth = depth.astype("float64")
    return np.stack([x * depth, y[:, None] * depth, depth], -1)


@pytest.fixture(scope="module")
def samples():
    return [rooms.render_room(i, "test", 0, SIZE) for i in range(40)]


# --- Solids ---


def distances(part, origin, direction):
    part.freeze(0)
    rays = (np.array(v, "float32").reshape(3, 1) for v in (origin, direction))
    local = part.to_local(*rays)
    t = part.distances(*local)
    if np.isinf(t.min()):
        return np.inf, None
    which = t.argmin(0)
    normal, _ = part.local_normals(local[0] + t.min(0) * local[1], which)
    return float(t.min()), (part.rotation @ normal)[:, 0]


def test_box_is_hit_where_computed_by_hand():
    # A box of 2 x 4 x 6 turned by 90 degrees: 4 wide in x, 2 in y.
    part = geometry.Part(0, (10, 0, 0), geometry.yaw_rotation(np.pi / 2))
    part.box((-1, -2, -3), (1, 2, 3), 0)
    t, normal = distances(part, (0, 0.5, 0), (1, 0, 0))
    assert t == pytest.approx(8, abs=1e-5)
    np.testing.assert_allclose(normal, (-1, 0, 0), atol=1e-6)
    t, _ = distances(part, (0, 1.01, 0), (1, 0, 0))
    assert np.isinf(t)
    t, _ = distances(part, (9, 3, 9), (0, 0, -2))
    assert np.isinf(t)
    t, normal = distances(part, (9, 0, 9), (0, 0, -2))
    assert t == pytest.approx(3, abs=1e-5)
    np.testing.assert_allclose(normal, (0, 0, 1), atol=1e-6)


def test_ellipsoid_is_hit_where_computed_by_hand():
    part = geometry.Part(0)
    part.ellipsoid((0, 0, 5), (3, 2, 1), 0)
    t, normal = distances(part, (0, 0, 0), (0, 0, 1))
    assert t == pytest.approx(4)
    np.testing.assert_allclose(normal, (0, 0, -1), atol=1e-6)
    # x = 3 cos, z = 5 - sin at 45 degrees; the normal is the gradient.
    x, z = 3 * np.sqrt(0.5), 5 - np.sqrt(0.5)
    t, normal = distances(part, (x, 0, 0), (0, 0, 1))
    assert t == pytest.approx(z, abs=1e-4)
    gradient = np.array([x / 9, 0, z - 5])
    np.testing.assert_allclose(
        normal, gradient / np.linalg.norm(gradient), atol=1e-4
    )


def test_cylinder_and_cone_are_hit_where_computed_by_hand():
    part = geometry.Part(0)
    part.frustum((0, 0), 0, 2, 1.0, 0)
    t, normal = distances(part, (-5, 0.6, 1), (1, 0, 0))
    assert t == pytest.approx(5 - 0.8, abs=1e-5)  # 0.6, 0.8, 1.
    np.testing.assert_allclose(normal, (-0.8, 0.6, 0), atol=1e-5)
    t, normal = distances(part, (0.5, 0.5, 7), (0, 0, -1))
    assert t == pytest.approx(5, abs=1e-5)
    np.testing.assert_allclose(normal, (0, 0, 1), atol=1e-6)

    cone = geometry.Part(0)
    cone.frustum((0, 0), 0, 2, 2.0, 0, top_radius=0.0)
    t, normal = distances(cone, (-5, 0, 0.5), (1, 0, 0))
    assert t == pytest.approx(3.5, abs=1e-5)
    np.testing.assert_allclose(
        normal, np.array([-1, 0, 1]) / np.sqrt(2), atol=1e-5
    )


def test_rays_leave_the_room_where_computed_by_hand():
    size = np.array([4, 5, 2.5], "float32")
    origin = np.array([[1], [2], [1.5]], "float32")
    directions = np.array(
        [[-1, 0, 0], [1, 0, 0], [0, -1, 0], [0, 1, 0], [0, 0, -1], [0, 0, 1]],
        "float32",
    ).T
    t, plane = geometry.room_exit(size, origin, directions)
    np.testing.assert_allclose(t, (1, 3, 2, 3, 1.5, 1))
    np.testing.assert_array_equal(plane, np.arange(6))


# --- Rays through a scene ---


def test_trace_finds_what_testing_every_solid_finds():
    scene, camera, _ = make(1)
    rng = np.random.default_rng(0)
    x = rng.uniform(0, SIZE[1], 500).astype("float32")
    y = rng.uniform(0, SIZE[0], 500).astype("float32")
    depth, solid, directions = tracing.trace(scene, camera, x, y)
    origin = np.asarray(camera.position)[:, None]
    every = np.concatenate(
        [p.distances(*p.to_local(origin, directions)) for p in scene.parts]
    )
    wall, _ = geometry.room_exit(scene.size, origin, directions)
    nearest = every.min(0)
    furniture = solid >= 6
    np.testing.assert_allclose(depth[furniture], nearest[furniture], rtol=1e-5)
    np.testing.assert_allclose(depth[~furniture], wall[~furniture], rtol=1e-5)
    assert np.all(nearest[~furniture] >= wall[~furniture] - 1e-4)
    assert 0.1 < furniture.mean() < 1


def test_occlusion_finds_what_testing_every_solid_finds():
    scene, _, _ = make(2)
    rng = np.random.default_rng(0)
    origins = (rng.random((3, 800)) * scene.size[:, None]).astype("float32")
    directions = rng.standard_normal((3, 800)).astype("float32")
    directions /= np.linalg.norm(directions, axis=0)
    limits = rng.uniform(0.3, 3, 800).astype("float32")
    found = tracing.occlusion(scene, origins, directions, limits)
    every = np.concatenate(
        [p.distances(*p.to_local(origins, directions)) for p in scene.parts]
    ).min(0)
    expected = np.where(every <= limits, every, np.inf)
    np.testing.assert_allclose(found, expected, rtol=1e-5)
    assert 0.05 < np.isfinite(found).mean() < 0.95


# --- Labels ---


@pytest.mark.parametrize("image_size", [(48, 64), (37, 53), (64, 48), (5, 7)])
def test_labels_keep_the_contract(image_size):
    for index in range(2):
        sample = rooms.render_room(index, "validation", 3, image_size)
        kinds = {
            "image": ("uint8", (3,)),
            "semseg": ("int32", ()),
            "depth": ("float32", (1,)),
            "normals": ("float32", (3,)),
            "edge": ("float32", (1,)),
            "saliency": ("float32", (1,)),
        }
        assert set(sample) == {*kinds, "field_of_view"}
        for key, (dtype, channels) in kinds.items():
            assert sample[key].dtype == dtype, key
            assert sample[key].shape == (*image_size, *channels), key
            assert np.isfinite(sample[key]).all(), key
        assert 0 <= sample["semseg"].min() and sample["semseg"].max() < 13
        assert 0 <= sample["depth"].min() and sample["depth"].max() <= 10
        length = np.linalg.norm(sample["normals"], axis=-1)
        np.testing.assert_allclose(length, 1, atol=1e-5)
        for key in ("edge", "saliency"):
            assert set(np.unique(sample[key])) <= {0, 1}


def test_normals_are_those_of_the_surface_that_depth_describes():
    for index in range(3):
        _, camera, labels = make(index, (96, 128))
        points = back_project(camera, labels["depth"][..., 0])
        across = points[1:-1, 2:] - points[1:-1, :-2]
        along = points[2:, 1:-1] - points[:-2, 1:-1]
        fitted = np.cross(along, across)
        fitted /= np.linalg.norm(fitted, axis=-1, keepdims=True)
        inner = (slice(1, -1), slice(1, -1))
        # The fitted normal is turned to the camera, as labels must be.
        sign = np.sign((fitted * points[inner]).sum(-1, keepdims=True))
        cosine = (-sign * fitted * labels["normals"][inner]).sum(-1)
        angle = np.degrees(np.arccos(np.clip(cosine, -1, 1)))
        # Neighbours across an outline fit no surface.
        assert np.median(angle) < 0.1
        assert (angle < 1).mean() > 0.6
        facing = (labels["normals"] * points).sum(-1)
        assert (facing < 0).mean() > 0.999


def test_floor_and_ceiling_lie_where_the_room_says():
    seen = set()
    for index in range(8):
        scene, camera, labels = make(index)
        points = back_project(camera, labels["depth"][..., 0])
        world = points @ np.asarray(camera.rotation, "float64")
        world += np.asarray(camera.position)
        for plane, height in ((4, 0.0), (5, scene.size[2])):
            inside = labels["instance"] == plane
            if inside.any():
                seen.add(plane)
                assert np.abs(world[inside][:, 2] - height).max() < 1e-3
                name = ("floor", "ceiling")[plane - 4]
                label = rooms.CLASS_NAMES.index(name)
                assert (labels["semseg"][inside] == label).all()
    assert seen == {4, 5}


def same_share(first, second, tolerance=1e-3):
    return (np.abs(first - second) <= tolerance).mean()


@pytest.mark.parametrize("index", [0, 3])
def test_mirrored_camera_gives_mirrored_labels(index):
    scene, camera, labels = make(index)
    mirror = np.diag([-1.0, 1, 1]) @ camera.rotation
    mirrored = rooms.render(
        scene,
        dataclasses.replace(
            camera,
            rotation=mirror,
            principal=(SIZE[1] - camera.principal[0], camera.principal[1]),
        ),
        SIZE,
    )
    for key in ("semseg", "depth", "edge", "saliency"):
        assert same_share(labels[key], mirrored[key][:, ::-1]) > 0.998, key
    flipped = mirrored["normals"][:, ::-1] * np.array([-1, 1, 1])
    assert same_share(labels["normals"], flipped) > 0.998


def test_zoomed_camera_gives_enlarged_labels():
    scene, camera, labels = make(4)
    zoomed = rooms.render(
        scene,
        dataclasses.replace(
            camera,
            focal=tuple(3 * f for f in camera.focal),
            principal=tuple(3 * p for p in camera.principal),
        ),
        (3 * SIZE[0], 3 * SIZE[1]),
    )
    # The middle one of 3x3 pixels has the centre of the large pixel.
    for key in ("semseg", "depth", "normals"):
        assert same_share(labels[key], zoomed[key][1::3, 1::3]) > 0.998, key


def test_edges_are_the_boundaries_of_instances():
    _, _, labels = make(5)
    instance = labels["instance"]
    padded = np.pad(instance, 1, mode="edge")
    expected = np.zeros(instance.shape)
    for row in range(SIZE[0]):
        for column in range(SIZE[1]):
            around = (
                padded[row, column + 1],
                padded[row + 2, column + 1],
                padded[row + 1, column],
                padded[row + 1, column + 2],
            )
            expected[row, column] = any(
                other != instance[row, column] for other in around
            )
    np.testing.assert_array_equal(labels["edge"][..., 0], expected)


def test_saliency_is_the_nearest_free_standing_object():
    for index in range(6):
        scene, _, labels = make(index)
        group = scene.group_of_instance[labels["instance"]]
        salient = labels["saliency"][..., 0] == 1
        depth = labels["depth"][..., 0]
        large = [
            g
            for g in np.unique(group[group >= 0])
            if (group == g).mean() > 0.01
        ]
        assert (group[salient] >= 0).all()
        if large:
            nearest = min(
                large, key=lambda g: np.percentile(depth[group == g], 5)
            )
            assert salient[group == nearest].all()
            limit = np.percentile(depth[group == nearest], 5)
            for g in np.unique(group[salient]):
                near = np.percentile(depth[group == g], 5)
                assert near <= limit * labelling.SALIENCY_REACH + 1e-5


def test_every_class_has_its_share(samples):
    count = sum(np.bincount(s["semseg"].ravel(), minlength=13) for s in samples)
    share = count / count.sum()
    assert share.min() > 0.004, dict(zip(rooms.CLASS_NAMES, share, strict=True))
    assert share.max() < 0.5


def test_images_look_exposed_and_saliency_is_not_empty(samples):
    for sample in samples:
        assert 50 < sample["image"].mean() < 210
        assert sample["image"].std() > 12
    # Corridors and halls may show nothing that stands free.
    assert np.mean([s["saliency"].any() for s in samples]) > 0.9
    share = np.mean([s["saliency"].mean() for s in samples])
    assert 0.05 < share < 0.5


def test_depth_is_missing_in_places_and_exact_elsewhere(samples):
    missing = [(s["depth"] == 0).mean() for s in samples]
    assert min(missing) > 0
    assert 0.01 < np.mean(missing) < 0.15
    index = 7
    rng = np.random.default_rng([0, rooms.SPLITS.index("test"), index])
    scene = rooms.sample_scene(rng)
    camera = rooms.sample_camera(rng, scene, SIZE)
    exact = rooms.render(scene, camera, SIZE)
    measured = samples[index]["depth"]
    known = measured > 0
    np.testing.assert_array_equal(measured[known], exact["depth"][known])
    for key in ("semseg", "normals", "edge", "saliency"):
        np.testing.assert_array_equal(samples[index][key], exact[key])


# --- Which rooms ---


def test_rooms_are_deterministic(samples):
    again = rooms.render_room(7, "test", 0, SIZE)
    for key, value in samples[7].items():
        np.testing.assert_array_equal(again[key], value)


def test_rooms_differ_by_index_split_and_seed():
    images = [
        rooms.render_room(index, split, seed, (24, 32))["image"].tobytes()
        for index in range(2)
        for split in rooms.SPLITS
        for seed in range(2)
    ]
    assert len(set(images)) == len(images)


def test_size_changes_the_number_of_pixels_not_the_room():
    small = rooms.render_room(3, image_size=(24, 32))
    large = rooms.render_room(3, image_size=(72, 96))
    same = small["semseg"] == large["semseg"][1::3, 1::3]
    assert same.mean() > 0.99


def test_field_of_view_is_the_cameras():
    for index in range(3):
        sample = rooms.render_room(index, "test", 0, SIZE)
        rng = np.random.default_rng([0, rooms.SPLITS.index("test"), index])
        camera = rooms.sample_camera(rng, rooms.sample_scene(rng), SIZE)
        # From the middle to the right edge is half of it.
        half = np.arctan2(SIZE[1] / 2, camera.focal[0])
        field = sample["field_of_view"]
        assert field.shape == () and field.dtype == "float32"
        assert field == pytest.approx(np.degrees(2 * half), abs=1e-4)
    larger = rooms.render_room(2, "test", 0, (96, 128))
    assert larger["field_of_view"] == pytest.approx(float(field), abs=1e-4)


def test_bad_arguments_are_named():
    with pytest.raises(ValueError, match="split='dev'"):
        rooms.render_room(0, "dev")
    with pytest.raises(ValueError, match="index=-1"):
        rooms.render_room(-1)


def test_worker_renders_the_same_without_tensorflow():
    arguments = ["test", "0", *map(str, SIZE), "7", "8", "1"]
    run = subprocess.run(
        [sys.executable, "-P", worker.__file__, *arguments],
        capture_output=True,
        check=True,
    )
    sample = pickle.loads(run.stdout)
    expected = rooms.render_room(7, "test", 0, SIZE)
    for key, value in expected.items():
        np.testing.assert_array_equal(sample[key], value)
    code = (
        "import runpy, sys\n"
        "try:\n"
        "    main = runpy.run_path(sys.argv[1])['main']\n"
        "    sys.stdout = open('/dev/null', 'w')\n"
        "    main('test', 0, 8, 8, 0, 1, 1)\n"
        "finally:\n"
        "    sys.exit('tensorflow' in sys.modules or 'keras' in sys.modules)\n"
    )
    path = str(pathlib.Path(worker.__file__))
    subprocess.run([sys.executable, "-P", "-c", code, path], check=True)
