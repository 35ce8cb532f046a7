"""KerasCV's backbones by name, without any download."""

import json
import subprocess
import sys

import keras
import numpy as np
import pytest

import mtl_zoo
from mtl_zoo import encoders
from mtl_zoo.encoders.pyramid import level_strides
from tests.tiny_encoders import tiny_mix_transformer

LEVELS = ("P2", "P3", "P4", "P5")

# A tiny backbone of the same class as keras_cv:mobilenet_v3_small.
TINY = {
    "stackwise_expansion": [1, 2, 2, 2],
    "stackwise_filters": [8, 8, 16, 16],
    "stackwise_kernel_size": [3, 3, 5, 5],
    "stackwise_stride": [2, 2, 2, 2],
    "stackwise_se_ratio": [0.25, None, 0.25, 0.25],
    "stackwise_activation": ["relu", "relu", "hard_swish", "hard_swish"],
    "alpha": 0.25,
}


def tiny(**kwargs):
    return encoders.KerasCVEncoder("MobileNetV3Backbone", TINY, **kwargs)


@pytest.fixture
def image():
    rng = np.random.default_rng(0)
    return rng.normal(size=(1, 65, 97, 3)).astype("float32")


@pytest.mark.parametrize(
    "name, parameters, widths",
    [
        ("mobilenet_v3_small", 881_520, (16, 24, 48, 96)),
        ("csp_darknet_tiny", 2_380_416, (48, 96, 192, 384)),
        ("resnet18", 11_186_112, (64, 128, 256, 512)),
        ("mit_b0", 3_319_392, (32, 64, 160, 256)),
    ],
)
def test_built_by_name_for_any_size(name, parameters, widths, image):
    encoder = encoders.get(f"keras_cv:{name}")
    assert encoder.count_params() == parameters
    assert level_strides(encoder) == (4, 8, 16, 32)
    features = encoder(image)
    for i, (level, width) in enumerate(zip(LEVELS, widths, strict=True)):
        size = tuple(features[level].shape[1:3])
        for actual, n in zip(size, image.shape[1:3], strict=True):
            assert n // (4 * 2**i) <= actual <= -(-n // (4 * 2**i))
        assert features[level].shape[-1] == width


@pytest.mark.slow_to_compile
def test_mit_predicts_images_of_several_sizes():
    model = mtl_zoo.models.SingleTask(tiny_mix_transformer(), ["depth"])
    rng = np.random.default_rng(0)
    functions = {}
    for size in ((64, 64), (65, 97), (32, 64), (65, 97)):
        image = rng.integers(0, 256, (1, *size, 3)).astype("uint8")
        found = model.predict(image, verbose=0)["depth"]
        assert found.shape == (1, *size, 1)
        # What was traced for a size serves it again.
        function = model.predict_function
        assert functions.setdefault(size, function) is function
        expected = keras.ops.convert_to_numpy(model(image)["depth"])
        np.testing.assert_allclose(found, expected, atol=1e-4)
        assert model.predict_on_batch(image)["depth"].shape == found.shape


def test_a_backbone_as_an_object(image, tmp_path):
    import keras_cv

    backbone = keras_cv.models.MobileNetV3Backbone(
        **TINY, include_rescaling=True
    )
    model = mtl_zoo.models.SingleTask(backbone, ["depth"], normalization=None)
    model.save_to_preset(tmp_path / "preset")
    loaded = mtl_zoo.models.SingleTask.from_preset(tmp_path / "preset")
    before, after = (
        keras.ops.convert_to_numpy(m(image)["depth"]) for m in (model, loaded)
    )
    assert before.shape == (1, 65, 97, 1)
    np.testing.assert_array_equal(before, after)
    found = model.encoder.get_weights()
    expected = backbone.get_weights()[: len(found)]  # without what comes after
    for a, b in zip(found, expected, strict=True):
        np.testing.assert_array_equal(a, b)


def test_all_names_are_listed_and_known():
    names = [n for n in encoders.list_encoders() if n.startswith("keras_cv:")]
    assert {
        f"keras_cv:{name}"
        for name in (
            "mobilenet_v3_large",
            "efficientnetv2_b0",
            "densenet121",
            "resnet50",
        )
    } < set(names)
    assert {encoders.family(name) for name in names} == {"pyramid"}
    assert mtl_zoo.models.supported("mti_net", "keras_cv:mobilenet_v3_small")


