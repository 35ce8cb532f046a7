"""Metrics against numbers worked out by hand, streamed and compiled."""

import json

import keras
import numpy as np
import pytest

from mtl_zoo import metrics
from mtl_zoo import tasks

ALL_TASKS = tasks.get_all("semseg:5,human_parts,depth,normals,edge,saliency")


def make_batch(task, count=5, size=(12, 16)):
    """Random labels, one image of which has none, and raw predictions."""
    rng = np.random.default_rng(0)
    raw = rng.normal(size=(count, *size, task.channels)).astype("float32")
    if task.label_channels is None:
        labels = rng.integers(0, task.channels, (count, *size))
    elif task.label_channels == 3:
        labels = rng.normal(size=raw.shape)
    elif task.name == "depth":
        labels, raw = rng.uniform(1, 5, raw.shape), np.abs(raw) + 1
    else:
        labels = rng.random(raw.shape) < 0.2
    labels = labels.astype(task.label_dtype)
    labels[:, :2] = task.ignore
    labels[1] = task.ignore
    return labels, raw


def result_of(metric):
    return {
        key: float(value)
        for key, value in metric.result().items()
        if key != "ods_threshold"  # never 0
    }


def near(expected, **kwargs):
    return pytest.approx(expected, rel=1e-5, abs=1e-6, **kwargs)


def test_segmentation_by_hand():
    labels = np.array([[[0, 0, 1, 255, 7]]])
    raw = np.eye(4)[[0, 1, 1, 2, 3]][None, None]
    for absent, miou in (("zero", 1 / 4), ("skip", 1 / 2)):
        metric = metrics.SegmentationMetrics(4, absent=absent)
        metric.update_state(labels, raw)
        # Class 0: 1 of 2; class 1: 1 of 2; 2 and 3 only where not labelled.
        assert result_of(metric) == near(
            {"mIoU": miou, "pixel_accuracy": 2 / 3}
        )


def test_classes_that_no_label_has_can_be_left_out():
    # Labels have classes 0 and 1, predictions 0 and 2; 3 is nowhere.
    labels = np.array([[[0, 0, 1, 1]]])
    raw = np.eye(4)[[[[0, 2, 0, 0]]]]
    # By hand: class 0 hits 1 of 4, class 1 none of 2, class 2 none of 1.
    for absent, classes in (("zero", 4), ("skip", 3), ("skip_unlabelled", 2)):
        metric = metrics.SegmentationMetrics(4, absent=absent)
        metric.update_state(labels, raw)
        assert result_of(metric)["mIoU"] == near(0.25 / classes)


def test_depth_by_hand():
    metric = metrics.DepthMetrics()
    labels = np.array([2.0, 4.0, 0.0, np.nan, 1.0]).reshape(1, 1, 5, 1)
    raw = np.array([2.2, 2.0, 9.0, 9.0, 1.5]).reshape(1, 1, 5, 1)
    metric.update_state(labels, raw)
    assert result_of(metric) == near(
        {
            "rmse": np.sqrt((0.2**2 + 2**2 + 0.5**2) / 3),
            "log_rmse": np.sqrt(
                (np.log(1.1) ** 2 + np.log(2) ** 2 + np.log(1.5) ** 2) / 3
            ),
            "abs_err": 2.7 / 3,
            "rel_err": (0.1 + 0.5 + 0.5) / 3,
            "delta_1": 1 / 3,
            "delta_2": 2 / 3,
            "delta_3": 2 / 3,
        }
    )


def test_depth_scaled_by_the_medians_of_each_image():
    metric = metrics.DepthMetrics(scaled=True)
    # Twice too far; unknown pixels, here the last two, don't count.
    labels = np.array([[2.0, 4.0, 1.0, 0.0, np.nan], [1.0, 2.0, 0, 0, 0]])
    raw = np.array([[4.0, 8.0, 3.0, 0.1, 99.0], [2.0, 2.0, 7, 7, 7]])
    for row in (0, 1):  # One batch or several, it is the same.
        metric.update_state(
            labels[row].reshape(1, 1, 5, 1), raw[row].reshape(1, 1, 5, 1)
        )
    # Scales 2 / 4 and 1.5 / 2; of the first image the third pixel is 1.5 for
    # 1, of the second both are 1.5, for 1 and 2.
    expected = (0.5 + 0.5 + 0.25) / 5
    assert result_of(metric)["scaled_rel_err"] == near(expected)
    together = metrics.DepthMetrics(scaled=True)
    together.update_state(labels.reshape(2, 1, 5, 1), raw.reshape(2, 1, 5, 1))
    assert result_of(together) == near(result_of(metric))
    nothing = metrics.DepthMetrics(scaled=True)
    nothing.update_state(np.zeros((1, 1, 2, 1)), np.ones((1, 1, 2, 1)))
    assert result_of(nothing)["scaled_rel_err"] == 0


