"""Zip files: arrays under any names, and archives from strangers."""

import contextlib
import zipfile

import numpy as np

# Of a file in the list of a zip file: its name is most of it.
_LISTED_BYTES = 256
# What Python reads of a zip file's end to find its list.
_ZIP_END = 2**17


def write_arrays(path, arrays):
    """Write a compressed `.npz` file, under any names.

    `np.savez` takes names as keywords, among its own `file`, `allow_pickle`.

    Args:
        path: `pathlib.Path`.
        arrays: Mapping of name → array of numbers.

    Example:

    ```python
    write_arrays(folder / "maps.npz", {"depth": np.ones((3, 4))})
    ```
    """
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in arrays:
            with archive.open(f"{name}.npy", "w", force_zip64=True) as file:
                np.lib.format.write_array(
                    file, np.asarray(arrays[name]), allow_pickle=False
                )


@contextlib.contextmanager
def open_zip(path, most):
    """A zip file to read, unless it lists more files than it may.

    Python reads the whole list first, half a kilobyte of memory a file.

    Args:
        path: Path.
        most: Integer, how many files it may list.

    Yields:
        A `zipfile.ZipFile`.

    Raises:
        OSError: If it lists more.

    Example:

    ```python
    with open_zip("data.zip", 1000) as file:
        file.namelist()
    ```
    """
    with open(path, "rb") as file:
        with zipfile.ZipFile(_ShortList(file, most)) as archive:
            yield archive


class _ShortList:
    """A zip file's bytes, of which no list of too many files is read."""

    def __init__(self, file, most):
        self._file = file
        self._most = most

    def read(self, size=-1):
        content = b""
        too_many = size > _LISTED_BYTES * self._most + _ZIP_END
        if not too_many:
            content = self._file.read(size)
            # What begins a file's entry in the list.
            too_many = content.count(b"PK\x01\x02") > self._most
        if too_many:
            raise OSError(f"it lists more than {self._most:,} files")
        return content

    def __getattr__(self, name):
        return getattr(self._file, name)
