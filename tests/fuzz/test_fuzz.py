"""Whatever bytes a stranger hands over: a right result, or one line.

The same cases in every run, some hundred in a minute. `MTL_ZOO_FUZZ=20` tries
twenty times as many, others each time:

```
MTL_ZOO_FUZZ=20 python -m pytest tests/fuzz
```

What it finds becomes a test of its own beside what was wrong.
"""

import copy
import io
import json
import os
import shutil

import hypothesis
import keras
import numpy as np
import pytest
from absl import flags
from absl.testing import flagsaver
from hypothesis import strategies as st
from PIL import Image

from mtl_zoo import presets
from mtl_zoo.datasets import files
from mtl_zoo.presets.folder import read_metadata
from mtl_zoo.utils import read_image
from tests.drills import seeds
from tests.drills.case import LINE
from tests.drills.case import RIGHT
from tests.drills.case import Case
from tests.drills.case import classify
from training import train
from training.checkpoints import Checkpoints

TIMES = int(os.environ.get("MTL_ZOO_FUZZ", 1))


def some(examples):
    """Settings: so many examples, the same each time unless more are wanted."""
    return hypothesis.settings(
        max_examples=examples * TIMES,
        derandomize=TIMES == 1,
        deadline=None,
        database=None,
        suppress_health_check=list(hypothesis.HealthCheck),
    )


def hand_over(function, *arguments, says=""):
    """What came of it, where that is allowed; `None` where it was refused."""
    result = error = None
    try:
        result = function(*arguments)
    except Exception as raised:
        error = raised
    case = Case("", None, says, good=None)
    outcome, text = classify(case, error, [], [])
    assert outcome in (RIGHT, LINE), (outcome, text)
    return result


# === Mutations ===

_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from(
        ["relu", "Lambda", "../x", "keras.layers", "mtl_zoo>HRNet", "float16"]
    ),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["class_name", "config", "module", "name", "a"]),
            inner,
            max_size=3,
        )
    ),
    max_leaves=8,
)


def places(content, path=()):
    """Paths of all values within JSON."""
    yield path
    if isinstance(content, dict):
        for key in content:
            yield from places(content[key], (*path, key))
    elif isinstance(content, list):
        for i, value in enumerate(content):
            yield from places(value, (*path, i))


def mutate_json(data, content):
    """A copy with one to three values replaced, removed, renamed, repeated."""
    content = copy.deepcopy(content)
    for _ in range(data.draw(st.integers(1, 3))):
        path = data.draw(st.sampled_from([p for p in places(content) if p]))
        parent = content
        for key in path[:-1]:
            parent = parent[key]
        key = path[-1]
        how = data.draw(
            st.sampled_from(["replace", "remove", "rename", "more"])
        )
        if how == "replace":
            parent[key] = data.draw(_JSON)
        elif how == "remove" or isinstance(parent, dict) and how == "more":
            del parent[key]
        elif how == "rename" and isinstance(parent, dict):
            parent[data.draw(st.text(max_size=9))] = parent.pop(key)
        elif isinstance(parent, list):
            parent.extend([parent[key]] * data.draw(st.integers(1, 9)))
        if not [p for p in places(content) if p]:
            break
    return content


def mutate_bytes(data, content):
    """A copy with some bytes overwritten, cut out or put in."""
    content = bytearray(content)
    for _ in range(data.draw(st.integers(1, 8))):
        # Beginnings describe the rest.
        end = data.draw(st.sampled_from([64, 2048, max(len(content), 1)]))
        place = data.draw(st.integers(0, end))
        piece = data.draw(st.binary(max_size=8))
        length = data.draw(st.sampled_from([0, len(piece), len(piece), 1000]))
        content[place : place + length] = piece
    return bytes(content)


@pytest.fixture(scope="module")
def preset(tmp_path_factory):
    """A preset that examples overwrite files of."""
    return seeds.preset(tmp_path_factory.mktemp("fuzz"))


@pytest.fixture
def kept(preset, tmp_path):
    """A copy of the preset as it was."""
    return shutil.copytree(preset, tmp_path / "preset")


# === What is mutated ===


@some(80)
@hypothesis.given(data=st.data())
def test_metadata(data, preset, tmp_path_factory):
    path = tmp_path_factory.mktemp("a") / "metadata.json"
    text = (preset / "metadata.json").read_text()
    if data.draw(st.booleans()):
        path.write_text(json.dumps(mutate_json(data, json.loads(text))))
    else:
        path.write_bytes(mutate_bytes(data, text.encode()))
    hand_over(read_metadata, path, says="metadata.json")


@some(40)
@hypothesis.given(data=st.data())
def test_configuration(data, preset, tmp_path_factory):
    folder = shutil.copytree(preset, tmp_path_factory.mktemp("a") / "preset")
    file = data.draw(st.sampled_from(["task.json", "config.json"]))
    path = folder / file
    content = json.loads(path.read_text())
    path.write_text(json.dumps(mutate_json(data, content)))

    def load():
        if file == "task.json":
            presets.load(folder, verify=False)
        else:
            presets.load_encoder(folder, verify=False)

    hand_over(load, says=r"preset/\w+\.")
    shutil.rmtree(folder)


