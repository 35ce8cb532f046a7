"""Where the library keeps its files, how it writes them and reads JSON.

Nothing is ever half written: a file or folder is made beside its final place
and renamed when it is whole.
"""

import contextlib
import ctypes
import functools
import glob
import hashlib
import json
import math
import os
import pathlib
import re
import shutil
import stat
import time
import uuid

# Of JSON: the largest file of ours has 15 kB, KerasHub backbones reach 300 kB.
MAX_JSON_BYTES = 8_000_000
_MAX_DEPTH = 64
_MAX_ELEMENTS = 500_000
# What a terminal would obey or show in another order; halves of characters.
_CONTROL = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069"
    "\ud800-\udfff]"
)

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

    Raises:
        ValueError: If there is neither this variable nor a home folder.

    Example:

    ```python
    mtl_zoo.utils.cache_folder("datasets", "rooms")
    ```
    """
    root = user_path(os.environ.get("MTL_ZOO_HOME") or "~/.cache/mtl_zoo")
    if root.parts[:1] == ("~",):
        raise ValueError(
            "No place for the cache is known, as nobody knows a home folder "
            "here: set MTL_ZOO_HOME to a folder."
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


def files_of(folder):
    """What a user put into a folder.

    Args:
        folder: `pathlib.Path`.

    Returns:
        A pair of sorted lists of `pathlib.Path`: files, and what is none, such
        as folders.

    Example:

    ```python
    photos, passed_over = files_of(pathlib.Path("photos"))
    ```
    """
    found = sorted(path for path in folder.iterdir() if not is_foreign(path))
    return (
        [path for path in found if path.is_file()],
        [path for path in found if not path.is_file()],
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


def check_regular(path, name=None):
    """Raise unless a path is a file; nothing is opened.

    Opening a named pipe would wait for ever, and a device has no end.

    Args:
        path: `pathlib.Path`.
        name: How the error calls the file. Defaults to its path.

    Returns:
        Integer, its size in bytes.

    Raises:
        ValueError: If it is missing or something else than a file.

    Example:

    ```python
    check_regular(pathlib.Path("preset/task.json"))
    ```
    """
    name = name or path
    try:
        status = path.stat()
    except OSError:
        raise ValueError(f"File {name} is missing.") from None
    if not stat.S_ISREG(status.st_mode):
        raise ValueError(f"{name} is no file, but a folder, pipe or device.")
    return status.st_size


def unreadable(name, error):
    """The `ValueError` for a file that the system would not read."""
    reason = error.strerror or type(error).__name__
    return ValueError(f"File {name} can't be read: {reason}.")


def read_json(path):
    """A JSON object from a file, with an error that names the file.

    Args:
        path: `pathlib.Path`.

    Returns:
        A dict of at most 8 MB, 500,000 values and a depth of 64.

    Raises:
        ValueError: If the file is missing, too large, or holds no JSON object.

    Example:

    ```python
    read_json(folder / "metadata.json")["model"]
    ```
    """
    size = check_regular(path)
    if size > MAX_JSON_BYTES:
        raise ValueError(
            f"{path} has {size} bytes; at most {MAX_JSON_BYTES} are read."
        )
    try:
        # Editors on Windows may begin a file with a byte order mark.
        content = json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise unreadable(path, error) from None
    except (ValueError, RecursionError) as error:
        reason = str(error)[:100]
        raise ValueError(f"{path} is not valid JSON: {reason}") from None
    if not isinstance(content, dict):
        raise ValueError(f"{path} holds no JSON object.")
    check_bounds(content, path)
    return content


def check_bounds(content, path):
    """Raise where a JSON object holds what nobody can use, or too much.

    Args:
        content: Dict, what JSON gave.
        path: Path that errors name.

    Raises:
        ValueError: If a number is no finite float, a text holds control
            characters, or there are too many values, or in too deep.
    """
    level = [content]
    count = 0
    for _ in range(_MAX_DEPTH):
        count += len(level)
        if not level or count > _MAX_ELEMENTS:
            break
        for value in level:
            if isinstance(value, float) and not math.isfinite(value):
                raise ValueError(f"{path} holds a number that is not finite.")
            # Whole numbers of JSON have any number of digits.
            if isinstance(value, int) and abs(value) >= 2**63:
                raise ValueError(f"{path} holds a number of more than 64 bits.")
            if isinstance(value, str) and _CONTROL.search(value):
                raise ValueError(
                    f"{path} holds control characters: {ascii(value)[:100]}."
                )
        level = [
            inner
            for value in level
            if isinstance(value, (dict, list))
            for inner in (
                (*value, *value.values()) if isinstance(value, dict) else value
            )
        ]
    if level:
        raise ValueError(
            f"{path} is nested deeper than {_MAX_DEPTH} or has more than "
            f"{_MAX_ELEMENTS} values."
        )


@contextlib.contextmanager
def atomic_path(path):
    """Write a file or folder beside its final place, then rename it.

    Yields a temporary path in the same folder; the caller creates a file or a
    folder there. When the block ends well, it takes the place of `path` (on
    Linux in one step, a folder's too); when it raises, the temporary
    path is removed and `path` stays as it was.

    Args:
        path: String or `pathlib.Path`. The final place; of a link, where it
            leads.

    Yields:
        A `pathlib.Path` with the same suffix as `path`.

    Example:

    ```python
    with mtl_zoo.utils.atomic_path("metrics.json") as temporary:
        temporary.write_text("{}")
    ```
    """
    name = pathlib.Path(path).name
    path = pathlib.Path(os.path.realpath(path))
    path.parent.mkdir(parents=True, exist_ok=True)
    remove_unfinished(path.parent, name)
    temporary = path.with_name(f".{mark()}.{name}")
    try:
        yield temporary
        if temporary.is_dir() and path.is_dir():
            # A folder cannot be renamed onto one that has files in it.
            if not _exchange(temporary, path):
                old = path.with_name(f".{mark()}.{name}")
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


def remove_unfinished(folder, name=None):
    """Remove what `atomic_path` was writing in a folder when it was killed.

    What another process may still be writing stays, see `is_abandoned`.

    Args:
        folder: `pathlib.Path`.
        name: String, what it was to be called. Defaults to `None`, all.

    Example:

    ```python
    remove_unfinished(pathlib.Path("runs/a"))
    ```
    """
    for path in unfinished(folder, name):
        # Another process may be as far.
        with contextlib.suppress(FileNotFoundError):
            if not is_abandoned(path, path.name[1:33], ABANDONED):
                continue
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()


def unfinished(folder, name=None):
    """What `atomic_path` is writing in a folder, or was when it was killed.

    Args:
        folder: `pathlib.Path`.
        name: String, what it is to be called. Defaults to `None`, all.

    Returns:
        A list of `pathlib.Path`, the last changed first.

    Example:

    ```python
    unfinished(pathlib.Path("runs/a"), "best")
    ```
    """
    ending = "*" if name is None else glob.escape(name)
    changed = []
    for path in folder.glob(f".{'[0-9a-f]' * 32}.{ending}"):
        # Another process may be as far.
        with contextlib.suppress(FileNotFoundError):
            changed.append((path.stat().st_mtime, path))
    return [path for _, path in sorted(changed, reverse=True)]


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
