"""Widths of decoders on feature pyramids, and statistics per task."""

import keras
import numpy as np
import pytest

import mtl_zoo
from mtl_zoo import models
from tests.tiny_encoders import PAIRS
from tests.tiny_encoders import TINY_ENCODERS

TASKS = ["semseg:5", "depth"]
WITH_WIDTH = ("hard_sharing", "mtan", "pad_net", "mti_net", "ati_net")


def size(model):
    return sum(int(np.prod(v.shape)) for v in model.trainable_variables)


def build(name, encoder, **kwargs):
    return models.get(name)(TINY_ENCODERS[encoder](), TASKS, **kwargs)


def saved_and_built(model, **changes):
    """A network of the configuration of another, changed."""
    config = {**model.get_config(), **changes}
    for key in [key for key, value in config.items() if value is ...]:
        del config[key]
    return type(model).from_config(config)


@pytest.mark.parametrize("name", WITH_WIDTH)
@pytest.mark.parametrize("encoder", ["pyramid", "hrnet"])
def test_one_width_is_four_equal_ones_and_is_kept(name, encoder):
    one = build(name, encoder, width=8)
    four = build(name, encoder, width=(8, 8, 8, 8))
    shapes = [w.shape for w in one.weights]
    assert shapes == [w.shape for w in four.weights]
    assert one.get_config()["width"] == (8, 8, 8, 8)
    narrower = build(name, encoder, width=[4, 8, 8, 8])
    assert size(narrower) < size(one)
    copy = saved_and_built(narrower)
    assert [w.shape for w in copy.weights] == [
        w.shape for w in narrower.weights
    ]
    image = np.zeros((1, 33, 47, 3), "uint8")
    for task in narrower.tasks:
        assert narrower(image)[task.name].shape == (1, 33, 47, task.channels)


def test_a_head_of_dilated_convolutions_has_the_last_width():
    model = build("mtan", "resnet_os8", width=(4, 8, 12, 16))
    assert model.get_layer("head_depth").filters == 16


@pytest.mark.parametrize("width", [0, 6, (8, 8), "64", (8, 8, 8, 2.5)])
def test_other_widths_are_refused(width):
    with pytest.raises(ValueError, match="one number or four"):
        build("mti_net", "pyramid", width=width)


@pytest.mark.parametrize("name", [n for n, e in PAIRS if e == "segnet"])
def test_segnet_has_the_widths_of_its_encoder(name):
    encoder = TINY_ENCODERS["segnet"]()
    with pytest.raises(ValueError, match="widths of its encoder"):
        models.get(name)(encoder, ["depth"], width=8)


def test_mti_net_reads_configurations_of_the_former_name():
    model = build("mti_net", "pyramid")
    for filters, width in ((128, None), (16, (16,) * 4)):
        old = saved_and_built(model, width=..., neck_filters=filters)
        assert old.get_config()["width"] == width
        assert size(old) == size(build("mti_net", "pyramid", width=width))


def test_a_network_takes_the_normalization_of_its_encoder():
    encoder = TINY_ENCODERS["hrnet"]()
    encoder.normalization = "unit"
    model = models.HardSharing(encoder, TASKS)
    assert model.get_config()["normalization"] == "unit"
    assert model.get_layer("normalization").mode == "unit"
    for given in ("imagenet", None):
        model = models.HardSharing(encoder, TASKS, normalization=given)
        assert model.get_config()["normalization"] == given


@pytest.mark.parametrize("name", ["mtan", "ati_net"])
def test_shared_units_keep_statistics_per_task(name):
    for encoder, default in (("pyramid", True), ("segnet", False)):
        model = build(name, encoder)
        assert model.get_config()["task_statistics"] is default
    model = build(name, "pyramid")
    shared = build(name, "pyramid", task_statistics=False)
    assert size(model) == size(shared)
    assert len(model.weights) > len(shared.weights)
    # As version 0.1.0 saved it.
    old = saved_and_built(model, task_statistics=..., width=...)
    assert len(old.weights) == len(shared.weights)
    copy = saved_and_built(model)
    assert len(copy.weights) == len(model.weights)


@pytest.mark.parametrize("dtype", ["float32", "mixed_bfloat16"])
def test_statistics_of_a_shared_normalization(dtype):
    layer = mtl_zoo.layers.BatchNormalization(
        momentum=0.5, num_statistics=2, dtype=dtype
    )
    rng = np.random.default_rng(0)
    xs = [
        rng.normal(mean, deviation, (2, 4, 4, 3)).astype("float32")
        for mean, deviation in ((3, 1), (-5, 2))
    ]
    for _ in range(12):
        for i, x in enumerate(xs):
            layer(x, training=True, statistics=i)
    assert len(layer.trainable_variables) == 2
    assert len(layer.non_trainable_variables) == 4
    copy = type(layer).from_config(layer.get_config())
    copy.build(xs[0].shape)
    copy.set_weights(layer.get_weights())
    for i, x in enumerate(xs):
        expected = (x - x.mean((0, 1, 2))) / x.std((0, 1, 2))
        for one in (layer, copy):
            found = keras.ops.convert_to_numpy(
                keras.ops.cast(one(x, statistics=i), "float32")
            )
            np.testing.assert_allclose(
                found, expected, atol=0.01 if dtype == "float32" else 0.05
            )
