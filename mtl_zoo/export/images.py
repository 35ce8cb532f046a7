"""The images that files are calibrated on and compared with the model on."""

import functools
import warnings

import numpy as np

from mtl_zoo.datasets.rooms import CLASS_NAMES
from mtl_zoo.datasets.rooms import render_room
from mtl_zoo.utils import read_image
from mtl_zoo.utils.camera import nearness
from mtl_zoo.utils.files import files_of
from mtl_zoo.utils.files import user_path
from mtl_zoo.utils.resampling import resize_picture
from mtl_zoo.utils.text import one_line

# Fewer say too little of what values a network meets.
MIN_CALIBRATION_IMAGES = 8
MAX_CALIBRATION_IMAGES = 128

# Larger pictures are rendered smaller and enlarged: rendering takes a second
# per quarter of a megapixel.
_RENDERED_PIXELS = 240 * 320
# Larger pictures of a folder are made smaller when they are read: as many as
# may be calibrated on take 0.8 GB then.
_READ_PIXELS = 2**21


def read_folder(folder):
    """Every picture of a folder, as RGB.

    What is no picture is left out, with a warning.

    Args:
        folder: String or path.

    Returns:
        A list of uint8 arrays `(height, width, 3)` of at most two megapixels,
        at most 128, spread over the sorted files.

    Raises:
        ValueError: If it is no folder, or there are fewer than 8 pictures.

    Example:

    ```python
    read_folder("my_photos")[0].shape  # (480, 640, 3)
    ```
    """
    folder = user_path(folder)
    if not folder.is_dir():
        raise ValueError(f"{folder}: no such folder of calibration images.")
    files, passed_over = files_of(folder)
    step = max(1, len(files) / MAX_CALIBRATION_IMAGES)
    count = min(len(files), MAX_CALIBRATION_IMAGES)
    pictures = []
    left_out = [f"{path}: no file" for path in passed_over]
    for i in range(count):
        try:
            picture = read_image(files[int(i * step)])
        except ValueError as error:
            left_out.append(one_line(error))
            continue
        height, width = picture.shape[:2]
        scale = min(1.0, (_READ_PIXELS / (height * width)) ** 0.5)
        size = max(1, int(height * scale)), max(1, int(width * scale))
        pictures.append(resize_picture(picture, size))
    reason = f" ({len(left_out)} left out: {left_out[0]})" if left_out else ""
    check_count(len(pictures), f"{folder} holds", reason)
    if left_out:
        warnings.warn(f"Calibration without some files{reason}.", stacklevel=2)
    return pictures


def check_images(images):
    """Raise unless these are pictures, enough of them to calibrate on.

    Args:
        images: Sequence of uint8 arrays `(height, width, 3)`.

    Raises:
        ValueError: If there are fewer than 8, or one is no picture.
    """
    check_count(len(images))
    for i, image in enumerate(images):
        image = np.asarray(image)
        if image.dtype != "uint8" or image.ndim != 3 or image.shape[-1] != 3:
            raise ValueError(
                f"Calibration images are uint8 (height, width, 3); image {i} "
                f"is {image.dtype} {image.shape}."
            )


def check_count(count, who="There are", reason=""):
    """Raise unless there are enough images to calibrate on.

    Args:
        count: Integer.
        who: String, the beginning of the error. Defaults to `"There are"`.
        reason: String, what follows the number. Defaults to `""`.

    Raises:
        ValueError: If there are fewer than 8.
    """
    if count < MIN_CALIBRATION_IMAGES:
        raise ValueError(
            f"{who} {count} calibration images{reason}; at least "
            f"{MIN_CALIBRATION_IMAGES} are needed."
        )


def fit_images(images, image_size, normalized=True):
    """Images in the size and range that a model takes.

    Args:
        images: Sequence of uint8 arrays `(height, width, 3)`.
        image_size: Pair `(height, width)`.
        normalized: Boolean, whether the model normalises images itself.
            Otherwise they are given in -1…1. Defaults to `True`.

    Returns:
        Float32 array `(len(images), height, width, 3)`.

    Example:

    ```python
    fit_images(read_folder("my_photos"), (96, 128)).shape
    ```
    """
    images = np.stack([resize_picture(image, image_size) for image in images])
    images = images.astype("float32")
    return images if normalized else images / np.float32(127.5) - 1


