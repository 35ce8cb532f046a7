"""Good presets to spoil, of a network that is built in no time."""

import functools
import hashlib
import json
import pathlib
import shutil
import tempfile

import keras

import mtl_zoo
from mtl_zoo import presets


def encoder():
    """A pyramid of four convolutions, as a user would make it of Keras."""
    x = image = keras.Input((None, None, 3))
    x = keras.layers.Conv2D(4, 3, 2, padding="same", activation="relu")(x)
    outputs = {}
    for level in ("P2", "P3", "P4", "P5"):
        x = keras.layers.Conv2D(4, 3, 2, padding="same", name=level)(x)
        outputs[level] = x
    return keras.Model(image, outputs, name="plain")


@functools.cache
def _saved(kind):
    folder = pathlib.Path(tempfile.mkdtemp(prefix="seed")) / kind
    if kind == "encoder":
        presets.save_encoder(encoder(), folder)
    else:
        tasks = ["semseg:3", "depth"]
        network = mtl_zoo.models.get(kind)(encoder(), tasks, width=8)
        network.save_to_preset(folder, {"license": "Apache-2.0"})
    return folder


def preset(folder, kind="hard_sharing"):
    """A fresh copy of a good preset.

    Args:
        folder: `pathlib.Path` to put it into.
        kind: String, a network's name, or `"encoder"`.

    Returns:
        A `pathlib.Path`.
    """
    return shutil.copytree(_saved(kind), folder / "preset")


def seal(folder):
    """Let the metadata of a preset agree with its files, as a liar would."""
    path = folder / "metadata.json"
    content = json.loads(path.read_text())
    for name in content["files"]:
        data = (folder / name).read_bytes()
        content["files"][name] = {
            "sha256": hashlib.sha256(data).hexdigest(),
            "size": len(data),
        }
    path.write_text(json.dumps(content))


def edit(path, change):
    """Change a JSON file by a function of its content."""
    content = json.loads(path.read_text())
    found = change(content)
    path.write_text(json.dumps(content if found is None else found))


def make(*kinds):
    """Save the presets that `preset` copies, before anything is watched."""
    for kind in kinds:
        _saved(kind)
