"""From what files hold to the labels of tasks, with all checks.

Each function takes an array and what to call it in an error (the file it came
from), and gives the label in the form that `mtl_zoo.tasks` describes. Tasks
and the readers of published data sets share them.
"""

import numpy as np

from mtl_zoo.tasks.conventions import parse_axes

_SATURATED = 65535
_NORMAL_SCALE = 32767
# Stored normals are not quite of length 1 after rounding; a shorter vector
# than this says nothing about a direction.
_SHORTEST_NORMAL = 0.1


def find(array, values):
    """Where an array holds one of some values.

    Args:
        array: Array `(height, width[, channels])`.
        values: Sequence of numbers, or of lists with a number per channel.

    Returns:
        Boolean array `(height, width)`.
    """
    found = np.zeros(array.shape[:2], bool)
    for value in values:
        same = array == np.asarray(value)
        found |= same.all(-1) if same.ndim > 2 else same
    return found


def fits(array, dtype):
    """Whether every number stays what it is as another dtype.

    Args:
        array: Array of numbers.
        dtype: String.

    Returns:
        Boolean; false of NaN as whole numbers.
    """
    with np.errstate(invalid="ignore"):
        return bool((array == array.astype(dtype)).all())


def numbers(array, example, source):
    """A label that is what the file holds.

    Args:
        array: Array `(height, width[, channels])`.
        example: Array of a label's rank, channels and dtype.
        source: Path or string that errors name.

    Returns:
        Array like `example`.

    Raises:
        ValueError: If the shape is another, or a value is not finite or none
            of that dtype.
    """
    if example.shape[2:] == (1,) and array.ndim == 2:
        array = array[..., None]
    if array.ndim != example.ndim or array.shape[2:] != example.shape[2:]:
        expected = ", ".join(["height", "width", *map(str, example.shape[2:])])
        raise ValueError(
            f"{source}: this label has shape ({expected}); the file has "
            f"{array.shape}."
        )
    array = _finite(array, source)
    if not fits(array, example.dtype):
        raise ValueError(
            f"{source}: holds numbers that are no {example.dtype}."
        )
    return array.astype(example.dtype)


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
    # Compared as they are stored: as int32, 2**32 would be class 0.
    if array.dtype.kind == "f" and not (array == np.round(array)).all():
        raise ValueError(f"{source}: class ids are whole numbers.")
    unlabelled = (array == -1) | (array == 255)
    wrong = array[~unlabelled & ((array < 0) | (array >= num_classes))]
    if wrong.size:
        found = ", ".join(f"{x:.20g}" for x in np.unique(wrong)[:5])
        raise ValueError(
            f"{source}: unknown class id {found}; there are {num_classes} "
            f"classes, 0…{num_classes - 1}, and 255 is not labelled."
        )
    ids = array.astype("int32")
    ids[unlabelled] = 255
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
            `2 / 255 * array - 1`, black unknown.
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
        array = _from_shares(array.astype("float32") / np.float32(255))
    array = _finite(array, source)
    _check_range(array, -1, 1, "normals", source, tolerance=0.01)
    return unit_length(array)


def own_normals(array, source, axes=None):
    """Surface normals as somebody stored them.

    Args:
        array: As for `normals`; floats may also be 0…1, `(n + 1) / 2`, which
            shows in their lengths.
        source: Path or string that errors name.
        axes: List of where each channel points, of `DIRECTIONS`. Defaults to
            `None`, right, down and forward.

    Returns:
        As `normals`.

    Raises:
        ValueError: If shape or range is another, or most are no unit vectors.
    """
    label = normals(array, source)
    vectors = array.astype("float32")
    if array.dtype == np.uint8:
        vectors = _from_shares(vectors / np.float32(255))
    if not _have_length_1(vectors):
        vectors = _from_shares(vectors)
        if array.dtype == np.uint8 or not _have_length_1(vectors):
            raise ValueError(
                f"{source}: normals are vectors of length 1, stored as floats "
                "-1…1 or 0…1, or as 8 bits; these are of other lengths."
            )
        label = unit_length(vectors)
    if axes is None:
        return label
    turned = np.zeros_like(label)
    for channel, (axis, sign) in enumerate(parse_axes(axes)):
        turned[..., axis] = sign * label[..., channel]
    return turned


