"""Losses and metrics give what the authors' public code gives.

`tests/parity/metric_cases.json` holds its numbers for the arrays that
`make_arrays` makes, `metric_arrays.json` what these arrays were there.
"""

import json

import numpy as np
import pytest

from mtl_zoo import losses
from mtl_zoo import tasks
from tests.parity import formula

pytestmark = pytest.mark.parity

CASE = json.loads((formula.FOLDER / "metric_cases.json").read_text())
TASKS = {task.name: task for task in tasks.get_all("depth,normals,edge")}
TASKS["semseg"] = tasks.SemanticSegmentation(CASE["num_classes"])
TASKS["saliency"] = tasks.Saliency()


def make_arrays(seed, shape, num_classes):
    """Dict task name → (labels, raw predictions), from a formula."""
    n, h, w = shape

    def stream(key, channels=None):
        size = tuple(shape) if channels is None else (n, h, w, channels)
        return formula.noise(size, seed + key)

    logits = (6 * (stream(1, num_classes) - 0.5)).astype("float32")
    ids = np.floor(stream(2) * (num_classes - 2)).astype("int32")
    ids[stream(3) < 0.1] = 255
    logits[..., -1] -= 100  # the last class occurs nowhere
    right = np.nonzero((stream(4) < 0.5) & (ids < 255))
    logits[*right, ids[right]] += 5
    metres = 0.5 + 9 * stream(5, 1)
    normals = stream(8, 3) - 0.5
    normals /= np.linalg.norm(normals, axis=-1, keepdims=True)
    normals[stream(9) < 0.2] = 0
    edge = (stream(11, 1) < 0.12).astype("float32")
    box = np.zeros((n, h, w, 1), "float32")
    box[:, 6:18, 8:22] = 1
    arrays = {
        "semseg": (ids, logits),
        "depth": (
            np.where(stream(6, 1) < 0.15, 0, metres),
            metres * (0.7 + 0.6 * stream(7, 1)),
        ),
        "normals": (
            normals,
            3 * (normals + 0.6 * (stream(10, 3) - 0.5) + 1e-3),
        ),
        "edge": (edge, 4 * (stream(12, 1) - 0.6) + 2 * edge),
        "saliency": (box, 5 * (stream(13, 1) - 0.5) + 2 * (2 * box - 1)),
    }
    return {
        name: tuple(
            a.astype("float32") if a.dtype == "float64" else a for a in pair
        )
        for name, pair in arrays.items()
    }


ARRAYS = make_arrays(CASE["seed"], CASE["shape"], CASE["num_classes"])


def split(values):
    """Expected numbers as (protocol, task, metric, value)."""
    for key, value in values.items():
        protocol, task, metric = key.split(" (")[0].split(".", 2)
        if task == "loss":
            yield protocol, metric, "loss", value
        elif metric[0].isdigit():
            yield protocol, task, f"within_{metric}", value / 100
        else:
            yield protocol, task, metric, value


EXPECTED = list(split(CASE["values"]))


def loss_of(protocol, name):
    if (protocol, name) == ("mtan", "normals"):
        return losses.NormalsCosine()
    return TASKS[name].loss


@pytest.mark.parametrize(
    "protocol,name,value",
    [(p, n, v) for p, n, metric, v in EXPECTED if metric == "loss"],
)
def test_losses_are_the_published_ones(protocol, name, value):
    loss = loss_of(protocol, name)(*ARRAYS[name])
    np.testing.assert_allclose(float(loss), value, rtol=1e-4)


@pytest.mark.parametrize("protocol", ["survey", "mtan"])
@pytest.mark.parametrize("name", ["semseg", "depth", "normals", "saliency"])
def test_metrics_are_the_published_ones(protocol, name):
    metric = TASKS[name].make_metric(protocol)
    metric.update_state(*ARRAYS[name])
    result = {key: float(value) for key, value in metric.result().items()}
    for p, n, key, value in EXPECTED:
        if (p, n) == (protocol, name) and key != "loss":
            np.testing.assert_allclose(
                result[key], value, rtol=1e-4, err_msg=key
            )


def test_arrays_are_those_of_the_reference():
    reference = json.loads((formula.FOLDER / "metric_arrays.json").read_text())
    found = {}
    for name, (label, raw) in ARRAYS.items():
        found[f"{name}_label"] = label
        kind = "pred" if name in ("depth", "normals") else "logits"
        found[f"{name}_{kind}"] = raw
    assert set(found) == set(reference)
    for name, expected in reference.items():
        array = found[name]
        assert list(array.shape) == expected["shape"]
        index, value = np.transpose(expected["samples"])
        close = {"rtol": 1e-5, "atol": 1e-6}
        np.testing.assert_allclose(
            array.flat[index.astype(int)], value, **close
        )
        np.testing.assert_allclose(
            [array.mean(dtype="float64"), array.std(dtype="float64")],
            [expected["mean"], expected["std"]],
            **close,
        )
