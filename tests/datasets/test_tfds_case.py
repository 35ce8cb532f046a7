"""TFDS's own test of builders, on tiny data sets.

One after the other: it looks for its classes as unittest does.
"""

import pathlib
import tempfile

import pytest

for module in ("dill", "importlib_resources"):
    pytest.importorskip(module, reason="tensorflow_datasets.testing needs it")

import tensorflow_datasets as tfds  # noqa: E402

from mtl_zoo.datasets import builder  # noqa: E402
from tests.datasets.conftest import write_tiny  # noqa: E402

pytestmark = pytest.mark.one_backend


class _Case(tfds.testing.DatasetBuilderTestCase):
    """Subclasses say which copy of which data set."""

    SPLITS = {"train": 3, "validation": 1}
    SKIP_CHECKSUMS = True  # Nothing is downloaded.
    NUM_CLASSES = None

    @classmethod
    def setUpClass(cls):
        folder = cls.enterClassContext(tempfile.TemporaryDirectory())
        name = cls.DATASET_CLASS.reader.name
        write_tiny(pathlib.Path(folder), name, cls.NUM_CLASSES)
        cls.EXAMPLE_DIR = folder
        super().setUpClass()


class TestNYUDMT(_Case):
    DATASET_CLASS = builder.NyudMt
    BUILDER_CONFIG_NAMES_TO_TEST = ["survey"]
    NUM_CLASSES = 40


class TestNYUv2(_Case):
    DATASET_CLASS = builder.Nyuv2_13
    NUM_CLASSES = 13


class TestCityscapes(_Case):
    DATASET_CLASS = builder.CityscapesMultiTask
    BUILDER_CONFIG_NAMES_TO_TEST = ["npy_7"]
    NUM_CLASSES = 7


class TestPASCALContext(_Case):
    DATASET_CLASS = builder.PascalContext
    NUM_CLASSES = 21


# The base classes are no tests themselves.
del _Case
