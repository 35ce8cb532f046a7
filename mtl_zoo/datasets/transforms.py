"""Changes of a sample that move its image and all of its labels alike.

On NumPy arrays, one sample at a time, so that there is one implementation for
every backend and data pipeline. A sample is a dict `image`, uint8 `(height,
width, 3)`, and labels `(height, width[, channels])` under the names of their
tasks; what comes back has image and labels of the same dtypes, and nothing
else that was in the sample.

Here pixels are moved; each task says what that makes of its values
(`mtl_zoo.tasks.Task.mirror`, `rotate`, `zoom`, `resize_label`). A label is
never mixed from neighbours: each pixel takes the label of the nearest one.
"""

import numpy as np
from PIL import Image

from mtl_zoo.utils.resampling import resize_picture


def flip(sample, tasks):
    """The sample as a mirror shows it: left and right change places.

    Args:
        sample: Dict of arrays.
        tasks: Sequence of `mtl_zoo.tasks.Task`, those of the labels.

    Returns:
        A dict of image and labels, of the same shapes and dtypes.

    Example:

    ```python
    flip({"image": image, "normals": normals}, [SurfaceNormals()])
    ```
    """
    flipped = {
        task.name: task.mirror(sample[task.name][:, ::-1]) for task in tasks
    }
    return {**flipped, "image": sample["image"][:, ::-1]}


def resize(sample, tasks, image_size):
    """The whole sample at another size.

    The image is interpolated (averaged where it gets smaller). Values stay
    what they are: the scene is the same.

    Args:
        sample: Dict of arrays.
        tasks: Sequence of `mtl_zoo.tasks.Task`, those of the labels.
        image_size: Pair `(height, width)`.

    Returns:
        A dict of image and labels, of the same dtypes.

    Example:

    ```python
    resize({"image": image, "depth": depth}, [Depth()], (240, 320))
    ```
    """
    if sample["image"].shape[:2] == tuple(image_size):
        return only(sample, tasks)
    resized = {
        task.name: task.resize_label(sample[task.name], image_size)
        for task in tasks
    }
    return {**resized, "image": resize_picture(sample["image"], image_size)}


def only(sample, tasks):
    """Image and labels of a sample, without what else it tells.

    Args:
        sample: Dict of arrays.
        tasks: Sequence of `mtl_zoo.tasks.Task`, those of the labels.

    Returns:
        A dict of image and labels.

    Example:

    ```python
    only({"image": image, "field_of_view": 60.0}, [])  # {"image": image}
    ```
    """
    return {key: sample[key] for key in ("image", *(t.name for t in tasks))}


def zoom_and_rotate(sample, tasks, scale=1.0, degrees=0.0, center=(0.5, 0.5)):
    """The sample as seen nearer and turned, at the same size.

    Everything gets `scale` times as large, as if the scene were `scale` times
    as near. What comes in from outside of the image is black, and unknown in
    all labels.

    Args:
        sample: Dict of arrays.
        tasks: Sequence of `mtl_zoo.tasks.Task`, those of the labels.
        scale: Float above 0. Above 1 a part of the image fills it, below 1
            it gets a margin. Defaults to `1.0`.
        degrees: Float. How far the image turns counter-clockwise. Defaults to
            `0.0`.
        center: Pair of floats `(y, x)`, the point that stays in its place, as
            a share of height and width. Defaults to the middle.

    Returns:
        A dict of image and labels, of the same shapes and dtypes.

    Example:

    ```python
    zoom_and_rotate({"image": image, "depth": depth}, [Depth()], scale=1.2)
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
    moved = {}
    for task in tasks:
        label = gather(sample[task.name], task.ignore)
        if scale != 1:
            label = task.zoom(label, scale)
        moved[task.name] = task.rotate(label, degrees) if degrees else label
    return {**moved, "image": np.asarray(image)}


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
