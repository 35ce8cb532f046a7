"""The feature pyramid neck."""

import keras
import numpy as np
import pytest

from mtl_zoo import layers


def random(*shape):
    return np.random.default_rng(0).normal(size=shape).astype("float32")


def test_every_scale_keeps_its_size_and_gets_the_width():
    features = [random(2, 17, 25, 4), random(2, 8, 12, 9), random(2, 4, 6, 30)]
    outputs = layers.FeaturePyramidNeck(5)(features)
    assert [tuple(y.shape) for y in outputs] == [
        (*x.shape[:-1], 5) for x in features
    ]


def test_coarse_features_reach_the_fine_scales_but_not_back():
    fine, coarse = random(1, 8, 8, 3), random(1, 4, 4, 6)
    neck = layers.FeaturePyramidNeck(4)
    before = neck([fine, coarse])
    other_coarse = neck([fine, coarse + 1])
    other_fine = neck([fine + 1, coarse])
    for a, b, equal in (
        (before[0], other_coarse[0], False),
        (before[0], other_fine[0], False),
        (before[1], other_coarse[1], False),
        (before[1], other_fine[1], True),
    ):
        a, b = (keras.ops.convert_to_numpy(y) for y in (a, b))
        assert np.allclose(a, b) is equal


@pytest.mark.parametrize("dtype", ["float32", "mixed_bfloat16"])
def test_saving_keeps_outputs_and_dtype(dtype, tmp_path):
    inputs = [keras.Input((None, None, 3)), keras.Input((None, None, 6))]
    outputs = layers.FeaturePyramidNeck(4, name="neck", dtype=dtype)(inputs)
    model = keras.Model(inputs, outputs)
    model.save(tmp_path / "m.keras")
    loaded = keras.saving.load_model(tmp_path / "m.keras")
    x = [random(1, 9, 7, 3), random(1, 5, 4, 6)]
    for a, b in zip(model(x), loaded(x), strict=True):
        a, b = (keras.ops.cast(y, "float32") for y in (a, b))
        np.testing.assert_array_equal(
            keras.ops.convert_to_numpy(a), keras.ops.convert_to_numpy(b)
        )
    assert loaded.get_layer("neck").compute_dtype == dtype.rpartition("_")[-1]
