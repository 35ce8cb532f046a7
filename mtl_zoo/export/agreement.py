"""Does a float32 file say what the Keras model says, number by number?"""

import keras
import numpy as np

# What float32 files may differ by: a share of each output's range.
TOLERANCE = 1e-4
# Where two classes tie, rounding decides: share of pixels that it may.
TIES = 1e-3

# What an image is multiplied by to see whether a model jumps there: nobody
# knows which way rounding goes in a file.
_FACTORS = (1 - 2e-6, 1 - 1e-6, 1 + 1e-6, 1 + 2e-6)

_JUMPS = (
    " The model itself differs by as much when the image changes by a "
    "millionth, as untrained ones do: no file can agree with it."
)


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

    Images at which the model itself jumps when the image changes by a millionth
    or two are left out if the file differs by no more than thrice that, and
    others agree. Where the two greatest values under a pool that remembers
    places are alike, rounding decides.

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
        Pair of a dict task name → largest difference, as a share of the range
        (of decoded classes: of the pixels), and an integer, how many images
        were left out.

    Raises:
        ValueError: If names, their order or shapes are not those of the
            model, values are not finite, or a difference is too large.

    Example:

    ```python
    deviations, left_out = verify(model, model.predict, images)  # zeros
    ```
    """
    tasks = model.tasks if tasks is None else tasks
    names = [task.name for task in tasks]
    deviations = dict.fromkeys(names, 0.0)
    left_out = 0
    for image in images:
        expected = _predict(model, image, tasks, decode)
        actual = run(image)
        if list(actual) != names:
            raise ValueError(
                f"{where} gives {list(actual)}; the tasks are {names}."
            )
        found = {
            name: deviation_of(expected[name], actual[name]) for name in names
        }
        allowed = {
            name: tolerance if expected[name].dtype.kind == "f" else TIES
            for name in names
        }
        missed = [name for name in names if not found[name] <= allowed[name]]
        if missed:
            own = _own_jumps(model, image, tasks, decode, expected)
            jumps = all(
                own[name] > allowed[name] / 2 and found[name] <= 3 * own[name]
                for name in missed
            )
            if jumps and left_out + 1 < len(images):
                left_out += 1
                continue
            raise ValueError(
                f"{where} does not agree with the Keras model: task "
                f"{missed[0]!r} differs by {found[missed[0]]:.3g} of its range "
                f"for an image of {image.shape[1]}×{image.shape[2]}; allowed "
                f"is {allowed[missed[0]]:g}. Nothing was written."
                + (_JUMPS if jumps else "")
            )
        for name in names:
            deviations[name] = max(deviations[name], found[name])
    return deviations, left_out


def _predict(model, image, tasks, decode):
    raw = model(image, training=False)
    outputs = {task.name: raw[task.name] for task in tasks}
    if decode:
        outputs = {task.name: task.decode(outputs[task.name]) for task in tasks}
    return {k: keras.ops.convert_to_numpy(v) for k, v in outputs.items()}


def _own_jumps(model, image, tasks, decode, expected):
    """By how much the model's own outputs change with the last bits."""
    jumps = dict.fromkeys(expected, 0.0)
    for factor in _FACTORS:
        moved = _predict(model, image * np.float32(factor), tasks, decode)
        for name, reference in expected.items():
            own = deviation_of(reference, moved[name])
            jumps[name] = max(jumps[name], own)
    return jumps


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
