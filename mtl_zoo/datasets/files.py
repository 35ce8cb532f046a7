"""Reading the files of data sets; every error names the file.

Nothing is ever unpickled, and nothing takes more memory or disk than what the
file may rightly hold: a file of a few bytes can say that it holds terabytes.
"""

import contextlib
import hashlib
import os
import pathlib
import tempfile

import numpy as np
from PIL import Image

from mtl_zoo.datasets import matlab
from mtl_zoo.utils import cache_folder
from mtl_zoo.utils import images
from mtl_zoo.utils import open_image
from mtl_zoo.utils.files import user_path
from mtl_zoo.utils.images import MAX_PIXELS
from mtl_zoo.utils.text import cut
from mtl_zoo.utils.text import one_line

_MOST_TEXT = 64 * 2**20


def read_pixels(path, one_bit=False):
    """A picture as the numbers it stores.

    Args:
        path: Path.
        one_bit: Boolean, whether pictures of one bit are given as booleans,
            not as 0 and 255. Defaults to `False`.

    Returns:
        Array `(height, width[, channels])`; of a picture with a palette the
        places in it.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If the file is not a readable picture.
    """
    image = open_image(path)
    if image.mode == "1" and one_bit:
        return np.asarray(image)
    if image.mode in ("1", "LA", "RGBA"):
        image = image.convert({"1": "L", "LA": "L", "RGBA": "RGB"}[image.mode])
    return np.asarray(image)


def orientation(path):
    """How a photograph lies as it is stored.

    Args:
        path: Path of a picture that can be read.

    Returns:
        A pair: integer from 1 (upright) to 8, as Exif tells it; and the pair
        `(height, width)` of what is stored.
    """
    with Image.open(path) as image:
        width, height = image.size
        return images.orientation(image), (height, width)


def read_npy(path):
    """An array of a `.npy` file.

    Args:
        path: Path.

    Returns:
        Array of numbers.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If the file holds no array of numbers.
    """
    _check_exists(path)
    try:
        # Compares what the header announces with the file's size.
        with np.errstate(over="ignore"):
            array = np.lib.format.open_memmap(path, mode="r")
    except Exception as error:  # What NumPy raises depends on the bytes.
        raise ValueError(
            f"{path}: not a readable .npy file ({cut(one_line(error), 120)})."
        ) from error
    if not array.size:
        raise ValueError(f"{path}: holds an empty array.")
    if array.size > 4 * MAX_PIXELS:
        raise ValueError(
            f"{path}: an array of shape {array.shape} is too large for labels."
        )
    return _numbers(np.array(array), path)


def read_mat(path, key):
    """A variable of a MATLAB file.

    Args:
        path: Path.
        key: String, the variable's name.

    Returns:
        Array, of numbers or of MATLAB's structures.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If the file can't be read or has no such variable.
    """
    # Imported here because it takes time and few data sets need it.
    from scipy import io

    _check_exists(path)
    try:
        names = matlab.check(path, key)
        # Of others it is not known what they would take.
        variables = io.loadmat(os.fspath(path), variable_names=[key])
    except Exception as error:  # What SciPy raises depends on the bytes.
        raise ValueError(
            f"{path}: not a readable MATLAB file ({cut(one_line(error), 120)})."
        ) from error
    if key not in variables:
        raise ValueError(f"{path}: has no {key!r}, but {names}.")
    if not isinstance(variables[key], np.ndarray):
        raise ValueError(f"{path}: {key} is no plain array, but sparse.")
    return variables[key]


def read_lines(path):
    """The lines of a text file that are not empty, without spaces around.

    Args:
        path: Path.

    Returns:
        A list of strings.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If the file is not UTF-8.
    """
    _check_exists(path)
    if os.path.getsize(path) > _MOST_TEXT:
        raise ValueError(f"{path}: too large for a list of names.")
    try:
        # Some editors write a byte order mark first.
        text = pathlib.Path(path).read_text("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(f"{path}: not a text file ({error}).") from error
    return [line.strip() for line in text.splitlines() if line.strip()]


def made_folder(data_dir):
    """Where that may lie which is made of a data folder.

    Args:
        data_dir: Path.

    Returns:
        `pathlib.Path`: the folder itself, or one of its own in the library's
        cache if nothing can be written there.
    """
    data_dir = user_path(data_dir)
    if not data_dir.is_dir():
        return data_dir
    with contextlib.suppress(OSError):
        with tempfile.TemporaryFile(dir=data_dir):
            return data_dir
    name = hashlib.sha256(str(data_dir.resolve()).encode()).hexdigest()
    return cache_folder("datasets", "of_read_only", name[:16])


def image_of_floats(array, source):
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
    low, high = array.min(), array.max()
    if not (np.isfinite([low, high]).all() and -1e-3 <= low <= high <= 1.001):
        raise ValueError(
            f"{source}: an image of floats is in the range 0…1; found "
            f"{low:g}…{high:g}."
        )
    return np.round(array.clip(0, 1) * 255).astype("uint8")


def _check_exists(path):
    if not os.path.isfile(path):
        raise FileNotFoundError(f"{path}: no such file.")


def _numbers(array, path):
    if array.dtype.kind not in "biuf":
        raise ValueError(f"{path}: holds {array.dtype}, not numbers.")
    return array.astype("uint8") if array.dtype.kind == "b" else array
