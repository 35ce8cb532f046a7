"""The authors' numbers: same weights, same image, same outputs.

See README.md of the folder `parity` for the cases. Every case goes the way of
a user: PyTorch checkpoint → preset → `from_preset` → outputs.
"""

import gzip
import importlib.util
import json
import shutil

import keras
import numpy as np
import pytest

import mtl_zoo
from tools import torch_layouts

CASES = (
    "ati_net_released_segnet_nyu13",
    "ati_net_segnet_nyu13",
    "cross_stitch_resnet18_nyud",
    "hard_sharing_hrnet18_nyud",
    "hard_sharing_hrnet18_nyud_odd",
    "hard_sharing_segnet_nyu13",
    "mtan_resnet50_nyud",
    "mtan_segnet_nyu13",
    "mti_net_hrnet18_nyud",
    "nddr_cnn_resnet18_nyud",
    "pad_net_hrnet18_nyud",
    "pad_net_hrnet18_nyud_odd",
    "pad_net_segnet_nyu13",
)
# Class → name in the registry.
MODELS = {
    mtl_zoo.models.get(name).__name__: name
    for name in mtl_zoo.models.list_models()
}
# What is stored with a network and no network reads: weights of its loss.
OF_THE_LOSS = "logsigma"


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


@pytest.fixture
def import_case(tmp_path):
    """Makes the model of a case by way of a checkpoint and a preset."""

    def make(case, state):
        checkpoint = write_checkpoint(case, state, tmp_path)
        model, _, notes = torch_layouts.import_checkpoint(
            checkpoint,
            MODELS[case["architecture"]],
            case["encoder"].replace("_dilated", "_os"),
            [f"{task}:{n}" for task, n in case["tasks"].items()],
            normalization="none",
            decode_from="bottleneck" if "released" in case["case"] else None,
        )
        assert notes == (
            [f"{OF_THE_LOSS} is no part of the network"]
            if OF_THE_LOSS in state
            else []
        )
        checkpoint.unlink()
        model.save_to_preset(tmp_path / "preset")
        return mtl_zoo.models.MultiTaskModel.from_preset(tmp_path / "preset")

    yield make
    shutil.rmtree(tmp_path)  # Up to 400 MB.


def write_checkpoint(case, state, folder):
    """A checkpoint as the authors or their users would have it."""
    import torch
    from safetensors.numpy import save_file

    if "mtan" in case["case"]:
        save_file(state, folder / "case.safetensors")
        return folder / "case.safetensors"
    tensors = {name: torch.from_numpy(x) for name, x in state.items()}
    if "hrnet" in case["encoder"]:  # Trained with DataParallel.
        tensors = {f"module.{name}": x for name, x in tensors.items()}
    if "segnet" in case["encoder"]:
        tensors = {"state_dict": tensors, "epoch": 200}
    torch.save(tensors, folder / "case.pth")
    return folder / "case.pth"


def activate(output, activation):
    if activation == "log_softmax":
        return keras.ops.log_softmax(output, axis=-1)
    if activation == "l2_normalize":
        return keras.ops.normalize(output, axis=-1)
    return output


@pytest.mark.parametrize("name", CASES)
def test_outputs_equal_the_authors(name, shared, import_case):
    case, state, image = load(name, shared / "parity")
    model = import_case(case, state)
    trainable = sum(int(np.prod(v.shape)) for v in model.trainable_variables)
    if OF_THE_LOSS in state:
        trainable += state[OF_THE_LOSS].size
    assert trainable == case["num_parameters"]

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
