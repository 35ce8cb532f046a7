"""What is particular to networks on SegNet."""

import keras
import numpy as np
import pytest

import mtl_zoo
from mtl_zoo import models

TASKS = ["semseg:5", "depth"]
NAMES = ["mtan", "pad_net", "ati_net", "hard_sharing", "single_task"]


def tiny(name, tasks=TASKS, **kwargs):
    encoder = mtl_zoo.encoders.SegNet(widths=(4, 6, 8, 10, 12))
    if name == "single_task":
        tasks = tasks[:1]
    return models.get(name)(encoder, tasks, **kwargs)


def scatter(model):
    """Weights at which every part of a network counts, also untrained."""
    rng = np.random.default_rng(0)
    for variable in model.trainable_variables:
        if len(variable.shape) == 4:
            scale = np.sqrt(2 / np.prod(variable.shape[:3]))
            variable.assign(scale * rng.normal(size=variable.shape))
    return model


def to_numpy(outputs):
    return {k: keras.ops.convert_to_numpy(v) for k, v in outputs.items()}


@pytest.mark.slow_to_compile
@pytest.mark.parametrize("name", NAMES)
def test_mixed_precision_of_the_dtype_argument(name, batch):
    encoder = mtl_zoo.encoders.SegNet(
        widths=(4, 6, 8, 10, 12), dtype="mixed_bfloat16"
    )
    tasks = TASKS[:1] if name == "single_task" else TASKS
    model = models.get(name)(encoder, tasks, dtype="mixed_bfloat16")
    for layer in model.layers:
        kinds = (mtl_zoo.layers.AttentionModule, mtl_zoo.layers.SegNetDecoder)
        if isinstance(layer, kinds):
            assert layer.compute_dtype == "bfloat16"
    images, _ = batch()
    for output in model(images).values():
        assert keras.backend.standardize_dtype(output.dtype) == "float32"
        assert np.isfinite(keras.ops.convert_to_numpy(output)).all()


@pytest.mark.parametrize("name", ["pad_net", "ati_net"])
def test_initial_predictions(name, batch):
    images, _ = batch()

    def intermediates(**kwargs):
        outputs = tiny(name, **kwargs)(images, training=True)
        return {key for key in outputs if "." in key}

    assert intermediates() == set()
    assert intermediates(supervise_initial=True) == {
        "initial.semseg",
        "initial.depth",
    }
    # What is no target would learn nothing without one.
    arguments = {"tasks": ["depth"], "auxiliary_tasks": ["depth", "edge"]}
    for choice in (None, False):
        assert intermediates(supervise_initial=choice, **arguments) == {
            "initial.edge"
        }
    model = tiny(name, **arguments)
    assert list(model(images)) == ["depth"]


def test_ati_net_decodes_what_it_is_told():
    distilled = scatter(tiny("ati_net"))
    bottleneck = tiny("ati_net", decode_from="bottleneck")
    bottleneck.set_weights(distilled.get_weights())
    image = np.random.default_rng(0).random((1, 64, 64, 3)) * 255
    a, b = (
        to_numpy(model(image))["semseg"] for model in (distilled, bottleneck)
    )
    assert np.abs(a - b).max() > 0.01 * b.std()
    with pytest.raises(ValueError, match="allowed are distilled, bottleneck"):
        tiny("ati_net", decode_from="encoder")


def test_ati_net_starts_from_mtan():
    # Without what it distils, ATI-Net is MTAN.
    mtan = scatter(tiny("mtan"))
    ati_net = tiny("ati_net", decode_from="bottleneck")
    image = np.random.default_rng(0).random((1, 64, 64, 3)) * 255
    ati_net.warm_start(mtan)
    a, b = to_numpy(mtan(image)), to_numpy(ati_net(image))
    for key in a:
        np.testing.assert_allclose(a[key], b[key], atol=1e-5)
    weights = ati_net.get_weights()
    for other in (
        tiny("mtan", tasks=["edge"]),
        models.MTAN(mtl_zoo.encoders.SegNet((4, 6, 8, 10, 14)), TASKS),
    ):
        with pytest.raises(ValueError, match="same encoder and tasks"):
            ati_net.warm_start(other)
    for before, after in zip(weights, ati_net.get_weights(), strict=True):
        np.testing.assert_array_equal(before, after)


def test_slim_encoder():
    features = mtl_zoo.encoders.get("segnet_slim")(np.zeros((1, 65, 97, 3)))
    for i, width in enumerate((16, 32, 64, 128, 128)):
        shape = (1, 65 >> i, 97 >> i, width)
        assert tuple(features[f"stage_{i}"].shape) == shape
        assert tuple(features[f"stage_{i}_first"].shape) == shape
    assert tuple(features["bottleneck"].shape) == (1, 2, 3, 128)


def test_networks_on_pyramids_say_which_encoders_they_take():
    for name in ("segnet", mtl_zoo.encoders.SegNet((4, 6, 8, 10, 12))):
        with pytest.raises(ValueError, match="'segnet'.*hrnet_w18_small_v2"):
            models.MTINet(name, TASKS)
    with pytest.raises(ValueError, match="5 stages; received 4"):
        mtl_zoo.encoders.SegNet(widths=(64, 128, 256, 512))


@pytest.mark.parametrize(
    "name, tasks, parameters, relative",
    [
        # ATI-Net's published table; with MTAN the 3 weights of its loss count.
        ("single_task", ["semseg:13"], 24_981_069, 1.00),
        ("mtan", ["semseg:13", "depth", "normals"], 44_229_076 - 3, 1.77),
        ("ati_net", ["semseg:13", "depth", "normals"], 45_716_497, 1.83),
    ],
)
def test_published_sizes(name, tasks, parameters, relative):
    model = models.get(name)("segnet", tasks)
    size = sum(int(np.prod(v.shape)) for v in model.trainable_variables)
    assert size == parameters
    assert round(size / 24_981_069, 2) == relative
