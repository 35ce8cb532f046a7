"""Own images and labels as people have them: read, or the cure is named."""

import json
import unicodedata

import numpy as np
import pytest
from PIL import Image

import mtl_zoo
from mtl_zoo.datasets import files

pytestmark = pytest.mark.one_backend

SIZE = (4, 6)
IDS = np.uint8([[0, 1, 2, 255, 0, 1]] * 4)
DEPTH = np.linspace(0.5, 4, 24, dtype="float32").reshape(SIZE)
NORMALS = np.zeros((*SIZE, 3), "float32")
NORMALS[..., :] = np.float32([0.6, 0, -0.8])
NORMALS[:, 3:] = np.float32([0, -1, 0])


def picture(path, seed=0):
    path.parent.mkdir(parents=True, exist_ok=True)
    image = np.random.default_rng(seed).integers(0, 256, (*SIZE, 3), "uint8")
    Image.fromarray(image).save(path)
    return image


def label(folder, key, array, name="1", suffix=".png", split="train"):
    path = folder / split / key / f"{name}{suffix}"
    path.parent.mkdir(parents=True, exist_ok=True)
    if suffix.lower() == ".npy":
        with path.open("wb") as file:
            np.save(file, array)
    else:
        Image.fromarray(array).save(path, format="png")
    return path


@pytest.fixture
def folder(tmp_path):
    """A data set with one image and no label yet."""
    picture(tmp_path / "train" / "image" / "1.png")
    (tmp_path / "classes.txt").write_text("wall\nfloor\nchair\n")
    return tmp_path


def say(folder, **options):
    (folder / "dataset.json").write_text(json.dumps(options))


def read(folder, key, split="train"):
    (sample,) = mtl_zoo.datasets.load_source(
        "folder", split, folder, tasks=[key]
    )
    value = sample[getattr(key, "name", key)]
    return value[..., 0] if value.shape[-1] == 1 else value


def refused(folder, key, *words):
    with pytest.raises((ValueError, OSError)) as error:
        read(folder, key)
    message = str(error.value)
    assert str(folder) in message and "\n" not in message
    assert len(message.replace(str(folder), "")) < 300
    for word in words:
        assert word in message, message


# === Classes ===


def test_byte_order_mark(folder):
    (folder / "classes.txt").write_text("wall\nfloor\nchair\n", "utf-8-sig")
    label(folder, "semseg", IDS)
    (task,) = mtl_zoo.datasets.get_tasks("folder", data_dir=folder)
    assert task.class_names == ("wall", "floor", "chair")
    np.testing.assert_array_equal(read(folder, "semseg"), IDS)


def test_a_class_that_is_named_twice(folder):
    label(folder, "semseg", IDS)
    (folder / "classes.txt").write_text("wall\nchair\nwall\n")
    refused(folder, "semseg", "classes.txt: class 'wall' is there twice")


def test_an_own_task_has_the_classes_of_the_folder(folder):
    label(folder, "semseg", IDS)
    task = mtl_zoo.tasks.SemanticSegmentation
    for own in (task(3), task(3, ["Wall", "floor", "chair"])):
        np.testing.assert_array_equal(read(folder, own), IDS)
    for own, words in (
        (task(13), "Task 'semseg' has 13 channels; {} has labels for 3."),
        (
            task(3, ["wall", "sofa", "chair"]),
            "Class 1 of task 'semseg' is 'sofa'; in {} it is 'floor'.",
        ),
    ):
        with pytest.raises(ValueError) as error:
            read(folder, own)
        assert str(error.value) == words.format(folder / "classes.txt")


@pytest.mark.parametrize("suffix", [".PNG", ".Png", ".NPY"])
def test_suffixes_in_upper_case(folder, suffix):
    label(folder, "semseg", IDS, suffix=suffix)
    np.testing.assert_array_equal(read(folder, "semseg"), IDS)


def test_masks_with_a_palette_or_three_equal_channels(folder):
    palette = Image.fromarray(IDS).convert("P")
    palette.putdata(IDS.ravel().tolist())
    label(folder, "semseg", np.repeat(IDS[..., None], 3, -1))
    np.testing.assert_array_equal(read(folder, "semseg"), IDS)
    palette.save(folder / "train" / "semseg" / "1.png")
    np.testing.assert_array_equal(read(folder, "semseg"), IDS)


