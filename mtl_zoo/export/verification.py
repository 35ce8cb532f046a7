"""Does a converted file say what the Keras model says?"""

import keras
import numpy as np
from PIL import Image

# What float32 files may differ by: a share of each output's range.
TOLERANCE = 1e-4

# Sizes at which a file for any size is run; one that no stride divides.
ANY_SIZES = ((96, 128), (65, 97), (160, 64))

# Larger pictures are rendered smaller and enlarged: rendering takes a second
# per quarter of a megapixel.
_RENDERED_PIXELS = 240 * 320


def verify(model, run, images, tolerance=TOLERANCE, where="The file"):
    """Compare what a converted file gives with the Keras model, by name.

    Args:
        model: `mtl_zoo.models.MultiTaskModel`.
        run: Callable, float32 images `(batch, height, width, 3)` → dict task
            name → array `(batch, height, width, channels)`.
        images: List of such images.
        tolerance: Float. The largest difference that is allowed, as a share
            of the range (largest minus smallest value) of the model's output
            for the same images. Defaults to `1e-4`.
        where: String, how the error calls the file.

    Returns:
        A dict task name → largest difference, as a share of the range.

    Raises:
        ValueError: If names, their order or shapes are not those of the
            model, values are not finite, or a difference is too large.

    Example:

    ```python
    verify(model, model.predict, images)  # zeros
    ```
    """
    names = [task.name for task in model.tasks]
    deviations = dict.fromkeys(names, 0.0)
    for image in images:
        expected = model(image, training=False)
        actual = run(image)
        if list(actual) != names:
            raise ValueError(
                f"{where} gives {list(actual)}; the tasks are {names}."
            )
        for name in names:
            reference = keras.ops.convert_to_numpy(expected[name])
            deviation = _deviation(reference, actual[name])
            if not deviation <= tolerance:
                raise ValueError(
                    f"{where} does not agree with the Keras model: task "
                    f"{name!r} differs by {deviation:.3g} of its range for "
                    f"an image of {image.shape[1]}×{image.shape[2]}; allowed "
                    f"is {tolerance:g}. Nothing was written."
                    + _blame(model, image, name, reference, tolerance)
                )
            deviations[name] = max(deviations[name], deviation)
    return deviations


def _deviation(expected, actual):
    """Largest difference by range; infinite where they can't be compared."""
    if expected.shape != actual.shape or not np.isfinite(actual).all():
        return np.inf
    difference = np.abs(expected - actual).max()
    # A constant output has no range: then the value itself is the measure.
    scale = np.ptp(expected) or np.abs(expected).max() or 1.0
    return float(difference / scale)


def _blame(model, image, name, reference, tolerance):
    """A hint, where it is the model that is at its wits' end, not the file.

    The features of an untrained network grow from layer to layer; the
    rounding of float32 alone then changes what it predicts.
    """
    moved = model(image * np.float32(1 + 1e-6), training=False)
    moved = keras.ops.convert_to_numpy(moved[name])
    own = _deviation(reference, moved)
    if own <= tolerance / 2:
        return ""
    return (
        f" The model itself differs by {own:.3g} when the image changes by a "
        "millionth, as untrained ones do: no file can agree with it."
    )


def example_images(image_size, normalized=True):
    """Two rendered rooms and noise, to run a file on.

    Args:
        image_size: Pair `(height, width)`.
        normalized: Boolean, whether the model normalises images itself.
            Otherwise they are given in -1…1. Defaults to `True`.

    Returns:
        Float32 array `(3, height, width, 3)`.

    Example:

    ```python
    example_images((96, 128)).shape  # (3, 96, 128, 3)
    ```
    """
    from mtl_zoo.datasets.rooms import render_room

    height, width = image_size
    scale = min(1.0, (_RENDERED_PIXELS / (height * width)) ** 0.5)
    rendered = (max(1, int(height * scale)), max(1, int(width * scale)))
    images = []
    for i in range(2):
        image = render_room(i, "test", image_size=rendered)["image"]
        image = Image.fromarray(image).resize((width, height))
        images.append(np.asarray(image, "float32"))
    noise = np.random.default_rng(0).uniform(0, 255, (height, width, 3))
    images = np.stack([*images, noise.astype("float32")])
    return images if normalized else images / np.float32(127.5) - 1
