"""KerasHub's backbones by name, from presets that the tests write."""

import json
import subprocess
import sys

import keras
import numpy as np
import pytest
from keras import ops

import mtl_zoo
from mtl_zoo import encoders
from mtl_zoo.encoders.pyramid import level_strides

pytest.importorskip("keras_hub")

LEVELS = ("P2", "P3", "P4", "P5")

# Tiny ones of every family: class, arguments.
BACKBONES = {
    "resnet": (
        "ResNetBackbone",
        {
            "input_conv_filters": [64],
            "input_conv_kernel_sizes": [7],
            "stackwise_num_filters": [64, 8, 8, 8],
            "stackwise_num_blocks": [1, 1, 1, 1],
            "stackwise_num_strides": [1, 2, 2, 2],
            "block_type": "basic_block",
        },
    ),
    "efficientnet": (
        "EfficientNetBackbone",
        {
            "stackwise_kernel_sizes": [3] * 5,
            "stackwise_num_repeats": [1] * 5,
            "stackwise_input_filters": [8] * 5,
            "stackwise_output_filters": [8] * 5,
            "stackwise_expansion_ratios": [1, 2, 2, 2, 2],
            "stackwise_squeeze_and_excite_ratios": [0.25] * 5,
            "stackwise_strides": [1, 2, 2, 2, 2],
            "stackwise_block_types": ["v1"] * 5,
            "width_coefficient": 1.0,
            "depth_coefficient": 1.0,
        },
    ),
    "mobilenet": (
        "MobileNetBackbone",
        {
            "stackwise_expansion": [[8], [16], [16]],
            "stackwise_num_blocks": [1, 1, 1],
            "stackwise_num_filters": [[8], [8], [16]],
            "stackwise_kernel_size": [[3], [3], [5]],
            "stackwise_num_strides": [[2], [2], [2]],
            "stackwise_se_ratio": [[None], [0.25], [None]],
            "stackwise_activation": [["relu"], ["relu"], ["hard_swish"]],
            "stackwise_padding": [[1], [1], [2]],
            "output_num_filters": 16,
            "depthwise_filters": 8,
            "depthwise_stride": 2,
            "depthwise_residual": False,
            "last_layer_filter": 24,
        },
    ),
    "mit": (
        "MiTBackbone",
        {
            "layerwise_depths": [1] * 4,
            "num_layers": 4,
            "layerwise_num_heads": [1, 1, 2, 2],
            "layerwise_sr_ratios": [8, 4, 2, 1],
            "max_drop_path_rate": 0.1,
            "layerwise_patch_sizes": [7, 3, 3, 3],
            "layerwise_strides": [4, 2, 2, 2],
            "image_shape": (64, 64, 3),
            "hidden_dims": [8, 8, 16, 16],
        },
    ),
    "densenet": (
        "DenseNetBackbone",
        {"stackwise_num_repeats": [1] * 4, "growth_rate": 8},
    ),
    "cspnet": (
        "CSPNetBackbone",
        {
            "stem_filters": 8,
            "stem_kernel_size": 3,
            "stem_strides": 1,
            "stackwise_depth": [1] * 5,
            "stackwise_strides": [2] * 5,
            "stackwise_num_filters": [8, 8, 8, 8, 16],
            "block_type": "dark_block",
            "stage_type": "dark",
            "expand_ratio": [1.0],
            "bottle_ratio": [0.5],
            "block_ratio": [1.0],
        },
    ),
    "vit": (
        "ViTBackbone",
        {
            "image_shape": (64, 64, 3),
            "patch_size": 16,
            "num_layers": 4,
            "num_heads": 2,
            "hidden_dim": 16,
            "mlp_dim": 64,
        },
    ),
    "dinov2": (
        "DINOV2Backbone",
        {
            "patch_size": 14,
            "num_layers": 1,
            "hidden_dim": 16,
            "num_heads": 2,
            "intermediate_dim": 64,
            "num_register_tokens": 2,
            "image_shape": (56, 56, 3),
            "position_embedding_shape": (56, 56, 3),
        },
    ),
    "dinov3": (
        "DINOV3Backbone",
        {
            "patch_size": 16,
            "num_layers": 1,
            "hidden_dim": 16,
            "num_heads": 2,
            "intermediate_dim": 64,
            "image_shape": (64, 64, 3),
        },
    ),
}
PLAIN = ("vit", "dinov2", "dinov3")


