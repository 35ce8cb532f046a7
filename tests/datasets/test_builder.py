"""The published data sets as TensorFlow Datasets builders."""

import os
import shutil

import numpy as np
import pytest
import tensorflow_datasets as tfds

import mtl_zoo
from mtl_zoo.datasets import builder
from mtl_zoo.datasets import loading
from mtl_zoo.datasets.reader import ReaderSource
from tests.datasets.conftest import write_tiny

pytestmark = pytest.mark.one_backend

# One copy of each data set; tests/datasets/test_formats.py has all.
COPIES = [
    ("nyud_mt", "survey", None, 40),
    ("nyuv2_13", "published", None, 13),
    ("cityscapes", "npy_7", 7, 7),
    ("pascal_context", "published", None, 21),
]


@pytest.mark.parametrize("name, config, num_classes, classes", COPIES)
def test_records_hold_what_is_read(
    tmp_path, name, config, num_classes, classes
):
    write_tiny(tmp_path, name, classes)
    reader = loading.DATASETS[name](tmp_path, num_classes)
    tasks = reader.tasks(reader.num_classes)
    for split, count in (("train", 3), ("validation", 1)):
        source = builder.load_source(reader, split, tasks, tmp_path)
        assert len(source) == count
        for stored, expected in zip(
            source, ReaderSource(reader, split, tasks), strict=True
        ):
            assert list(stored) == list(expected)
            for key, value in expected.items():
                assert stored[key].dtype == value.dtype, key
                atol = 5e-5 if key == "normals" else 0
                np.testing.assert_allclose(stored[key], value, atol=atol)
    assert (tmp_path / "prepared").is_dir()
    # Read by its name, in the size that is asked for.
    source = mtl_zoo.datasets.load_source(
        name, "train", tmp_path, (6, 8), tasks=[f"semseg:{classes}"]
    )
    assert set(source[0]) == {"image", "semseg"}
    assert source[2]["semseg"].shape == (6, 8)


def _fewer(folder):
    (folder / "gt_sets" / "train.txt").write_text("train0000\n")


def _another_order(folder):
    path = folder / "gt_sets" / "train.txt"
    path.write_text("".join(reversed(path.read_text().splitlines(True))))


def _another_label(folder):
    path = folder / "depth" / "train0000.npy"
    np.save(path, np.load(path) * 2)
    os.utime(path, (0, 0))


@pytest.mark.parametrize("change", [_fewer, _another_order, _another_label])
def test_records_of_other_files_are_noticed(tmp_path, change):
    write_tiny(tmp_path, "nyud_mt", 40)
    reader = loading.DATASETS["nyud_mt"](tmp_path)
    builder.load_source(reader, "train", [mtl_zoo.tasks.Depth()], tmp_path)
    change(tmp_path)
    reader = loading.DATASETS["nyud_mt"](tmp_path)
    with pytest.raises(ValueError, match="prepared.*'train'.*changed.*delete"):
        builder.load_source(reader, "train", [mtl_zoo.tasks.Depth()], tmp_path)
    # The other split is as it was.
    builder.load_source(reader, "validation", [mtl_zoo.tasks.Depth()], tmp_path)


def _cut(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 3])


def _turn_a_bit(path):
    content = bytearray(path.read_bytes())
    content[200] ^= 1
    path.write_bytes(content)


def _write(text):
    return lambda path: path.write_text(text)


@pytest.mark.parametrize(
    "name, damage, words",
    [
        ("*train.array_record*", _cut, "damaged"),
        ("*train.array_record*", _turn_a_bit, "damaged"),
        ("*train.array_record*", _write(""), "damaged"),
        ("*train.array_record*", os.unlink, "damaged"),
        ("dataset_info.json", _write(""), "damaged"),
        ("dataset_info.json", _write("{}"), "damaged"),
        ("dataset_info.json", _write('"x"'), "damaged"),
        ("1.0.0/metadata.json", _write("{"), "damaged"),
        ("1.0.0/metadata.json", _write("{}"), "have changed"),
        ("1.0.0/metadata.json", os.unlink, "have changed"),
    ],
)
def test_damaged_records_are_named(tmp_path, name, damage, words):
    write_tiny(tmp_path, "nyuv2_13", 13)

    def read():
        source = mtl_zoo.datasets.load_source("nyuv2_13", "train", tmp_path)
        return [source[i] for i in range(len(source))]

    assert len(read()) == 3
    (path,) = (tmp_path / "prepared").rglob(name)
    damage(path)
    with pytest.raises(ValueError, match=f"{words}.*delete it") as error:
        read()
    place, _, said = str(error.value).partition(": ")
    assert path.is_relative_to(place) and "\n" not in said and len(said) < 300
    # What it says helps.
    shutil.rmtree(place)
    assert len(read()) == 3


def test_tfds_loads_it_by_its_name(tmp_path):
    write_tiny(tmp_path / "manual", "nyud_mt", 40)
    data, info = tfds.load(
        "nyud_mt/survey",
        split="train",
        data_dir=tmp_path / "tfds",
        download_and_prepare_kwargs={
            "download_config": tfds.download.DownloadConfig(
                manual_dir=tmp_path / "manual"
            )
        },
        with_info=True,
    )
    assert info.splits["validation"].num_examples == 1
    depths = [np.asarray(example["depth"]) for example in data]
    reader = loading.DATASETS["nyud_mt"](tmp_path / "manual")
    for depth, image_id in zip(depths, reader.ids("train"), strict=True):
        expected = reader.read("train", image_id, "depth")
        np.testing.assert_array_equal(depth, expected)


def test_failed_reading_names_the_file_and_leaves_nothing(tmp_path):
    write_tiny(tmp_path, "nyud_mt", 40)
    path = tmp_path / "depth" / "train0001.npy"
    good = path.read_bytes()
    np.save(path, np.full((12, 16), np.nan, "float32"))
    with pytest.raises(ValueError, match=str(path)):
        mtl_zoo.datasets.load_source("nyud_mt", "train", tmp_path)
    path.write_bytes(good)
    assert len(mtl_zoo.datasets.load_source("nyud_mt", "train", tmp_path)) == 3
