"""Measuring a model beside the predictor that never looks at the image."""

import concurrent.futures
import contextlib
import multiprocessing
import os

import numpy as np
from keras.utils import Progbar

import mtl_zoo


def evaluate(model, data, protocol="survey", predict=None):
    """Every metric of a model over a data set.

    Args:
        model: `mtl_zoo.models.MultiTaskModel`.
        data: Batches of `(images, labels)`, with a length.
        protocol: String, see `mtl_zoo.metrics.evaluate`.
        predict: Callable from images to raw predictions, such as
            `mtl_zoo.evaluation.AveragedPredictor`. Defaults to the model's own.

    Returns:
        A dict task name → dict of metrics.
    """
    predict = predict or model.predict_on_batch

    def batches():
        progress = Progbar(len(data), unit_name="batch")
        for images, labels in _as_arrays(data):
            yield labels, predict(images)
            progress.add(1)

    with _processes(model.tasks, len(data)) as executor:
        return mtl_zoo.metrics.evaluate(
            model.tasks, batches(), protocol, executor
        )


class OneByOne:
    """The images of a source, each at its own size, as batches of one.

    Args:
        source: Sequence of samples, see `mtl_zoo.datasets.load_source`.

    Example:

    ```python
    data = OneByOne(mtl_zoo.datasets.load_source("folder", "test", "my_data"))
    evaluate(model, data)
    ```
    """

    def __init__(self, source):
        self._source = source

    def __len__(self):
        return len(self._source)

    def __iter__(self):
        for sample in map(self._source.__getitem__, range(len(self))):
            batch = {key: value[None] for key, value in sample.items()}
            yield batch.pop("image"), batch


def _processes(tasks, num_batches):
    """Processes that match boundaries, where there are images for them."""
    count = min(os.cpu_count() or 1, num_batches // 8)
    if count < 2 or not any(
        isinstance(t.make_evaluation_metric(), mtl_zoo.metrics.BoundaryMetrics)
        for t in tasks
    ):
        return contextlib.nullcontext()
    # What runs in this process, such as TensorFlow, does not survive a fork.
    return concurrent.futures.ProcessPoolExecutor(
        count, mp_context=multiprocessing.get_context("spawn")
    )


def evaluate_constant(tasks, train, data, protocol="survey"):
    """Every metric of the best predictor that never looks at the image.

    Args:
        tasks: List of `mtl_zoo.tasks.Task`.
        train: Batches of `(images, labels)` that it is fitted on.
        data: Batches of `(images, labels)` that it is measured on.
        protocol: String, see `mtl_zoo.metrics.evaluate`.

    Returns:
        A dict task name → dict of metrics, of the tasks that `train` has labels
        of.
    """
    predict = mtl_zoo.metrics.constant_predictor(
        tasks, (labels for _, labels in _as_arrays(train))
    )

    def batches():
        for _, labels in _as_arrays(data):
            raw = predict(labels)
            yield {name: labels[name] for name in raw}, raw

    return mtl_zoo.metrics.evaluate(tasks, batches(), protocol)


def _as_arrays(data):
    """The batches as NumPy arrays: JAX and PyTorch take no TensorFlow's."""
    for images, labels in data:
        yield (
            np.asarray(images),
            {name: np.asarray(label) for name, label in labels.items()},
        )


def as_table(report):
    """The report as lines of text, the model beside the constant predictor."""
    lines = [f"{'task':12}{'metric':18}{'model':>10}{'constant':>10}"]
    for task, name, value, constant in _rows(report):
        lines.append(f"{task:12}{name:18}{value:10.4f}{constant:10.4f}")
    if "delta_m" in report:
        lines.append(f"Δm against single tasks: {report['delta_m']:+.2f} %")
    return "\n".join(lines)


def as_markdown(report):
    """The report as Markdown.

    Args:
        report: Dict with `"metrics"` and `"constant_predictor"`, optionally
            `"delta_m"`; what else is in it is stated first.

    Returns:
        A string.
    """
    results = ("metrics", "constant_predictor", "delta_m")
    lines = ["# Evaluation", ""]
    lines += [
        f"- {key.replace('_', ' ')}: {value}"
        for key, value in report.items()
        if key not in results
    ]
    lines += [
        "",
        "| task | metric | model | constant predictor |",
        "| --- | --- | --- | --- |",
    ]
    for task, name, value, constant in _rows(report):
        lines.append(f"| {task} | {name} | {value:.4f} | {constant:.4f} |")
    if "delta_m" in report:
        lines += [
            "",
            f"Δm against single tasks: {report['delta_m']:+.2f} %",
        ]
    return "\n".join(lines) + "\n"


def _rows(report):
    """Task, metric, value, and that of the constant predictor or nan."""
    for task, metrics in report["metrics"].items():
        constant = report["constant_predictor"].get(task, {})
        for name, value in metrics.items():
            yield task, name, value, constant.get(name, float("nan"))