def _from_shares(vectors):
    """Vectors of what is stored as 0…1; black is no direction."""
    black = (vectors == 0).all(-1, keepdims=True)
    return np.where(black, 0, 2 * vectors - 1).astype("float32")


def _have_length_1(vectors):
    """Whether most of those that point anywhere have length 1."""
    length = np.sqrt(np.einsum("hwc,hwc->hw", vectors, vectors))
    length = length[length > _SHORTEST_NORMAL]
    return not length.size or (np.abs(length - 1) < 0.1).mean() > 0.5


def unit_length(vectors):
    """Vectors of length 1, and zero where they are too short to point.

    Args:
        vectors: float32 array `(…, 3)`.

    Returns:
        float32 array of the same shape.
    """
    length = np.sqrt(np.einsum("...c,...c->...", vectors, vectors))
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


def yes_or_no(array, source):
    """Edges or saliency as a picture holds them.

    Args:
        array: uint8 array: 0 no, 255 yes, 128 not labelled.
        source: Path or string that errors name.

    Returns:
        uint8 array of the same shape: 0, 1, 255.

    Raises:
        ValueError: If there is another value.
    """
    meanings = np.full(256, 2, "uint8")
    meanings[[0, 255, 128]] = 0, 1, 255
    if array.dtype == bool:
        return array.astype("uint8")
    if array.dtype != np.uint8:
        raise ValueError(f"{source}: this label is a picture of 8 bits.")
    values = meanings[array]
    if (values == 2).any():
        raise ValueError(
            f"{source}: this label is black (no), white (yes) or 128 (not "
            f"labelled); found {array[values == 2].flat[0]}."
        )
    return values


def sixteen_bits(array, source):
    """Depth or disparity as a picture holds them.

    Args:
        array: Array of whole numbers.
        source: Path or string that errors name.

    Returns:
        Array of the same shape, 0 where the picture has its greatest number:
        as far as it goes, or farther.

    Raises:
        ValueError: If the picture has 8 bits.
    """
    if array.dtype in (np.uint8, bool):
        raise ValueError(
            f"{source}: depth or disparity in a picture takes 16 bits; this "
            "has 8."
        )
    return np.where(array == _SATURATED, 0, array)


def ids_of_colors(array, colors, source):
    """Class ids of a mask of colours.

    Args:
        array: Array `(height, width, 3)` of whole numbers 0…255.
        colors: Array `(classes, 3)`.
        source: Path or string that errors name.

    Returns:
        int32 array `(height, width)`, 255 where the mask is black and no class
        is.

    Raises:
        ValueError: If there is another colour.
    """
    if not fits(array, "uint8"):
        raise ValueError(f"{source}: colours are whole numbers, 0…255.")
    weights = np.array([65536, 256, 1])
    codes = array.astype("int64") @ weights
    known = np.asarray(colors, "int64") @ weights
    ids = np.full(codes.shape, -1, "int32")
    ids[codes == 0] = 255
    for i, code in enumerate(known):
        ids[codes == code] = i
    if (ids < 0).any():
        raise ValueError(
            f"{source}: no class has the colour {array[ids < 0][0].tolist()}."
        )
    return ids


def pack_normals(normals):
    """Unit normals as 16-bit numbers, exact to 0.003 degrees.

    Args:
        normals: float32 array `(height, width, 3)`.

    Returns:
        int16 array of the same shape; zero stays zero.
    """
    return np.round(normals * _NORMAL_SCALE).astype("int16")


def unpack_normals(packed):
    """The normals that `pack_normals` packed, with length 1.

    Args:
        packed: int16 array `(height, width, 3)`.

    Returns:
        float32 array of the same shape.
    """
    normals = packed.astype("float32")
    length = np.sqrt(np.einsum("hwc,hwc->hw", normals, normals))
    normals /= np.maximum(length, 1)[..., None]
    return normals


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
    array = array.astype("float32")  # A copy, which callers change.
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
