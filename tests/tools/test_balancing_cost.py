"""What balancing costs, measured on a tiny network."""

import json
import pathlib

import pytest

from tests.commands import python


@pytest.mark.skipif(
    not pathlib.Path("/proc/self/clear_refs").exists(),
    reason="Linux tells the peak of memory",
)
@pytest.mark.one_backend
def test_time_and_memory_of_a_step(tmp_path):
    done = python(
        ["-m", "tools.balancing_cost"]
        + ["--balancings=mgda:features", "--task_counts=2", "--steps=1"]
        + ["--encoder=own_encoder", "--import=tests.own_parts"]
        + ["--image_size=32,48", "--batch_size=2"]
        + [f"--output={tmp_path / 'cost.json'}"],
        home=tmp_path,
    )
    assert done.returncode == 0, done.stderr
    report = json.loads((tmp_path / "cost.json").read_text())
    assert list(report) == ["equal", "mgda:features"]
    for rows in report.values():
        assert rows["2"]["seconds"] > 0
        assert rows["2"]["bytes"] >= 0
    ratio = report["mgda:features"]["2"]["time_ratio"]
    assert ratio == (
        report["mgda:features"]["2"]["seconds"]
        / report["equal"]["2"]["seconds"]
    )
    table = (tmp_path / "cost.md").read_text()
    assert "| balancing | time, 2 tasks | memory, 2 tasks |" in table
    assert f"| mgda:features | {ratio:.2f} |" in table