def test_depth_that_is_not_above_zero():
    metric = metrics.DepthMetrics()
    metric.update_state(np.ones((1, 1, 1, 1)), -np.ones((1, 1, 1, 1)))
    result = result_of(metric)
    assert result["log_rmse"] == near(9 * np.log(10))
    assert result["rmse"] == near(1.0)
    assert result["delta_3"] == 0


def test_normals_by_hand():
    angles = np.radians([0, 10, 20, 40, 180])
    raw = np.stack([np.sin(angles), 0 * angles, -3 * np.cos(angles)], -1)
    raw[:, 0] *= 3
    labels = np.tile([0.0, 0.0, -1.0], (6, 1))
    labels[5] = 0
    raw = np.concatenate([raw, np.ones((1, 3))])
    metric = metrics.NormalsMetrics()
    metric.update_state(labels[None, None], raw[None, None])
    result = result_of(metric)
    assert result.pop("median") == pytest.approx(20, abs=1e-3)
    assert result == pytest.approx(
        {
            "mean": 50,
            "rmse": np.sqrt((10**2 + 20**2 + 40**2 + 180**2) / 5),
            "within_11.25": 2 / 5,
            "within_22.5": 3 / 5,
            "within_30": 3 / 5,
        },
        rel=1e-5,
    )


@pytest.mark.parametrize("count", [1, 2, 500, 501])
def test_median_is_within_its_bound(count):
    rng = np.random.default_rng(count)
    raw = rng.normal(size=(1, 1, count, 3))
    labels = rng.normal(size=raw.shape)
    cosine = (raw * labels).sum(-1)
    cosine /= np.linalg.norm(raw, axis=-1) * np.linalg.norm(labels, axis=-1)
    metric = metrics.NormalsMetrics()
    metric.update_state(labels, raw)
    expected = np.median(np.degrees(np.arccos(cosine)))
    assert result_of(metric)["median"] == pytest.approx(expected, abs=1.1e-3)


def test_small_angles_keep_their_accuracy():
    metric = metrics.NormalsMetrics()
    metric.update_state([[[[0, 0, -1]]]], [[[[1e-5, 0, -1.0]]]])
    expected = np.degrees(1e-5)
    assert result_of(metric)["mean"] == pytest.approx(expected, rel=1e-3)


def test_saliency_by_hand():
    # Two images with labels, one without any.
    labels = np.array([[1, 1, 0, 0], [0, 0, 0, 255], [255] * 4])
    p = np.array([[0.95, 0.5, 0.6, 0.1], [0.01, 0.02, 0.03, 0.99], [0.9] * 4])
    raw = np.log(p / (1 - p))
    metric = metrics.SaliencyMetrics()
    metric.update_state(labels.reshape(3, 1, 4, 1), raw.reshape(3, 1, 4, 1))
    # Image 1: 2 of 3 below 0.5, 1 of 3 below 0.6, 1 of 2 above. Image 2: 1.
    assert result_of(metric)["mIoU"] == near((2 / 3 + 1) / 2)
    # The empty image has precision and recall 0.
    precision, recall = (2 / 3) / 2, 1 / 2
    assert result_of(metric)["maxF"] == near(
        2 * precision * recall / (precision + recall)
    )


def test_edges_by_hand():
    labels = np.array([1, 0, 0, 1, 255]).reshape(1, 1, 5, 1)
    p = np.array([0.9, 0.8, 0.1, 0.505, 0.99])
    metric = metrics.EdgeMetrics()
    metric.update_state(labels, np.log(p / (1 - p)).reshape(1, 1, 5, 1))
    assert result_of(metric) == near(
        {"pixel_maxF": 0.8, "pixel_precision": 2 / 3, "pixel_recall": 1.0}
    )


