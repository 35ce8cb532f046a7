"""The registry: which presets there are by name, and where they lie."""

import json
import os
import pathlib

from mtl_zoo.presets.folder import METADATA
from mtl_zoo.presets.folder import Preset
from mtl_zoo.presets.folder import check_digest
from mtl_zoo.utils.files import atomic_path
from mtl_zoo.utils.files import digest
from mtl_zoo.utils.files import read_json
from mtl_zoo.utils.text import unknown

# Installed, the presets lie inside of the package; in a checkout, at its root.
_FOLDERS = (
    pathlib.Path(__file__).parent / "bundled",
    pathlib.Path(__file__).parents[2] / "presets",
)


def bundled_folder():
    """The folder with `registry.json` and the presets shipped beside it.

    Returns:
        A `pathlib.Path`.

    Raises:
        ValueError: If the installation lacks the registry.

    Example:

    ```python
    bundled_folder() / "registry.json"
    ```
    """
    for folder in _FOLDERS:
        if (folder / "registry.json").is_file():
            return folder
    raise ValueError(
        "mtl_zoo is installed without its presets: registry.json is missing "
        f"in {_FOLDERS[0]}."
    )


def read_registry(path=None):
    """The registry as it stands in its file.

    Args:
        path: `pathlib.Path`. Defaults to the library's own registry.

    Returns:
        A dict with `"base_url"`, `"presets"` and `"encoders"`.

    Raises:
        ValueError: If the file is no registry.

    Example:

    ```python
    read_registry()["presets"]
    ```
    """
    path = path or bundled_folder() / "registry.json"
    content = read_json(path)
    presets = content.get("presets")
    if not isinstance(presets, dict) or "base_url" not in content:
        raise ValueError(
            f"{path} is not a registry: it needs 'base_url' and 'presets'."
        )
    encoders = content.setdefault("encoders", {})
    if not isinstance(encoders, dict):
        raise ValueError(f"{path} is not a registry: 'encoders' is no object.")
    for name, entry in {**presets, **encoders}.items():
        if not isinstance(entry, dict):
            raise ValueError(f"Preset {name!r} in {path} is not an object.")
        check_digest(
            entry.get("metadata"), f"'metadata' of preset {name!r} in {path}"
        )
    return content


def list_presets():
    """What the registry knows of models.

    Returns:
        A dict name → entry. An entry has `"description"`, `"model"` (`None`
        for an encoder alone), `"encoder"`, `"tasks"`, `"dataset"`,
        `"parameters"`, `"license"`, `"paper"` and, under `"metadata"`, sha256
        and size of the preset's `metadata.json`. That of an encoder alone may
        have its `"family"`, `"pyramid"` else.

    Example:

    ```python
    for name, entry in mtl_zoo.presets.list_presets().items():
        print(name, entry["description"])
    ```
    """
    return read_registry()["presets"]


def list_encoder_presets():
    """What the registry knows of encoders alone, such as ImageNet's.

    Returns:
        A dict name → entry, see `list_presets`.

    Example:

    ```python
    list(list_encoder_presets())  # ["efficientnet_lite0_imagenet", …]
    ```
    """
    return read_registry()["encoders"]


def list_all():
    """Entries of models and of encoders, see `list_presets`."""
    content = read_registry()
    return {**content["presets"], **content["encoders"]}


def base_url():
    """The address below which presets lie, one folder per name.

    Returns:
        A string without slash at the end, such as `"https://example.org/mtl"`
        or `"hf://org"`: what the environment variable `MTL_ZOO_PRESETS_URL`
        names, else what the registry does, else `None`.

    Example:

    ```python
    os.environ["MTL_ZOO_PRESETS_URL"] = "https://example.org/presets"
    ```
    """
    url = os.environ.get("MTL_ZOO_PRESETS_URL") or read_registry()["base_url"]
    return url and url.rstrip("/")


def unknown_name(name):
    """The error for a name that is neither in the registry nor a folder.

    Args:
        name: String.

    Returns:
        A `ValueError`.

    Example:

    ```python
    raise unknown_name("mti_net_cityscapes")
    ```
    """
    return unknown(
        "Preset",
        name,
        list_all(),
        "a folder (there is none of this name), https://…, "
        "hf://org/name[@revision], kaggle://…, gs://…",
    )


def registry_entry(directory):
    """What the registry says of a preset.

    Args:
        directory: String or path. The preset's folder.

    Returns:
        A dict, see `list_presets`.

    Raises:
        ValueError: If the folder is not a whole, unaltered preset.

    Example:

    ```python
    mtl_zoo.presets.registry_entry("my_preset")["metadata"]["sha256"]
    ```
    """
    folder = pathlib.Path(directory)
    content = Preset(folder).metadata
    # Of an encoder alone: known by name, nothing of it is loaded yet.
    family = {"family": content["family"]} if "family" in content else {}
    return {
        "description": content.get("description", ""),
        "model": content.get("model"),
        "encoder": content.get("encoder"),
        "tasks": [task["name"] for task in content.get("tasks", [])],
        "dataset": content.get("dataset"),
        "parameters": content.get("parameter_count"),
        "metadata": digest(folder / METADATA),
        "license": content.get("license"),
        "paper": content.get("paper"),
        **family,
    }


def update_registry(path, name, entry):
    """Write an entry into a registry file, in one step.

    A new one comes last; the order is that of the README's table.

    Args:
        path: String or path of a `registry.json`; made anew where there is
            none.
        name: String. The preset's name.
        entry: Dict, as `registry_entry` gives it.

    Raises:
        ValueError: If the file exists and is no registry.

    Example:

    ```python
    entry = mtl_zoo.presets.registry_entry("presets/my_preset")
    mtl_zoo.presets.update_registry(
        "presets/registry.json", "my_preset", entry
    )
    ```
    """
    path = pathlib.Path(path)
    content = (
        read_registry(path)
        if path.exists()
        else {"base_url": None, "presets": {}}
    )
    # Without tasks it is an encoder alone.
    kind = "presets" if entry["tasks"] else "encoders"
    content.setdefault(kind, {})[name] = entry
    text = json.dumps(content, indent=2, ensure_ascii=False)
    with atomic_path(path) as temporary:
        temporary.write_text(text + "\n", encoding="utf-8")
