"""The pool that remembers places, and its inverse."""

import keras
import numpy as np
import pytest

from mtl_zoo import layers


def pool_and_unpool(x):
    values, places = layers.MaxPoolWithPlaces()(x)
    sparse = layers.MaxUnpool()(values, places, x)
    return [keras.ops.convert_to_numpy(y) for y in (values, places, sparse)]


# Kinds of input; in the last three whole windows are equal.
INPUTS = {
    "random": lambda rng, shape: rng.normal(size=shape),
    "rectified": lambda rng, shape: np.maximum(rng.normal(size=shape), 0),
    "rounded": lambda rng, shape: rng.integers(-1, 2, shape),
    "negative": lambda rng, shape: -1 - rng.random(shape),
    "constant": lambda rng, shape: np.full(shape, 3),
    "zero": lambda rng, shape: np.zeros(shape),
}
SIZES = [(6, 8), (5, 7), (4, 7), (2, 2)]


def make(kind, size):
    rng = np.random.default_rng(0)
    return INPUTS[kind](rng, (2, *size, 3)).astype("float32")


def test_by_hand():
    x = np.array(
        [
            [1, 2, 5, 5, 9],
            [4, 4, 5, 5, 9],
            [0, -1, -3, -2, 9],
            [0, 0, -2, -2, 9],
            [9, 9, 9, 9, 9],
        ],
        "float32",
    )
    values, places, sparse = pool_and_unpool(x.reshape(1, 5, 5, 1))
    np.testing.assert_array_equal(values[0, :, :, 0], [[4, 5], [0, -2]])
    # Of equals the first one in row order.
    np.testing.assert_array_equal(places[0, :, :, 0], [[2, 0], [0, 1]])
    np.testing.assert_array_equal(
        sparse[0, :, :, 0],
        [
            [0, 0, 5, 0, 0],
            [4, 0, 0, 0, 0],
            [0, 0, 0, -2, 0],
            [0, 0, 0, 0, 0],
            [0, 0, 0, 0, 0],
        ],
    )


@pytest.mark.parametrize("kind", INPUTS)
@pytest.mark.parametrize("size", SIZES)
def test_equals_a_loop_over_windows(kind, size):
    x = make(kind, size)
    values, places, sparse = pool_and_unpool(x)
    expected = np.zeros_like(x)
    for n, i, j, c in np.ndindex(*values.shape):
        window = x[n, 2 * i : 2 * i + 2, 2 * j : 2 * j + 2, c]
        place = int(window.argmax())  # The first of equals.
        assert places[n, i, j, c] == place
        assert values[n, i, j, c] == window.max()
        expected[n, 2 * i + place // 2, 2 * j + place % 2, c] = window.max()
    np.testing.assert_array_equal(sparse, expected)


@pytest.mark.parametrize("kind", INPUTS)
@pytest.mark.parametrize("size", SIZES)
def test_equals_pytorch_and_so_does_the_gradient(kind, size):
    torch = pytest.importorskip("torch")
    x = make(kind, size)
    weight = np.random.default_rng(1).normal(size=x.shape).astype("float32")

    theirs = torch.tensor(x.transpose(0, 3, 1, 2), requires_grad=True)
    pooled, indices = torch.nn.functional.max_pool2d(
        theirs, 2, return_indices=True
    )
    unpooled = torch.nn.functional.max_unpool2d(
        pooled, indices, 2, output_size=theirs.shape[2:]
    )
    (unpooled * torch.tensor(weight.transpose(0, 3, 1, 2))).sum().backward()

    values, _, sparse = pool_and_unpool(x)
    for ours, expected in (
        (values, pooled),
        (sparse, unpooled),
        (gradient(x, weight), theirs.grad),
    ):
        expected = expected.detach().cpu().numpy().transpose(0, 2, 3, 1)
        np.testing.assert_array_equal(ours, expected)


def gradient(x, weight):
    """Of the weighted sum of what is unpooled."""

    def weighted_sum(x):
        values, places = layers.MaxPoolWithPlaces()(x)
        return keras.ops.sum(weight * layers.MaxUnpool()(values, places, x))

    backend = keras.backend.backend()
    if backend == "tensorflow":
        import tensorflow as tf

        x = tf.constant(x)
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = weighted_sum(x)
        return tape.gradient(y, x).numpy()
    if backend == "jax":
        import jax

        return np.asarray(jax.grad(weighted_sum)(x))
    x = keras.ops.convert_to_tensor(x).requires_grad_()
    weight = keras.ops.convert_to_tensor(weight)
    weighted_sum(x).backward()
    return x.grad.cpu().numpy()


def test_what_is_too_small_is_said():
    for size in ((1, 8), (8, 1)):
        with pytest.raises(ValueError, match="two rows.*32×32"):
            layers.MaxPoolWithPlaces()(make("random", size))


@pytest.mark.parametrize("size", [(6, 8), (5, 7)])
def test_in_a_saved_model_of_any_size(size, tmp_path):
    image = keras.Input((None, None, 3))
    values, places = layers.MaxPoolWithPlaces()(image)
    assert values.shape == (None, None, None, 3)
    assert places.dtype == "int32"
    sparse = layers.MaxUnpool()(values, places, image)
    assert sparse.shape == (None, None, None, 3)
    model = keras.Model(image, [values, places, sparse])
    model.save(tmp_path / "m.keras")
    model = keras.saving.load_model(tmp_path / "m.keras")
    x = make("rounded", size)
    for a, b in zip(
        model.predict(x, verbose=0), pool_and_unpool(x), strict=True
    ):
        np.testing.assert_array_equal(a, b)
