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

# Case → network, and the layout of its PyTorch twin.
CASES = {
    "hard_sharing_hrnet18_nyud": (
        mtl_zoo.models.HardSharing,
        torch_layouts.hard_sharing,
    ),
    "hard_sharing_hrnet18_nyud_odd": (
        mtl_zoo.models.HardSharing,
        torch_layouts.hard_sharing,
    ),
    "mti_net_hrnet18_nyud": (mtl_zoo.models.MTINet, torch_layouts.mti_net),
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


@pytest.mark.parametrize("name", CASES)
def test_outputs_equal_the_authors(name, shared):
    case, state, image = load(name, shared / "parity")
    model_class, layout = CASES[name]
    model = model_class(
        case["encoder"],
        [f"{task}:{channels}" for task, channels in case["tasks"].items()],
        normalization=None,
    )
    trainable = sum(int(np.prod(v.shape)) for v in model.trainable_variables)
    assert trainable == case["num_parameters"]

    used = []
    for entry in layout(model):
        value = entry.convert(*[state[key] for key in entry.names])
        assert value.shape == tuple(entry.variable.shape), entry.names
        entry.variable.assign(value)
        used += entry.names
    assert sorted(used) == sorted(state)

    # All outputs in inference mode, the intermediate ones too.
    everything = keras.Model(model.input, model.output)
    outputs = everything(image, training=False)
    for key, expected in case["outputs"].items():
        output = keras.ops.convert_to_numpy(outputs[key])
        assert list(output.shape) == expected["shape"]
        bound = 1e-4 + 1e-3 * expected["std"]
        index, value = np.transpose(expected["samples"])
        samples = output.reshape(-1)[index.astype("int64")]
        np.testing.assert_allclose(samples, value, atol=bound, rtol=0)
        assert abs(output.mean() - expected["mean"]) < bound
        assert abs(output.std() - expected["std"]) < bound
