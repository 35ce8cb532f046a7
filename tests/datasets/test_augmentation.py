"""Augmentation moves labels as the camera that sees the scene would."""

import dataclasses

import numpy as np
import pytest

from mtl_zoo import datasets
from mtl_zoo import tasks
from mtl_zoo.datasets import augmentation
from mtl_zoo.datasets import rooms
from mtl_zoo.datasets import transforms
from mtl_zoo.utils.resampling import resize_picture

pytestmark = pytest.mark.one_backend

SIZE = (96, 128)
TASKS = datasets.get_tasks("rooms")


@pytest.fixture(scope="module")
def room():
    rng = np.random.default_rng([7, 0])
    scene = rooms.sample_scene(rng)
    camera = rooms.sample_camera(rng, scene, SIZE)
    return scene, camera, labels_of(scene, camera)


def sample_of(index, image_size):
    """A room's image and labels, without its camera."""
    sample = rooms.render_room(index, image_size=image_size)
    del sample["field_of_view"]
    return sample


def labels_of(scene, camera):
    sample = rooms.render(scene, camera, SIZE)
    keys = ("image", "semseg", "depth", "normals", "edge", "saliency")
    return {key: sample[key] for key in keys}


def zoomed_camera(camera, scale, degrees, center):
    """The camera that sees what `zoom_and_rotate` makes of its image."""
    fixed = np.array([center[1] * SIZE[1], center[0] * SIZE[0]])
    cosine, sine = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    # Counter-clockwise, with y pointing down.
    turn = np.array([[cosine, sine, 0], [-sine, cosine, 0], [0, 0, 1]])
    principal = fixed + scale * turn[:2, :2] @ (camera.principal - fixed)
    return dataclasses.replace(
        camera,
        rotation=turn @ camera.rotation,
        focal=tuple(scale * np.array(camera.focal)),
        principal=tuple(principal),
    )


def mirrored_camera(camera):
    return dataclasses.replace(
        camera,
        rotation=np.diag([-1, 1, 1]) @ camera.rotation,
        principal=(SIZE[1] - camera.principal[0], camera.principal[1]),
    )


def compare(moved, rendered, depth_factor=1.0, known_share=1.0):
    """Where a label is moved, it is that of the scene.

    Pixels at outlines, where neighbours show other surfaces, may differ: the
    nearest old pixel may lie across. They are at most 6 %.
    """
    known = moved["semseg"] != 255
    assert abs(known.mean() - known_share) < 0.02
    same = known & (moved["semseg"] == rendered["semseg"])
    assert same.sum() > 0.96 * known.sum()

    # Half a pixel away depth is another by less than this on most surfaces.
    ratio = moved["depth"][..., 0] * depth_factor / rendered["depth"][..., 0]
    assert (np.abs(ratio[known] - 1) < 0.03).mean() > 0.94
    assert np.median(np.abs(ratio[known] - 1)) < 0.005

    cosine = (moved["normals"] * rendered["normals"]).sum(-1)[known]
    degrees = np.degrees(np.arccos(cosine.clip(-1, 1)))
    assert (degrees < 1).mean() > 0.9
    assert np.median(degrees) < 0.05
    length = np.linalg.norm(moved["normals"], axis=-1)
    np.testing.assert_allclose(length[known], 1, atol=1e-5)

    # Images are lit alike, up to exposure and the sampling of lights.
    first = moved["image"][known].mean(-1)
    second = rendered["image"][known].mean(-1)
    assert np.corrcoef(first, second)[0, 1] > 0.9

    for key in ("depth", "normals"):
        assert not moved[key][~known].any()
    for key in ("edge", "saliency"):
        assert (moved[key][~known] == 255).all()
        assert (moved[key][known] <= 1).all()


def test_flipped_is_what_the_mirrored_camera_sees(room):
    scene, camera, labels = room
    flipped = transforms.flip(labels, TASKS)
    rendered = labels_of(scene, mirrored_camera(camera))
    compare(flipped, rendered)
    np.testing.assert_allclose(flipped["depth"], rendered["depth"], rtol=1e-4)
    np.testing.assert_allclose(
        flipped["normals"], rendered["normals"], atol=1e-4
    )
    np.testing.assert_array_equal(flipped["semseg"], rendered["semseg"])
    np.testing.assert_array_equal(flipped["edge"], rendered["edge"])


