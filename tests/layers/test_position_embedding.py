"""Positions for any image size: hand-computed, and as PyTorch resizes."""

import keras
import numpy as np
import pytest

from mtl_zoo import layers


def to_numpy(x):
    return keras.ops.convert_to_numpy(x)


def test_bicubic_by_hand():
    # From 2 entries to 4: the new ones stand at -1/4, 1/4, 3/4, 5/4. Taps at
    # distances 1/4, 3/4, 5/4, 7/4 weigh 225, 67, -27, -9 256ths; those outside
    # count for the entry at the border.
    expected = [
        [283 / 256, -27 / 256],
        [99 / 128, 29 / 128],
        [29 / 128, 99 / 128],
        [-27 / 256, 283 / 256],
    ]
    matrix = to_numpy(layers.bicubic_matrix(4, 2))
    np.testing.assert_allclose(matrix, expected, atol=1e-6)
    same = to_numpy(layers.bicubic_matrix(5, 5))
    np.testing.assert_allclose(same, np.eye(5), atol=1e-6)


@pytest.mark.parametrize("size", [(28, 36), (7, 9), (5, 14), (14, 1)])
def test_bicubic_is_pytorchs(size):
    torch = pytest.importorskip("torch")
    x = np.random.default_rng(0).normal(size=(14, 14, 3)).astype("float32")
    expected = torch.nn.functional.interpolate(
        torch.from_numpy(x.transpose(2, 0, 1)[None]), size, mode="bicubic"
    )
    y = to_numpy(layers.resize_bicubic(keras.ops.convert_to_tensor(x), size))
    np.testing.assert_allclose(
        y, expected[0].numpy().transpose(1, 2, 0), atol=1e-5
    )


@pytest.mark.parametrize("size", [(3, 4), (6, 5)])
def test_positions_are_added_in_row_order(size):
    layer = layers.PositionEmbedding((3, 4))
    x = np.random.default_rng(0).normal(size=(2, *size, 5)).astype("float32")
    model = keras.Sequential([keras.Input((None, None, 5)), layer])
    y = model.predict(x, verbose=0)
    assert y.shape == (2, 1 + size[0] * size[1], 5)
    token, position, positions = layer.get_weights()
    np.testing.assert_allclose(y[:, 0], [token[0] + position[0]] * 2, atol=1e-6)
    resized = to_numpy(layers.resize_bicubic(layer.positions.value, size))
    if size == (3, 4):
        np.testing.assert_array_equal(resized, positions)
    expected = (x + resized).reshape(2, -1, 5)
    np.testing.assert_allclose(y[:, 1:], expected, atol=1e-6)
    maps = layers.TokensToMap()(keras.ops.convert_to_tensor(y), x)
    np.testing.assert_allclose(to_numpy(maps), x + resized, atol=1e-6)
