"""ResNet: sizes, strides, dilation, and what MTAN needs of it."""

import keras
import numpy as np
import pytest

from mtl_zoo import encoders
from mtl_zoo.encoders.pyramid import level_strides

LEVELS = ("P2", "P3", "P4", "P5")


def tiny(output_stride=32, block="basic"):
    return encoders.ResNet(block, (1, 2, 2, 2), output_stride, width=4)


@pytest.mark.parametrize("output_stride", [32, 16, 8])
@pytest.mark.parametrize("size", [(64, 96), (65, 97)])
def test_levels_have_their_strides(output_stride, size):
    encoder = tiny(output_stride, block="bottleneck")
    features = encoder(np.zeros((1, *size, 3), "float32"))
    for i, level in enumerate(LEVELS):
        stride = min(4 * 2**i, output_stride)
        expected = (1, *(-(-n // stride) for n in size), 16 * 2**i)
        assert tuple(features[level].shape) == expected
    expected = tuple(min(4 * 2**i, output_stride) for i in range(4))
    assert level_strides(encoder) == expected


@pytest.mark.parametrize(
    "output_stride, expected",
    [
        # Of the 3×3 convolutions of the last two stages, in order.
        (32, [1, 1, 1, 1, 1, 1, 1, 1]),
        (16, [1, 1, 1, 1, 1, 2, 2, 2]),
        (8, [1, 2, 2, 2, 2, 4, 4, 4]),
    ],
)
def test_dilation_goes_by_convolution(output_stride, expected):
    encoder = tiny(output_stride)
    assert expected == [
        unit.convolution.dilation_rate[0]
        for stage in ("stage_3", "stage_4")
        for block in encoder.get_layer(stage).blocks
        for unit in block.units
    ]


def test_dilation_of_bottlenecks():
    encoder = tiny(8, block="bottleneck")
    assert [2, 4] == [
        block.units[1].convolution.dilation_rate[0]
        for block in encoder.get_layer("stage_4").blocks
    ]


def test_inputs_of_the_last_blocks_come_out():
    encoder = encoders.get(tiny())
    features = encoder(np.ones((1, 32, 32, 3), "float32"))
    assert "P2_before_last" not in features  # A stage of one block.
    for i, level in enumerate(LEVELS[1:], start=1):
        last = encoder.get_layer(f"stage_{i + 1}").blocks[-1]
        np.testing.assert_allclose(
            keras.ops.convert_to_numpy(last(features[f"{level}_before_last"])),
            keras.ops.convert_to_numpy(features[level]),
            atol=1e-5,
        )


def test_the_pool_pads_evenly_and_its_padding_never_wins():
    stem = tiny().get_layer("stem")
    image = np.random.default_rng(0).normal(size=(1, 16, 24, 3))
    x = keras.ops.convert_to_numpy(stem.unit(image))
    expected = np.stack(
        [
            x[
                :, max(0, 2 * i - 1) : 2 * i + 2, max(0, 2 * j - 1) : 2 * j + 2
            ].max(axis=(1, 2))
            for i in range(4)
            for j in range(6)
        ],
        axis=1,
    ).reshape(1, 4, 6, 4)
    actual = keras.ops.convert_to_numpy(stem(image))
    np.testing.assert_allclose(actual, expected, atol=1e-6)


def test_config_gives_the_same_network(tmp_path):
    encoder = tiny(16)
    encoder.save(tmp_path / "encoder.keras")
    loaded = keras.saving.load_model(tmp_path / "encoder.keras")
    assert isinstance(loaded, encoders.ResNet)
    image = np.random.default_rng(0).normal(size=(1, 33, 40, 3))
    a, b = encoder(image), loaded(image)
    for level in LEVELS:
        np.testing.assert_array_equal(
            keras.ops.convert_to_numpy(a[level]),
            keras.ops.convert_to_numpy(b[level]),
        )


def test_names_and_parameters_are_torchvisions():
    encoder = encoders.get("resnet18_os8")
    trainable = sum(int(np.prod(v.shape)) for v in encoder.trainable_variables)
    assert trainable == 11_176_512  # torchvision's, without the classifier.
    assert {"resnet34", "resnet50_os16", "resnet101_os8"} < set(
        encoders.list_encoders()
    )
    assert encoders.family("resnet101") == encoders.family(encoder) == "resnet"
    with pytest.raises(ValueError, match="4.*32, 16, 8"):
        tiny(4)


def test_stitched_twins_start_from_the_weights_of_the_encoder():
    encoder = tiny(8)
    encoder.normalization = "unit"
    stitched = encoders.StitchedResNet(encoder, ["a", "b"], "cross_stitch")
    assert stitched.normalization == "unit"
    image = np.random.default_rng(0).normal(size=(1, 33, 40, 3))
    single, both = encoder(image), stitched(image)
    # Equal features mixed 0.9 to 0.1 are those features.
    for task in ("a", "b"):
        np.testing.assert_allclose(
            keras.ops.convert_to_numpy(both[f"{task}_P5"]),
            keras.ops.convert_to_numpy(single["P5"]),
            atol=1e-4,
        )
    assert level_strides(stitched) == (4, 8, 8, 8)
    with pytest.raises(ValueError, match="nddr"):
        encoders.StitchedResNet(encoder, ["a", "b"], "sewn")
