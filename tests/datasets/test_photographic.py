"""Photographic changes: bounded, repeatable, and of the image alone."""

import numpy as np
import pytest

import mtl_zoo
from mtl_zoo import datasets
from mtl_zoo.datasets.augmentation import augment
from mtl_zoo.datasets.photographic import photograph

pytestmark = pytest.mark.one_backend


def picture():
    rows = np.linspace(0, 255, 24 * 32 * 3).reshape(24, 32, 3)
    return rows.astype("uint8")


@pytest.mark.parametrize("seed", range(8))
def test_a_photograph_is_a_picture_of_the_same_scene(seed):
    image = picture()
    found = photograph(image, np.random.default_rng(seed))
    again = photograph(image, np.random.default_rng(seed))
    np.testing.assert_array_equal(found, again)
    assert found.dtype == np.uint8 and found.shape == image.shape
    # What was brighter is so still, but for noise and JPEG.
    greys = [x.astype("float32").mean(-1).ravel() for x in (image, found)]
    assert np.corrcoef(*greys)[0, 1] > 0.8


def test_labels_are_left_alone():
    recipe = datasets.Recipe(flip=0.0, photographic=1.0)
    sample = {"image": picture(), "depth": np.ones((24, 32, 1), "float32")}
    changed = augment(
        sample, [mtl_zoo.tasks.Depth()], np.random.default_rng(0), recipe
    )
    assert (changed["image"] != sample["image"]).any()
    np.testing.assert_array_equal(changed["depth"], sample["depth"])
