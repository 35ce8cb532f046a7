"""Does a converted file say what the Keras model says?

`verify` is for float32, where the numbers themselves must agree; `measure` for
what is coarser, in numbers of the tasks: how much worse than the model is the
file, and by how much do the two differ?
"""

import keras
import numpy as np

from mtl_zoo.export.images import example_images
from mtl_zoo.export.images import fit_images
from mtl_zoo.export.images import labelled_rooms
from mtl_zoo.export.preparation import normalizes

# What float32 files may differ by: a share of each output's range.
TOLERANCE = 1e-4
# Where two classes tie, rounding decides: share of pixels that it may.
TIES = 1e-3

# By how many percent a task may be worse than the model, by precision.
MAX_DROP = {"float16": 1.0, "dynamic": 5.0, "int8": 5.0}

# Sizes at which a file for any size is run; one that no stride divides.
ANY_SIZES = ((96, 128), (65, 97), (160, 64))


def verify(
    model,
    run,
    images,
    tolerance=TOLERANCE,
    where="The file",
    tasks=None,
    decode=False,
):
    """Compare what a converted file gives with the Keras model, by name.

    Args:
        model: `mtl_zoo.models.MultiTaskModel`.
        run: Callable, float32 images `(batch, height, width, 3)` → dict task
            name → array `(batch, height, width, channels)`, or decoded maps.
        images: List of such images.
        tolerance: Float. The largest difference that is allowed, as a share
            of the range (largest minus smallest value) of the model's output
            for the same images. Of decoded classes a thousandth of the pixels
            may differ. Defaults to `1e-4`.
        where: String, how the error calls the file.
        tasks: List of `mtl_zoo.tasks.Task` that the file gives. Defaults to
            `None`, all of the model.
        decode: Boolean, whether the file gives decoded maps. Defaults to
            `False`.

    Returns:
        A dict task name → largest difference, as a share of the range (of
        decoded classes: of the pixels).

    Raises:
        ValueError: If names, their order or shapes are not those of the
            model, values are not finite, or a difference is too large.

    Example:

    ```python
    verify(model, model.predict, images)  # zeros
    ```
    """
    tasks = model.tasks if tasks is None else tasks
    names = [task.name for task in tasks]
    deviations = dict.fromkeys(names, 0.0)
    for image in images:
        expected = _predict(model, image, tasks, decode)
        actual = run(image)
        if list(actual) != names:
            raise ValueError(
                f"{where} gives {list(actual)}; the tasks are {names}."
            )
        for name in names:
            reference = expected[name]
            deviation = _deviation(reference, actual[name])
            allowed = tolerance if reference.dtype.kind == "f" else TIES
            if not deviation <= allowed:
                raise ValueError(
                    f"{where} does not agree with the Keras model: task "
                    f"{name!r} differs by {deviation:.3g} of its range for "
                    f"an image of {image.shape[1]}×{image.shape[2]}; allowed "
                    f"is {allowed:g}. Nothing was written."
                    + _blame(model, image, tasks, decode, name, allowed)
                )
            deviations[name] = max(deviations[name], deviation)
    return deviations


def _predict(model, image, tasks, decode):
    raw = model(image, training=False)
    outputs = {task.name: raw[task.name] for task in tasks}
    if decode:
        outputs = {task.name: task.decode(outputs[task.name]) for task in tasks}
    return {k: keras.ops.convert_to_numpy(v) for k, v in outputs.items()}


def _deviation(expected, actual):
    """Largest difference by range; infinite where they can't be compared."""
    if expected.shape != actual.shape or not np.isfinite(actual).all():
        return np.inf
    if expected.dtype.kind != "f":
        return float((expected != actual).mean())
    difference = np.abs(expected - actual).max()
    # A constant output has no range: then the value itself is the measure.
    scale = np.ptp(expected) or np.abs(expected).max() or 1.0
    return float(difference / scale)


def _blame(model, image, tasks, decode, name, tolerance):
    """A hint, where it is the model that is at its wits' end, not the file.

    The features of an untrained network grow from layer to layer; the
    rounding of float32 alone then changes what it predicts.
    """
    reference = _predict(model, image, tasks, decode)[name]
    moved = _predict(model, image * np.float32(1 + 1e-6), tasks, decode)[name]
    own = _deviation(reference, moved)
    if own <= tolerance / 2:
        return ""
    return (
        f" The model itself differs by {own:.3g} when the image changes by a "
        "millionth, as untrained ones do: no file can agree with it."
    )


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
    from mtl_zoo.metrics import evaluate

    tasks = model.tasks if tasks is None else tasks
    labels = labels or {}
    of_model, of_file = [], []
    for image in images:
        raw = model.predict_on_batch(image[None])
        of_model.append({t.name: np.asarray(raw[t.name]) for t in tasks})
        outputs = run(image[None])
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
        entry = _agreement(task, of_model, of_file)
        if task.name in results["model"]:
            against = {who: results[who][task.name] for who in results}
            entry["against_labels"] = against
            entry["primary_metric"] = task.primary_metric
            entry["drop"] = _drop(task, **against)
        comparison[task.name] = entry
    return comparison


def _as_raw(task, decoded):
    """The raw prediction that says what a decoded map says."""
    from mtl_zoo.losses.labels import to_maps

    vectors = keras.ops.convert_to_numpy(task.to_vectors(to_maps(decoded)))
    return np.asarray(task.from_mean(vectors), "float32")


