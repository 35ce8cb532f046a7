"""What balancing costs, measured on a tiny network."""

import pathlib

import pytest

from tools import balancing_cost


@pytest.mark.skipif(
    not pathlib.Path("/proc/self/clear_refs").exists(),
    reason="Linux tells the peak of memory",
)
def test_time_and_memory_of_a_step(tiny_encoder):
    measured = balancing_cost.measure(
        "mgda:features", 2, tiny_encoder("resnet"), (32, 48), 2, 1
    )
    assert measured["seconds"] > 0
    assert measured["bytes"] >= 0


def test_a_line_per_balancing():
    report = {
        "equal": {2: {"time_ratio": 1.0, "memory_ratio": 1.0}},
        "mgda": {2: {"time_ratio": 1.5, "memory_ratio": 1.25}},
    }
    table = balancing_cost.as_markdown(report)
    assert "| balancing | time, 2 tasks | memory, 2 tasks |" in table
    assert "| mgda | 1.50 | 1.25 |" in table
