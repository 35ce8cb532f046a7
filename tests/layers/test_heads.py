"""Heads of dilated and other encoders, and what stitches networks."""

import keras
import numpy as np
import pytest

from mtl_zoo import layers


def random(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype("float32")


def to_numpy(x):
    return keras.tree.map_structure(keras.ops.convert_to_numpy, x)


PYRAMID = [(1, 9, 13, 4), (1, 5, 7, 6), (1, 2, 3, 8)]


@pytest.mark.parametrize(
    "layer_class, arguments, shapes, expected",
    [
        (
            layers.ASPP,
            {"filters": 4, "dilation_rates": (1, 2)},
            (1, 9, 13, 6),
            (1, 9, 13, 4),
        ),
        (
            layers.DeepLabHead,
            {"channels": 3, "filters": 4},
            (1, 9, 13, 6),
            (1, 9, 13, 3),
        ),
        (
            layers.PyramidHead,
            {"channels": 3, "filters": 4},
            PYRAMID,
            (1, 9, 13, 3),
        ),
        (layers.CrossStitchUnit, {}, [(1, 3, 4, 2)] * 3, [(1, 3, 4, 2)] * 3),
        (layers.NDDRUnit, {}, [(1, 3, 4, 2)] * 3, [(1, 3, 4, 2)] * 3),
    ],
)
def test_shapes_and_saving(layer_class, arguments, shapes, expected, tmp_path):
    is_list = isinstance(shapes, list)
    x = [random(*s) for s in shapes] if is_list else random(*shapes)
    dynamic = keras.tree.map_structure(
        lambda a: keras.Input((None, None, a.shape[-1])), x
    )
    model = keras.Model(
        dynamic, layer_class(name="layer", **arguments)(dynamic)
    )
    actual = to_numpy(model(x))
    if isinstance(expected, list):
        assert [y.shape for y in actual] == expected
    else:
        assert actual.shape == expected
    model.save(tmp_path / "m.keras")
    loaded = keras.saving.load_model(tmp_path / "m.keras")
    keras.tree.map_structure(
        np.testing.assert_array_equal, to_numpy(loaded(x)), actual
    )
    assert len(loaded.weights) == len(model.weights) > 0


def test_the_order_of_aspp_is_point_dilated_pooled():
    aspp = layers.ASPP(2, dilation_rates=(1, 3))
    x = random(1, 5, 6, 4)
    aspp(x)
    outputs = [to_numpy(branch(x)) for branch in aspp.branches]
    pooled = to_numpy(aspp.pooled(x.mean(axis=(1, 2), keepdims=True)))
    outputs.append(np.broadcast_to(pooled, outputs[0].shape))
    expected = aspp.project(np.concatenate(outputs, axis=-1))
    np.testing.assert_allclose(to_numpy(aspp(x)), to_numpy(expected), atol=1e-5)


def test_aspp_drops_half_in_training_only():
    aspp = layers.ASPP(32, dilation_rates=(1,))
    x = random(2, 16, 16, 4)
    # ReLU gives zeros, too: about a half of the rest is dropped.
    alive = [
        (to_numpy(aspp(x, training=training)) > 0).mean()
        for training in (False, True)
    ]
    assert 0.3 < alive[1] / alive[0] < 0.7


@pytest.mark.parametrize("head", [layers.DeepLabHead, layers.PyramidHead])
def test_predictions_are_float32_in_mixed_precision(head):
    x = random(1, 4, 4, 8)
    inputs = x if head is layers.DeepLabHead else [x, x]
    y = head(2, filters=4, dtype="mixed_bfloat16")(inputs)
    assert keras.backend.standardize_dtype(y.dtype) == "float32"


def test_cross_stitch_is_a_weighted_sum_of_the_tasks():
    unit = layers.CrossStitchUnit()
    features = [random(1, 2, 3, 4, seed=i) for i in range(3)]
    outputs = to_numpy(unit(features))
    expected = 0.9 * features[1] + 0.05 * (features[0] + features[2])
    np.testing.assert_allclose(outputs[1], expected, atol=1e-6)
    # Weights are [target, source, channel].
    stitches = np.zeros((3, 3, 4), "float32")
    stitches[0, 2] = [1, 2, 3, 4]
    unit.stitches.assign(stitches)
    outputs = to_numpy(unit(features))
    np.testing.assert_allclose(outputs[0], features[2] * [1, 2, 3, 4])
    assert not outputs[2].any()


def test_nddr_starts_from_the_same_weighted_sum():
    unit = layers.NDDRUnit()
    features = [random(1, 2, 3, 4, seed=i) for i in range(2)]
    outputs = to_numpy(unit(features))
    expected = np.maximum(0.1 * features[0] + 0.9 * features[1], 0)
    np.testing.assert_allclose(outputs[1], expected, atol=1e-4)
