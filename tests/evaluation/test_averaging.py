"""Looking at an image several times."""

import numpy as np
import pytest

import mtl_zoo
from mtl_zoo.evaluation import AveragedPredictor

TASKS = mtl_zoo.tasks.get_all("semseg:3,depth,disparity,normals,edge")


class Camera:
    """Stands for a model that sees rightly: what it gives is in the image.

    The image holds x of the normal in red, and the apparent depth is
    inversely proportional to the size at which it is seen.
    """

    tasks = TASKS

    def __init__(self):
        self.sizes = []

    def predict_on_batch(self, images):
        images = np.asarray(images, "float32")
        self.sizes.append(images.shape[1:3])
        x = images[..., :1] / 255
        # Mirrored, what is on the left side appears on the right.
        if images[0, 0, 0, 1] > images[0, 0, -1, 1]:
            x = -x
        return {
            "semseg": np.concatenate([x, -x, 0 * x], -1),
            "depth": np.full_like(x, 4.0 * 8 / images.shape[1]),
            "disparity": np.full_like(x, 0.25 * images.shape[1] / 8),
            "normals": np.concatenate([x, 0 * x, -np.ones_like(x)], -1),
            "edge": np.abs(x),
        }


def scene():
    images = np.zeros((1, 8, 12, 3), "uint8")
    images[..., 0] = 100
    images[..., 1] = np.arange(12) * 10
    return images


def test_one_look_is_the_model():
    camera = Camera()
    raw = AveragedPredictor(camera)(scene())
    assert camera.sizes == [(8, 12)]
    np.testing.assert_array_equal(
        raw["edge"], Camera().predict_on_batch(scene())["edge"]
    )


def test_looks_are_turned_back():
    camera = Camera()
    raw = AveragedPredictor(camera, flip=True, scales=(1.0, 2.0))(scene())
    assert camera.sizes == [(8, 12)] * 2 + [(16, 24)] * 2
    one = Camera().predict_on_batch(scene())
    # 4 m, and at twice the size 2 m that are 4 m.
    np.testing.assert_allclose(raw["depth"], one["depth"], rtol=1e-5)
    np.testing.assert_allclose(raw["disparity"], one["disparity"], rtol=1e-5)
    unit = one["normals"] / np.linalg.norm(one["normals"], axis=-1)[..., None]
    np.testing.assert_allclose(raw["normals"], unit, atol=1e-5)
    np.testing.assert_allclose(raw["edge"], one["edge"], atol=1e-5)
    # x and -x in half of the looks: the mean of both softmaxes.
    x = one["semseg"][0, 0, 0, 0]
    a, b = np.exp(x), np.exp(-x)
    expected = (a + b) / (a + b + 1) / 2
    np.testing.assert_allclose(
        np.exp(raw["semseg"])[..., 0], expected, rtol=1e-5
    )


def test_mistakes():
    with pytest.raises(ValueError, match="above 0"):
        AveragedPredictor(Camera(), scales=())
    with pytest.raises(ValueError, match="above 0"):
        AveragedPredictor(Camera(), scales=(0.0,))
