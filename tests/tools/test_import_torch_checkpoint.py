"""PyTorch checkpoints become presets; what does not fit is named."""

import functools
import os
import pathlib
import subprocess
import sys
import zipfile

import keras
import numpy as np
import pytest

import mtl_zoo
from tools import torch_layouts
from tools.torch_layouts.checkpoint import read_checkpoint

torch = pytest.importorskip("torch")
safetensors = pytest.importorskip("safetensors.numpy")

ROOT = pathlib.Path(__file__).parents[2]


def random_state(network, layout):
    """A checkpoint that fits a network; names and shapes from its layout."""
    rng = np.random.default_rng(0)
    state = {}
    for entry in layout.entries(network):
        shape = tuple(entry.variable.shape)
        if len(shape) == 4:
            shape = (shape[3], shape[2], *shape[:2])
        if entry.convert.__name__ == "_dense_kernel":
            shape = shape[:2]
        parts = len(entry.names)
        shape = (shape[0] // parts, *shape[1:])
        for name in entry.names:
            state[name] = rng.uniform(0.5, 1, shape).astype("float32")
    return state


@pytest.fixture
def tiny_names(monkeypatch):
    """Tiny encoders by name."""
    encoders = mtl_zoo.encoders.known_encoders
    resnet = functools.partial(
        mtl_zoo.encoders.ResNet, "basic", (2, 2, 2, 2), width=4
    )
    hrnet = functools.partial(
        mtl_zoo.encoders.HRNet, 4, stage_1_blocks=1, modules=(1,) * 3, blocks=1
    )
    for name, family, make in (
        ("tiny_resnet", "resnet", resnet),
        ("tiny_resnet_os8", "resnet", functools.partial(resnet, 8)),
        ("tiny_hrnet", "hrnet", hrnet),
    ):
        entry = encoders._Entry(functools.partial(make, name=name), family)
        monkeypatch.setitem(encoders._BY_NAME, name, entry)


def layout_of(model, kind):
    (layout,) = [
        layout
        for layout in torch_layouts.LAYOUTS
        if (layout.model, layout.encoder_kind) == (model, kind)
    ]
    return layout


@pytest.fixture
def checkpoint(tiny_names, tmp_path):
    """A checkpoint of hard sharing on a tiny HRNet: its state, its path."""
    network = mtl_zoo.models.HardSharing("tiny_hrnet", ["semseg:5", "depth"])
    state = random_state(network, layout_of("hard_sharing", "hrnet"))
    path = tmp_path / "model.safetensors"
    safetensors.save_file(state, path)
    return state, path


def load(path, **kwargs):
    return torch_layouts.import_checkpoint(
        path, "hard_sharing", "tiny_hrnet", ["semseg:5", "depth"], **kwargs
    )


def assert_equal_weights(a, b):
    for x, y in zip(a.weights, b.weights, strict=True):
        np.testing.assert_array_equal(np.array(x), np.array(y))


def wrap(state, how):
    tensors = {name: torch.from_numpy(x) for name, x in state.items()}
    tensors["backbone.bn1.num_batches_tracked"] = torch.tensor(7)
    if how == "module":
        return {f"module.{name}": x for name, x in tensors.items()}
    if how == "bare":
        return tensors
    return {how: tensors, "epoch": 3, "optimizer": {"lr": 0.1}}


@pytest.mark.parametrize("how", ["bare", "module", "state_dict", "model"])
def test_every_way_of_saving(how, checkpoint, tmp_path):
    state, path = checkpoint
    torch.save(wrap(state, how), tmp_path / "model.pth")
    expected, _, _ = load(path)
    model, layout, notes = load(tmp_path / "model.pth")
    assert_equal_weights(model, expected)
    assert layout.repository == "Multi-Task-Learning-PyTorch"
    assert notes == []
    # A value of the file, by hand: (out, in, h, w) → (h, w, in, out).
    kernel = np.array(model.encoder.get_layer("stem_1").convolution.kernel)
    np.testing.assert_array_equal(
        kernel, state["backbone.conv1.weight"].transpose(2, 3, 1, 0)
    )


def _in_itself():
    state = {"a": torch.ones(2)}
    state["state_dict"] = state
    return state


@pytest.mark.parametrize(
    ("state", "message"),
    [
        (_in_itself(), "entry 'state_dict' is a dict, not a"),
        ({"a": torch.zeros(1).double().expand(10**6, 10**6)}, "more numbers"),
        ({"a": torch.ones(2).to_sparse()}, "entry 'a' is no plain tensor"),
        ({"a": torch.ones(2, device="meta")}, "entry 'a' is no plain tensor"),
        ({"a": torch.ones(2).cfloat()}, "no plain tensor .it holds torch.com"),
        ({"\x1b[2J" + "a" * 999: 3}, r"entry '.x1b\[2Ja"),
    ],
)
def test_hostile_state(state, message, tmp_path):
    torch.save(state, tmp_path / "model.pth")
    with pytest.raises(ValueError, match=message) as caught:
        torch_layouts.read_checkpoint(tmp_path / "model.pth")
    line = str(caught.value)
    assert "model.pth" in line and line.isprintable()
    assert len(line) < 300 + len(str(tmp_path))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        # A pickle's own words, which make PyTorch raise anything.
        (b"\x80\x02" + b")" + b"\x85" * 9 + b".", "model.pth"),
        (b"\x80\x02X\xff\xff\xff\xff1.", "model.pth"),
        (b"\0" * 99, "model.pth"),
    ],
)
def test_hostile_pickle(content, message, tmp_path):
    path = tmp_path / "model.pth"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=message):
        torch_layouts.read_checkpoint(path)


