"""Does a float32 file say what the Keras model says, number by number?"""

import keras
import numpy as np

# What float32 files may differ by: a share of each output's range.
TOLERANCE = 1e-4
# Where two classes tie, rounding decides: share of pixels that it may.
TIES = 1e-3


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
            deviation = deviation_of(reference, actual[name])
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


def deviation_of(expected, actual):
    """The largest difference of two maps of a task.

    Args:
        expected: Array, what the model says.
        actual: Array, what the file says.

    Returns:
        Float, a share of the range of `expected`, of classes the share of
        pixels; infinite where they can't be compared.

    Example:

    ```python
    deviation_of(np.array([0.0, 10.0]), np.array([0.0, 9.0]))  # 0.1
    ```
    """
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
    own = deviation_of(reference, moved)
    if own <= tolerance / 2:
        return ""
    return (
        f" The model itself differs by {own:.3g} when the image changes by a "
        "millionth, as untrained ones do: no file can agree with it."
    )
