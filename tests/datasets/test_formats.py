"""Every published form of a data set, from its files to the labels."""

import tarfile
import zipfile

import numpy as np
import pytest

import mtl_zoo
from mtl_zoo.datasets import loading
from mtl_zoo.datasets.reader import ReaderSource
from tests.datasets.conftest import FORMS
from tests.datasets.conftest import SIZE
from tools import dataset_writer

pytestmark = pytest.mark.one_backend

DTYPES = {"image": "uint8", "semseg": "int32", "human_parts": "int32"}
TASKS = {
    "nyud_mt": {"semseg", "depth", "normals", "edge"},
    "nyuv2_13": {"semseg", "depth", "normals"},
    "cityscapes": {"semseg", "disparity"},
    "pascal_context": {"semseg", "human_parts", "normals", "saliency", "edge"},
    "folder": {
        *("semseg", "human_parts", "depth", "disparity", "normals", "edge"),
        "saliency",
    },
}
# Degrees between the normals that were written and those that come back.
ANGLES = {".npy": 0.05, ".png": 0.5, ".jpg": 8}


def read(folder, name, num_classes, split):
    reader = loading.DATASETS[name](folder, num_classes)
    tasks = reader.tasks(reader.num_classes)
    return reader, list(ReaderSource(reader, split, tasks))


def angle(a, b):
    known = a.any(-1)
    cosine = (a[known].astype("float64") * b[known]).sum(-1)
    return np.degrees(np.arccos(cosine.clip(-1, 1))).max()


def check(sample, expected, name, reader, split, index):
    assert set(sample) == {"image", *TASKS[name]}
    for key, value in sample.items():
        assert value.dtype == DTYPES.get(key, "float32"), key
        assert value.shape[:2] == SIZE, key
    image_id = reader.ids(split)[index]
    suffix = reader.path(split, image_id, "image").suffix
    difference = sample["image"].astype(float) - expected["image"]
    assert np.abs(difference).mean() <= (4 if suffix == ".jpg" else 0)
    for key in TASKS[name] - {"normals", "depth"}:
        if name == "pascal_context" and key == "edge":
            continue  # Computed, not stored: see the test below.
        np.testing.assert_array_equal(sample[key], expected[key], key)
    if "depth" in sample:
        atol = 0.0006 if name == "folder" else 0
        np.testing.assert_allclose(
            sample["depth"], expected["depth"], atol=atol
        )
        np.testing.assert_array_equal(
            sample["depth"] == 0, expected["depth"] == 0
        )
    if "normals" in sample:
        suffix = reader.path(split, image_id, "normals").suffix
        normals = sample["normals"]
        known = expected["normals"].any(-1)
        if suffix != ".jpg":
            np.testing.assert_array_equal(normals.any(-1), known)
            assert angle(expected["normals"], normals) < ANGLES[suffix]
        else:
            # Compression blurs the borders of blocks.
            assert (normals.any(-1) == known).mean() > 0.9
            cosine = (expected["normals"] * normals).sum(-1)[known]
            assert np.median(np.degrees(np.arccos(cosine.clip(-1, 1)))) < 8
        length = np.linalg.norm(normals, axis=-1)
        np.testing.assert_allclose(length[normals.any(-1)], 1, atol=1e-5)


@pytest.mark.parametrize("name, variant, num_classes", FORMS)
def test_labels_come_back(make_dataset, name, variant, num_classes):
    folder, splits = make_dataset(name, variant, num_classes)
    for split, expected in splits.items():
        reader, samples = read(folder, name, num_classes, split)
        assert reader.variant == variant
        assert len(samples) == len(expected)
        for i, (sample, there) in enumerate(
            zip(samples, expected, strict=True)
        ):
            check(sample, there, name, reader, split, i)


@pytest.mark.parametrize("name, variant, num_classes", FORMS)
def test_tasks_carry_names_and_colours(
    make_dataset, name, variant, num_classes
):
    folder, _ = make_dataset(name, variant, num_classes, counts=(1, 1))
    tasks = mtl_zoo.datasets.get_tasks(
        name, [f"semseg:{num_classes}", *(TASKS[name] - {"semseg"})], folder
    )
    assert {task.name for task in tasks} == TASKS[name]
    semseg = tasks[0]
    assert semseg.num_classes == len(set(semseg.class_names)) == num_classes
    assert semseg.colors.shape == (num_classes, 3)
    assert len(np.unique(semseg.colors, axis=0)) == num_classes


