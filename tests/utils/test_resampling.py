"""Maps at another size, against numbers worked out by hand and by SciPy."""

import numpy as np
import pytest

from mtl_zoo.utils import resampling

pytestmark = pytest.mark.one_backend


def test_a_map_grows_with_half_pixel_centres():
    grown = resampling.resize_map(np.float32([[[0.0], [4.0]]]), (1, 4))
    np.testing.assert_allclose(grown.ravel(), [0, 1, 3, 4])


def test_a_picture_is_smoothed_where_it_shrinks():
    stripes = np.zeros((8, 256, 3), "uint8")
    stripes[:, ::2] = 255
    shrunk = resampling.resize_picture(stripes, (2, 32))
    assert abs(shrunk.astype(int) - 128).max() <= 2


@pytest.mark.parametrize("size", [(7, 9), (40, 61), (5, 3), (7, 40), (3, 100)])
@pytest.mark.parametrize("channels", [2, 13])
def test_the_largest_channel_is_that_of_the_enlarged_map(size, channels):
    rng = np.random.default_rng(channels)
    logits = rng.normal(size=(7, 9, channels)).astype("float32")
    logits[2:5, 3:7, 1] += 5  # Some neighbours agree.
    enlarged = resampling.resize_map(logits, size)
    found = resampling.largest_channel(logits, size)
    top = np.sort(enlarged, axis=-1)
    clear = top[..., -1] - top[..., -2] > 1e-5
    np.testing.assert_array_equal(found[clear], enlarged.argmax(-1)[clear])
    assert clear.mean() > 0.99
