"""Files that are not as published: one error, and it names the file."""

import re

import numpy as np
import pytest
from PIL import Image
from scipy import io
from scipy import sparse

import mtl_zoo
from mtl_zoo.datasets import loading

pytestmark = pytest.mark.one_backend

SIZE = (24, 32)


def read_all(folder, name, num_classes=None):
    reader = loading.DATASETS[name](folder, num_classes)
    for split in reader.splits():
        for image_id in reader.ids(split):
            reader.sample(split, image_id, reader.label_names())


def remove(path):
    path.unlink()


def truncate(path):
    path.write_bytes(path.read_bytes()[:60])


def empty(path):
    path.write_bytes(b"")


def save(array):
    def write(path):
        if path.suffix == ".npy":
            np.save(path, array)
        else:
            Image.fromarray(array).save(path)

    return write


def pickled(path):
    np.save(path, np.array([{"a": 1}], dtype=object), allow_pickle=True)


def zipped(path):
    with path.open("wb") as file:
        np.savez(file, np.ones(SIZE))


def unknown_part(path):
    part = {"part_name": "wing", "mask": np.ones(SIZE, "uint8")}
    person = {"class_ind": 15, "parts": [part]}
    io.savemat(path, {"anno": {"objects": [person]}})


def label_map(value):
    def write(path):
        io.savemat(path, {"LabelMap": value})

    return write


NAN = np.full(SIZE, np.nan, "float32")
BREAKS = [
    ("nyud_mt", "survey", 40, "images/train0001.jpg", remove, "no such file"),
    ("nyud_mt", "survey", 40, "images/train0001.jpg", truncate, "read"),
    ("nyud_mt", "survey", 40, "images/train0001.jpg", empty, "empty"),
    ("nyud_mt", "survey", 40, "depth/train0000.npy", remove, "no such file"),
    ("nyud_mt", "survey", 40, "depth/train0000.npy", save(NAN), "NaN"),
    (
        *("nyud_mt", "survey", 40, "depth/train0000.npy"),
        save(np.full(SIZE, -1.0)),
        "at least 0; found -1",
    ),
    (
        *("nyud_mt", "survey", 40, "depth/train0000.npy"),
        save(np.ones((24, 31))),
        "24×31, its image 24×32",
    ),
    (
        *("nyud_mt", "survey", 40, "depth/train0000.npy"),
        save(np.ones((24, 32, 3))),
        "shape \\(height, width\\)",
    ),
    ("nyud_mt", "survey", 40, "depth/train0000.npy", truncate, "readable"),
    ("nyud_mt", "survey", 40, "depth/train0000.npy", pickled, "readable"),
    ("nyud_mt", "survey", 40, "depth/train0000.npy", zipped, "readable"),
    (
        *("nyud_mt", "survey", 40, "normals/train0000.npy"),
        save(np.full((*SIZE, 3), 3.0)),
        "-1…1; found 3…3",
    ),
    (
        *("nyud_mt", "survey", 40, "segmentation/validation0000.png"),
        save(np.full(SIZE, 41, "uint8")),
        "unknown class id 41",
    ),
    ("nyud_mt", "survey", 40, "segmentation/train0000.png", truncate, "read"),
    ("nyud_mt", "astmt", 40, "segmentation/train0000.mat", truncate, "MATLAB"),
    ("nyud_mt", "astmt", 40, "depth/train0000.mat", empty, "MATLAB"),
    ("nyud_mt", "survey", 40, "gt_sets/val.txt", remove, "no such file"),
    (
        *("nyuv2_13", "published", 13, "val/label/0.npy"),
        save(np.full(SIZE, 13.0)),
        "unknown class id 13; there are 13 classes, 0…12",
    ),
    (
        *("nyuv2_13", "published", 13, "val/label/0.npy"),
        save(np.full(SIZE, 0.5)),
        "whole numbers",
    ),
    (
        *("nyuv2_13", "published", 13, "val/image/0.npy"),
        save(np.full((*SIZE, 3), 9.0)),
        "0…1; found 9…9",
    ),
    (
        *("cityscapes", "npy", 7, "train/label_7/1.npy"),
        save(np.full(SIZE, 7.0)),
        "unknown class id 7",
    ),
    (
        *("cityscapes", "official", 19),
        "gtFine/train/ulm/ulm_000001_000019_gtFine_labelIds.png",
        save(np.full(SIZE, 40, "uint8")),
        "unknown class id 40",
    ),
    (
        *("pascal_context", "published", 21),
        "human_parts/2008_500001.mat",
        remove,
        "no such file",
    ),
    (
        *("pascal_context", "published", 21),
        "human_parts/2008_500001.mat",
        unknown_part,
        "PASCAL-Part",
    ),
    (
        *("pascal_context", "published", 21),
        "pascal-context/trainval/2008_500001.mat",
        label_map(np.full(SIZE, 2**32)),
        "no map of class ids",
    ),
    (
        *("pascal_context", "published", 21),
        "pascal-context/trainval/2008_500001.mat",
        label_map(np.full(SIZE, np.nan)),
        "no map of class ids",
    ),
    (
        *("pascal_context", "published", 21),
        "pascal-context/trainval/2008_500001.mat",
        label_map(sparse.eye(24, 32)),
        "no plain array",
    ),
    (
        *("folder", "published", 5, "train/edge/00001.png"),
        save(np.full(SIZE, 7, "uint8")),
        "black",
    ),
    (
        *("folder", "published", 5, "train/depth/00001.png"),
        save(np.full(SIZE, 7, "uint8")),
        "16 bits",
    ),
    ("folder", "published", 5, "classes.txt", remove, "no such file|names of"),
]


