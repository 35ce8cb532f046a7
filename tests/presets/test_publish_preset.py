"""The command that publishes a preset, as its user runs it.

In processes of their own: absl's flags are one set per process.
"""

import json
import os
import pathlib
import shutil
import subprocess
import sys

import h5py
import numpy as np
import pytest

from mtl_zoo import presets
from mtl_zoo.presets import card
from mtl_zoo.utils.files import digest

pytestmark = pytest.mark.one_backend

# The command, in a process that knows the tests' tiny model.
PROGRAM = """
import runpy, sys
sys.path.insert(0, {here!r})
import conftest
{setup}
runpy.run_module("tools.publish_preset", run_name="__main__", alter_sys=True)
"""

FAKE_HUB = """
import types
class HfApi:
    def __init__(self, **kwargs): pass
    def __getattr__(self, name):
        def call(*args, **kwargs):
            print(name, args, kwargs, file=sys.stderr)
        return call
sys.modules["huggingface_hub"] = types.SimpleNamespace(HfApi=HfApi)
"""


def publish(*arguments, setup=""):
    here = pathlib.Path(__file__).parent
    program = PROGRAM.format(here=str(here), setup=setup)
    return subprocess.run(
        [sys.executable, "-c", program, *map(str, arguments)],
        capture_output=True,
        text=True,
        cwd=here.parents[1],
        env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"},
    )


def test_to_a_folder(preset, tmp_path):
    (preset / "notes.txt").write_text("not part of it")
    registry = tmp_path / "presets" / "registry.json"
    target = registry.parent / "tiny_rooms"
    result = publish(
        f"--preset={preset}", f"--to={target}", f"--registry={registry}"
    )
    assert result.returncode == 0, result.stderr
    presets.resolve(target)
    assert "notes.txt" not in os.listdir(target)
    entry = presets.registry_entry(target)
    assert json.loads(result.stdout) == {"tiny_rooms": entry}
    assert json.loads(registry.read_text()) == {
        "base_url": None,
        "presets": {"tiny_rooms": entry},
    }
    assert entry["tasks"] == ["semseg", "depth"]
    assert entry["license"] == "Apache-2.0"


def test_an_encoder_alone(model, tmp_path):
    presets.save_encoder(model.encoder, tmp_path / "encoder")
    registry = tmp_path / "registry.json"
    result = publish(
        f"--preset={tmp_path / 'encoder'}",
        f"--to={tmp_path / 'tiny_imagenet'}",
        f"--registry={registry}",
    )
    assert result.returncode == 0, result.stderr
    assert list(json.loads(registry.read_text())["encoders"]) == [
        "tiny_imagenet"
    ]
    presets.load_encoder(tmp_path / "tiny_imagenet")


def test_to_the_hub(preset):
    result = publish(
        f"--preset={preset}", "--to=hf://org/tiny@v1", setup=FAKE_HUB
    )
    assert result.returncode == 0, result.stderr
    assert "upload_folder" in result.stderr
    assert "'revision': 'v1'" in result.stderr
    assert list(json.loads(result.stdout)) == ["tiny"]


def test_outputs_that_are_not_finite(preset, tmp_path):
    path = preset / "task.weights.h5"
    names = []
    with h5py.File(path, "r+") as file:
        file.visititems(
            lambda name, item: (
                names.append(name) if isinstance(item, h5py.Dataset) else None
            )
        )
        for name in names:
            file[name][...] = np.nan
    metadata = json.loads((preset / "metadata.json").read_text())
    metadata["files"][path.name] = digest(path)
    (preset / "metadata.json").write_text(json.dumps(metadata))
    result = publish(f"--preset={preset}", f"--to={tmp_path / 'tiny'}")
    assert_one_line(result, "values that are not finite")
    assert not (tmp_path / "tiny").exists()


def test_prose_of_the_card_is_kept(preset, tmp_path):
    target = tmp_path / "tiny_rooms"
    shutil.copytree(preset, target)
    path = target / "README.md"
    path.write_text(f"old\n{card.MARKER}\n\n## Limits\n\nMany.\n")
    result = publish(f"--preset={preset}", f"--to={target}")
    assert result.returncode == 0, result.stderr
    assert path.read_text() == card.model_card(
        presets.metadata(preset), "tiny_rooms", "## Limits\n\nMany."
    )


def test_altered_preset(preset, tmp_path):
    (preset / "task.json").write_text("changed")
    result = publish(f"--preset={preset}", f"--to={tmp_path / 'tiny'}")
    assert_one_line(result, "task.json is altered")
    assert not (tmp_path / "tiny").exists()


def assert_one_line(result, message):
    assert result.returncode == 1
    lines = [
        line for line in result.stderr.splitlines() if line.startswith("error:")
    ]
    assert len(lines) == 1 and message in lines[0]
    assert "Traceback" not in result.stderr
