"""ViT: features, sizes, and what its parity case is too weak to show."""

import keras
import numpy as np
import pytest

from mtl_zoo import encoders
from mtl_zoo.encoders.vit import VARIANTS


def tiny(**arguments):
    arguments = {
        "feature_blocks": (1, 2, 3),
        "image_size": (64, 96),
    } | arguments
    return encoders.ViT(8, 4, 2, **arguments)


@pytest.mark.parametrize("size", [(64, 96), (65, 97), (16, 16)])
def test_four_features_of_one_resolution(size):
    features = tiny().predict(np.zeros((1, *size, 3)), verbose=0)
    assert sorted(features) == ["B0", "B1", "B2", "B3"]
    for feature in features.values():
        assert feature.shape == (1, *(-(-n // 16) for n in size), 8)


def test_features_are_taken_after_the_blocks_that_are_named():
    encoder = tiny()
    image = np.random.default_rng(0).normal(size=(1, 32, 48, 3))
    features = encoder(image.astype("float32"))
    x = encoder.get_layer("patch_embedding")(image.astype("float32"))
    x = encoder.get_layer("position_embedding")(x)
    assert len(encoder.blocks) == 4
    for key, block in zip(
        ("B0", "B1", "B2", "B3"), encoder.blocks, strict=True
    ):
        x = block(x)
        y = encoder.get_layer("norm")(x) if key == "B3" else x
        y = keras.ops.convert_to_numpy(y)[:, 1:].reshape(1, 2, 3, 8)
        np.testing.assert_allclose(
            keras.ops.convert_to_numpy(features[key]), y, atol=1e-5
        )


def test_epsilon_of_every_layer_normalization():
    encoder = tiny()
    norms = [
        layer
        for layer in encoder._flatten_layers()
        if isinstance(layer, keras.layers.LayerNormalization)
    ]
    assert len(norms) == 2 * 4 + 1
    # Of variance 1e-6, which 1e-6 halves and 1e-5 nearly hides.
    x = np.tile([1e-3, -1e-3], 4).astype("float32")[None, None]
    for norm in norms:
        y = keras.ops.convert_to_numpy(norm(x))
        np.testing.assert_allclose(y, x * 1e3 / np.sqrt(2), rtol=1e-4)


@pytest.mark.parametrize(
    "name, millions",
    [
        ("vit_tiny_16", 5.5),
        ("vit_small_16", 21.7),
        ("vit_base_16", 85.8),
    ],
)
def test_variants_have_the_published_size(name, millions):
    encoder = encoders.get(name, image_size=(224, 224))
    assert encoder.count_params() / 1e6 == pytest.approx(millions, abs=0.05)
    assert encoder.name == name
    assert set(VARIANTS) == {n for n in encoders.list_encoders() if "vit" in n}


def test_rematerialization_is_set_for_all_blocks_and_not_saved():
    encoder = tiny()
    assert not encoder.rematerialize
    encoder.rematerialize = True
    assert all(block.rematerialize for block in encoder.blocks)
    again = encoders.ViT.from_config(encoder.get_config())
    assert not again.rematerialize
    assert again.get_config() == encoder.get_config()


def test_arguments_that_are_not_possible():
    for blocks in ((1, 2), (2, 1, 3), (1, 2, 4), (0, 1, 2)):
        with pytest.raises(ValueError, match="feature_blocks.*1 to .* 3"):
            tiny(feature_blocks=blocks)
    for size in ((64, 90), (8, 8), (64,)):
        with pytest.raises(ValueError, match="multiples of patch_size=16"):
            tiny(image_size=size)
    for depth in (0, 257, 10**9):
        with pytest.raises(ValueError, match="depth=.* 1 to 256 blocks"):
            encoders.ViT(8, depth, 2, (1, 2, 3), (64, 96))