def test_published_colours():
    (semseg,) = mtl_zoo.datasets.get_tasks("cityscapes", ["semseg"])
    assert semseg.class_names[13] == "car"
    assert semseg.colors[13].tolist() == [0, 0, 142]
    (semseg,) = mtl_zoo.datasets.get_tasks("pascal_context", ["semseg"])
    assert semseg.class_names[15] == "person"
    assert semseg.colors[15].tolist() == [192, 128, 128]
    assert semseg.colors[20].tolist() == [0, 64, 128]


def test_cityscapes_ids_are_mapped_to_19_classes(tmp_path):
    ids = np.arange(34, dtype="uint8").reshape(2, 17)
    sample = dataset_writer.made_up_sample(
        np.random.default_rng(0), ids.shape, 19
    )
    dataset_writer.write_dataset(
        tmp_path, "cityscapes", "official", {"train": [sample]}
    )
    (path,) = tmp_path.glob("gtFine/train/*/*.png")
    from PIL import Image

    Image.fromarray(ids).save(path)
    _, (read_back,) = read(tmp_path, "cityscapes", 19, "train")
    # The benchmark's table of ids and train ids.
    train_ids = {7: 0, 8: 1, 11: 2, 12: 3, 13: 4, 17: 5, 19: 6, 20: 7, 21: 8}
    train_ids |= {22: 9, 23: 10, 24: 11, 25: 12, 26: 13, 27: 14, 28: 15}
    train_ids |= {31: 16, 32: 17, 33: 18}
    expected = [train_ids.get(i, 255) for i in range(34)]
    assert read_back["semseg"].ravel().tolist() == expected


def test_cityscapes_disparity_is_that_of_the_arrays(tmp_path):
    from PIL import Image

    sample = dataset_writer.made_up_sample(np.random.default_rng(0), (1, 4), 19)
    dataset_writer.write_dataset(
        tmp_path, "cityscapes", "official", {"train": [sample]}
    )
    (path,) = tmp_path.glob("disparity/train/*/*.png")
    Image.fromarray(np.uint16([[0, 1, 257, 32257]])).save(path)
    _, (read_back,) = read(tmp_path, "cityscapes", 19, "train")
    # Pixels are (p - 1) / 256; 126 pixels are the .npy copy's 0.4922.
    expected = [0, 0, 1 / 256, 126 / 256]
    np.testing.assert_allclose(read_back["disparity"].ravel(), expected)


@pytest.mark.parametrize("num_classes", [2, 7, 19])
def test_label_folder_renamed_for_libmtl(make_dataset, num_classes):
    folder, splits = make_dataset("cityscapes", "npy", num_classes)
    for split in ("train", "val"):
        named = folder / split / f"label_{num_classes}"
        named.rename(folder / split / "label")
    # The ids tell which it is, with and without being asked for.
    for asked in (num_classes, None):
        reader, samples = read(folder, "cityscapes", asked, "train")
        assert reader.num_classes == num_classes
        for sample, expected in zip(samples, splits["train"], strict=True):
            np.testing.assert_array_equal(sample["semseg"], expected["semseg"])
    other = 7 if num_classes == 19 else 19
    message = f"{folder}: has labels of {num_classes} classes, not of {other}"
    with pytest.raises(ValueError, match=message):
        mtl_zoo.datasets.load(
            "cityscapes", "train", [f"semseg:{other}"], data_dir=folder
        )
    # Without a number, semseg has 19 classes.
    if num_classes != 19:
        with pytest.raises(ValueError, match=f"ask for semseg:{num_classes}"):
            mtl_zoo.datasets.load("cityscapes", "train", data_dir=folder)


def test_folder_has_the_splits_that_are_there(make_dataset):
    folder, splits = make_dataset("folder", "published", 5)
    (folder / "validation").rename(folder / "test")
    _, (sample,) = read(folder, "folder", None, "test")
    check_semseg = splits["validation"][0]["semseg"]
    np.testing.assert_array_equal(sample["semseg"], check_semseg)
    with pytest.raises(ValueError, match="'validation'.*train, test"):
        mtl_zoo.datasets.load("folder", "validation", data_dir=folder)


