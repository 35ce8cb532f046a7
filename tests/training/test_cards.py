"""What a preset's card says comes back with the command that it names."""

import json
import os
import pathlib
import subprocess
import sys

import keras
import pytest

import mtl_zoo

ROOT = pathlib.Path(__file__).parents[2]

# Of the data set, only the test split is needed.
SCRIPT = """
from mtl_zoo.datasets.rooms import builder
builder.NUM_EXAMPLES.update(train=1, validation=1)
from mtl_zoo.utils import cli
from training import evaluate
cli.run(evaluate.main)
"""


def size_of(name):
    files = mtl_zoo.presets.metadata(name)["files"].values()
    return sum(file["size"] for file in files)


@pytest.mark.skipif(
    keras.backend.backend() != "tensorflow",
    reason="tests/presets/test_bundled.py compares the backends",
)
def test_the_smallest_cards_numbers_come_back(tmp_path):
    name = min(mtl_zoo.presets.list_presets(), key=size_of)
    output = tmp_path / "metrics.json"
    result = subprocess.run(
        [
            *(sys.executable, "-c", SCRIPT),
            f"--preset={name}",
            "--dataset=rooms",
            "--split=test",
            "--image_size=96,128",
            f"--output={output}",
        ],
        cwd=ROOT,
        env={**os.environ, "MTL_ZOO_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    found = json.loads(output.read_text())["metrics"]
    card = mtl_zoo.presets.metadata(name)["metrics"]
    assert list(found) == list(card)
    for task, values in card.items():
        for metric, value in values.items():
            # Other kernels round otherwise; what rounding turns to another
            # class or to another match is less than this.
            expected = pytest.approx(value, rel=2e-3, abs=2e-4)
            assert found[task][metric] == expected, (task, metric)
