"""What the tests of exported files share."""

import keras
import numpy as np
import pytest

# Not in alphabetical order: converters sort names. Two, to be quick.
TASKS = ["semseg:5", "depth"]


@pytest.fixture
def photo():
    """Makes random images."""

    def make(size, count=1):
        rng = np.random.default_rng(1)
        return rng.uniform(0, 255, (count, *size, 3)).astype("float32")

    return make


@pytest.fixture
def pictures():
    """Eight small pictures to calibrate on."""
    rng = np.random.default_rng(2)
    return list(rng.integers(0, 256, (8, 32, 48, 3)).astype("uint8"))


@pytest.fixture
def two_task_model(tiny_model):
    """Makes a tiny model of two tasks by the name of its class."""
    return lambda name, **kwargs: tiny_model(name, tasks=TASKS, **kwargs)


@pytest.fixture
def assert_agrees():
    """Compares what a file gives with the model, outside of the library."""

    def check(model, run, image, bound=1e-4):
        outputs = run(image)
        assert list(outputs) == [task.name for task in model.tasks]
        for name, expected in model(image, training=False).items():
            expected = keras.ops.convert_to_numpy(expected)
            error = np.abs(outputs[name] - expected).max()
            assert error <= bound * np.ptp(expected)

    return check