def make(family):
    import keras_hub

    name, arguments = BACKBONES[family]
    return getattr(keras_hub.models, name)(**arguments)


def random_image(*size):
    rng = np.random.default_rng(0)
    return rng.normal(size=(1, *size, 3)).astype("float32")


def last_of(family, backbone, image):
    """What a backbone itself gives last: coarsest feature, or tokens."""
    if family == "densenet":  # Normalised once more after it.
        output = backbone.pyramid_outputs["P5"]
        backbone = keras.Model(backbone.inputs, output)
    if family == "dinov2":
        image = mtl_zoo.layers.resize(image, (56, 56))
    inputs = backbone.input
    named = isinstance(inputs, dict)
    return backbone({key: image for key in inputs} if named else image)


@pytest.mark.parametrize("family", BACKBONES)
def test_a_preset_of_every_family(family, tmp_path):
    backbone = make(family)
    backbone.save_to_preset(str(tmp_path / "preset"))
    name = f"keras_hub:{tmp_path / 'preset'}"
    assert encoders.family(name) == "pyramid"
    encoder = encoders.get(name)
    assert encoder.name == "keras_hub_preset"
    assert encoder.normalization == "imagenet"  # There is no converter.
    assert level_strides(encoder) == (4, 8, 16, 32)

    # Of any size, at the strides that are promised.
    features = (
        encoder(random_image(65, 97))
        if family in (*PLAIN, "mit")
        else encoder.compute_output_spec(keras.KerasTensor((1, 65, 97, 3)))
    )
    assert sorted(features) == list(LEVELS)
    for i, level in enumerate(LEVELS):
        stride = 4 * 2**i
        for n, actual in zip((65, 97), features[level].shape[1:3], strict=True):
            assert n // stride <= actual <= -(-n // stride), level

    # With the preset's weights, where KerasHub's own output can be compared.
    image = random_image(64, 64)
    expected = ops.convert_to_numpy(last_of(family, backbone, image))
    if family in PLAIN:
        found = encoder.get_layer("backbone")(image)
        expected = expected[:, -16:].reshape(1, 4, 4, 16)
    else:
        found = encoder(image)["P5"]
    np.testing.assert_allclose(
        ops.convert_to_numpy(found), expected, rtol=1e-3, atol=1e-5
    )


@pytest.mark.slow_to_compile
@pytest.mark.parametrize("family", ["mobilenet", "dinov2"])
def test_networks_on_it_train_and_bring_it_along(family, batch, tmp_path):
    model = mtl_zoo.models.HardSharing(make(family), ["depth"])
    images, labels = batch()
    model.compile("sgd", run_eagerly=True)
    loss = model.train_on_batch(images, {"depth": labels["depth"]})
    assert np.isfinite(loss).all()
    model.save_to_preset(tmp_path / "preset")
    loaded = mtl_zoo.models.MultiTaskModel.from_preset(tmp_path / "preset")
    assert isinstance(loaded.encoder, encoders.KerasHubEncoder)
    before, after = (
        ops.convert_to_numpy(m(images)["depth"]) for m in (model, loaded)
    )
    assert before.shape == (2, 32, 48, 1)
    np.testing.assert_array_equal(before, after)