def test_packed_archive(tmp_path):
    """A megabyte may hold gigabytes; PyTorch itself never packs."""
    torch.save({"a": torch.zeros(10**6)}, tmp_path / "a.pth")
    with (
        zipfile.ZipFile(tmp_path / "a.pth") as source,
        zipfile.ZipFile(
            tmp_path / "b.pth", "w", zipfile.ZIP_DEFLATED
        ) as target,
    ):
        for name in source.namelist():
            target.writestr(name, source.read(name))
    with pytest.raises(ValueError, match="b.pth: can't be read .it is packed"):
        torch_layouts.read_checkpoint(tmp_path / "b.pth")


def test_every_tensor_is_accounted_for(checkpoint, tmp_path):
    state, path = checkpoint
    state = dict(state)
    del state["backbone.bn1.bias"]
    state["backbone.conv2.weight"] = np.zeros((7, 64, 3, 3), "float32")
    state["backbone.conv1.weight"] = np.zeros(3, "float32")
    state["extra.weight"] = np.zeros(2, "float32")
    safetensors.save_file(state, path)
    with pytest.raises(ValueError) as error:
        load(path)
    words = (
        "backbone.bn1.bias is missing",
        "backbone.conv2.weight of shape (7, 64, 3, 3)",
        "backbone.conv1.weight of shape (3,)",
        "extra.weight is not used",
    )
    for word in words:
        assert word in str(error.value)
    model, _, notes = load(path, allow_partial=True)
    assert len(notes) == 4
    for word, note in zip(sorted(words), sorted(notes), strict=True):
        assert note.startswith(word)
    np.testing.assert_array_equal(
        np.array(model.encoder.get_layer("stem_2").normalization.gamma),
        state["backbone.bn2.weight"],
    )


def test_another_network_is_recognized(checkpoint, tmp_path):
    _, path = checkpoint
    with pytest.raises(ValueError, match="this is hard_sharing.*mti_net"):
        torch_layouts.import_checkpoint(
            path, "mti_net", "tiny_hrnet", ["semseg:5", "depth"]
        )
    safetensors.save_file({"fc1.weight": np.zeros(2)}, path)
    with pytest.raises(ValueError, match="fc1.weight.*no network"):
        load(path)


@pytest.mark.parametrize(
    "model, encoder, more",
    [
        ("single_task", "tiny_hrnet", ()),
        ("hard_sharing", "tiny_resnet_os8", ()),
        ("encoder", "tiny_resnet", ("fc.weight", "fc.bias")),
        (
            "encoder",
            "tiny_hrnet",
            ("incre_modules.0.0.conv1.weight", "classifier.bias"),
        ),
    ],
)
def test_layouts_without_a_parity_case(
    model, encoder, more, tiny_names, tmp_path
):
    if model == "encoder":
        tasks, network = None, mtl_zoo.encoders.get(encoder)
    else:
        tasks = ["saliency"]
        network = mtl_zoo.models.get(model)(encoder, tasks)
    layout = layout_of(model, mtl_zoo.encoders.family(encoder))
    state = random_state(network, layout)
    if model == "hard_sharing":  # The survey's word for saliency.
        assert "decoders.sal.0.convs.0.0.weight" in state
    state |= {name: np.zeros(2, "float32") for name in more}
    path = tmp_path / "model.safetensors"
    safetensors.save_file(state, path)
    imported, found, notes = torch_layouts.import_checkpoint(
        path, model, encoder, tasks
    )
    assert found is layout
    assert notes == [f"{x} is no part of the network" for x in sorted(more)]
    assert all(
        np.array(v).min() >= 0.5
        for v in imported.weights
        if "seed" not in v.path
    )


