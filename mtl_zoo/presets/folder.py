"""A preset on this machine: its folder, checked once, then read.

`metadata.json` lists every other file with sha256 and size; a registry entry
has those of `metadata.json`. Only listed files are ever opened, and of a
configuration no more than a network needs. The card, `README.md`, is prose for
people: it is not listed, and may be mended at any time.
"""

import re

from mtl_zoo.utils.files import check_regular
from mtl_zoo.utils.files import digest
from mtl_zoo.utils.files import read_json
from mtl_zoo.utils.files import unreadable
from mtl_zoo.utils.images import can_be_seen

METADATA = "metadata.json"
ENCODER_CONFIG = "config.json"
ENCODER_WEIGHTS = "model.weights.h5"
TASK_CONFIG = "task.json"
TASK_WEIGHTS = "task.weights.h5"
CARD = "README.md"

FORMAT_VERSION = 1

MAX_TASKS = 64
_MAX_FILES = 100

# Every file lies directly in the folder: no separators, no "..", no "C:".
_FILE_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_.-]{0,99}")
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
        raise unreadable(name, error) from None
    if found != expected["sha256"]:
        raise ValueError(
            f"Preset file {name} is altered: its sha256 is {found} instead of "
            f"{expected['sha256']}."
        )


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
    return {**_WITHOUT, **content}


def _is_text(value):
    return isinstance(value, str)


def _is_line(value):
    return isinstance(value, str) and len(value.splitlines()) <= 1


def _is_object_or_none(value):
    return value is None or isinstance(value, dict)


def _is_size(value):
    return (
        isinstance(value, list)
        and len(value) == 2
        and all(type(side) is int for side in value)
        and can_be_seen(value)
    )


def _are_tasks(value):
    return (
        isinstance(value, list)
        and len(value) <= MAX_TASKS
        and all(
            isinstance(task, dict)
            and _is_line(task.get("name"))
            and type(task.get("channels", 1)) is int
            and (task.get("unit") is None or _is_line(task["unit"]))
            and _are_lines(task.get("class_names") or [])
            for task in value
        )
    )


def _are_lines(value):
    return isinstance(value, list) and all(map(_is_line, value))


# What the library itself reads of the metadata: a test, and its words.
_ENTRIES = {
    "model": (
        lambda value: (
            value is None or (isinstance(value, str) and value.isidentifier())
        ),
        "a class's name or null",
    ),
    "encoder": (_is_line, "an encoder's name"),
    "family": (_is_line, "a family of encoders"),
    "normalization": (
        lambda value: value is None or isinstance(value, (str, dict)),
        "a name, an object or null",
    ),
    "tasks": (
        _are_tasks,
        f"a list of at most {MAX_TASKS} objects with names, numbers of "
        "channels, units and lists of class names",
    ),
    "description": (_is_text, "a string"),
    "license": (
        lambda value: value is None or _is_line(value),
        "a string of one line or null",
    ),
    **{
        key: (_is_line, "a string of one line")
        for key in (
            *("weights_dtype", "date_saved"),
            *("mtl_zoo_version", "keras_version"),
        )
    },
    **{
        key: (_is_object_or_none, "an object or null")
        for key in (
            *("metrics", "constant_predictor", "photographs", "evaluation"),
        )
    },
    "delta_m": (
        lambda value: value is None or type(value) in (int, float),
        "a number or null",
    ),
    "parameter_count": (
        lambda value: type(value) is int and value >= 0,
        "a whole number from 0",
    ),
    "working_size": (_is_size, "[height, width] in pixels"),
    "camera": (
        lambda value: (
            isinstance(value, dict)
            and (
                value.get("field_of_view") is None
                or type(value["field_of_view"]) in (int, float)
                and 1 <= value["field_of_view"] <= 170
            )
        ),
        "an object, field_of_view in it 1 to 170 degrees",
    ),
}

# Entries that a preset may leave out: what is read then.
_WITHOUT = {
    "model": None,
    "encoder": "encoder",
    "parameter_count": 0,
    "tasks": [],
    "weights_dtype": "float32",
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
