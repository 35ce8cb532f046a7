"""Changes of a sample that move its image and all of its labels alike.

On NumPy arrays, one sample at a time, so that there is one implementation for
every backend and data pipeline. A sample is a dict `image`, uint8 `(height,
width, 3)`, and labels `(height, width[, channels])` under the names of their
tasks; what comes back has the same keys and dtypes.

A label is never mixed from neighbours: each pixel takes the label of the
nearest one. Normals are in the frame x right, y down, whichever way z points.
"""

import numpy as np
from PIL import Image

from mtl_zoo.datasets.labels import IGNORE
from mtl_zoo.datasets.labels import unit_length


def flip(sample):
    """The sample as a mirror shows it: left and right change places.

    The x of normals, which is the camera's, changes its sign.

    Args:
        sample: Dict of arrays.

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


def resize(sample, image_size):
    """The whole sample at another size.

    The image is interpolated (averaged where it gets smaller), labels are
    those of the nearest pixel, normals have length 1. Depth stays what it is:
    the scene is the same.

    Args:
        sample: Dict of arrays.
        image_size: Pair `(height, width)`.

    Returns:
        A dict with the same keys and dtypes.

    Example:

    ```python
    resize({"image": image, "depth": depth}, (240, 320))
    ```
    """
    height, width = image_size
    if sample["image"].shape[:2] == (height, width):
        return sample
    image = Image.fromarray(sample["image"])
    image = image.resize((width, height), Image.Resampling.BILINEAR)
    resized = {
        name: resize_label(value, image_size)
        for name, value in sample.items()
        if name != "image"
    }
    return {**sample, **resized, "image": np.asarray(image)}


def resize_label(label, image_size):
    """A label at another size; each pixel is that of the nearest one.

    Args:
        label: Array `(height, width[, channels])`.
        image_size: Pair `(height, width)`.

    Returns:
        Array of that size and the same dtype.

    Example:

    ```python
    resize_label(np.eye(2), (4, 4))
    ```
    """
    if label.shape[:2] == tuple(image_size):
        return label
    rows, columns = (
        ((np.arange(new) + 0.5) * (old / new)).astype("int64")
        for new, old in zip(image_size, label.shape, strict=False)
    )
    return label[rows[:, None], columns]


def zoom_and_rotate(sample, scale=1.0, degrees=0.0, center=(0.5, 0.5)):
    """The sample as seen nearer and turned, at the same size.

    Everything gets `scale` times as large, as if the scene were `scale` times
    as near: depth is divided by it, disparity multiplied. What comes in from
    outside of the image is black, and unknown in all labels.

    Args:
        sample: Dict of arrays.
        scale: Float above 0. Above 1 a part of the image fills it, below 1
            it gets a margin. Defaults to `1.0`.
        degrees: Float. How far the image turns counter-clockwise; normals
            turn with it. Defaults to `0.0`.
        center: Pair of floats `(y, x)`, the point that stays in its place, as
            a share of height and width. Defaults to the middle.

    Returns:
        A dict with the same keys, shapes and dtypes.

    Example:

    ```python
    zoom_and_rotate({"image": image, "depth": depth}, scale=1.2, degrees=10)
    ```
    """
    height, width = sample["image"].shape[:2]
    y_center, x_center = center[0] * height, center[1] * width
    cosine, sine = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    # From a point of the new image to the point of the old one it shows.
    a, b = cosine / scale, -sine / scale
    matrix = (
        *(a, b, x_center - a * x_center - b * y_center),
        *(-b, a, y_center + b * x_center - a * y_center),
    )
    image = Image.fromarray(sample["image"]).transform(
        (width, height),
        Image.Transform.AFFINE,
        matrix,
        Image.Resampling.BILINEAR,
    )
    gather = _Gather(matrix, height, width)
    moved = {
        name: gather(value, IGNORE.get(name, 0))
        for name, value in sample.items()
        if name != "image"
    }
    if "depth" in moved:
        moved["depth"] *= np.float32(1 / scale)
    if "disparity" in moved:
        moved["disparity"] *= np.float32(scale)
    if "normals" in moved and degrees:
        turn = [[cosine, sine, 0], [-sine, cosine, 0], [0, 0, 1]]
        turned = moved["normals"] @ np.float32(turn).T
        moved["normals"] = unit_length(turned)
    return {**sample, **moved, "image": np.asarray(image)}


def change_colors(image, contrast, brightness, balance):
    """An image with other contrast, brightness and colour.

    Args:
        image: uint8 array `(height, width, 3)`.
        contrast: Float, factor of the distance to the image's mean.
        brightness: Float, factor of all values.
        balance: Array of 3 floats, factors of red, green and blue.

    Returns:
        uint8 array of the same shape.

    Example:

    ```python
    change_colors(image, 1.1, 0.9, np.ones(3))
    ```
    """
    values = np.arange(256)
    mean = image.mean()
    values = ((values - mean) * contrast + mean) * brightness
    table = np.clip(np.rint(np.outer(balance, values)), 0, 255)
    table = table.astype("uint8").ravel().tolist()
    return np.asarray(Image.fromarray(image).point(table))


def erase(image, rng):
    """An image with a rectangle of noise in it.

    Random erasing (https://arxiv.org/abs/1708.04896): 2 to 33 % of the area,
    sides 0.3 to 3.3 to each other. Labels stay: what is hidden is to be
    guessed from what surrounds it.

    Args:
        image: uint8 array `(height, width, 3)`.
        rng: `numpy.random.Generator`.

    Returns:
        uint8 array of the same shape.

    Example:

    ```python
    erase(image, np.random.default_rng(0))
    ```
    """
    height, width = image.shape[:2]
    area = rng.uniform(0.02, 0.33) * height * width
    aspect = np.exp(rng.uniform(np.log(0.3), np.log(3.3)))
    rows = min(height, max(1, round(np.sqrt(area * aspect))))
    columns = min(width, max(1, round(np.sqrt(area / aspect))))
    top = rng.integers(height - rows + 1)
    left = rng.integers(width - columns + 1)
    image = image.copy()
    image[top : top + rows, left : left + columns] = rng.integers(
        0, 256, (rows, columns, 3), "uint8"
    )
    return image


class _Gather:
    """Takes each pixel from its nearest place in the old image.

    Args:
        matrix: Six floats, from (x, y) of the new to (x, y) of the old image.
        height: Integer.
        width: Integer.
    """

    def __init__(self, matrix, height, width):
        a, b, c, d, e, f = matrix
        x = (np.arange(width, dtype="float32") + 0.5)[None]
        y = (np.arange(height, dtype="float32") + 0.5)[:, None]
        self._straight = b == 0 and d == 0
        if self._straight:
            x, y = a * x + c, e * y + f
        else:
            x, y = a * x + b * y + c, d * x + e * y + f
        rows = np.floor(y).astype("int32")
        columns = np.floor(x).astype("int32")
        self._outside = (rows < 0) | (rows >= height)
        self._outside = self._outside | (columns < 0) | (columns >= width)
        if not self._outside.any():
            self._outside = None
        self._rows = rows.clip(0, height - 1)
        self._columns = columns.clip(0, width - 1)
        if not self._straight:
            self._places = self._rows * np.int32(width) + self._columns

    def __call__(self, label, fill):
        if self._straight:
            taken = label[self._rows, self._columns]
        else:
            flat = label.reshape(-1, *label.shape[2:])
            taken = flat.take(self._places, axis=0)
        if self._outside is not None:
            taken[self._outside] = fill
        return taken
