"""The drills find what they are there to find."""

import pytest

from tests.drills import pool
from tests.drills.itself import HOWS


@pytest.fixture(scope="module")
def outcomes():
    limits = pool.Limits(seconds=1, wait=20, memory=300_000_000)
    return pool.run_all("itself", limits=limits)


@pytest.mark.parametrize("name", HOWS)
def test_outcome(outcomes, name):
    assert outcomes[name][0] == name.partition(":")[0]
