"""Measuring a split, and the one number that compares two models.

Δm is Equation 10 of the survey of Vandenhende et al.
(https://arxiv.org/abs/2004.13379), first used in ASTMT
(https://arxiv.org/abs/1904.08918).
"""

import numpy as np
from keras import ops

from mtl_zoo.metrics.boundary import BoundaryMetrics
from mtl_zoo.tasks.registry import BY_NAME
from mtl_zoo.utils.label_maps import to_maps
from mtl_zoo.utils.text import unknown


def evaluate(tasks, batches, protocol="survey", executor=None):
    """Every metric of every task over a split.

    Metrics are streamed: nothing but counts and sums is kept of a batch, and
    the result does not depend on how the split is cut into batches.

    Args:
        tasks: List of `mtl_zoo.tasks.Task`.
        batches: Iterable of pairs of dicts task name → array, `(labels, raw
            predictions)`. A batch may lack labels of any task.
        protocol: String. `"survey"`: in `mIoU` a class that occurs nowhere
            counts 0; `"mtan"`: it is left out; `"present"`: so is one that is
            predicted but in no label. Defaults to `"survey"`.
        executor: `concurrent.futures.Executor` for the metrics that spread
            images over processes, see `mtl_zoo.metrics.BoundaryMetrics`.
            Defaults to `None`.

    Returns:
        A dict task name → dict metric name → float. Shares are 0…1, angles
        degrees, depth metres. Tasks without one labelled pixel are left out.

    Raises:
        ValueError: If the protocol is not known, or a task has labels but no
            prediction.

    Example:

    ```python
    mtl_zoo.metrics.evaluate(
        model.tasks,
        ((labels, model.predict_on_batch(images)) for images, labels in data),
    )
    ```
    """
    metrics = {t.name: t.make_evaluation_metric(protocol) for t in tasks}
    for metric in metrics.values():
        if isinstance(metric, BoundaryMetrics):
            metric.executor = executor
    measured = set()
    for labels, raw in batches:
        for task in tasks:
            name = task.name
            if name not in labels or not _any(task.valid(labels[name])):
                continue
            if name not in raw:
                raise ValueError(
                    f"Task {name!r} has labels but no prediction; there are "
                    f"predictions of {sorted(raw)}."
                )
            metrics[name].update_state(labels[name], raw[name])
            measured.add(name)
    return {
        name: {key: float(value) for key, value in metric.result().items()}
        for name, metric in metrics.items()
        if name in measured
    }


def delta_m(results, single_task_results, tasks=None):
    """How much better a model is than single-task models, in percent.

    The mean over tasks of the relative improvement of one metric each: mIoU
    of classes and saliency, rmse of depth, mean angle of normals, odsF of
    edges. Above 0 is better.

    Args:
        results: Dict task name → dict of metrics, see `evaluate`. The mean is
            over these tasks.
        single_task_results: The same of the single-task models; it may have
            more tasks.
        tasks: List of `mtl_zoo.tasks.Task` that say which metric counts and
            which way, needed for own tasks. Defaults to those of the library.

    Returns:
        A float.

    Raises:
        ValueError: If there are no results, a task or its metric is missing in
            either dict, a baseline is 0, or a task is not known.

    Example:

    ```python
    multi = {"semseg": {"mIoU": 0.362}, "depth": {"rmse": 0.563}}
    single = {"semseg": {"mIoU": 0.345}, "depth": {"rmse": 0.610}}
    mtl_zoo.metrics.delta_m(multi, single)  # 6.3
    ```
    """
    known = {**BY_NAME, **{task.name: task for task in tasks or ()}}
    if not results:
        raise ValueError("Δm needs the results of at least one task.")
    improvements = []
    for name in results:
        if name not in known:
            raise unknown("Task", name, known, "and those given as `tasks`")
        metric = known[name].primary_metric
        new = _find(results, name, metric, "the results")
        old = _find(single_task_results, name, metric, "the baseline")
        if old == 0:
            raise ValueError(
                f"The baseline's {metric} of task {name!r} is 0: there is no "
                "relative improvement on it."
            )
        sign = -1 if known[name].lower_is_better else 1
        improvements.append(sign * (new - old) / old)
    return 100 * sum(improvements) / len(improvements)


def constant_predictor(tasks, batches_of_labels):
    """The best predictor that never looks at the image.

    Everywhere it predicts the most frequent class, the mean depth, the mean
    normal and the share of edge or salient pixels, each over all labelled
    pixels of the batches. A model that is not better has learnt nothing.

    Args:
        tasks: List of `mtl_zoo.tasks.Task`.
        batches_of_labels: Iterable of dicts task name → labels. A batch may
            lack labels of any task.

    Returns:
        A function that takes a dict of labels, of which it uses the shapes
        alone, and gives a dict of raw predictions `(batch, height, width,
        channels)`. Tasks without one labelled pixel in `batches_of_labels`
        are left out.

    Example:

    ```python
    predict = mtl_zoo.metrics.constant_predictor(tasks, [train_labels])
    mtl_zoo.metrics.evaluate(tasks, [(test_labels, predict(test_labels))])
    ```
    """
    sums = {task.name: 0.0 for task in tasks}
    counts = {task.name: 0 for task in tasks}
    for labels in batches_of_labels:
        for task in tasks:
            if task.name not in labels:
                continue
            maps = to_maps(labels[task.name])
            known = ops.convert_to_numpy(task.known(maps))[..., 0]
            vectors = ops.convert_to_numpy(task.to_vectors(maps))[known]
            sums[task.name] += vectors.sum(0, "float64")
            counts[task.name] += len(vectors)
    constants = {
        task.name: task.from_mean(sums[task.name] / counts[task.name])
        for task in tasks
        if counts[task.name]
    }

    def predict(labels):
        return {
            name: np.broadcast_to(
                np.asarray(constant, "float32"),
                (*np.shape(labels[name])[:3], len(constant)),
            )
            for name, constant in constants.items()
            if name in labels
        }

    return predict


def _any(mask):
    return bool(ops.any(mask))


def _find(results, name, metric, where):
    if name not in results:
        raise ValueError(
            f"Task {name!r} is missing in {where}, which has {sorted(results)}."
        )
    if metric not in results[name]:
        raise ValueError(
            f"Metric {metric!r} of task {name!r} is missing in {where}, which "
            f"has {sorted(results[name])}."
        )
    return results[name][metric]