@pytest.mark.parametrize(
    "scale, degrees, center, share",
    [
        (1.2, 0, (0.5, 0.5), 1),
        (1.5, 0, (0.1, 0.9), 1),
        (0.75, 0, (0.5, 0.5), 0.75**2),
        (1.0, 20, (0.5, 0.5), None),
        (1.0, -20, (0.5, 0.5), None),
        (1.25, 12, (0.5, 0.5), None),
    ],
)
def test_zoomed_and_rotated_is_what_that_camera_sees(
    room, scale, degrees, center, share
):
    scene, camera, labels = room
    moved = transforms.zoom_and_rotate(labels, TASKS, scale, degrees, center)
    rendered = labels_of(scene, zoomed_camera(camera, scale, degrees, center))
    if share is None:
        share = (moved["semseg"] != 255).mean()
        assert 0.7 < share <= 1
    # A room of 1 / scale of the size, seen by that camera, looks the same and
    # is that much nearer; normals stay.
    compare(moved, rendered, depth_factor=scale, known_share=share)


def test_turning_by_hand():
    """A quarter turn counter-clockwise, on numbers that can be followed."""
    normals = np.zeros((2, 2, 3), "float32")
    normals[0, 0] = 1, 0, 0  # Right.
    normals[0, 1] = 0, -1, 0  # Up.
    sample = {
        "image": np.zeros((2, 2, 3), "uint8"),
        "semseg": np.array([[1, 2], [3, 4]], "int32"),
        "normals": normals,
    }
    turned = transforms.zoom_and_rotate(
        sample, tasks.get_all("semseg:5,normals"), degrees=90
    )
    assert turned["semseg"].tolist() == [[2, 4], [1, 3]]
    np.testing.assert_allclose(turned["normals"][1, 0], (0, -1, 0), atol=1e-6)
    np.testing.assert_allclose(turned["normals"][0, 0], (-1, 0, 0), atol=1e-6)
    assert not turned["normals"][0, 1].any()


def test_disparity_grows_where_depth_shrinks():
    depth = np.full((8, 8, 1), 3.0, "float32")
    sample = {
        "image": np.zeros((8, 8, 3), "uint8"),
        "depth": depth,
        "disparity": 1 / depth,
    }
    moved = transforms.zoom_and_rotate(
        sample, tasks.get_all("depth,disparity"), scale=1.5
    )
    np.testing.assert_allclose(moved["depth"], 2.0)
    np.testing.assert_allclose(moved["disparity"], 0.5)


def test_flip_turns_normals():
    sample = sample_of(0, image_size=(24, 32))
    flipped = transforms.flip(sample, TASKS)
    for name, value in sample.items():
        assert flipped[name].dtype == value.dtype
    normals = flipped["normals"][:, ::-1]
    np.testing.assert_array_equal(normals[..., 0], -sample["normals"][..., 0])
    np.testing.assert_array_equal(normals[..., 1:], sample["normals"][..., 1:])
    np.testing.assert_array_equal(flipped["depth"][:, ::-1], sample["depth"])


@pytest.mark.parametrize("size", [(48, 64), (192, 256), (70, 50)])
def test_resize_takes_the_nearest_label(size):
    sample = sample_of(1, image_size=SIZE)
    small = transforms.resize(sample, TASKS, size)
    for name, value in sample.items():
        assert small[name].dtype == value.dtype
        assert small[name].shape == (*size, *value.shape[2:])
    for row, column in ((0, 0), (size[0] - 1, size[1] - 1), (7, 11)):
        old = (
            int((row + 0.5) * SIZE[0] / size[0]),
            int((column + 0.5) * SIZE[1] / size[1]),
        )
        for name in ("semseg", "depth", "normals", "edge"):
            np.testing.assert_array_equal(
                small[name][row, column], sample[name][old]
            )
    length = np.linalg.norm(small["normals"], axis=-1)
    np.testing.assert_allclose(length, 1, atol=1e-5)
    back = small["image"].mean((0, 1)) - sample["image"].mean((0, 1))
    assert np.abs(back).max() < 2
    assert transforms.resize(sample, TASKS, SIZE)["image"] is sample["image"]


def test_large_photographs_are_resized_as_for_prediction():
    rng = np.random.default_rng(0)
    image = rng.integers(0, 256, (300, 400, 3), "uint8")
    small = transforms.resize({"image": image}, [], (24, 32))["image"]
    np.testing.assert_array_equal(small, resize_picture(image, (24, 32)))


