"""Where the library keeps its files, and how it writes them.

Nothing is ever half written: a file or folder is made beside its final place
and renamed when it is whole.
"""

import contextlib
import ctypes
import functools
import glob
import hashlib
import os
import pathlib
import shutil
import time
import uuid

# After a day without a change nobody is writing any more.
ABANDONED = 24 * 3600


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
        user_path(home) if home else pathlib.Path.home() / ".cache" / "mtl_zoo"
    )
    return root.joinpath(*parts)


def user_path(path):
    """A path as a user gives it.

    Args:
        path: String or `pathlib.Path`; `~` stands for the home folder, and for
            itself where nobody knows it.

    Returns:
        A `pathlib.Path`.

    Example:

    ```python
    user_path("~/photos")
    ```
    """
    return pathlib.Path(os.path.expanduser(path))


def check_place(path):
    """Raise unless a file or folder can be made at a path; nothing is made.

    Args:
        path: `pathlib.Path`.

    Raises:
        ValueError: If what should be a folder above is none, or can't be
            written to.

    Example:

    ```python
    check_place(pathlib.Path("runs/a/metrics.json"))
    ```
    """
    folder = next(x for x in path.absolute().parents if x.exists())
    if not (folder.is_dir() and os.access(folder, os.W_OK)):
        raise ValueError(f"{path} can't be written: {folder} is not writable.")


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
    remove_unfinished(path.parent, path.name, ABANDONED)
    temporary = path.with_name(f".{mark()}.{path.name}")
    try:
        yield temporary
        if temporary.is_dir() and path.is_dir():
            # A folder cannot be renamed onto one that has files in it.
            if not _exchange(temporary, path):
                old = path.with_name(f".{mark()}.{path.name}")
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
        age: Number of seconds since it was touched; what a process was writing
            that has ended is removed at once. Defaults to `0`.

    Example:

    ```python
    remove_unfinished(pathlib.Path("runs/a"))
    ```
    """
    ending = "*" if name is None else glob.escape(name)
    for path in folder.glob(f".{'[0-9a-f]' * 32}.{ending}"):
        # Another process may be as far.
        with contextlib.suppress(FileNotFoundError):
            if not is_abandoned(path, path.name[1:33], age):
                continue
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()


def mark():
    """What to call a thing that this process has not finished yet.

    Returns:
        A string of 32 hexadecimal digits: where the process runs, which one it
        is, and a number that no other has.

    Example:

    ```python
    temporary = path.with_name(f".{mark()}.{path.name}")
    ```
    """
    number = uuid.uuid4().hex
    return f"{_here() or number[:16]}{os.getpid():08x}{number[-8:]}"


def is_abandoned(path, made, age):
    """Whether nobody writes to a path any more.

    Args:
        path: `pathlib.Path`.
        made: String that `mark` gave to who writes it.
        age: Number of seconds without a change that tell so, too.

    Returns:
        A boolean.

    Raises:
        FileNotFoundError: If there is no such path.
    """
    if time.time() - path.stat().st_mtime >= age:
        return True
    if made[:16] != _here():
        return False  # Another machine sees this folder, or another container.
    try:
        os.kill(int(made[16:24], 16), 0)
    except ProcessLookupError:
        return True
    except (OSError, OverflowError):
        pass  # Another user's.
    return False


@functools.cache
def _here():
    """16 digits that tell where a process's number counts; `None` off Linux."""
    try:
        boot = pathlib.Path("/proc/sys/kernel/random/boot_id").read_text()
        where = boot + os.readlink("/proc/self/ns/pid")
    except OSError:
        return None
    return hashlib.sha256(where.encode()).hexdigest()[:16]


def _exchange(one, other):
    """Let two paths change places in one step, where the system can."""
    try:
        rename = ctypes.CDLL(None, use_errno=True).renameat2
    except (AttributeError, OSError, TypeError):
        return False  # Not Linux.
    here, exchange = -100, 2  # AT_FDCWD, RENAME_EXCHANGE
    names = os.fsencode(one), os.fsencode(other)
    return rename(here, names[0], here, names[1], exchange) == 0