@pytest.mark.parametrize(
    "name, variant, classes, path, damage, message", BREAKS
)
def test_errors_name_the_file(
    make_dataset, name, variant, classes, path, damage, message
):
    folder, _ = make_dataset(name, variant, classes)
    read_all(folder, name, classes)
    path = folder / path
    assert path.is_file()
    damage(path)
    with pytest.raises((ValueError, FileNotFoundError)) as error:
        read_all(folder, name, classes)
    text = str(error.value)
    assert text.startswith(f"{path}: ")
    assert re.search(message, text), text
    assert len(text) < len(str(path)) + 250


@pytest.mark.parametrize(
    "line", ["../../train0001", "/train0001", "a/../../b", "..\\b"]
)
def test_lists_that_lead_elsewhere(make_dataset, line):
    folder, _ = make_dataset("nyud_mt", "survey", 40)
    (folder / "gt_sets" / "train.txt").write_text(f"train0000\n{line}\n")
    with pytest.raises(ValueError, match="lies elsewhere") as error:
        read_all(folder, "nyud_mt", 40)
    assert str(error.value).startswith(f"{folder}: split 'train' lists ")


def test_errors_come_out_of_the_pipeline(make_dataset):
    folder, _ = make_dataset("folder", "published", 5)
    path = folder / "train" / "semseg" / "00001.png"
    truncate(path)
    data = mtl_zoo.datasets.load(
        "folder", "train", data_dir=folder, batch_size=2
    )
    with pytest.raises(Exception, match=f"ValueError: {path}: not a picture"):
        list(data)


@pytest.mark.parametrize(
    "name, variant, classes, images",
    [
        ("folder", "published", 5, "train/image"),
        ("cityscapes", "official", 19, "leftImg8bit/train"),
        ("nyuv2_13", "published", 13, "train/image"),
    ],
)
def test_a_split_without_images(make_dataset, name, variant, classes, images):
    folder, _ = make_dataset(name, variant, classes)
    for path in (folder / images).rglob("*.*"):
        path.unlink()
    with pytest.raises(ValueError, match=f"{folder}: .* no image .* 'train'"):
        mtl_zoo.datasets.load(name, "train", data_dir=folder)


def test_archive_that_is_none(tmp_path):
    (tmp_path / "NYUD_MT.tgz").write_bytes(b"no archive")
    with pytest.raises(ValueError, match="NYUD_MT.tgz: can't be extracted"):
        mtl_zoo.datasets.load_source("nyud_mt", "train", tmp_path)
    assert [path.name for path in tmp_path.rglob("*")] == [
        "NYUD_MT.tgz",
        "extracted",
    ]
