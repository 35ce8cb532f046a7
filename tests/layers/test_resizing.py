"""Both rules of bilinear resizing."""

import keras
import numpy as np
import pytest

from mtl_zoo import layers

PAIRS = [
    ((3, 4), (6, 8)),
    ((3, 4), (7, 9)),
    ((5, 7), (3, 2)),
    ((1, 1), (4, 3)),
    ((4, 3), (1, 1)),
    ((2, 5), (5, 5)),
    ((4, 4), (4, 4)),
]


def resize(x, size, **kwargs):
    y = layers.resize(keras.ops.convert_to_tensor(x), size, **kwargs)
    return keras.ops.convert_to_numpy(y)


def random(size):
    rng = np.random.default_rng(0)
    return rng.normal(size=(2, *size, 3)).astype("float32")


def test_aligned_corners_by_hand():
    x = np.array([[0, 3], [6, 9]], "float32").reshape(1, 2, 2, 1)
    y = resize(x, (3, 4), align_corners=True)[0, :, :, 0]
    expected = [[0, 1, 2, 3], [3, 4, 5, 6], [6, 7, 8, 9]]
    np.testing.assert_allclose(y, expected, atol=1e-6)
    # What stands where an old value stood is that value, to the last bit.
    x = random((4, 5))
    y = resize(x, (10, 13), align_corners=True)
    np.testing.assert_array_equal(y[:, ::3, ::3], x)
    # The first entry is what remains of many.
    y = resize(x, (1, 1), align_corners=True)
    np.testing.assert_array_equal(y, x[:, :1, :1])


@pytest.mark.parametrize("align_corners", [False, True])
@pytest.mark.parametrize("old, new", PAIRS)
def test_equals_pytorch(old, new, align_corners):
    torch = pytest.importorskip("torch")
    x = random(old)
    expected = torch.nn.functional.interpolate(
        torch.tensor(x.transpose(0, 3, 1, 2)),
        new,
        mode="bilinear",
        align_corners=align_corners,
    )
    expected = expected.numpy().transpose(0, 2, 3, 1)
    y = resize(x, new, align_corners=align_corners)
    np.testing.assert_allclose(y, expected, atol=1e-5)


@pytest.mark.parametrize("align_corners", [False, True])
@pytest.mark.parametrize("old, new", PAIRS)
def test_layer_in_a_saved_model_of_any_size(old, new, align_corners, tmp_path):
    x = keras.Input((None, None, 3))
    reference = keras.Input((None, None, 1))
    y = layers.ResizeLike(align_corners=align_corners)(x, reference)
    assert y.shape == (None, None, None, 3)
    model = keras.Model([x, reference], y)
    model.save(tmp_path / "m.keras")
    model = keras.saving.load_model(tmp_path / "m.keras")
    x, reference = random(old), np.zeros((2, *new, 1), "float32")
    np.testing.assert_allclose(
        model.predict([x, reference], verbose=0),
        resize(x, new, align_corners=align_corners),
        atol=1e-6,
    )


@pytest.mark.parametrize("align_corners", [False, True])
def test_half_precision_stays(align_corners):
    x = keras.ops.cast(random((2, 3)), "float16")
    y = layers.resize(x, (4, 5), align_corners=align_corners)
    assert keras.backend.standardize_dtype(y.dtype) == "float16"
