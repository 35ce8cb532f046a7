"""Reading the files of data sets; every error names the file.

Nothing is ever unpickled.
"""

import os
import pathlib
import tarfile
import zipfile

import numpy as np
from PIL import Image

from mtl_zoo.utils import atomic_path
from mtl_zoo.utils import open_image

_ORIENTATION = 0x0112
ARCHIVES = (".tgz", ".tar.gz", ".tar", ".zip")


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
        return image.getexif().get(_ORIENTATION, 1), (height, width)


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
        with pathlib.Path(path).open("rb") as file:
            array = np.lib.format.read_array(file, allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise ValueError(f"{path}: not a readable .npy file ({error}).") from (
            error
        )
    return _numbers(array, path)


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
        variables = io.loadmat(os.fspath(path))
    except Exception as error:  # What SciPy raises depends on the bytes.
        raise ValueError(
            f"{path}: not a readable MATLAB file ({error})."
        ) from error
    if key not in variables:
        names = sorted(name for name in variables if name[:2] != "__")
        raise ValueError(f"{path}: has no {key!r}, but {names}.")
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
    try:
        # Some editors write a byte order mark first.
        text = pathlib.Path(path).read_text("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(f"{path}: not a text file ({error}).") from error
    return [line.strip() for line in text.splitlines() if line.strip()]


def extract(archives, folder):
    """Extracts archives into one folder, unless that is there already.

    The folder appears when all is extracted.

    Args:
        archives: List of paths of zip or tar files.
        folder: Path to make.

    Raises:
        ValueError: If an archive can't be read, or holds a file that would
            come to lie outside of the folder.
    """
    if folder.is_dir():
        return
    with atomic_path(folder) as temporary:
        temporary.mkdir()
        for archive in archives:
            try:
                if archive.suffix == ".zip":
                    with zipfile.ZipFile(archive) as file:
                        file.extractall(temporary)
                else:
                    with tarfile.open(archive) as file:
                        file.extractall(temporary, filter="data")
            except (
                zipfile.BadZipFile,
                tarfile.TarError,
                EOFError,
                OSError,
            ) as error:
                raise ValueError(
                    f"{archive}: can't be extracted ({error})."
                ) from error


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