def two_classes(folder):
    (folder / "classes.txt").write_text("background\nthing\n")
    return np.uint8([[0, 1, 1, 0, 0, 1]] * 4)


def test_one_bit_masks(folder):
    ids = two_classes(folder)
    label(folder, "semseg", ids.astype(bool))
    np.testing.assert_array_equal(read(folder, "semseg"), ids)
    label(folder, "edge", ids.astype(bool))
    np.testing.assert_array_equal(read(folder, "edge"), ids)
    label(folder, "semseg", ids.astype(bool), suffix=".npy")
    (folder / "train" / "semseg" / "1.png").unlink()
    np.testing.assert_array_equal(read(folder, "semseg"), ids)


def test_black_and_white_masks_of_two_classes(folder):
    ids = two_classes(folder)
    label(folder, "semseg", 255 * ids)
    np.testing.assert_array_equal(read(folder, "semseg"), ids)
    say(folder, semseg={"ignore": [255]})
    assert set(np.unique(read(folder, "semseg"))) == {0, 255}
    (folder / "dataset.json").unlink()
    # Another file has a 1: 255 is what it always is.
    picture(folder / "validation" / "image" / "2.png")
    label(folder, "semseg", ids, name="2", split="validation")
    assert set(np.unique(read(folder, "semseg"))) == {0, 255}


def test_masks_of_colours(folder):
    colors = {"floor": [0, 255, 0], "wall": [255, 0, 0], "chair": [9, 9, 99]}
    table = np.zeros((256, 3), "uint8")
    table[:3] = colors["wall"], colors["floor"], colors["chair"]
    label(folder, "semseg", table[IDS])
    refused(folder, "semseg", "1.png", "dataset.json", "colors")
    for given in (colors, table[:3].tolist()):
        say(folder, semseg={"colors": given})
        np.testing.assert_array_equal(read(folder, "semseg"), IDS)
    table[1] = 1, 2, 3
    label(folder, "semseg", table[IDS])
    refused(folder, "semseg", "no class has the colour [1, 2, 3]")
    say(folder, semseg={"colors": given, "ignore": [[1, 2, 3]]})
    found = read(folder, "semseg")
    np.testing.assert_array_equal(found, np.where(IDS == 1, 255, IDS))


def test_ids_to_ignore(folder):
    label(folder, "semseg", np.where(IDS == 255, 7, IDS).astype("uint8"))
    refused(folder, "semseg", "unknown class id 7")
    say(folder, semseg={"ignore": [7]})
    np.testing.assert_array_equal(read(folder, "semseg"), IDS)


@pytest.mark.parametrize(
    "ids, found",
    [
        (np.full(SIZE, 2**32), "unknown class id 4294967296"),
        (np.full(SIZE, 2**32 - 1, "uint32"), "unknown class id 4294967295"),
        (
            np.full(SIZE, 2**63, "uint64"),
            "unknown class id 9223372036854775808",
        ),
        (np.full(SIZE, -(2**32)), "unknown class id -4294967296"),
        (np.full(SIZE, 1e20), "unknown class id 1e+20"),
        (np.full(SIZE, np.inf, "float16"), "unknown class id inf"),
        (np.full(SIZE, np.nan), "class ids are whole numbers"),
        (np.full(SIZE, 0.5), "class ids are whole numbers"),
        (np.full((*SIZE, 3), (2**32, 1, 1)), "a mask of colours"),
    ],
)
def test_numbers_that_are_no_class(folder, ids, found):
    label(folder, "semseg", ids, suffix=".npy")
    refused(folder, "semseg", "1.npy", found)


@pytest.mark.parametrize("dtype", ["int8", "int64", "float64", "longdouble"])
def test_ids_of_any_dtype(folder, dtype):
    ids = np.where(IDS == 255, -1, IDS.astype("int8")).astype(dtype)
    label(folder, "semseg", ids, suffix=".npy")
    np.testing.assert_array_equal(read(folder, "semseg"), IDS)


