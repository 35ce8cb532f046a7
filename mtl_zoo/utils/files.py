"""Where the library keeps its files, and how it writes them.

Nothing is ever half written: a file or folder is made beside its final place
and renamed when it is whole.
"""

import contextlib
import ctypes
import glob
import hashlib
import os
import pathlib
import shutil
import time
import uuid

# After a day without a change nobody is writing any more.
_ABANDONED = 24 * 3600


def cache_folder(*parts):
    """Path below the library's cache folder; nothing is created.

    The cache is `~/.cache/mtl_zoo`, or what the environment variable
    `MTL_ZOO_HOME` names.

    Args:
        *parts: Strings. Path components below the cache folder.

    Returns:
        A `pathlib.Path`.

    Example:

    ```python
    mtl_zoo.utils.cache_folder("datasets", "rooms")
    ```
    """
    home = os.environ.get("MTL_ZOO_HOME")
    root = (
        pathlib.Path(home).expanduser()
        if home
        else pathlib.Path.home() / ".cache" / "mtl_zoo"
    )
    return root.joinpath(*parts)


def is_foreign(path):
    """Whether a system keeps a file for itself among those of its user.

    Args:
        path: `pathlib.Path`.

    Returns:
        A boolean, true of hidden files and those of macOS and Windows.

    Example:

    ```python
    is_foreign(pathlib.Path("photos/Thumbs.db"))  # True
    ```
    """
    return path.name.startswith(".") or path.name.lower() in (
        "thumbs.db",
        "desktop.ini",
        "__macosx",
        "icon\r",
    )


def digest(path):
    """Sha256 and size of a file.

    Args:
        path: `pathlib.Path`.

    Returns:
        A dict with `"sha256"`, a hexadecimal string, and `"size"`, in bytes.

    Example:

    ```python
    digest(pathlib.Path("preset/task.json"))["size"]
    ```
    """
    with open(path, "rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        return {"sha256": sha256, "size": file.tell()}


@contextlib.contextmanager
def atomic_path(path):
    """Write a file or folder beside its final place, then rename it.

    Yields a temporary path in the same folder; the caller creates a file or a
    folder there. When the block ends well, it takes the place of `path` (on
    Linux in one step, a folder's too); when it raises, the temporary
    path is removed and `path` stays as it was.

    Args:
        path: String or `pathlib.Path`. The final place.

    Yields:
        A `pathlib.Path` with the same suffix as `path`.

    Example:

    ```python
    with mtl_zoo.utils.atomic_path("metrics.json") as temporary:
        temporary.write_text("{}")
    ```
    """
    path = pathlib.Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    remove_unfinished(path.parent, path.name, _ABANDONED)
    temporary = path.with_name(f".{uuid.uuid4().hex}.{path.name}")
    try:
        yield temporary
        if temporary.is_dir() and path.is_dir():
            # A folder cannot be renamed onto one that has files in it.
            if not _exchange(temporary, path):
                old = path.with_name(f".{uuid.uuid4().hex}.{path.name}")
                os.replace(path, old)
                try:
                    os.replace(temporary, path)
                except BaseException:
                    os.replace(old, path)
                    raise
                shutil.rmtree(old)
        else:
            os.replace(temporary, path)
    finally:
        # What could not be written, or, exchanged, what was there before.
        if temporary.is_dir():
            shutil.rmtree(temporary)
        else:
            temporary.unlink(missing_ok=True)


def remove_unfinished(folder, name=None, age=0):
    """Remove what `atomic_path` was writing in a folder when it was killed.

    Args:
        folder: `pathlib.Path`; without an age, one that no other process
            writes to.
        name: String, what it was to be called. Defaults to `None`, all.
        age: Number of seconds since it was touched. Defaults to `0`.

    Example:

    ```python
    remove_unfinished(pathlib.Path("runs/a"))
    ```
    """
    ending = "*" if name is None else glob.escape(name)
    for path in folder.glob(f".{'[0-9a-f]' * 32}.{ending}"):
        # Another process may be as far.
        with contextlib.suppress(FileNotFoundError):
            if time.time() - path.stat().st_mtime < age:
                continue
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()


def _exchange(one, other):
    """Let two paths change places in one step, where the system can."""
    try:
        rename = ctypes.CDLL(None, use_errno=True).renameat2
    except (AttributeError, OSError, TypeError):
        return False  # Not Linux.
    here, exchange = -100, 2  # AT_FDCWD, RENAME_EXCHANGE
    names = os.fsencode(one), os.fsencode(other)
    return rename(here, names[0], here, names[1], exchange) == 0
