"""How much worse than the model is a coarser file, by the tasks' metrics?"""

import keras
import numpy as np

from mtl_zoo.evaluation import evaluate
from mtl_zoo.export.agreement import deviation_of
from mtl_zoo.utils.label_maps import to_maps


def measure(model, run, images, labels=None, tasks=None, decode=False):
    """Compare a file with the model in numbers of the tasks.

    Args:
        model: `mtl_zoo.models.MultiTaskModel`.
        run: Callable as for `verify`, of one image at a time.
        images: Float32 array `(count, height, width, 3)`.
        labels: Dict task name → labels of the images, of all tasks or some.
            Defaults to `None`, none are known.
        tasks: List of `mtl_zoo.tasks.Task` that the file gives. Defaults to
            `None`, all of the model.
        decode: Boolean, whether the file gives decoded maps. Defaults to
            `False`.

    Returns:
        A dict task name → dict of

        - `"deviation"`: the largest difference as a share of the range, as
          `verify` gives it;
        - `"disagreement"`: in percent, how many pixels have another class than
          the model says; of other tasks the mean difference as a share of the
          range of what the model says;
        - `"against_model"`: the task's metrics, with what the model says as
          the labels;
        - and with labels `"against_labels"`, the metrics of `"model"` and
          `"file"`, and `"drop"`: by how many percent the file's
          `"primary_metric"` is worse than the model's; negative where it is
          better.

    Example:

    ```python
    images, labels = labelled_rooms((96, 128), 16)
    measure(model, run, images, labels)["depth"]["drop"]  # 0.4
    ```
    """
    tasks = model.tasks if tasks is None else tasks
    labels = labels or {}
    of_model, of_file = [], []
    deviations = dict.fromkeys((task.name for task in tasks), 0.0)
    for image in images:
        raw = model.predict_on_batch(image[None])
        raw = {task.name: np.asarray(raw[task.name]) for task in tasks}
        of_model.append(raw)
        outputs = run(image[None])
        for task in tasks:
            expected = raw[task.name]
            if decode:
                expected = keras.ops.convert_to_numpy(task.decode(expected))
            deviation = deviation_of(expected, outputs[task.name])
            deviations[task.name] = max(deviations[task.name], deviation)
        if decode:
            outputs = {t.name: _as_raw(t, outputs[t.name]) for t in tasks}
        of_file.append(outputs)
    batches = [
        {name: label[i : i + 1] for name, label in labels.items()}
        for i in range(len(images))
    ]
    results = {
        who: evaluate(tasks, zip(batches, raw, strict=True))
        for who, raw in (("model", of_model), ("file", of_file))
    }
    comparison = {}
    for task in tasks:
        entry = {"deviation": deviations[task.name]}
        entry |= _disagreement(task, of_model, of_file)
        if task.name in results["model"]:
            against = {who: results[who][task.name] for who in results}
            entry["against_labels"] = against
            entry["primary_metric"] = task.primary_metric
            entry["drop"] = _drop(task, **against)
        comparison[task.name] = entry
    return comparison


def _as_raw(task, decoded):
    """The raw prediction that says what a decoded map says."""
    vectors = keras.ops.convert_to_numpy(task.to_vectors(to_maps(decoded)))
    return np.asarray(task.from_mean(vectors), "float32")


def _disagreement(task, of_model, of_file):
    metric = task.make_metric()
    differing, low, high = [], np.inf, -np.inf
    for reference, actual in zip(of_model, of_file, strict=True):
        reference, actual = reference[task.name], actual[task.name]
        expected, found = (
            keras.ops.convert_to_numpy(task.decode(raw))
            for raw in (reference, actual)
        )
        if expected.dtype.kind == "f":
            differing.append(np.abs(expected - found).mean())
            low, high = min(low, expected.min()), max(high, expected.max())
            expected = task.to_label(expected)
        else:
            differing.append((expected != found).mean())
            low, high = 0.0, 1.0
        metric.update_state(expected, actual)
    return {
        "disagreement": float(100 * np.mean(differing) / max(high - low, 1e-9)),
        "against_model": {k: float(v) for k, v in metric.result().items()},
    }


def _drop(task, model, file):
    """By how many percent the file is worse in the primary metric."""
    before, after = (m[task.primary_metric] for m in (model, file))
    worse = after - before if task.lower_is_better else before - after
    if not worse:
        return 0.0
    return float(100 * worse / before) if before else float("inf")
