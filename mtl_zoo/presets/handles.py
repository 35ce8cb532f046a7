"""From a handle to a local, checked folder.

A handle is a name of the registry, a folder, or an address: `https://`,
`hf://`, `kaggle://`, `gs://`.
"""

import os
import pathlib
import re

from mtl_zoo.presets import download
from mtl_zoo.presets import hubs
from mtl_zoo.presets import integrity
from mtl_zoo.presets import registry


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
    folder = mtl_zoo.presets.resolve("mti_net_hrnet_w18_small_v2_rooms")
    print((folder / "README.md").read_text())
    ```
    """
    if not isinstance(handle, (str, os.PathLike)):
        raise ValueError(
            f"A preset is named by a string or a path; received {handle!r}."
        )
    scheme = isinstance(handle, str) and re.match(r"([a-z]+)://", handle)
    if scheme:
        return _resolve_address(handle, scheme.group(1), verify)
    if isinstance(handle, str) and handle in registry.list_all():
        return _resolve_name(handle, verify)
    folder = pathlib.Path(handle).expanduser()
    if not folder.is_dir():
        raise registry.unknown_name(str(handle))
    integrity.check_folder(folder, verify)
    return folder


def _resolve_address(handle, scheme, verify):
    if scheme in ("https", "http"):
        return download.fetch(handle)
    if scheme == "gs":
        return download.fetch(handle, copy=hubs.copy_from_gs)
    if scheme == "hf":
        folder = hubs.from_hugging_face(handle)
    elif scheme == "kaggle":
        folder = hubs.from_kaggle(handle)
    else:
        raise ValueError(
            f"Preset {handle!r} can't be loaded: allowed are https://, hf://, "
            "kaggle:// and gs://."
        )
    integrity.check_folder(folder, verify)
    return folder


def _resolve_name(name, verify):
    """The bundled copy, else the one in the cache, else a download."""
    expected = registry.list_all()[name]["metadata"]
    bundled = registry.bundled_folder() / name
    if (bundled / integrity.METADATA).is_file():
        integrity.check_folder(bundled, verify, expected)
        return bundled
    cached = download.cached(name, expected, verify)
    if cached is not None:
        return cached
    address = registry.base_url()
    if address is None:
        raise ValueError(
            f"Preset {name!r} is neither bundled with this installation nor in "
            "the cache, and the registry has no address to download it from: "
            "set MTL_ZOO_PRESETS_URL."
        )
    return download.fetch(f"{address}/{name}", expected)
