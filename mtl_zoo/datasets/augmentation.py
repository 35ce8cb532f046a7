"""Random changes of an image, and the same changes of its labels.

On NumPy arrays, one sample at a time, so that there is one implementation for
every backend and data pipeline.
"""

import numpy as np


def augment(sample, rng):
    """A randomly changed copy of a sample.

    Half of the samples are mirrored (normals change the sign of x with it);
    brightness, contrast and colour of the image vary by up to 20 %.

    Args:
        sample: Dict `image`, uint8 `(height, width, 3)`, and labels
            `(height, width[, channels])` under the names of their tasks.
        rng: `numpy.random.Generator`.

    Returns:
        A dict with the same keys, shapes and dtypes.

    Example:

    ```python
    sample = mtl_zoo.datasets.rooms.render_room(0)
    augment(sample, np.random.default_rng(0))
    ```
    """
    if rng.random() < 0.5:
        sample = flip(sample)
    return {**sample, "image": _change_colors(sample["image"], rng)}


def flip(sample):
    """The sample as a mirror shows it: left and right change places.

    Args:
        sample: Dict, see `augment`.

    Returns:
        A dict with the same keys, shapes and dtypes.

    Example:

    ```python
    flip({"image": image, "normals": normals})
    ```
    """
    flipped = {name: value[:, ::-1] for name, value in sample.items()}
    if "normals" in flipped:
        flipped["normals"] = flipped["normals"] * np.float32([-1, 1, 1])
    return flipped


def _change_colors(image, rng):
    image = image.astype("float32")
    brightness, contrast = rng.uniform(0.8, 1.2, 2).astype("float32")
    balance = rng.uniform(0.9, 1.1, 3).astype("float32")
    mean = image.mean()
    image = ((image - mean) * contrast + mean) * brightness * balance
    return np.clip(np.rint(image), 0, 255).astype("uint8")
