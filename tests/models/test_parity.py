"""The authors' numbers: same weights, same image, same outputs.

See tests/parity/README.md for the cases. Every case goes the way of a user:
PyTorch checkpoint → preset → `from_preset` → outputs.
"""

import shutil

import keras
import numpy as np
import pytest

import mtl_zoo
from mtl_zoo.layers import ResizeBy
from mtl_zoo.models.invpt.decoder import decode
from tests.parity import formula
from tools import torch_layouts
from tools.torch_layouts.invpt import invpt_decoder

pytestmark = pytest.mark.parity

CASES = (
    "ati_net_released_segnet_nyu13",
    "ati_net_segnet_nyu13",
    "cross_stitch_resnet18_nyud",
    "hard_sharing_hrnet18_nyud",
    "hard_sharing_hrnet18_nyud_odd",
    "hard_sharing_segnet_nyu13",
    "invpt_vit_nyu13",
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


@pytest.fixture
def import_case(tmp_path):
    """Makes the model of a case by way of a checkpoint and a preset."""

    def make(case, state):
        checkpoint = write_checkpoint(case, state, tmp_path)
        model, _, notes = torch_layouts.import_checkpoint(
            checkpoint,
            MODELS[case["architecture"]],
            make_encoder(case),
            [f"{task}:{n}" for task, n in case["tasks"].items()],
            normalization="none",
            decode_from="bottleneck" if "released" in case["case"] else None,
            embed_dim=case.get("embed_dim"),
            prediction_dim=case.get("prediction_dim"),
        )
        assert notes == [
            f"{name} is no part of the network" for name in unused(case, state)
        ]
        checkpoint.unlink()
        model.save_to_preset(tmp_path / "preset")
        return mtl_zoo.models.MultiTaskModel.from_preset(tmp_path / "preset")

    yield make
    shutil.rmtree(tmp_path)  # Up to 400 MB.


def make_encoder(case):
    """The encoder's name, or a ViT of the case's sizes."""
    encoder = case["encoder"]
    if isinstance(encoder, str):
        return encoder.replace("_dilated", "_os")
    sizes = dict(encoder["vit"])
    return mtl_zoo.encoders.ViT(
        feature_blocks=sizes.pop("select_list"),
        image_size=case["input_shape"][1:3],
        **sizes,
    )


def unused(case, state):
    """What is stored with a network and read by nothing, sorted."""
    of_the_loss = [OF_THE_LOSS] if OF_THE_LOSS in state else []
    return sorted(case.get("unused_parameters", of_the_loss))


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
    if "vit" in case["encoder"]:  # The whole state of a training.
        optimizer = {"state": {0: {"step": torch.tensor(3.0)}}, "lr": [2e-5]}
        tensors = {
            "iter_count": 3,
            "model": {f"module.{name}": x for name, x in tensors.items()},
            "optimizer": optimizer,
        }
    torch.save(tensors, folder / "case.pth")
    return folder / "case.pth"


def activate(output, activation):
    if activation == "log_softmax":
        return keras.ops.log_softmax(output, axis=-1)
    if activation == "l2_normalize":
        return keras.ops.normalize(output, axis=-1)
    return output


@pytest.mark.parametrize("name", CASES)
def test_outputs_equal_the_authors(name, import_case):
    case, state, image = formula.load(name)
    model = import_case(case, state)
    check_count(model, case, state)

    # All outputs in inference mode, the intermediate ones too.
    everything = keras.Model(model.input, model.output)
    if keras.backend.backend() == "jax":
        # One compilation of the whole instead of one per operation.
        outputs = everything.predict(image, verbose=0)
    else:
        outputs = everything(image, training=False)
    check_outputs(outputs, case)


def test_invpts_decoder_equals_the_authors():
    case, state, features = formula.load("invpt_vit_decoder_nyu13")
    tasks = mtl_zoo.tasks.get_all(
        [f"{t}:{n}" for t, n in case["tasks"].items()]
    )
    del features[2]  # Its skip is computed there and not used.
    inputs = [keras.Input((None, None, x.shape[-1])) for x in features]
    predictions, initial = decode(
        inputs,
        [16, 16, 16],
        32,
        tasks,
        case["embed_dim"],
        case["prediction_dim"],
    )
    predictions = {k: ResizeBy(4)(x) for k, x in predictions.items()}
    initial = {f"initial.{k}": x for k, x in initial.items()}
    model = keras.Model(inputs, {**predictions, **initial})
    for entry in invpt_decoder(model, tasks):
        tensors = [state[name] for name in entry.names]
        entry.variable.assign(entry.convert(*tensors))
    check_count(model, case, state)
    check_outputs(model.predict(features, verbose=0), case)


def check_count(model, case, state):
    trainable = sum(int(np.prod(v.shape)) for v in model.trainable_variables)
    trainable += sum(state[name].size for name in unused(case, state))
    assert trainable == case["num_parameters"]


def check_outputs(outputs, case):
    activations = case.get("output_activation") or {}
    # InvPT's cases show little of details, such as an exact GELU's.
    bounds = (1e-5, 1e-4) if case["architecture"] == "InvPT" else (1e-4, 1e-3)
    for key, expected in case["outputs"].items():
        output = outputs[key.replace("initial_", "initial.")]
        output = activate(output, activations.get(key))
        output = keras.ops.convert_to_numpy(output)
        assert list(output.shape) == expected["shape"]
        bound = bounds[0] + bounds[1] * expected["std"]
        index, value = np.transpose(expected["samples"])
        samples = output.reshape(-1)[index.astype("int64")]
        np.testing.assert_allclose(samples, value, atol=bound, rtol=0)
        assert abs(output.mean() - expected["mean"]) < bound
        assert abs(output.std() - expected["std"]) < bound
