"""The authors' numbers: same weights, same image, same outputs.

See README.md of the folder `parity` for the cases.
"""

import gzip
import importlib.util
import json

import keras
import numpy as np
import pytest

import mtl_zoo
from tools import torch_layouts

# Case → the layout of its PyTorch twin.
LAYOUTS = {
    "ati_net_released_segnet_nyu13": torch_layouts.ati_net_segnet,
    "ati_net_segnet_nyu13": torch_layouts.ati_net_segnet,
    "cross_stitch_resnet18_nyud": torch_layouts.cross_stitch,
    "hard_sharing_hrnet18_nyud": torch_layouts.hard_sharing,
    "hard_sharing_hrnet18_nyud_odd": torch_layouts.hard_sharing,
    "hard_sharing_segnet_nyu13": torch_layouts.hard_sharing_segnet,
    "mtan_resnet50_nyud": torch_layouts.mtan_resnet,
    "mtan_segnet_nyu13": torch_layouts.mtan_segnet,
    "mti_net_hrnet18_nyud": torch_layouts.mti_net,
    "nddr_cnn_resnet18_nyud": torch_layouts.nddr_cnn,
    "pad_net_hrnet18_nyud": torch_layouts.pad_net,
    "pad_net_hrnet18_nyud_odd": torch_layouts.pad_net,
    "pad_net_segnet_nyu13": torch_layouts.pad_net_segnet,
}


def load(name, folder):
    with gzip.open(folder / f"{name}.json.gz", "rt") as file:
        case = json.load(file)
    spec = importlib.util.spec_from_file_location(
        "reference_weights", folder / "reference_weights.py"
    )
    reference = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(reference)
    image = reference.image(case["input_shape"], case["image_key"])
    return case, reference.state_dict(case), image


def build(case):
    arguments = {}
    if case["case"] == "ati_net_released_segnet_nyu13":
        arguments["decode_from"] = "bottleneck"
    return getattr(mtl_zoo.models, case["architecture"])(
        case["encoder"].replace("_dilated", "_os"),
        [f"{task}:{channels}" for task, channels in case["tasks"].items()],
        normalization=None,
        **arguments,
    )


def activate(output, activation):
    if activation == "log_softmax":
        return keras.ops.log_softmax(output, axis=-1)
    if activation == "l2_normalize":
        return keras.ops.normalize(output, axis=-1)
    return output


@pytest.mark.parametrize("name", LAYOUTS)
def test_outputs_equal_the_authors(name, shared):
    case, state, image = load(name, shared / "parity")
    model = build(case)
    # Weights of the loss are stored with two of the networks.
    known = [key for key in state if key in torch_layouts.UNUSED]
    trainable = sum(int(np.prod(v.shape)) for v in model.trainable_variables)
    trainable += sum(state[key].size for key in known)
    assert trainable == case["num_parameters"]

    used = list(known)
    for entry in LAYOUTS[name](model):
        value = entry.convert(*[state[key] for key in entry.names])
        assert value.shape == tuple(entry.variable.shape), entry.names
        entry.variable.assign(value)
        used += entry.names
    assert sorted(used) == sorted(state)

    # All outputs in inference mode, the intermediate ones too.
    everything = keras.Model(model.input, model.output)
    if keras.backend.backend() == "jax":
        # One compilation of the whole instead of one per operation.
        outputs = everything.predict(image, verbose=0)
    else:
        outputs = everything(image, training=False)
    activations = case.get("output_activation") or {}
    for key, expected in case["outputs"].items():
        output = outputs[key.replace("initial_", "initial.")]
        output = activate(output, activations.get(key))
        output = keras.ops.convert_to_numpy(output)
        assert list(output.shape) == expected["shape"]
        bound = 1e-4 + 1e-3 * expected["std"]
        index, value = np.transpose(expected["samples"])
        samples = output.reshape(-1)[index.astype("int64")]
        np.testing.assert_allclose(samples, value, atol=bound, rtol=0)
        assert abs(output.mean() - expected["mean"]) < bound
        assert abs(output.std() - expected["std"]) < bound