def test_an_encoder_of_another_stride_is_refused(tiny_names, tmp_path):
    network = mtl_zoo.models.HardSharing("tiny_resnet_os8", ["depth"])
    state = random_state(network, layout_of("hard_sharing", "resnet"))
    path = tmp_path / "model.safetensors"
    safetensors.save_file(state, path)
    with pytest.raises(ValueError, match="take tiny_resnet_os8, .*not tiny_r"):
        torch_layouts.import_checkpoint(
            path, "hard_sharing", "tiny_resnet", ["depth"]
        )
    # What counts is the stride, not what the encoder is called.
    dilated = mtl_zoo.encoders.ResNet(
        "basic", (2, 2, 2, 2), output_stride=8, width=4, name="own"
    )
    found, by_name = (
        torch_layouts.import_checkpoint(
            path, "hard_sharing", encoder, ["depth"]
        )[0]
        for encoder in (dilated, "tiny_resnet_os8")
    )
    assert_equal_weights(found, by_name)


def test_variables_without_a_name_are_told(monkeypatch, checkpoint):
    _, path = checkpoint
    build = torch_layouts.importing._build

    def with_another_head(*args):
        network = build(*args)
        network.another = keras.layers.Dense(1, name="another")
        network.another.build((None, 2))
        return network

    monkeypatch.setattr(torch_layouts.importing, "_build", with_another_head)
    with pytest.raises(ValueError, match="another/kernel is not in the check"):
        load(path)


def test_results_saved_beside_the_weights_are_passed_over(checkpoint, tmp_path):
    state, path = checkpoint
    saved = {
        "model": {"state_dict": wrap(state, "module")},
        "best_result": {"mIoU": np.float64(0.5), "epoch": np.int64(3)},
    }
    torch.save(saved, tmp_path / "model.pth")
    model, _, notes = load(tmp_path / "model.pth")
    assert notes == []
    assert_equal_weights(model, load(path)[0])
    name, value = next(iter(wrap(state, "bare").items()))
    torch.save({name: value, f"module.{name}": value}, tmp_path / "twice.pth")
    with pytest.raises(ValueError, match="twice.pth.* is in it twice"):
        load(tmp_path / "twice.pth")


def test_tensors_that_share_what_is_stored(tmp_path):
    path = tmp_path / "shared.pth"
    value = torch.zeros(2**16, dtype=torch.float16)
    torch.save({f"k{i}": value for i in range(3)}, path)
    assert len(read_checkpoint(path)) == 3
    # Names and views, which cost next to nothing.
    for shared in (value, value[::2], value.view(256, 256)):
        torch.save({f"k{i}": shared for i in range(100)}, path)
        with pytest.raises(ValueError, match="shared.pth: .* 8 times its size"):
            read_checkpoint(path)


@pytest.fixture
def invpt_checkpoint(tiny_model, tmp_path):
    """InvPT as its authors would store it, with saliency in two channels."""
    model = tiny_model("invpt", tasks=("saliency", "depth"))
    rng = np.random.default_rng(0)

    def random(*shape):
        return rng.uniform(-0.5, 0.5, shape).astype("float32")

    state = {}
    for entry in layout_of("invpt", "vit").entries(model):
        shape = entry.variable.shape
        for name in entry.names:
            if name in state:
                continue
            if name.endswith(("cls_token", "pos_embed")):
                state[name] = random(1, 17 if "pos" in name else 1, 16)
            elif name.endswith("fuse_attn.weight"):
                state[name] = random(2, 4, 1, 1)
            elif name.endswith("running_var"):
                state[name] = np.abs(random(*shape)) + 0.5
            elif "linear_pred" in name or "intermediate_head" in name:
                channels = 2 if ".sal." in name else 1
                width = (16 if "linear" in name else 12, 1, 1)
                state[name] = random(
                    channels, *(width if name.endswith("weight") else ())
                )
            elif "mix_proj" in name:
                channels = 12 + (2 if ".sal." in name else 1)
                state[name] = random(
                    16, *((channels, 1, 1) if name.endswith("weight") else ())
                )
            elif "conv_proj_q" in name and len(shape) == 4:
                state[name] = random(*np.take(shape, (2, 3, 0, 1)))
            elif len(shape) == 4:
                state[name] = random(*np.take(shape, (3, 2, 0, 1)))
            else:
                state[name] = random(*shape[::-1])
    return state


