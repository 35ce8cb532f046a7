"""What presets take on each backend, measured on a tiny network."""

import json
import pathlib

import pytest

from tests.commands import check_error
from tests.commands import python
from tests.commands import run_all

pytestmark = [
    pytest.mark.one_backend,
    pytest.mark.skipif(
        not pathlib.Path("/proc/self/clear_refs").exists(),
        reason="Linux tells the peak of memory",
    ),
]


# Of classes that nothing but --import makes known.
_OWN_PRESET = """
import sys
from tests import own_parts

model = own_parts.OwnModel("own_encoder", ["depth", "semseg:13"])
model.set_camera((32, 48))
model.save_to_preset(sys.argv[1])
"""


def test_time_and_memory_on_a_backend(tmp_path):
    preset = str(tmp_path / "tiny")
    saved = python(["-c", _OWN_PRESET, preset], home=tmp_path)
    assert saved.returncode == 0, saved.stderr
    done = python(
        ["-m", "tools.backend_cost", f"--preset={preset}"]
        + ["--backend=torch", "--rounds=1", "--batch_size=1"]
        + ["--import=tests.own_parts"]
        + [f"--output={tmp_path / 'cost.json'}"],
        home=tmp_path,
    )
    assert done.returncode == 0, done.stderr
    report = json.loads((tmp_path / "cost.json").read_text())
    (measured,) = report.values()
    assert list(measured) == ["torch"]
    rows = measured["torch"]
    assert list(rows) == ["photo", "large_photo", "step"]
    for row in rows.values():
        assert row["seconds"] > 0
        assert row["bytes"] > 2**26  # Python with PyTorch takes no less.
    table = (tmp_path / "cost.md").read_text()
    assert f"| {1000 * rows['step']['seconds']:.0f} |" in table


def test_wrong_flags(tmp_path):
    output = f"--output={tmp_path / 'cost.json'}"
    unknown, text = run_all(
        "tools.backend_cost",
        [
            ["--preset=no_such_preset", output],
            [f"--output={tmp_path / 'cost.txt'}"],
        ],
    )
    check_error(unknown, 1, "no_such_preset")
    check_error(text, 1, "cost.txt", ".json")
