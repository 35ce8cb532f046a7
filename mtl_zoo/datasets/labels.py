"""From what files hold to the labels that tasks read, with all checks.

Each function takes an array and what to call it in an error (the file it came
from), and gives the label in the form that `mtl_zoo.tasks` describes.
"""

import numpy as np

# What "unknown" is, per task; 0 for all others.
IGNORE = {"semseg": 255, "human_parts": 255, "edge": 255, "saliency": 255}
# Stored normals are not quite of length 1 after rounding; a shorter vector
# than this says nothing about a direction.
_SHORTEST_NORMAL = 0.1


def image(array, source):
    """A picture of floats 0…1, as `.npy` copies store it, as uint8.

    Args:
        array: Array `(height, width, 3)`, uint8 or floats 0…1.
        source: Path or string that errors name.

    Returns:
        uint8 array `(height, width, 3)`.

    Raises:
        ValueError: If shape or range is another.
    """
    if array.ndim != 3 or array.shape[-1] != 3:
        raise ValueError(
            f"{source}: an image has shape (height, width, 3); this has "
            f"{array.shape}."
        )
    if array.dtype == np.uint8:
        return array
    array = _finite(array, source)
    _check_range(array, 0, 1, "an image of floats", source, tolerance=1e-3)
    return np.round(array.clip(0, 1) * 255).astype("uint8")


def classes(array, num_classes, source):
    """Class ids.

    Args:
        array: Array `(height, width[, 1])` of whole numbers: classes from 0,
            and -1 or 255 where not labelled.
        num_classes: Integer.
        source: Path or string that errors name.

    Returns:
        int32 array `(height, width)`, 255 where not labelled.

    Raises:
        ValueError: If there is another id.
    """
    array = _plane(array, source)
    ids = array.astype("int32")
    if array.dtype.kind == "f" and not np.array_equal(ids, array):
        raise ValueError(f"{source}: class ids are whole numbers.")
    ids[ids == -1] = 255
    wrong = ids[(ids < 0) | ((ids >= num_classes) & (ids != 255))]
    if wrong.size:
        found = ", ".join(map(str, np.unique(wrong)[:5]))
        raise ValueError(
            f"{source}: unknown class id {found}; there are {num_classes} "
            f"classes, 0…{num_classes - 1}, and 255 is not labelled."
        )
    return ids


def distance(array, source):
    """Depth or disparity.

    Args:
        array: Array `(height, width[, 1])`, at least 0.
        source: Path or string that errors name.

    Returns:
        float32 array `(height, width, 1)`, 0 where unknown.

    Raises:
        ValueError: If a value is negative or not finite.
    """
    array = _finite(_plane(array, source), source)
    _check_range(array, 0, np.inf, "depth or disparity", source)
    return array[..., None]


def normals(array, source):
    """Surface normals.

    Args:
        array: Array `(height, width, 3)`: floats -1…1, or uint8 that mean
            `2 / 255 * array - 1`.
        source: Path or string that errors name.

    Returns:
        float32 array `(height, width, 3)`, unit vectors, zero where unknown.

    Raises:
        ValueError: If shape or range is another.
    """
    if array.ndim != 3 or array.shape[-1] != 3:
        raise ValueError(
            f"{source}: normals have shape (height, width, 3); these have "
            f"{array.shape}."
        )
    if array.dtype == np.uint8:
        array = array.astype("float32") * np.float32(2 / 255) - 1
    array = _finite(array, source)
    _check_range(array, -1, 1, "normals", source, tolerance=0.01)
    return unit_length(array)


def unit_length(vectors):
    """Vectors of length 1, and zero where they are too short to point.

    Args:
        vectors: float32 array `(height, width, 3)`.

    Returns:
        float32 array of the same shape.
    """
    length = np.sqrt(np.einsum("hwc,hwc->hw", vectors, vectors))
    known = length > _SHORTEST_NORMAL
    scale = known / np.where(known, length, 1)
    return vectors * scale[..., None].astype("float32")


def binary(array, source):
    """Edges or saliency.

    Args:
        array: Array `(height, width[, 1])` of 0, 1 and 255 for not labelled.
        source: Path or string that errors name.

    Returns:
        float32 array `(height, width, 1)`.

    Raises:
        ValueError: If there is another value.
    """
    array = _finite(_plane(array, source), source)
    wrong = array[(array != 0) & (array != 1) & (array != 255)]
    if wrong.size:
        raise ValueError(
            f"{source}: edges and saliency are 0 or 1, and 255 where not "
            f"labelled; found {wrong[0]:g}."
        )
    return array[..., None]


def _plane(array, source):
    if array.ndim == 3 and array.shape[-1] == 1:
        array = array[..., 0]
    if array.ndim != 2 or not array.size:
        raise ValueError(
            f"{source}: this label has shape (height, width); the file has "
            f"{array.shape}."
        )
    return array


def _finite(array, source):
    array = array.astype("float32")
    if not np.isfinite(array).all():
        raise ValueError(f"{source}: holds NaN or infinite values.")
    return array


def _check_range(array, low, high, what, source, tolerance=0.0):
    least, most = array.min(), array.max()
    if least < low - tolerance or most > high + tolerance:
        wide = "at least 0" if np.isinf(high) else f"{low}…{high}"
        raise ValueError(
            f"{source}: {what} is in the range {wide}; found "
            f"{least:g}…{most:g}."
        )
