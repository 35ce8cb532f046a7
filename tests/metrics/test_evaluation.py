"""Whole splits, Δm and the predictor that never looks."""

import numpy as np
import pytest

from mtl_zoo import metrics
from mtl_zoo import tasks

TASKS = tasks.get_all("semseg:3,depth,normals,edge")


def make_labels(rng, names):
    shape = (2, 8, 10)
    labels = {
        "semseg": rng.choice(3, shape, p=[0.2, 0.7, 0.1]).astype("int32"),
        "depth": rng.uniform(1, 5, (*shape, 1)).astype("float32"),
        "normals": rng.normal([0, 0, -2], 1, (*shape, 3)).astype("float32"),
        "edge": (rng.random((*shape, 1)) < 0.1).astype("float32"),
    }
    return {name: labels[name] for name in names}


def make_raw(labels):
    return {
        task.name: np.ones((2, 8, 10, task.channels), "float32")
        for task in TASKS
    }


def test_batches_may_lack_tasks():
    rng = np.random.default_rng(0)
    batches = [
        make_labels(rng, ["semseg"]),
        make_labels(rng, ["depth", "semseg"]),
        make_labels(rng, ["depth"]),
    ]
    result = metrics.evaluate(TASKS, [(b, make_raw(b)) for b in batches])
    assert list(result) == ["semseg", "depth"]
    depth = [(b, make_raw(b)) for b in batches[1:]]
    assert metrics.evaluate(TASKS[1:], depth)["depth"] == pytest.approx(
        result["depth"]
    )
    assert type(result["depth"]["rmse"]) is float
    with pytest.raises(ValueError, match="'semseg' has labels but no pred"):
        metrics.evaluate(TASKS, [(batches[0], {})])


def test_constant_predictor_is_the_best_constant():
    rng = np.random.default_rng(0)
    names = [task.name for task in TASKS]
    batches = [make_labels(rng, names), make_labels(rng, ["depth"])]
    batches[0]["depth"][0] = 0
    predict = metrics.constant_predictor(TASKS, batches)
    raw = predict(batches[0])
    assert {n: r.shape[-1] for n, r in raw.items()} == {
        task.name: task.channels for task in TASKS
    }
    depth = np.concatenate([b["depth"].ravel() for b in batches])
    np.testing.assert_allclose(raw["depth"], depth[depth > 0].mean(), rtol=1e-5)
    decoded = {t.name: np.array(t.decode(raw[t.name])) for t in TASKS}
    assert (decoded["semseg"] == 1).all()
    np.testing.assert_allclose(
        decoded["edge"], batches[0]["edge"].mean(), rtol=1e-4
    )
    assert (decoded["normals"][..., 2] < -0.9).all()
    result = metrics.evaluate(TASKS, [(b, predict(b)) for b in batches])
    share = (batches[0]["semseg"] == 1).mean()
    assert result["semseg"]["pixel_accuracy"] == pytest.approx(share)
    assert result["depth"]["rmse"] == pytest.approx(
        depth[depth > 0].std(), rel=1e-5
    )


# NYUD-v2, HRNet-18-small-v2 and ResNet-50, as the survey's authors publish
# them in their repository: mIoU, rmse, Δm.
@pytest.mark.parametrize(
    "single,multi,expected",
    [
        ((34.5, 0.610), (33.9, 0.610), -0.75),
        ((34.5, 0.610), (35.4, 0.614), 1.13),
        ((34.5, 0.610), (35.5, 0.593), 2.90),
        ((34.5, 0.610), (36.2, 0.563), 6.36),
        ((34.5, 0.610), (37.6, 0.539), 10.32),
        ((40.1, 0.571), (39.9, 0.565), 0.26),
        ((43.9, 0.585), (45.0, 0.584), 1.32),
    ],
)
def test_delta_m_is_the_published_one(single, multi, expected):
    def results(numbers):
        return {"semseg": {"mIoU": numbers[0]}, "depth": {"rmse": numbers[1]}}

    delta = metrics.delta_m(results(multi), results(single))
    # The published entries are rounded; that alone makes up to 0.16.
    assert delta == pytest.approx(expected, abs=0.16)


def test_delta_m_of_own_tasks_and_mistakes():
    class Albedo(tasks.Depth):
        primary_metric = "mae"

    one, two = {"albedo": {"mae": 1.0}}, {"albedo": {"mae": 2.0}}
    own = [Albedo(name="albedo")]
    assert metrics.delta_m(one, two, tasks=own) == pytest.approx(50)
    with pytest.raises(ValueError, match="'albedo' is not known; allowed"):
        metrics.delta_m(one, two)
    depth = {"depth": {"rmse": 1.0}}
    with pytest.raises(ValueError, match="'depth' is missing in the baseline"):
        metrics.delta_m(depth, one)
    with pytest.raises(ValueError, match="'rmse' of task 'depth' is missing"):
        metrics.delta_m(depth, {"depth": {}})
    with pytest.raises(ValueError, match="baseline's rmse"):
        metrics.delta_m(depth, {"depth": {"rmse": 0.0}})
    with pytest.raises(ValueError, match="at least one task"):
        metrics.delta_m({}, depth)
