"""The published data sets as TensorFlow Datasets builders."""

import numpy as np
import pytest
import tensorflow_datasets as tfds

import mtl_zoo
from mtl_zoo.datasets import builder
from mtl_zoo.datasets import loading
from mtl_zoo.datasets.reader import ReaderSource
from tools import dataset_writer

# One copy of each data set; tests/datasets/test_formats.py has all.
COPIES = [
    ("nyud_mt", "survey", None, 40),
    ("nyuv2_13", "published", None, 13),
    ("cityscapes", "npy_7", 7, 7),
    ("pascal_context", "published", None, 21),
]


def write(folder, name, num_classes):
    rng = np.random.default_rng(0)
    splits = {
        split: [
            dataset_writer.made_up_sample(rng, size, num_classes)
            for size in sizes
        ]
        for split, sizes in {
            "train": [(12, 16)] * 3,
            "validation": [(12, 16)],
        }.items()
    }
    variant = {"nyud_mt": "survey", "cityscapes": "npy"}.get(name, "published")
    dataset_writer.write_dataset(folder, name, variant, splits, num_classes)


def make_case(name, config, num_classes):
    """TFDS's own test of a builder, on a tiny data set."""

    class Case(tfds.testing.DatasetBuilderTestCase):
        DATASET_CLASS = builder.BUILDERS[name]
        BUILDER_CONFIG_NAMES_TO_TEST = [config]
        SPLITS = {"train": 3, "validation": 1}
        SKIP_CHECKSUMS = True  # Nothing is downloaded.

        @classmethod
        def setUpClass(cls):
            cls.EXAMPLE_DIR = cls.enter_example_dir()
            super().setUpClass()

        @classmethod
        def enter_example_dir(cls):
            import tempfile

            folder = cls.enterClassContext(tempfile.TemporaryDirectory())
            import pathlib

            write(pathlib.Path(folder), name, num_classes)
            return folder

    Case.__name__ = Case.__qualname__ = f"Test{DATASET_NAMES[name]}"
    return Case


DATASET_NAMES = {
    "nyud_mt": "NYUDMT",
    "nyuv2_13": "NYUv2",
    "cityscapes": "Cityscapes",
    "pascal_context": "PASCALContext",
}
TestNYUDMT, TestNYUv2, TestCityscapes, TestPASCALContext = (
    make_case(name, config, classes) for name, config, _, classes in COPIES
)


@pytest.mark.parametrize("name, config, num_classes, classes", COPIES)
def test_records_hold_what_is_read(
    tmp_path, name, config, num_classes, classes
):
    write(tmp_path, name, classes)
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
    write(tmp_path, "nyud_mt", 40)
    reader = loading.READERS["nyud_mt"](tmp_path)
    builder.load_source(reader, "train", ["depth"], tmp_path)
    (tmp_path / "gt_sets" / "train.txt").write_text("train0000\n")
    reader = loading.READERS["nyud_mt"](tmp_path)
    with pytest.raises(ValueError, match="3 images .* has 1; delete"):
        builder.load_source(reader, "train", ["depth"], tmp_path)


def test_failed_reading_names_the_file_and_leaves_nothing(tmp_path):
    write(tmp_path, "nyud_mt", 40)
    path = tmp_path / "depth" / "train0001.npy"
    good = path.read_bytes()
    np.save(path, np.full((12, 16), np.nan, "float32"))
    with pytest.raises(ValueError, match=str(path)):
        mtl_zoo.datasets.load_source("nyud_mt", "train", tmp_path)
    path.write_bytes(good)
    assert len(mtl_zoo.datasets.load_source("nyud_mt", "train", tmp_path)) == 3