@pytest.mark.parametrize("protocol", metrics.PROTOCOLS)
@pytest.mark.parametrize("task", ALL_TASKS, ids=lambda task: task.name)
def test_batching_does_not_matter(task, protocol):
    labels, raw = make_batch(task)
    results = []
    for size in (1, 2, 5):
        batches = [
            ({task.name: labels[i : i + size]}, {task.name: raw[i : i + size]})
            for i in range(0, 5, size)
        ]
        results.append(metrics.evaluate([task], batches, protocol)[task.name])
    assert results[0] == near(results[1])
    assert results[0] == near(results[2])
    assert task.primary_metric in results[0]
    json.dumps(results)


@pytest.mark.parametrize("task", ALL_TASKS, ids=lambda task: task.name)
def test_nothing_labelled_and_reset(task):
    labels, raw = make_batch(task)
    empty = np.stack([task.empty_label(labels.shape[1:3])] * len(labels))
    for metric in (task.make_metric(), task.make_evaluation_metric()):
        metric.update_state(empty, raw)
        assert not any(result_of(metric).values())
        metric.update_state(labels, raw)
        assert any(result_of(metric).values())
        metric.reset_state()
        assert not any(result_of(metric).values())
    assert metrics.evaluate([task], [({task.name: empty}, {})]) == {}


@pytest.mark.parametrize("task", ALL_TASKS, ids=lambda task: task.name)
def test_compiled_is_the_same(task):
    labels, raw = make_batch(task)
    eager = task.make_metric()
    eager.update_state(labels, raw)
    metric = task.make_metric()
    backend = keras.backend.backend()
    if backend == "tensorflow":
        import tensorflow as tf

        step = tf.function(metric.update_state, jit_compile=True)
        step(tf.constant(labels), tf.constant(raw))
        result = {k: float(v) for k, v in tf.function(metric.result)().items()}
    elif backend == "jax":
        import jax

        state = jax.jit(metric.stateless_update_state)(
            metric.stateless_reset_state(), labels, raw
        )
        result = jax.jit(metric.stateless_result)(state)
        result = {key: float(value) for key, value in result.items()}
    else:
        metric.update_state(labels, raw)
        result = result_of(metric)
    assert result == near(result_of(eager))


@pytest.mark.parametrize("task", ALL_TASKS, ids=lambda task: task.name)
def test_metrics_serialise(task):
    metric = task.make_metric("mtan")
    config = keras.saving.serialize_keras_object(metric)
    copy = keras.saving.deserialize_keras_object(json.loads(json.dumps(config)))
    assert type(copy) is type(metric)
    assert copy.get_config() == metric.get_config()


class Counter(metrics.StreamingMetric):
    def __init__(self):
        super().__init__(name="counter")
        self.sum = self.add_sum("sum")

    def update_state(self, value):
        self.sum.add(value)

    def result(self):
        # What is above 2**30, which float32 can't tell from 0 at that size.
        return {"rest": (self.sum._high - 2.0**30) + self.sum._low}


def test_a_billion_pixels_are_counted_exactly():
    counter = Counter()
    backend = keras.backend.backend()
    steps = [2.0**30] + [1.0] * 999
    if backend == "tensorflow":
        import tensorflow as tf

        step = tf.function(counter.update_state, jit_compile=True)
        for value in steps:
            step(tf.constant(value))
    elif backend == "jax":
        import jax

        step = jax.jit(counter.stateless_update_state)
        state = counter.stateless_reset_state()
        for value in steps:
            state = step(state, value)
        for variable, value in zip(counter.variables, state, strict=True):
            variable.assign(value)
    else:
        for value in steps:
            counter.update_state(value)
    assert result_of(counter) == {"rest": 999}


@pytest.mark.parametrize("task", ALL_TASKS, ids=lambda task: task.name)
def test_weights_are_refused(task):
    labels, raw = make_batch(task)
    metric = task.make_metric()
    with pytest.raises(ValueError, match="sample_weight.*ignored in the lab"):
        metric.update_state(labels, raw, sample_weight=np.ones(len(labels)))
    assert set(result_of(metric).values()) == {0}
    metric.update_state(labels, raw, sample_weight=None)
    assert set(result_of(metric).values()) != {0}


def test_wrong_arguments():
    with pytest.raises(ValueError, match="survey, mtan"):
        tasks.Depth().make_metric("nyu")
    with pytest.raises(ValueError, match="zero, skip"):
        metrics.SegmentationMetrics(3, absent="nan")
    with pytest.raises(ValueError, match=r"\(1, 4, 4, 1\)"):
        metrics.DepthMetrics().update_state(
            np.ones((1, 2, 2, 1)), np.ones((1, 4, 4, 1))
        )