def test_colours_change_as_computed():
    image = np.uint8([[[0, 100, 200], [60, 60, 60]]])
    mean = image.mean()
    balance = np.array([1.0, 1.1, 0.9])
    changed = transforms.change_colors(image, 1.2, 0.9, balance)
    exact = ((image - mean) * 1.2 + mean) * 0.9 * balance
    np.testing.assert_array_equal(changed, np.rint(exact).clip(0, 255))


def test_erase_hides_a_rectangle():
    image = np.full((*SIZE, 3), 128, "uint8")
    for seed in range(20):
        erased = transforms.erase(image, np.random.default_rng(seed))
        hidden = (erased != image).any(-1)
        assert 0.01 < hidden.mean() < 0.4
        rows, columns = np.nonzero(hidden)
        box = (np.ptp(rows) + 1) * (np.ptp(columns) + 1)
        assert hidden.sum() > 0.9 * box


def test_rooms_recipe_leaves_geometry_alone():
    sample = sample_of(0, image_size=(24, 32))
    rng = np.random.default_rng(0)
    flips = 0
    for _ in range(8):
        other = augmentation.augment(sample, TASKS, rng)
        assert other["image"].dtype == np.uint8
        assert (other["image"] != sample["image"]).any()
        same = np.array_equal(other["depth"], sample["depth"])
        flips += not same
        if same:
            np.testing.assert_array_equal(other["normals"], sample["normals"])
    assert 0 < flips < 8


def test_nyud_recipe_has_the_published_scales():
    sample = sample_of(0, image_size=(24, 32))
    sample["depth"][:] = 6
    rng = np.random.default_rng(0)
    depths = set()
    for _ in range(60):
        moved = augmentation.augment(sample, TASKS, rng, "nyud")
        (depth,) = np.unique(moved["depth"])  # No margin: all is known.
        depths.add(round(float(depth), 3))
    assert depths == {6.0, 5.0, 4.0}


def test_pascal_recipe_has_the_published_ranges(monkeypatch):
    calls = []
    monkeypatch.setattr(
        transforms,
        "zoom_and_rotate",
        lambda sample, tasks, *arguments: calls.append(arguments) or sample,
    )
    sample = sample_of(0, image_size=(8, 8))
    rng = np.random.default_rng(0)
    for _ in range(300):
        augmentation.augment(sample, TASKS, rng, "pascal")
    scales, degrees, centers = map(np.array, zip(*calls, strict=True))
    assert 0.75 <= scales.min() < 0.77 and 1.23 < scales.max() <= 1.25
    assert -20 <= degrees.min() < -19 and 19 < degrees.max() <= 20
    assert (centers == 0.5).all()


@pytest.mark.parametrize("recipe", augmentation.RECIPES)
def test_augmenting_is_reproducible_and_keeps_the_input(recipe):
    sample = sample_of(0, image_size=(24, 32))
    before = {key: value.copy() for key, value in sample.items()}
    first, again = (
        augmentation.augment(sample, TASKS, np.random.default_rng(5), recipe)
        for _ in range(2)
    )
    for key, value in sample.items():
        np.testing.assert_array_equal(value, before[key])
        np.testing.assert_array_equal(first[key], again[key])
        assert first[key].dtype == value.dtype
        assert first[key].shape == value.shape


@pytest.mark.parametrize("seed", range(4))
def test_what_is_neither_image_nor_label_is_left_out(seed):
    sample = rooms.render_room(0, image_size=(8, 8))
    wanted = {"image", "depth"}
    depth = tasks.get_all(["depth"])
    rng = np.random.default_rng(seed)
    # By chance nothing is done to a sample, or much.
    assert set(augmentation.augment(sample, depth, rng, "nyud")) == wanted
    for size in ((8, 8), (4, 4)):
        assert set(transforms.resize(sample, depth, size)) == wanted


def test_erasing_is_part_of_a_recipe():
    sample = sample_of(0, image_size=(24, 32))
    recipe = augmentation.Recipe(flip=0, erase=1)
    other = augmentation.augment(
        sample, TASKS, np.random.default_rng(0), recipe
    )
    assert (other["image"] != sample["image"]).any()
    np.testing.assert_array_equal(other["depth"], sample["depth"])
