"""Measuring a model beside the predictor that never looks at the image."""

import concurrent.futures
import contextlib
import multiprocessing
import os

import keras
import numpy as np
from keras.utils import Progbar

import mtl_zoo
from mtl_zoo.evaluation import WorkingSizePredictor
from training import settings


def report(
    config,
    model,
    baseline=None,
    predict=None,
    constant=True,
    num_examples=None,
):
    """Measure a model on a split, as the flags say.

    Args:
        config: `absl.flags.FlagValues` with those that say which data is read,
            `split` and `protocol`.
        model: `mtl_zoo.models.MultiTaskModel`.
        baseline: Dict of single-task results, for Δm. Defaults to `None`.
        predict: As `evaluate`. Defaults to the model's own.
        constant: Boolean, whether the constant predictor is measured, too.
            Defaults to `True`.
        num_examples: Integer, the first so many images of the split. Defaults
            to all.

    Returns:
        A dict of what was measured on, `"metrics"`, `"constant_predictor"`,
        and `"delta_m"` where there is a baseline.

    Raises:
        ValueError: If the data has no labels of the model's tasks, or the
            baseline lacks a task.
    """
    image_size = settings.parse_size(config.image_size)
    sizes = mtl_zoo.datasets.get_sizes(config.dataset)
    if sizes == "any" and image_size is None:
        image_size = model.working_size
    tasks, unlabelled = labelled_tasks(config, model)
    if baseline:
        settings.check_baseline(baseline, tasks)

    def load(split, num_examples=None):
        arguments = {
            "tasks": tasks,
            "data_dir": config.data_dir,
            "image_size": image_size,
            "num_examples": num_examples,
        }
        if image_size is None and sizes == "many":
            return OneByOne(
                mtl_zoo.datasets.load_source(config.dataset, split, **arguments)
            )
        return mtl_zoo.datasets.load(
            config.dataset,
            split,
            batch_size=config.batch_size,
            shuffle=False,
            **arguments,
            # Depth as the model gives it, where the camera is known.
            field_of_view=(
                model.field_of_view
                if mtl_zoo.datasets.tells_cameras(config.dataset)
                else None
            ),
        )

    def measured():
        return load(config.split, num_examples)

    # First what takes little: a mistake in the data shows early.
    splits = mtl_zoo.datasets.list_splits(config.dataset, config.data_dir)
    by_constant = {}
    if constant and "train" in splits:
        by_constant = evaluate_constant(
            tasks, load("train"), measured(), config.protocol
        )
    predict = predict or model.predict_on_batch
    if image_size is None:
        predict = WorkingSizePredictor(model, predict)
    else:
        predict = corrected(model, predict, image_size)
    result = {
        "dataset": config.dataset,
        "split": config.split,
        "protocol": config.protocol,
        "image_size": image_size and list(image_size),
        "working_size": model.working_size and list(model.working_size),
        **({"num_examples": num_examples} if num_examples else {}),
        **({"tasks_without_labels": unlabelled} if unlabelled else {}),
        "metrics": evaluate(model, measured(), config.protocol, predict),
        "constant_predictor": by_constant,
    }
    if baseline:
        result["delta_m"] = mtl_zoo.metrics.delta_m(
            result["metrics"], baseline, tasks
        )
    return result


def corrected(model, predict, image_size):
    """Predictions for the model's camera, at another size than its own.

    A smaller image looks to the network as one taken from farther away, see
    `predict_image`.

    Args:
        model: `mtl_zoo.models.MultiTaskModel`.
        predict: Callable from images to raw predictions.
        image_size: Pair `(height, width)` of the images.

    Returns:
        Such a callable.
    """
    if model.field_of_view is None or image_size[1] == model.working_size[1]:
        return predict
    nearness = image_size[1] / model.working_size[1]

    def at_this_size(images):
        predicted = predict(images)
        maps = {}
        for task in model.tasks:
            vectors = task.raw_to_vectors(predicted[task.name])
            vectors = keras.ops.convert_to_numpy(vectors)
            maps[task.name] = task.from_mean(task.zoom(vectors, 1 / nearness))
        return maps

    return at_this_size


def labelled_tasks(config, model):
    """The model's tasks that the data set has labels of.

    Args:
        config: `absl.flags.FlagValues`.
        model: `mtl_zoo.models.MultiTaskModel`.

    Returns:
        A pair: list of `mtl_zoo.tasks.Task`, and the names of the others.

    Raises:
        ValueError: If there are none.
    """
    known = settings.get_tasks(config, None)
    names = [task.name for task in known]
    tasks = [task for task in model.tasks if task.name in names]
    if not tasks:
        raise ValueError(
            f"--dataset={config.dataset} has labels of {', '.join(names)}; the "
            f"preset predicts {', '.join(task.name for task in model.tasks)}."
        )
    return tasks, [t.name for t in model.tasks if t.name not in names]


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
