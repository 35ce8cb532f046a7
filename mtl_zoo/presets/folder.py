"""A preset on this machine: its folder, checked once, then read.

`metadata.json` lists every other file with sha256 and size; a registry entry
has those of `metadata.json`. Only listed files are ever opened, and of a
configuration no more than a network needs. The card, `README.md`, is prose for
people: it is not listed, and may be mended at any time.
"""

import json
import math
import re
import stat

from mtl_zoo.utils.files import digest

METADATA = "metadata.json"
ENCODER_CONFIG = "config.json"
ENCODER_WEIGHTS = "model.weights.h5"
TASK_CONFIG = "task.json"
TASK_WEIGHTS = "task.weights.h5"
CARD = "README.md"

FORMAT_VERSION = 1

# The largest file of ours has 15 kB; KerasHub backbones reach some 300 kB.
MAX_JSON_BYTES = 8_000_000
MAX_DEPTH = 64
_MAX_ELEMENTS = 500_000
MAX_TASKS = 64
_MAX_FILES = 100

# Every file lies directly in the folder: no separators, no "..", no "C:".
_FILE_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_.-]{0,99}")
# What a terminal would obey or show in another order; halves of characters.
_CONTROL = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069"
    "\ud800-\udfff]"
)
_SHA256 = re.compile(r"[0-9a-f]{64}")


class Preset:
    """A preset's folder, whole and unaltered when this object exists.

    Args:
        path: `pathlib.Path`.
        verify: Boolean. Whether to compare sizes and sha256; otherwise it is
            only looked whether the files are there. Defaults to `True`.
        expected: Dict with `"sha256"` and `"size"` of `metadata.json`, as in a
            registry entry. Defaults to `None`, not known.

    Raises:
        ValueError: Naming the file that is missing, altered or not allowed.

    Example:

    ```python
    preset = Preset(pathlib.Path("my_preset"))
    preset.metadata["tasks"]
    ```
    """

    def __init__(self, path, verify=True, expected=None):
        self.path = path
        if verify and expected is not None:
            check_file(path / METADATA, expected)
        self.metadata = read_metadata(path / METADATA)
        for name, listed in self.metadata["files"].items():
            if name == CARD:
                # Presets of before listed their card.
                continue
            if verify:
                check_file(path / name, listed)
            else:
                check_regular(path / name)

    @property
    def is_encoder(self):
        """Whether it holds an encoder alone."""
        return TASK_CONFIG not in self.metadata["files"]

    @property
    def names(self):
        """Names of its files, those that are not listed too."""
        names = [METADATA, *self.metadata["files"], CARD]
        return [
            name
            for name in dict.fromkeys(names)
            if self.path.joinpath(name).is_file()
        ]

    def file(self, name):
        """Path of one of the listed files.

        Args:
            name: String.

        Returns:
            A `pathlib.Path`.

        Raises:
            ValueError: If the preset does not list it.
        """
        if name not in self.metadata["files"]:
            raise ValueError(f"{self.path / METADATA} does not list {name}.")
        return self.path / name

    def config(self, name):
        """A configuration: an object of JSON, of bounded size and depth.

        Args:
            name: String, `"config.json"` or `"task.json"`.

        Returns:
            A dict.

        Raises:
            ValueError: If it is no JSON object, or too large.
        """
        return read_json(self.file(name))


def check_file(path, expected, name=None):
    """Raise unless a file has the expected sha256 and size.

    Args:
        path: `pathlib.Path`.
        expected: Dict with `"sha256"` and `"size"`.
        name: How the error calls the file. Defaults to its path.

    Raises:
        ValueError: If it is missing or altered.

    Example:

    ```python
    check_file(path, {"sha256": "2c26…", "size": 3})
    ```
    """
    name = name or path
    found = check_regular(path, name)
    if found != expected["size"]:
        raise ValueError(
            f"Preset file {name} is altered or cut: it has {found} bytes "
            f"instead of {expected['size']}."
        )
    try:
        found = digest(path)["sha256"]
    except OSError as error:
        raise _unreadable(name, error) from None
    if found != expected["sha256"]:
        raise ValueError(
            f"Preset file {name} is altered: its sha256 is {found} instead of "
            f"{expected['sha256']}."
        )


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


def _unreadable(name, error):
    reason = error.strerror or type(error).__name__
    return ValueError(f"File {name} can't be read: {reason}.")