def _agreement(task, of_model, of_file):
    metric = task.make_metric()
    differing, low, high, deviation = [], np.inf, -np.inf, 0.0
    for reference, actual in zip(of_model, of_file, strict=True):
        reference, actual = reference[task.name], actual[task.name]
        deviation = max(deviation, _deviation(reference, actual))
        expected, found = (
            keras.ops.convert_to_numpy(task.decode(raw))
            for raw in (reference, actual)
        )
        if expected.dtype.kind == "f":
            differing.append(np.abs(expected - found).mean())
            low, high = min(low, expected.min()), max(high, expected.max())
            # Probabilities become what a label says: yes or no.
            expected = expected.round() if task.ignore == 255 else expected
        else:
            differing.append((expected != found).mean())
            low, high = 0.0, 1.0
        metric.update_state(expected, actual)
    return {
        "deviation": deviation,
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


class Proof:
    """How a file is compared with its model, and what it is held to.

    float32 files by their numbers, others by the tasks' metrics.

    Args:
        model: `mtl_zoo.models.MultiTaskModel`.
        tasks: List of `mtl_zoo.tasks.Task` that the file gives.
        image_size: Pair `(height, width)`, or `None` for any.
        precision: String, the file's.
        decode: Boolean, whether the file gives decoded maps.
        images: Sequence of uint8 arrays to compare on, or `None` for rooms,
            which have labels.
        num_images: Integer, how many rooms.
        max_drop: Float, percent, or `None` for that of the precision.
        where: String, how errors call the file.

    Raises:
        ValueError: If `max_drop` or `num_images` is out of range.

    Example:

    ```python
    proof = Proof(model, model.tasks, (96, 128), "int8", max_drop=2.0)
    comparison = proof.compare(TFLiteRunner(content))
    proof.check(comparison)
    ```
    """

    def __init__(
        self,
        model,
        tasks,
        image_size,
        precision,
        decode=False,
        images=None,
        num_images=32,
        max_drop=None,
        where="The file",
    ):
        if max_drop is not None and not 0 <= max_drop < float("inf"):
            raise ValueError(
                f"max_drop is in percent, at least 0; received {max_drop!r}."
            )
        if num_images < 1:
            raise ValueError(
                f"num_images is at least 1; received {num_images!r}."
            )
        self._model, self._tasks, self._where = model, tasks, where
        self._size, self._decode = image_size, decode
        self._images, self._count = images, num_images
        self._strict = precision == "float32"
        if max_drop is None and not self._strict:
            max_drop = MAX_DROP[precision]
        self._max_drop = max_drop

    @property
    def terms(self):
        """Dict of what the comparison was made on, for the report."""
        if self._strict:
            return {"tolerance": TOLERANCE}
        given = self._images is not None
        return {
            "max_drop": self._max_drop,
            "compared_on": "images given" if given else "rooms, split test",
            "num_images": len(self._images) if given else self._count,
        }

    def compare(self, run):
        """Run a file on images.

        Args:
            run: Callable as for `verify`.

        Returns:
            A dict task name → dict with `"deviation"`, the largest difference
            from the model as a share of the range, and, except for float32,
            what `measure` gives.

        Raises:
            ValueError: If a float32 file does not agree with the model.
        """
        normalized = normalizes(self._model)
        if not self._strict:
            images, labels = self._images, None
            size = self._size or ANY_SIZES[0]
            if images is None:
                images, labels = known_labels(self._tasks, size, self._count)
            images = fit_images(images, size, normalized)
            return measure(
                self._model, run, images, labels, self._tasks, self._decode
            )
        if self._size:
            images = example_images(self._size, normalized)
            images = [image[None] for image in images]
        else:
            images = [example_images(size, normalized) for size in ANY_SIZES]
        deviations = verify(
            self._model,
            run,
            images,
            where=self._where,
            tasks=self._tasks,
            decode=self._decode,
        )
        return {name: {"deviation": d} for name, d in deviations.items()}

    def holds(self, comparison):
        """Whether `check` would pass."""
        return self._strict or all(
            _worst(entry) <= self._max_drop for entry in comparison.values()
        )

    def check(self, comparison):
        """Raise if a file is too much worse than the model.

        Where there are labels, the primary metric may be worse by `max_drop`
        percent; where there are none, file and model may disagree by that
        much.

        Args:
            comparison: Dict that `compare` gave.

        Raises:
            ValueError: Naming the task that misses the bound.
        """
        if self.holds(comparison):
            return
        name = max(comparison, key=lambda name: _worst(comparison[name]))
        entry = comparison[name]
        how = "is worse" if "drop" in entry else "differs"
        raise ValueError(
            f"{self._where} is too far from the Keras model: task {name!r} "
            f"{how} by {_worst(entry):.2f} %; allowed are "
            f"{self._max_drop:g} % (max_drop). Nothing was written."
        )


def _worst(entry):
    worst = entry.get("drop", entry["disagreement"])
    return worst if np.isfinite(worst) else np.inf


def known_labels(tasks, image_size, count):
    """Rooms, and those of their labels that the tasks are about.

    Args:
        tasks: List of `mtl_zoo.tasks.Task`.
        image_size: Pair `(height, width)`.
        count: Integer.

    Returns:
        Pair of a uint8 array `(count, height, width, 3)` and a dict task name
        → labels; without those of classes that are not the rooms'.

    Example:

    ```python
    images, labels = known_labels(model.tasks, (96, 128), 16)
    ```
    """
    from mtl_zoo.datasets.rooms import CLASS_NAMES

    images, labels = labelled_rooms(tuple(image_size), count)
    fitting = [
        task.name
        for task in tasks
        if task.name in labels
        and (task.colors is None or task.class_names == tuple(CLASS_NAMES))
    ]
    return images, {name: labels[name] for name in fitting}