def labelled_rooms(image_size, count, split="test"):
    """Rooms with their labels, rendered on the spot.

    Args:
        image_size: Pair `(height, width)`.
        count: Integer.
        split: String. Defaults to `"test"`.

    Returns:
        Pair of a uint8 array `(count, height, width, 3)` and a dict task name
        → labels.

    Example:

    ```python
    images, labels = labelled_rooms((96, 128), 4)
    labels["depth"].shape  # (4, 96, 128, 1)
    ```
    """
    images, labels, _ = _render(tuple(image_size), count, split)
    return images, labels


@functools.lru_cache(maxsize=8)
def _render(image_size, count, split):
    """Images, labels and the fields of view of their cameras."""
    height, width = image_size
    scale = min(1.0, (_RENDERED_PIXELS / (height * width)) ** 0.5)
    rendered = (max(1, int(height * scale)), max(1, int(width * scale)))
    rows = np.arange(height) * rendered[0] // height
    columns = np.arange(width) * rendered[1] // width
    images, labels, views = [], {}, []
    for i in range(count):
        room = render_room(i, split, image_size=rendered)
        images.append(resize_picture(room.pop("image"), image_size))
        views.append(float(room.pop("field_of_view")))
        for name, label in room.items():
            labels.setdefault(name, []).append(label[rows][:, columns])
    labels = {name: np.stack(label) for name, label in labels.items()}
    return np.stack(images), labels, views


def known_labels(tasks, image_size, count, field_of_view=None):
    """Rooms, and those of their labels that the tasks are about.

    Args:
        tasks: List of `mtl_zoo.tasks.Task`.
        image_size: Pair `(height, width)`.
        count: Integer.
        field_of_view: Float, degrees, of the camera that labels are for, as
            for `mtl_zoo.datasets.load`. Defaults to `None`, each room's.

    Returns:
        Pair of a uint8 array `(count, height, width, 3)` and a dict task name
        → labels; without those of classes that are not the rooms'.

    Example:

    ```python
    images, labels = known_labels(model.tasks, (96, 128), 16)
    ```
    """
    images, labels, views = _render(tuple(image_size), count, "test")
    fitting = {
        task: labels[task.name]
        for task in tasks
        if task.name in labels
        and (task.colors is None or task.class_names == tuple(CLASS_NAMES))
    }
    if field_of_view is not None:
        factors = [nearness(view, field_of_view) for view in views]
        fitting = {
            task: np.stack(list(map(task.zoom, label, factors)))
            for task, label in fitting.items()
        }
    return images, {task.name: label for task, label in fitting.items()}


def example_images(image_size, normalized=True):
    """Two rendered rooms and noise, to run a file on.

    Args:
        image_size: Pair `(height, width)`.
        normalized: Boolean, see `fit_images`. Defaults to `True`.

    Returns:
        Float32 array `(3, height, width, 3)`.

    Example:

    ```python
    example_images((96, 128)).shape  # (3, 96, 128, 3)
    ```
    """
    rooms, _ = labelled_rooms(tuple(image_size), 2)
    noise = np.random.default_rng(0).integers(0, 256, (*image_size, 3), "uint8")
    return fit_images([*rooms, noise], image_size, normalized)


def calibration_images(images, image_size, normalized=True):
    """What an int8 file is calibrated on; the first image spans the range.

    Args:
        images: Sequence of uint8 arrays `(height, width, 3)`, or `None` for
            64 rooms of the training split.
        image_size: Pair `(height, width)`.
        normalized: Boolean, see `fit_images`. Defaults to `True`.

    Returns:
        Float32 array `(count, height, width, 3)`.

    Raises:
        ValueError: If there are too few.

    Example:

    ```python
    calibration_images(None, (96, 128)).shape  # (64, 96, 128, 3)
    ```
    """
    if images is None:
        images, _ = labelled_rooms(tuple(image_size), 64, "train")
    check_count(len(images))
    images = fit_images(images, image_size, normalized)
    if normalized:
        # A black and a white pixel: then the quantised image is exactly the
        # picture's own bytes.
        images[0, 0, 0], images[0, -1, -1] = 0, 255
    return images