@pytest.mark.parametrize("color", [2**32, 0.5, -1, np.nan])
def test_numbers_that_are_no_colour(folder, color):
    label(folder, "semseg", np.full((*SIZE, 3), (color, 1, 1)), suffix=".npy")
    say(folder, semseg={"colors": [[0, 1, 1], [2, 2, 2], [3, 3, 3]]})
    refused(folder, "semseg", "1.npy: colours are whole numbers, 0…255")


def test_one_name_among_very_many_that_is_there_twice(folder):
    label(folder, "semseg", IDS)
    names = [f"class {i}\n" for i in range(300_000)]
    (folder / "classes.txt").write_text("".join([*names, "class 7\n"]))
    refused(folder, "semseg", "class 'class 7' is there twice")
    (folder / "classes.txt").write_text("".join(names))
    refused(folder, "semseg", "num_classes is from 1 to 255")


# === Names ===


@pytest.mark.parametrize(
    "image, named, why",
    [
        ("0001", "0001_mask", "nothing added"),
        ("0001", "0001_depth", "nothing added"),
        ("0001", "0001-label", "nothing added"),
        ("0001_rgb", "0001_labelIds", "nothing added"),
        ("IMG_1", "img_1", "upper and lower case"),
        ("caf\u00e9", "cafe\u0301", "made of other characters"),
        ("room_0001", "rooms_0001", "the name of its image"),
    ],
)
def test_names_that_are_not_quite_alike(folder, image, named, why):
    (folder / "train" / "image" / "1.png").rename(
        folder / "train" / "image" / f"{image}.png"
    )
    label(folder, "depth", DEPTH, named, ".npy")
    if image == named or unicodedata.normalize("NFC", named) in (
        p.name for p in (folder / "train" / "depth").iterdir()
    ):
        pytest.skip("this file system composes letters by itself")
    refused(folder, "depth", f"{ascii(named)} beside {ascii(image)}", why)


def test_a_label_of_no_image(folder):
    label(folder, "depth", DEPTH, "quite another", ".npy")
    refused(folder, "depth", "quite another.npy: there is no image of that")


def test_a_label_of_a_picture_that_cannot_be_read(folder):
    (folder / "train" / "image" / "2.heic").write_bytes(b"a phone's photo")
    label(folder, "depth", DEPTH, "2", ".npy")
    refused(folder, "depth", "2.heic: no format that is read here", "2.npy")


def test_a_split_without_any_label(folder):
    picture(folder / "test" / "image" / "2.png")
    label(folder, "depth", DEPTH, "2", ".npy", "test")
    refused(folder, "depth", "no image has a label of depth", "train/depth/")
    assert read(folder, "depth", "test").shape == SIZE


def test_sub_folders_and_foreign_files(folder):
    image = picture(folder / "train" / "image" / "scene" / "1.png", seed=1)
    label(folder, "depth", DEPTH, "1", ".npy")
    label(folder, "depth", 2 * DEPTH, "scene/1", ".npy")
    for name in (".DS_Store", "._1.png", "Thumbs.db", "notes.txt", "1.xml"):
        (folder / "train" / "image" / name).write_text("of a system")
        (folder / "train" / "depth" / name).write_text("of a system")
    (folder / "train" / "image" / "__MACOSX").mkdir()
    (folder / "train" / "image" / "__MACOSX" / "1.png").write_text("no picture")
    source = mtl_zoo.datasets.load_source("folder", "train", folder)
    assert len(source) == 2
    np.testing.assert_allclose(source[0]["depth"][..., 0], DEPTH)
    np.testing.assert_array_equal(source[1]["image"], image)
    np.testing.assert_allclose(source[1]["depth"][..., 0], 2 * DEPTH)


def test_labels_in_a_form_that_alters_them(folder):
    path = label(folder, "semseg", IDS)
    Image.fromarray(IDS).save(path.with_suffix(".jpg"))
    path.unlink()
    refused(folder, "semseg", "1.jpg", "labels are .png or .npy files")


# === Depth ===


