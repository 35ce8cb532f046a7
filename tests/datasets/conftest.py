"""Tiny data sets on disk, in the forms in which they are published."""

import numpy as np
import pytest

from tools import dataset_writer

# Data set, copy, classes: one of each form.
FORMS = [
    ("nyud_mt", "survey", 40),
    ("nyud_mt", "astmt", 40),
    ("nyud_mt", "atrc", 40),
    ("nyuv2_13", "published", 13),
    ("cityscapes", "npy", 2),
    ("cityscapes", "npy", 7),
    ("cityscapes", "npy", 19),
    ("cityscapes", "official", 19),
    ("pascal_context", "published", 21),
    ("folder", "published", 5),
]
SIZE = (24, 32)


@pytest.fixture
def make_dataset(tmp_path):
    """Writes a tiny data set and gives its folder and what is in it."""

    def make(name, variant, num_classes, size=SIZE, counts=(2, 1)):
        rng = np.random.default_rng(num_classes)
        splits = {
            split: [
                dataset_writer.made_up_sample(rng, size, num_classes)
                for _ in range(count)
            ]
            for split, count in zip(
                ("train", "validation"), counts, strict=True
            )
        }
        folder = tmp_path / name
        dataset_writer.write_dataset(folder, name, variant, splits, num_classes)
        return folder, splits

    return make


def write_tiny(folder, name, num_classes):
    """Three training images and one for validation, in the first copy."""
    rng = np.random.default_rng(0)
    splits = {
        split: [
            dataset_writer.made_up_sample(rng, (12, 16), num_classes)
            for _ in range(count)
        ]
        for split, count in {"train": 3, "validation": 1}.items()
    }
    variant = {"nyud_mt": "survey", "cityscapes": "npy"}.get(name, "published")
    dataset_writer.write_dataset(folder, name, variant, splits, num_classes)