def test_keras_cv_is_imported_late():
    code = (
        "import sys, mtl_zoo; mtl_zoo.encoders.list_encoders(); "
        "sys.exit('keras_cv' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


@pytest.mark.slow_to_compile
@pytest.mark.parametrize("name", ["hard_sharing", "mti_net"])
def test_a_saved_model_brings_its_encoder(name, image, tmp_path):
    model = mtl_zoo.models.get(name)(tiny(), ["depth"], normalization=None)
    before = keras.ops.convert_to_numpy(model(image)["depth"])
    assert before.shape == (1, 65, 97, 1)
    model.save(tmp_path / "m.keras")
    loaded = keras.saving.load_model(tmp_path / "m.keras")
    assert isinstance(loaded.encoder, encoders.KerasCVEncoder)
    after = keras.ops.convert_to_numpy(loaded(image)["depth"])
    np.testing.assert_array_equal(before, after)


def test_config_is_plain_json_and_names_a_backbone_only():
    config = keras.saving.serialize_keras_object(tiny())
    config = json.loads(json.dumps(config))
    assert config["module"].startswith("mtl_zoo")
    encoder = keras.saving.deserialize_keras_object(config)
    assert encoder.count_params() == tiny().count_params()
    with pytest.raises(ValueError, match="'api_export'"):
        encoders.KerasCVEncoder("api_export", {})


def test_mixed_precision_by_argument():
    encoder = tiny(dtype="mixed_bfloat16")
    assert encoder.layers[1].compute_dtype == "bfloat16"
    assert keras.config.dtype_policy().name == "float32"


def test_weights_come_from_keras_cv(monkeypatch, image):
    import keras_cv

    backbone = keras_cv.models.MobileNetV3Backbone(
        **TINY, include_rescaling=True
    )
    monkeypatch.setattr(
        keras_cv.models.MobileNetV3Backbone,
        "from_preset",
        lambda name, **kwargs: backbone,
    )
    encoder = encoders.get("keras_cv:mobilenet_v3_small_imagenet")
    expected = keras.Model(
        backbone.inputs,
        backbone.get_layer(backbone.pyramid_level_inputs["P5"]).output,
    )(255 * image)
    np.testing.assert_allclose(
        keras.ops.convert_to_numpy(encoder(image)["P5"]),
        keras.ops.convert_to_numpy(expected),
        atol=1e-6,
    )
    # A network on it sees what the weights were trained on.
    again = encoders.KerasCVEncoder.from_config(encoder.get_config())
    for one in (encoder, again):
        model = mtl_zoo.models.SingleTask(one, ["depth"])
        assert model.get_layer("normalization").mode == "unit"
    assert tiny().normalization == "imagenet"


def test_what_cannot_be_is_said_plainly(monkeypatch):
    import keras_cv

    def offline(name, **kwargs):
        raise ConnectionError("no route to kaggle.com")

    monkeypatch.setattr(
        keras_cv.models.MobileNetV3Backbone, "from_preset", offline
    )
    with pytest.raises(ValueError, match="no route.*mobilenet_v3_small"):
        encoders.get("keras_cv:mobilenet_v3_small_imagenet")
    with pytest.raises(ValueError, match="mean 'keras_cv:densenet121'"):
        encoders.get("keras_cv:densnet121")


def test_keras_hub_backbones_are_handed_over_as_objects(image):
    # KerasHub's way: `pyramid_outputs` besides an output of its own.
    x = inputs = keras.Input((None, None, 3))
    pyramid = {}
    for i in range(1, 6):
        x = keras.layers.Conv2D(4 * i, 3, strides=2, padding="same")(x)
        pyramid[f"P{i}"] = x
    backbone = keras.Model(inputs, x, name="hub_backbone")
    backbone.pyramid_outputs = pyramid
    features = encoders.get(backbone)(image)
    assert sorted(features) == list(LEVELS)
    model = mtl_zoo.models.HardSharing(backbone, ["depth"])
    assert tuple(model(image)["depth"].shape) == (1, 65, 97, 1)


def test_moving_statistics_forget_what_they_began_with():
    encoder = mtl_zoo.encoders.get("keras_cv:mobilenet_v3_small")
    momenta = {
        layer.momentum
        for layer in encoder._flatten_layers()
        if isinstance(layer, keras.layers.BatchNormalization)
    }
    assert momenta == {0.99}