def check_digest(entry, where):
    """Raise unless `entry` is a dict with a sha256 and a size.

    Args:
        entry: Anything, as parsed from JSON.
        where: String, how the error calls it.

    Raises:
        ValueError: If it is not.

    Example:

    ```python
    check_digest({"sha256": "0" * 64, "size": 3}, "task.json")
    ```
    """
    if not (
        isinstance(entry, dict)
        and _SHA256.fullmatch(str(entry.get("sha256")))
        and type(entry.get("size")) is int
        and 0 <= entry["size"] < 2**50
    ):
        raise ValueError(
            f"{where} needs a sha256 (64 hexadecimal digits) and a size (in "
            f"bytes); found {repr(entry)[:100]}."
        )


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
        content = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise _unreadable(path, error) from None
    except (ValueError, RecursionError) as error:
        reason = str(error)[:100]
        raise ValueError(f"{path} is not valid JSON: {reason}") from None
    if not isinstance(content, dict):
        raise ValueError(f"{path} holds no JSON object.")
    _check_bounds(content, path)
    return content


def _check_bounds(content, path):
    """Raise where a JSON object is nested too deep or has too many values."""
    level = [content]
    count = 0
    for _ in range(MAX_DEPTH):
        count += len(level)
        if not level or count > _MAX_ELEMENTS:
            break
        for value in level:
            if isinstance(value, float) and not math.isfinite(value):
                raise ValueError(f"{path} holds a number that is not finite.")
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
            f"{path} is nested deeper than {MAX_DEPTH} or has more than "
            f"{_MAX_ELEMENTS} values."
        )


def read_metadata(path):
    """The metadata of a preset, checked.

    Args:
        path: `pathlib.Path` of `metadata.json`.

    Returns:
        A dict.

    Raises:
        ValueError: If it is missing, of another format, names files that a
            preset can't have, or an entry is of a wrong type.

    Example:

    ```python
    read_metadata(pathlib.Path("my_preset/metadata.json"))["files"]
    ```
    """
    content = read_json(path)
    version = content.get("format_version")
    if version != FORMAT_VERSION:
        raise ValueError(
            f"{path} has format_version {str(version)[:20]!s}; this version of "
            f"mtl_zoo reads {FORMAT_VERSION}."
        )
    files = content.get("files")
    if not isinstance(files, dict) or len(files) > _MAX_FILES:
        raise ValueError(f"{path} has no list of files.")
    for name, entry in files.items():
        if not _FILE_NAME.fullmatch(name) or name == METADATA:
            raise ValueError(
                f"{path} names a file {name[:100]!r}; allowed are plain names "
                "of files in the folder, of letters, digits, '_', '-' and '.'."
            )
        check_digest(entry, f"File {name!r} in {path}")
    # An encoder alone has two files, a model four.
    required = [ENCODER_CONFIG, ENCODER_WEIGHTS]
    if TASK_CONFIG in files or TASK_WEIGHTS in files:
        required += [TASK_CONFIG, TASK_WEIGHTS]
    missing = [name for name in required if name not in files]
    if missing:
        raise ValueError(f"{path} does not list {', '.join(missing)}.")
    for key, (test, wanted) in _ENTRIES.items():
        if key in content and not test(content[key]):
            raise ValueError(
                f"{path} has {key} {repr(content[key])[:60]}; it must be "
                f"{wanted}."
            )
    return content


def _is_text(value):
    return isinstance(value, str)


def _is_text_or_none(value):
    return value is None or isinstance(value, str)


def _is_size(value):
    return (
        isinstance(value, list)
        and len(value) == 2
        and all(type(side) is int and 0 < side <= 100_000 for side in value)
    )


def _are_tasks(value):
    return (
        isinstance(value, list)
        and len(value) <= MAX_TASKS
        and all(
            isinstance(task, dict) and isinstance(task.get("name"), str)
            for task in value
        )
    )


# What the library itself reads of the metadata: a test, and its words.
_ENTRIES = {
    "model": (_is_text_or_none, "a class's name or null"),
    "encoder": (_is_text, "an encoder's name"),
    "tasks": (_are_tasks, f"a list of at most {MAX_TASKS} objects with names"),
    "description": (_is_text, "a string"),
    "license": (_is_text_or_none, "a string or null"),
    "parameter_count": (
        lambda value: type(value) is int and value >= 0,
        "a whole number from 0",
    ),
    "working_size": (_is_size, "[height, width] in pixels"),
    "camera": (lambda value: isinstance(value, dict), "an object"),
}


def check_replaceable(folder):
    """Raise if a folder holds anything else than a preset.

    Args:
        folder: `pathlib.Path`, which need not exist.

    Raises:
        ValueError: If it is not to be overwritten.

    Example:

    ```python
    check_replaceable(pathlib.Path("my_preset"))
    ```
    """
    if not folder.exists():
        return
    if folder.is_dir():
        found = {path.name for path in folder.iterdir()}
        if not found:
            return
        try:
            known = read_metadata(folder / METADATA)["files"]
            if found <= {METADATA, CARD, *known}:
                return
        except ValueError:
            pass
    raise ValueError(
        f"{folder} exists and is not a preset, or holds other files too; it "
        "is not overwritten."
    )
