"""Pictures and maps at another size, on NumPy arrays.

What a network sees of a photograph is smaller than the photograph; what it
answers is brought back. The rule is bilinear with half-pixel centres, as in
`mtl_zoo.layers.resize`, and smoothing where something shrinks.
"""

import numpy as np
from PIL import Image

# How many pixels of mixed classes are compared at once: 13 classes take 10 MB.
_CHUNK = 200_000


def resize_picture(image, size):
    """A picture at another size, smoothed where it shrinks.

    Args:
        image: uint8 array `(height, width, 3)`.
        size: Pair `(height, width)`.

    Returns:
        uint8 array `(*size, 3)`.

    Example:

    ```python
    resize_picture(np.zeros((480, 640, 3), "uint8"), (192, 256))
    ```
    """
    height, width = size
    if image.shape[:2] == (height, width):
        return image
    resized = Image.fromarray(image).resize(
        (width, height),
        Image.Resampling.BILINEAR,
        # Large photographs are averaged in blocks first, which is fast.
        reducing_gap=2.0,
    )
    return np.asarray(resized)


def resize_map(values, size):
    """A map of numbers at another size, smoothed where it shrinks.

    Args:
        values: Float array `(height, width, channels)`.
        size: Pair `(height, width)`.

    Returns:
        float32 array `(*size, channels)`.

    Example:

    ```python
    resize_map(np.zeros((192, 256, 1)), (480, 640))
    ```
    """
    height, width = size
    values = np.asarray(values, "float32")
    if values.shape[:2] == (height, width):
        return values
    resized = np.empty((height, width, values.shape[-1]), "float32")
    for i in range(values.shape[-1]):
        channel = Image.fromarray(np.ascontiguousarray(values[..., i]))
        resized[..., i] = channel.resize(
            (width, height), Image.Resampling.BILINEAR
        )
    return resized


def largest_channel(values, size):
    """Which channel is the largest, at another size.

    The same as `resize_map(values, size).argmax(-1)` where the map grows, in a
    fraction of its time and memory: between four neighbours that agree nothing
    is to be compared.

    Args:
        values: Float array `(height, width, channels)`, such as logits.
        size: Pair `(height, width)`.

    Returns:
        Integer array of shape `size`.

    Example:

    ```python
    largest_channel(np.zeros((192, 256, 13)), (480, 640))
    ```
    """
    values = np.asarray(values, "float32")
    height, width = values.shape[:2]
    if size[0] < height or size[1] < width:
        return resize_map(values, size).argmax(axis=-1)
    largest = values.argmax(axis=-1)
    if tuple(size) == (height, width):
        return largest
    top, bottom, down = _neighbours(height, size[0])
    left, right, across = _neighbours(width, size[1])
    lower = largest[np.minimum(np.arange(height) + 1, height - 1)]
    agree = largest == lower
    column = np.minimum(np.arange(width) + 1, width - 1)
    agree &= (largest == largest[:, column]) & (largest == lower[:, column])
    result = largest[top[:, None], left]
    rows, columns = np.nonzero(~agree[top[:, None], left])
    for i in range(0, len(rows), _CHUNK):
        y, x = rows[i : i + _CHUNK], columns[i : i + _CHUNK]
        b, r = down[y, None], across[x, None]
        above = values[top[y], left[x]] * (1 - r) + values[top[y], right[x]] * (
            r
        )
        below = values[bottom[y], left[x]] * (1 - r) + values[
            bottom[y], right[x]
        ] * (r)
        result[y, x] = (above * (1 - b) + below * b).argmax(axis=-1)
    return result


def _neighbours(old, new):
    """Between which two old places each new one lies, and how far along."""
    place = (np.arange(new) + 0.5) * (old / new) - 0.5
    place = place.clip(0, old - 1)
    first = np.floor(place).astype("int64")
    return first, np.minimum(first + 1, old - 1), (place - first).astype("f4")
