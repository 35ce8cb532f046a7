"""From a handle to a preset on this machine, checked.

A handle is a name of the registry, a folder, or an address: `https://`,
`hf://`, `kaggle://`, `gs://`. A name's sources are, in this order: the presets
shipped with the library (in a checkout, all of them), the cache, the address
that `MTL_ZOO_PRESETS_URL` names, and the registry's own, its `"base_url"`. Such
an address, `https://…` or `hf://org`, has a folder or repository per name.
"""

import os
import re

from mtl_zoo.presets import download
from mtl_zoo.presets import hubs
from mtl_zoo.presets import registry
from mtl_zoo.presets.folder import METADATA
from mtl_zoo.presets.folder import Preset
from mtl_zoo.utils.files import user_path


def resolve(handle, verify=True):
    """A local folder with a preset, downloaded where needed.

    Downloads are kept below `mtl_zoo.utils.cache_folder("presets")`, those of
    Hugging Face and Kaggle in these libraries' own caches. They are always
    checked as they arrive.

    Args:
        handle: String or path. A name of `list_presets()`, a local folder, or
            `"https://…/"`, `"hf://org/name[@revision]"`, `"kaggle://…"`,
            `"gs://…"`. Plain `http://` is for this machine only.
        verify: Boolean. Whether size and sha256 of every local file are
            compared. Defaults to `True`.

    Returns:
        A `pathlib.Path`.

    Raises:
        ValueError: If there is no such preset, or a file is missing or
            altered; the message names it.
        OSError: If a download fails.
        ImportError: If a library is missing that the handle needs.

    Example:

    ```python
    folder = mtl_zoo.presets.resolve("mti_net_efficientnet_lite0_rooms")
    print((folder / "README.md").read_text())
    ```
    """
    return find(handle, verify).path


def find(handle, verify=True):
    """The preset that a handle names, downloaded where needed, and checked.

    Args:
        handle: As for `resolve`.
        verify: As for `resolve`.

    Returns:
        A `mtl_zoo.presets.folder.Preset`.

    Raises:
        ValueError: As `resolve`.
        OSError: As `resolve`.
        ImportError: As `resolve`.

    Example:

    ```python
    find("mti_net_efficientnet_lite0_rooms").metadata["license"]
    ```
    """
    if not isinstance(handle, (str, os.PathLike)):
        raise ValueError(
            f"A preset is named by a string or a path; received {handle!r}."
        )
    if isinstance(handle, str) and re.match(r"[a-z]+://", handle):
        return _find_address(handle, verify)
    if isinstance(handle, str) and handle in registry.list_all():
        return _find_name(handle, verify)
    folder = _folder(handle)
    if folder is None:
        raise registry.unknown_name(str(handle))
    return Preset(folder, verify)


def _folder(handle):
    """The folder that a handle names, or `None`."""
    if not os.fspath(handle):
        # For a path, nothing is the current folder.
        return None
    try:
        folder = user_path(handle)
        return folder if folder.is_dir() else None
    except (OSError, ValueError):
        # What can't be the name of a file.
        return None


def _find_address(handle, verify, expected=None):
    scheme = handle.partition("://")[0]
    if scheme in ("https", "http"):
        return download.fetch(handle, expected)
    if scheme == "gs":
        return download.fetch(handle, expected, hubs.copy_from_gs)
    if scheme == "hf":
        folder = hubs.from_hugging_face(handle)
    elif scheme == "kaggle":
        folder = hubs.from_kaggle(handle)
    else:
        raise ValueError(
            f"Preset {handle[:100]!r} can't be loaded: allowed are https://, "
            "hf://, kaggle:// and gs://."
        )
    return Preset(folder, verify, expected)


def _find_name(name, verify):
    expected = registry.list_all()[name]["metadata"]
    bundled = registry.bundled_folder() / name
    if (bundled / METADATA).is_file():
        return Preset(bundled, verify, expected)
    cached = download.cached(name, expected, verify)
    if cached is not None:
        return cached
    address = registry.base_url()
    if address is None:
        raise ValueError(
            f"Preset {name!r} is not shipped with this installation, nor in "
            "the cache: load it from a checkout of the project, or set "
            "MTL_ZOO_PRESETS_URL to an https:// or hf:// address that has it."
        )
    return _find_address(f"{address}/{name}", verify, expected)
