"""EfficientNet-Lite gives what its authors' PyTorch twin gives.

`golden/` holds what the network of the package efficientnet-lite-pytorch put
out for the weights and the image of `efficientnet_lite_weights`.
"""

import gzip
import json
import pathlib

import numpy as np
import pytest
from keras import ops

from mtl_zoo import encoders
from mtl_zoo.layers import ImageNormalization
from tests.encoders import efficientnet_lite_weights as formula
from tools.torch_layouts.encoders import efficientnet_lite

GOLDEN = pathlib.Path(__file__).parent / "golden"


@pytest.mark.parametrize("name", ["efficientnet_lite0", "efficientnet_lite2"])
def test_features_are_those_of_the_pytorch_network(name):
    case = json.loads(
        gzip.decompress((GOLDEN / f"{name}.json.gz").read_bytes())
    )
    state = formula.state_dict({k: tuple(s) for k, s in case["state_dict"]})
    encoder = encoders.get(name)
    used = set()
    for entry in efficientnet_lite(encoder):
        entry.variable.assign(entry.convert(*map(state.get, entry.names)))
        used.update(entry.names)
    unused = {k.split(".")[0] for k in set(state) - used}
    assert unused == {"_conv_head", "_bn1", "_fc"}

    features = encoder(formula.image(), training=False)
    for level, expected in case["outputs"].items():
        found = ops.convert_to_numpy(features[level])
        assert list(found.shape) == expected["shape"]
        bound = 1e-4 + 1e-4 * expected["std"]
        for index, value in expected["samples"]:
            assert abs(found.flat[index] - value) < bound, (level, index)
        assert abs(found.mean() - expected["mean"]) < bound
        assert abs(found.std() - expected["std"]) < bound


def test_imagenet_weights_come_by_name():
    encoder = encoders.get("efficientnet_lite0_imagenet")
    assert encoder.normalization == "efficientnet_lite"
    p5 = ops.convert_to_numpy(encoder(formula.image(), training=False)["P5"])
    # Of the PyTorch network with the weights of its authors; the preset keeps
    # them as float16.
    assert abs(p5.std() - 1.5493455) < 5e-3
    expected = [-0.64255655, -0.5608703, 2.4267087, -1.5347321]
    np.testing.assert_allclose(p5[0, 1, 1, :4], expected, atol=1e-2)


def test_any_size_and_what_the_last_block_sees():
    encoder = encoders.get("efficientnet_lite0")
    features = encoder(np.zeros((1, 33, 65, 3), "float32"))
    shapes = {k: tuple(v.shape[1:]) for k, v in features.items()}
    assert shapes == {
        "P2": (9, 17, 24),
        "P2_before_last": (9, 17, 24),
        "P3": (5, 9, 40),
        "P3_before_last": (5, 9, 40),
        "P4": (3, 5, 112),
        "P4_before_last": (3, 5, 112),
        "P5": (2, 3, 320),
    }


def test_its_normalization():
    image = np.array([0, 127, 255], "uint8").reshape(1, 1, 1, 3)
    found = ops.convert_to_numpy(ImageNormalization("efficientnet_lite")(image))
    np.testing.assert_allclose(found.ravel(), [-127 / 128, 0, 1])