def test_depth_in_millimetres(folder):
    stored = np.round(DEPTH * 1000).astype("uint16")
    label(folder, "depth", stored)
    np.testing.assert_allclose(read(folder, "depth"), DEPTH, atol=6e-4)
    stored[0, 0] = 65535  # Farther than the sensor reaches.
    label(folder, "depth", stored)
    assert read(folder, "depth")[0, 0] == 0


@pytest.mark.parametrize("dtype", ["float32", "uint16"])
def test_depth_in_millimetres_as_npy(folder, dtype):
    label(folder, "depth", (DEPTH * 1000).astype(dtype), suffix=".npy")
    refused(folder, "depth", "1.npy", "hardly right", "dataset.json", "unit")
    say(folder, depth={"unit": "mm"})
    np.testing.assert_allclose(read(folder, "depth"), DEPTH, atol=2e-3)


def test_depth_times_256(folder):
    label(folder, "depth", np.round(DEPTH * 64).astype("uint16"))
    refused(folder, "depth", "1.png", "hardly right", "unit")
    label(folder, "depth", np.round(DEPTH * 256).astype("uint16"))
    say(folder, depth={"unit": 1 / 256, "ignore": [128]})
    found = read(folder, "depth")
    np.testing.assert_allclose(found[1:], DEPTH[1:], atol=2e-3)
    assert found[0, 0] == 0  # 0.5 m is what was to be ignored.


def test_far_things_may_be_said_to_be_far(folder):
    label(folder, "depth", 100 * DEPTH, suffix=".npy")
    refused(folder, "depth", "hardly right")
    say(folder, depth={"unit": "m"})
    np.testing.assert_allclose(read(folder, "depth"), 100 * DEPTH, rtol=1e-6)


# === Normals ===


def as_picture(normals):
    return np.round((normals + 1) * 127.5).astype("uint8")


@pytest.mark.parametrize("unknown", [0, 128])
def test_normals_in_pictures(folder, unknown):
    stored = as_picture(NORMALS)
    stored[0, 0] = unknown
    label(folder, "normals", stored)
    found = read(folder, "normals")
    assert not found[0, 0].any()
    np.testing.assert_allclose(found[1:], NORMALS[1:], atol=0.01)


def test_normals_from_0_to_1(folder):
    stored = (NORMALS + 1) / 2
    stored[0, 0] = 0
    stored[0, 1] = 0.5
    label(folder, "normals", stored, suffix=".npy")
    found = read(folder, "normals")
    assert not found[0, :2].any()
    np.testing.assert_allclose(found[1:], NORMALS[1:], atol=1e-6)


def test_normals_that_are_positive_stay(folder):
    normals = np.zeros_like(NORMALS) + np.float32([0.6, 0, 0.8])
    label(folder, "normals", normals, suffix=".npy")
    np.testing.assert_allclose(read(folder, "normals"), normals, atol=1e-6)


def test_what_are_no_normals(folder):
    label(folder, "normals", np.full((*SIZE, 3), 0.4), suffix=".npy")
    refused(folder, "normals", "vectors of length 1")
    picture(folder / "train" / "normals" / "1.png")
    (folder / "train" / "normals" / "1.npy").unlink()
    refused(folder, "normals", "vectors of length 1")


def test_normals_with_other_axes(folder):
    # x right, y up, z to the camera.
    label(folder, "normals", NORMALS * [1, -1, -1], suffix=".npy")
    say(folder, normals={"axes": ["right", "up", "backward"]})
    np.testing.assert_allclose(read(folder, "normals"), NORMALS, atol=1e-6)
    # x forward, y left, z up, as robots have it.
    robot = np.stack([NORMALS[..., 2], -NORMALS[..., 0], -NORMALS[..., 1]], -1)
    label(folder, "normals", robot, suffix=".npy")
    say(folder, normals={"axes": ["forward", "left", "up"]})
    np.testing.assert_allclose(read(folder, "normals"), NORMALS, atol=1e-6)


# === Photographs that are turned ===

