"""The published data sets as TensorFlow Datasets builders."""

import numpy as np
import pytest

import mtl_zoo
from mtl_zoo.datasets import builder
from mtl_zoo.datasets import loading
from mtl_zoo.datasets.reader import ReaderSource
from tests.datasets.conftest import write_tiny

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
    reader = loading.READERS[name](tmp_path, num_classes)
    keys = reader.label_names()
    for split, count in (("train", 3), ("validation", 1)):
        source = builder.load_source(reader, split, keys, tmp_path)
        assert len(source) == count
        for stored, expected in zip(
            source, ReaderSource(reader, split, keys), strict=True
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


def test_records_of_other_files_are_noticed(tmp_path):
    write_tiny(tmp_path, "nyud_mt", 40)
    reader = loading.READERS["nyud_mt"](tmp_path)
    builder.load_source(reader, "train", ["depth"], tmp_path)
    (tmp_path / "gt_sets" / "train.txt").write_text("train0000\n")
    reader = loading.READERS["nyud_mt"](tmp_path)
    with pytest.raises(ValueError, match="3 images .* has 1; delete"):
        builder.load_source(reader, "train", ["depth"], tmp_path)


def test_failed_reading_names_the_file_and_leaves_nothing(tmp_path):
    write_tiny(tmp_path, "nyud_mt", 40)
    path = tmp_path / "depth" / "train0001.npy"
    good = path.read_bytes()
    np.save(path, np.full((12, 16), np.nan, "float32"))
    with pytest.raises(ValueError, match=str(path)):
        mtl_zoo.datasets.load_source("nyud_mt", "train", tmp_path)
    path.write_bytes(good)
    assert len(mtl_zoo.datasets.load_source("nyud_mt", "train", tmp_path)) == 3