@some(60)
@hypothesis.given(data=st.data())
def test_weights(data, preset, kept):
    path = kept / "model.weights.h5"
    good = (preset / path.name).read_bytes()
    path.write_bytes(mutate_bytes(data, good))
    hand_over(
        lambda: presets.load_encoder_weights(_ENCODER, kept, verify=False),
        says="model.weights.h5",
    )


_ENCODER = seeds.encoder()


def _checkpoint(how):
    torch = pytest.importorskip("torch")
    safetensors = pytest.importorskip("safetensors.numpy")
    state = {"a.weight": torch.ones(3, 4), "b": torch.zeros(3)}
    file = io.BytesIO()
    if how == "safetensors":
        arrays = {key: value.numpy() for key, value in state.items()}
        return safetensors.save(arrays)
    torch.save(state, file, _use_new_zipfile_serialization=how == "zip")
    return file.getvalue()


@some(60)
@hypothesis.given(
    data=st.data(), how=st.sampled_from(["zip", "legacy", "safetensors"])
)
def test_pytorch_checkpoint(data, how, tmp_path):
    from tools.torch_layouts.checkpoint import read_checkpoint

    suffix = ".safetensors" if how == "safetensors" else ".pth"
    path = tmp_path / f"model{suffix}"
    path.write_bytes(mutate_bytes(data, _checkpoint(how)))
    hand_over(read_checkpoint, path, says="model")


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A run's checkpoints, and the bytes of a good one."""
    keras.utils.set_random_seed(0)
    dense = keras.layers.Dense(2)
    model = keras.Sequential([keras.Input((3,)), dense])
    model.compile("sgd", "mse")
    model.optimizer.build(model.trainable_variables)
    model.balancing = keras.Sequential()
    folder = tmp_path_factory.mktemp("run")
    checkpoints = Checkpoints(folder, model)
    assert checkpoints.save(1, 2)
    (path,) = folder.iterdir()
    return checkpoints, path, path.read_bytes()


@some(40)
@hypothesis.given(data=st.data())
def test_checkpoint_of_a_run(data, run):
    checkpoints, path, good = run
    path.write_bytes(mutate_bytes(data, good))
    hand_over(checkpoints.restore)


def _picture(kind):
    file = io.BytesIO()
    pixels = np.arange(8 * 9 * 3, dtype="uint8").reshape(8, 9, 3)
    Image.fromarray(pixels).save(file, kind)
    return file.getvalue()


@some(80)
@hypothesis.given(
    data=st.data(),
    kind=st.sampled_from("PNG JPEG GIF TIFF BMP WEBP PPM TGA ICO".split()),
)
def test_picture(data, kind, tmp_path):
    path = tmp_path / "photo"
    path.write_bytes(mutate_bytes(data, _picture(kind)))
    image = hand_over(read_image, path, says="photo")
    assert image is None or image.shape[-1] == 3


@some(60)
@hypothesis.given(data=st.data())
def test_label(data, tmp_path):
    path = tmp_path / "label.npy"
    array = data.draw(
        st.sampled_from(
            [
                np.zeros((4, 5), "uint8"),
                np.ones((4, 5, 3), "float32"),
                np.zeros((3, 2), ">i4"),
            ]
        )
    )
    np.save(path, array)
    path.write_bytes(mutate_bytes(data, path.read_bytes()))
    hand_over(files.read_npy, path, says="label.npy")


# Numbers as people write them, and as they do not.
_NUMBERS = (
    st.integers(-3, 2**70).map(str)
    | st.floats().map(str)
    | st.sampled_from(
        ["", "nan", "inf", "-inf", "1e999", "0x10", "١", "a", "-0"]
    )
)


@some(60)
@hypothesis.given(
    values=st.dictionaries(
        st.sampled_from(
            "epochs batch_size learning_rate weight_decay clip_norm momentum "
            "steps_per_epoch seed warmup_epochs num_devices width embed_dim "
            "checkpoint_steps gradient_accumulation_steps".split()
        ),
        _NUMBERS,
        min_size=1,
        max_size=2,
    ),
    size=st.lists(_NUMBERS, max_size=3),
)
def test_flags(values, size, tmp_path):
    names = [name for name in values if name in flags.FLAGS]
    arguments = [f"--{name}={values[name]}" for name in names]
    if size:
        arguments.append(f"--image_size={','.join(size)}")
    with flagsaver.flagsaver():
        try:
            flags.FLAGS(["train", f"--output_dir={tmp_path / 'a'}", *arguments])
        except flags.Error:
            return
        hand_over(train.check, flags.FLAGS, tmp_path / "a")
