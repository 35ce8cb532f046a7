"""Is a preset's folder whole and unaltered?

`metadata.json` says sha256 and size of every other file; a registry entry says
those of `metadata.json`.
"""

import hashlib
import json
import re

METADATA = "metadata.json"
ENCODER_CONFIG = "config.json"
ENCODER_WEIGHTS = "model.weights.h5"
TASK_CONFIG = "task.json"
TASK_WEIGHTS = "task.weights.h5"
CARD = "README.md"

# A preset may hold an encoder alone; then it has no files of the tasks.
REQUIRED = (ENCODER_CONFIG, ENCODER_WEIGHTS)
FORMAT_VERSION = 1

# Every file lies directly in the folder: no separators, no "..", no "C:".
_FILE_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_.-]*")
_SHA256 = re.compile(r"[0-9a-f]{64}")


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
    if not path.is_file():
        raise ValueError(f"Preset file {name} is missing.")
    found = path.stat().st_size
    if found != expected["size"]:
        raise ValueError(
            f"Preset file {name} is altered or cut: it has {found} bytes "
            f"instead of {expected['size']}."
        )
    found = digest(path)["sha256"]
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
        and entry["size"] >= 0
    ):
        raise ValueError(
            f"{where} needs a sha256 (64 hexadecimal digits) and a size (in "
            f"bytes); found {entry!r}."
        )


def read_json(path):
    """A JSON object from a file, with an error that names the file.

    Args:
        path: `pathlib.Path`.

    Returns:
        A dict.

    Raises:
        ValueError: If the file is missing or holds no JSON object.

    Example:

    ```python
    read_json(folder / "metadata.json")["model"]
    ```
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ValueError(f"Preset file {path} is missing.") from None
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{path} is not valid JSON: {error}") from None
    if not isinstance(content, dict):
        raise ValueError(f"{path} holds no JSON object.")
    return content


def read_metadata(folder):
    """The metadata of a preset's folder, its list of files checked.

    Args:
        folder: `pathlib.Path`.

    Returns:
        A dict.

    Raises:
        ValueError: If it is missing, of another format, or names files that a
            preset can't have.

    Example:

    ```python
    read_metadata(pathlib.Path("my_preset"))["files"]
    ```
    """
    path = folder / METADATA
    content = read_json(path)
    version = content.get("format_version")
    if version != FORMAT_VERSION:
        raise ValueError(
            f"{path} has format_version {version!r}; this version of mtl_zoo "
            f"reads {FORMAT_VERSION}."
        )
    files = content.get("files")
    if not isinstance(files, dict):
        raise ValueError(f"{path} has no list of files.")
    for name, entry in files.items():
        if not _FILE_NAME.fullmatch(name) or name == METADATA:
            raise ValueError(
                f"{path} names a file {name!r}; allowed are plain names of "
                "files in the folder, of letters, digits, '_', '-' and '.'."
            )
        check_digest(entry, f"File {name!r} in {path}")
    missing = [name for name in REQUIRED if name not in files]
    if missing:
        raise ValueError(f"{path} does not list {', '.join(missing)}.")
    return content


def check_folder(folder, verify=True, metadata_digest=None):
    """Raise unless a preset's folder is whole and, with `verify`, unaltered.

    Args:
        folder: `pathlib.Path`.
        verify: Boolean. Whether to compare sizes and sha256; otherwise it is
            only looked whether the files are there. Defaults to `True`.
        metadata_digest: Dict with `"sha256"` and `"size"` of
            `metadata.json`, as in a registry entry. Defaults to `None`, not
            known.

    Raises:
        ValueError: Naming the file that is missing or altered.

    Example:

    ```python
    check_folder(pathlib.Path("my_preset"))
    ```
    """
    if verify and metadata_digest is not None:
        check_file(folder / METADATA, metadata_digest)
    for name, expected in read_metadata(folder)["files"].items():
        if verify:
            check_file(folder / name, expected)
        elif not (folder / name).is_file():
            raise ValueError(f"Preset file {folder / name} is missing.")


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
            if found <= set(file_names(folder)):
                return
        except ValueError:
            pass
    raise ValueError(
        f"{folder} exists and is not a preset, or holds other files too; it "
        "is not overwritten."
    )


def file_names(folder):
    """Names of all files of a preset.

    Args:
        folder: `pathlib.Path`.

    Returns:
        A list of strings, `"metadata.json"` among them.

    Example:

    ```python
    file_names(pathlib.Path("my_preset"))
    ```
    """
    return [METADATA, *read_metadata(folder)["files"]]