# How what is upright lies when it is stored.
STORED = {
    2: lambda x: x[:, ::-1],
    3: lambda x: x[::-1, ::-1],
    4: lambda x: x[::-1],
    5: lambda x: x.swapaxes(0, 1),
    6: lambda x: np.rot90(x, 1),
    7: lambda x: x[::-1, ::-1].swapaxes(0, 1),
    8: lambda x: np.rot90(x, -1),
}
# And where its directions point then, from x right and y down.
DIRECTIONS = {
    2: [[-1, 0], [0, 1]],
    3: [[-1, 0], [0, -1]],
    4: [[1, 0], [0, -1]],
    5: [[0, 1], [1, 0]],
    6: [[0, 1], [-1, 0]],
    7: [[0, -1], [-1, 0]],
    8: [[0, -1], [1, 0]],
}


@pytest.mark.parametrize("orientation", range(1, 9))
def test_images_are_turned_by_exif_and_labels_are_not(folder, orientation):
    def lay(upright):
        lie = STORED.get(orientation, lambda x: x)
        return np.ascontiguousarray(lie(upright))

    path = folder / "train" / "image" / "1.png"
    image = np.asarray(Image.open(path))
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.fromarray(lay(image)).save(path, exif=exif)
    assert files.orientation(path) == (orientation, lay(image).shape[:2])
    normals = NORMALS.copy()
    matrix = np.float32(DIRECTIONS.get(orientation, np.eye(2)))
    normals[..., :2] = normals[..., :2] @ matrix.T
    label(folder, "semseg", lay(IDS))
    label(folder, "normals", lay(normals), suffix=".npy")
    if orientation in (2, 3, 4):  # The sizes don't tell.
        refused(folder, "semseg", "1.png", "labels_follow_exif")
        say(folder, labels_follow_exif=True)
    np.testing.assert_array_equal(read(folder, "semseg"), IDS)
    np.testing.assert_allclose(read(folder, "normals"), NORMALS, atol=1e-5)
    # Labels that are upright stay.
    say(folder, labels_follow_exif=False)
    label(folder, "semseg", IDS)
    np.testing.assert_array_equal(read(folder, "semseg"), IDS)
    if orientation >= 5:
        (folder / "dataset.json").unlink()
        np.testing.assert_array_equal(read(folder, "semseg"), IDS)


# === dataset.json ===


@pytest.mark.parametrize(
    "text, words",
    [
        ("{", "not valid JSON"),
        ("[" * 100_000, "not valid JSON"),
        ("[]", "no JSON object"),
        ('{"deepth": {}}', "no labels of 'deepth', but of semseg, depth"),
        ('{"depth": {"scale": 2}}', "may be said ignore, unit"),
        ('{"depth": 3}', "may be said ignore, unit"),
        ('{"depth": {"unit": "inch"}}', "unit is m, cm, mm or a number"),
        ('{"depth": {"unit": -1}}', "unit is m, cm, mm or a number"),
        ('{"depth": {"unit": true}}', "unit is m, cm, mm or a number"),
        ('{"depth": {"ignore": 3}}', "ignore of depth is a list"),
        ('{"depth": {"ignore": ["a"]}}', "ignore of depth is a list"),
        ('{"normals": {"axes": ["up", "down", "left"]}}', "three directions"),
        ('{"normals": {"axes": 3}}', "three directions"),
        ('{"semseg": {"colors": [[1, 2, 3]]}}', "3 lists of red, green"),
        ('{"semseg": {"colors": {"wall": [1, 2, 3]}}}', "see 'chair'"),
        ('{"labels_follow_exif": "yes"}', "true or false"),
        (
            f'{{"depth": {{"unit": {"9" * 400}}}}}',
            "number of more than 64 bits",
        ),
        (f'{{"depth": {{"unit": {"9" * 5000}}}}}', "not valid JSON"),
        ('{"depth": {"unit": 1e400}}', "number that is not finite"),
        ('{"\\u001b[2J": 1}', "control characters"),
        (f'{{"{"a" * 500}": 1}}', "there are no labels of 'aaa"),
    ],
)
def test_mistakes_in_dataset_json(folder, text, words):
    label(folder, "semseg", IDS)
    label(folder, "depth", DEPTH, suffix=".npy")
    label(folder, "normals", NORMALS, suffix=".npy")
    (folder / "dataset.json").write_text(text)
    refused(folder, "semseg", "dataset.json", words)