def test_pascal_edges_are_those_of_the_context_classes(tmp_path):
    from scipy import io

    sample = dataset_writer.made_up_sample(np.random.default_rng(0), (7, 9), 21)
    dataset_writer.write_dataset(
        tmp_path, "pascal_context", "published", {"train": [sample]}
    )
    context = np.full((7, 9), 284, "uint16")
    context[:, 5:] = 440  # Person left, wall right.
    (path,) = tmp_path.glob("pascal-context/trainval/*.mat")
    io.savemat(path, {"LabelMap": context})
    _, (read_back,) = read(tmp_path, "pascal_context", 21, "train")
    edge = read_back["edge"][..., 0]
    # One line of the two columns at the border is left; thinning may eat the
    # line's ends.
    assert edge[:, :4].sum() == 0 and edge[:, 6:].sum() == 0
    assert (edge[1:-1].sum(1) == 1).all()


def test_pascal_without_a_person_has_unknown_parts(tmp_path):
    rng = np.random.default_rng(0)
    sample = dataset_writer.made_up_sample(rng, SIZE, 21)
    sample["human_parts"][:] = 255
    dataset_writer.write_dataset(
        tmp_path, "pascal_context", "published", {"validation": [sample]}
    )
    _, (read_back,) = read(tmp_path, "pascal_context", 21, "validation")
    assert (read_back["human_parts"] == 255).all()


def test_folder_takes_any_subset_of_labels(make_dataset):
    folder, splits = make_dataset("folder", "published", 5)
    for key in ("human_parts", "saliency", "edge", "normals"):
        for split in splits:
            for path in (folder / split / key).iterdir():
                path.unlink()
            (folder / split / key).rmdir()
    (folder / "train" / "depth" / "00001.png").unlink()
    (folder / "train" / "depth").rename(folder / "train" / "was_depth")
    (folder / "train" / "depth").mkdir()
    np.save(folder / "train" / "depth" / "00000.npy", np.full(SIZE, 2.5))
    tasks = mtl_zoo.datasets.get_tasks("folder", data_dir=folder)
    assert [t.name for t in tasks] == ["semseg", "depth", "disparity"]
    data = mtl_zoo.datasets.load(
        "folder", "train", data_dir=folder, batch_size=2, shuffle=False
    )
    ((_, labels),) = list(data)
    depth = np.asarray(labels["depth"])
    assert (depth[0] == 2.5).all()
    # The second image has no depth: nothing of it counts.
    assert not np.asarray(tasks[1].valid(depth[1:])).any()
    source = mtl_zoo.datasets.load_source(
        "folder", "validation", folder, image_size=(12, 16), tasks=["depth"]
    )
    assert source[0]["depth"].shape == (12, 16, 1)


def test_grey_pictures_may_say_unknown(make_dataset):
    from PIL import Image

    folder, _ = make_dataset("folder", "published", 5, size=(2, 3))
    grey = np.uint8([[0, 255, 128], [0, 0, 255]])
    Image.fromarray(grey).save(folder / "train" / "edge" / "00000.png")
    _, samples = read(folder, "folder", None, "train")
    edge = samples[0]["edge"][..., 0]
    assert edge.tolist() == [[0, 1, 255], [0, 0, 1]]


def test_archives_are_read(make_dataset, tmp_path):
    folder, splits = make_dataset("nyud_mt", "survey", 40)
    data_dir = tmp_path / "archives"
    data_dir.mkdir()
    with tarfile.open(data_dir / "NYUD_MT.tgz", "w:gz") as file:
        file.add(folder, "NYUD_MT")
    _, samples = read(data_dir, "nyud_mt", None, "train")
    np.testing.assert_array_equal(
        samples[1]["depth"], splits["train"][1]["depth"]
    )


def test_official_zips_are_read(make_dataset, tmp_path):
    folder, splits = make_dataset("cityscapes", "official", 19)
    data_dir = tmp_path / "zips"
    data_dir.mkdir()
    for kind in ("leftImg8bit", "gtFine", "disparity"):
        with pytest.raises(FileNotFoundError, match="disparity_trainvaltest"):
            loading.DATASETS["cityscapes"](data_dir)
        with zipfile.ZipFile(
            data_dir / f"{kind}_trainvaltest.zip", "w"
        ) as file:
            for path in (folder / kind).rglob("*.png"):
                file.write(path, path.relative_to(folder))
    _, samples = read(data_dir, "cityscapes", None, "validation")
    np.testing.assert_array_equal(
        samples[0]["semseg"], splits["validation"][0]["semseg"]
    )


@pytest.mark.parametrize("name", sorted({*loading.DATASETS} - {"rooms"}))
def test_missing_data_says_where_it_comes_from(tmp_path, name):
    with pytest.raises(FileNotFoundError, match="has|Get|get") as error:
        mtl_zoo.datasets.load(name, "train", data_dir=tmp_path)
    assert str(tmp_path) in str(error.value)
