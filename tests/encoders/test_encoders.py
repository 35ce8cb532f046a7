"""Every encoder of the registry that is small enough, and users' own."""

import keras
import numpy as np
import pytest

from mtl_zoo import encoders


@pytest.mark.parametrize("size", [(64, 96), (65, 97)])
def test_hrnet_gives_a_pyramid(size, tiny_encoder):
    features = tiny_encoder()(np.zeros((1, *size, 3), "float32"))
    assert sorted(features) == ["P2", "P3", "P4", "P5"]
    for i, level in enumerate(("P2", "P3", "P4", "P5")):
        stride = 4 * 2**i
        expected = (1, *(-(-n // stride) for n in size), 4 * 2**i)
        assert tuple(features[level].shape) == expected


def test_a_frozen_encoder_stays_so(tiny_encoder):
    for kind in ("hrnet", "resnet", "segnet"):
        encoder = tiny_encoder(kind)
        encoder.trainable = False
        again = type(encoder).from_config(encoder.get_config())
        assert not again.trainable, kind


@pytest.mark.parametrize(
    "name, width", [("hrnet_w18_small_v2", 18), ("hrnet_w32", 32)]
)
def test_hrnet_variants(name, width):
    encoder = encoders.get(name)
    assert [encoder.output[f"P{i}"].shape[-1] for i in (2, 3, 4, 5)] == [
        width * k for k in (1, 2, 4, 8)
    ]


def own_model(levels, name="own"):
    image = keras.Input((None, None, 3))
    outputs = {
        level: keras.layers.Conv2D(
            8, 1, strides=2 ** int(level[1]), padding="same"
        )(image)
        for level in levels
    }
    return keras.Model(image, outputs, name=name)


def test_any_keras_model_with_a_dict_of_features_is_an_encoder():
    encoder = encoders.get(own_model(["P1", "P2", "P3", "P4", "P5"]))
    assert sorted(encoder.output) == ["P2", "P3", "P4", "P5"]


def test_any_keras_model_with_pyramid_outputs_is_an_encoder():
    pyramid = own_model(["P2", "P3", "P4", "P5"])
    model = keras.Model(pyramid.inputs, pyramid.output["P5"], name="backbone")
    model.pyramid_outputs = dict(pyramid.output)
    encoder = encoders.get(model)
    assert sorted(encoder.output) == ["P2", "P3", "P4", "P5"]


def test_what_is_no_encoder_is_named():
    with pytest.raises(ValueError, match="'small'.*P2"):
        encoders.get(own_model(["P2", "P3"], name="small"))
    with pytest.raises(ValueError, match="hrnet_w18_small_v2"):
        encoders.get("hrnet_w18_smal_v2")
    with pytest.raises(ValueError, match="Keras model"):
        encoders.get(3)
    own = own_model(["P2", "P3", "P4", "P5"], name="small")
    with pytest.raises(ValueError, match="'small' takes no width"):
        encoders.get(own, width=8)
    with pytest.raises(ValueError, match="'keras_cv:a' takes no width"):
        encoders.get("keras_cv:a", width=8)


def test_arguments_that_an_encoder_cannot_take_are_named():
    for name in encoders.list_encoders():
        with pytest.raises(ValueError, match=f"'{name}'.* no_such"):
            encoders.get(name, no_such=1)
    with pytest.raises(ValueError, match="'segnet' can't take widths"):
        encoders.get("segnet", widths=3)
    with pytest.raises(TypeError, match="no_such"):
        encoders.HRNet(4, 1, (1, 1, 1), 1, no_such=1)