@pytest.mark.parametrize(
    "scale, offset, expected",
    [
        (1 / 255, None, "unit"),
        (
            [1 / 58.395, 1 / 57.12, 1 / 57.375],
            [-0.485 / 0.229, -0.456 / 0.224, -0.406 / 0.225],
            "imagenet",
        ),
        (None, None, None),
        (
            1 / 127.5,
            -1.0,
            {"scale": [1 / 127.5] * 3, "offset": [-1.0] * 3},
        ),
    ],
)
def test_the_converters_normalisation(scale, offset, expected, tmp_path):
    import keras_hub

    make("densenet").save_to_preset(str(tmp_path / "preset"))
    converter = keras_hub.layers.DenseNetImageConverter(
        scale=scale, offset=offset
    )
    converter.save_to_preset(str(tmp_path / "preset"))
    model = mtl_zoo.models.SingleTask(
        f"keras_hub:{tmp_path / 'preset'}", ["depth"]
    )
    assert model.get_config()["normalization"] == expected
    image = np.random.default_rng(0).uniform(0, 255, (1, 8, 8, 3))
    image = image.astype("float32")
    np.testing.assert_allclose(
        ops.convert_to_numpy(model.get_layer("normalization")(image)),
        ops.convert_to_numpy(converter(image)),
        rtol=1e-4,
        atol=1e-5,
    )
    # A network that is made of its configuration has the same.
    config = json.loads(json.dumps(keras.saving.serialize_keras_object(model)))
    again = keras.saving.deserialize_keras_object(config)
    layer = again.get_layer("normalization")
    assert layer.mode == model.get_layer("normalization").mode
    assert again.encoder.normalization == expected


@pytest.mark.slow_to_compile
def test_a_vit_for_invpt(tmp_path):
    backbone = make("vit")
    image = random_image(64, 64)
    encoder = encoders.vit_from_keras_hub(backbone)
    tokens = ops.convert_to_numpy(backbone(image))
    np.testing.assert_allclose(
        ops.convert_to_numpy(encoder(image)["B3"]),
        tokens[:, 1:].reshape(1, 4, 4, 16),
        rtol=1e-3,
        atol=1e-4,
    )
    assert encoder.config["feature_blocks"] == (1, 2, 3)
    # From a preset, its positions made for another size.
    backbone.save_to_preset(str(tmp_path / "preset"))
    larger = encoders.vit_from_keras_hub(
        str(tmp_path / "preset"), image_size=(96, 128)
    )
    image = random_image(96, 128)
    np.testing.assert_allclose(
        ops.convert_to_numpy(larger(image)["B3"]),
        ops.convert_to_numpy(encoder(image)["B3"]),
        rtol=1e-3,
        atol=1e-4,
    )
    model = mtl_zoo.models.InvPT(larger, ["depth"], 12, 4)
    assert tuple(model(image)["depth"].shape) == (1, 96, 128, 1)


def test_what_is_no_vit_of_the_usual_form():
    with pytest.raises(ValueError, match="DenseNetBackbone.*can't become"):
        encoders.vit_from_keras_hub(make("densenet"))
    import keras_hub

    name, arguments = BACKBONES["vit"]
    narrow = keras_hub.models.ViTBackbone(**{**arguments, "mlp_dim": 32})
    with pytest.raises(ValueError, match="'mlp_dim': 32"):
        encoders.vit_from_keras_hub(narrow)


def test_what_cannot_be_is_said_plainly(monkeypatch, tmp_path):
    with pytest.raises(ValueError, match="'keras_hub:resnot_18'.*KerasHub"):
        encoders.get("keras_hub:resnot_18")
    with pytest.raises(ValueError, match="'api_export'"):
        encoders.KerasHubEncoder("api_export", {})
    import keras_hub

    words = keras_hub.models.BertBackbone(10, 1, 1, 8, 8)
    with pytest.raises(ValueError, match="BertBackbone.*no features"):
        encoders.get(words)
    monkeypatch.setitem(sys.modules, "keras_hub", None)
    with pytest.raises(ImportError, match=r"mtl_zoo\[keras-hub\]"):
        encoders.get("keras_hub:resnet_18_imagenet")


def test_channels_first_is_refused():
    keras.config.set_image_data_format("channels_first")
    try:
        with pytest.raises(ValueError, match="KerasHub's.*'channels_last'"):
            encoders.KerasHubEncoder(*BACKBONES["resnet"])
    finally:
        keras.config.set_image_data_format("channels_last")


def test_keras_hub_is_imported_late():
    code = (
        "import sys, mtl_zoo; mtl_zoo.encoders.list_encoders(); "
        "mtl_zoo.encoders.family('keras_hub:resnet_18_imagenet'); "
        "sys.exit('keras_hub' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