def import_invpt(state, path, **kwargs):
    torch.save({k: torch.from_numpy(v) for k, v in state.items()}, path)
    encoder = mtl_zoo.encoders.ViT(
        16, 4, 2, feature_blocks=(1, 2, 3), image_size=(64, 64)
    )
    return torch_layouts.import_checkpoint(
        path,
        "invpt",
        encoder,
        ["saliency", "depth"],
        embed_dim=12,
        prediction_dim=4,
        **kwargs,
    )


def test_two_channels_of_saliency_become_one(invpt_checkpoint, tmp_path):
    """The same network, asked for the difference of its two channels."""
    state = invpt_checkpoint
    model, _, notes = import_invpt(state, tmp_path / "a.pth")
    assert notes == []
    assert model.working_size == (64, 64)
    image = np.random.default_rng(1).uniform(0, 255, (1, 64, 64, 3))
    outputs = keras.Model(model.input, model.output).predict(image, verbose=0)
    # As two classes, nothing is folded.
    state = {k.replace(".sal.", ".semseg."): v for k, v in state.items()}
    two = mtl_zoo.models.InvPT(
        model.encoder, ["semseg:2", "depth"], 12, 4, name="two"
    )
    torch_layouts.importing._assign(
        two, layout_of("invpt", "vit"), state, False
    )
    expected = keras.Model(two.input, two.output).predict(image, verbose=0)
    np.testing.assert_allclose(
        outputs["depth"], expected["depth"], rtol=1e-3, atol=1e-3
    )
    for prefix in ("", "initial."):
        z = expected[f"{prefix}semseg"]
        np.testing.assert_allclose(
            outputs[f"{prefix}saliency"],
            z[..., 1:] - z[..., :1],
            rtol=1e-3,
            atol=1e-3,
        )


def test_a_missing_tensor_of_invpt_is_named(invpt_checkpoint, tmp_path):
    state = dict(invpt_checkpoint)
    del state["backbone.blocks.2.attn.qkv.weight"]
    del state["backbone.pos_embed"]
    with pytest.raises(ValueError) as error:
        import_invpt(state, tmp_path / "a.pth")
    assert "backbone.blocks.2.attn.qkv.weight is missing" in str(error.value)
    assert "backbone.pos_embed is missing" in str(error.value)


class Malicious:
    def __reduce__(self):
        return (pathlib.Path.touch, (pathlib.Path("was_here"),))


def test_nothing_is_unpickled(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    torch.save({"state_dict": {}, "args": Malicious()}, "bad.pth")
    with pytest.raises(ValueError, match=r"bad\.pth.*more than tensors"):
        load("bad.pth")
    assert not (tmp_path / "was_here").exists()


@pytest.mark.parametrize("name", ["a.pth", "a.safetensors"])
def test_what_is_no_checkpoint(name, tmp_path):
    with pytest.raises(FileNotFoundError, match=name):
        load(tmp_path / name)
    for content in (b"", b"not a checkpoint", b"PK\x03\x04torn"):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(ValueError, match=name):
            load(tmp_path / name)


@pytest.mark.skipif(
    keras.backend.backend() != "tensorflow",
    reason="the command is the same on every backend: once is enough",
)
def test_command(tmp_path):
    encoder = mtl_zoo.encoders.get("resnet18")
    state = random_state(encoder, layout_of("encoder", "resnet"))
    path = tmp_path / "resnet18.pth"
    torch.save({k: torch.from_numpy(v) for k, v in state.items()}, path)

    def run(*flags):
        return subprocess.run(
            [
                sys.executable,
                "-m",
                "tools.import_torch_checkpoint",
                f"--checkpoint={path}",
                f"--output={tmp_path / 'preset'}",
                *flags,
            ],
            cwd=ROOT,
            env=os.environ,
            capture_output=True,
            text=True,
            check=False,
        )

    result = run("--model=hard_sharing", "--encoder=resnet18")
    assert result.returncode == 1
    assert "this is encoder" in result.stderr.splitlines()[-1]
    assert not (tmp_path / "preset").exists()
    result = run("--model=encoder", "--encoder=resnet18")
    assert result.returncode == 0, result.stderr
    # At another output stride the weights are the same.
    dilated = mtl_zoo.encoders.get("resnet18_os8")
    mtl_zoo.presets.load_encoder_weights(dilated, tmp_path / "preset")
    np.testing.assert_array_equal(
        np.array(dilated.get_layer("stem").unit.convolution.kernel),
        state["conv1.weight"].transpose(2, 3, 1, 0),
    )
