"""Download a preset into the cache, so that nobody ever sees a part of it.

Files come into a folder of their own, are checked, and the folder is renamed
when it is whole. Its name in the cache contains the sha256 of its
`metadata.json`, which contains those of all other files: what lies there under
a name is always the same content, wherever it came from. The card is not
downloaded: no sha256 vouches for it.
"""

import contextlib
import os
import re
import shutil
import tempfile

from mtl_zoo.presets import http
from mtl_zoo.presets.folder import CARD
from mtl_zoo.presets.folder import METADATA
from mtl_zoo.presets.folder import Preset
from mtl_zoo.presets.folder import check_file
from mtl_zoo.presets.folder import read_metadata
from mtl_zoo.utils.files import ABANDONED
from mtl_zoo.utils.files import MAX_JSON_BYTES
from mtl_zoo.utils.files import cache_folder
from mtl_zoo.utils.files import digest
from mtl_zoo.utils.files import is_abandoned
from mtl_zoo.utils.files import mark

_MAX_BYTES = 20 * 2**30


def fetch(address, metadata_digest=None, copy=None):
    """A preset in the cache, downloaded where it isn't there yet.

    Args:
        address: String, the address of the preset's folder.
        metadata_digest: Dict with sha256 and size of `metadata.json`, as the
            registry has it. Defaults to `None`: `metadata.json` itself is
            downloaded anew and believed.
        copy: Callable `(url, target, expected)` that downloads one file.
            Defaults to `None`, over HTTP.

    Returns:
        A `mtl_zoo.presets.folder.Preset`.

    Raises:
        ValueError: If a file that arrived differs from what it should be.
        OSError: If the download fails.

    Example:

    ```python
    fetch("https://example.org/presets/my_preset")
    ```
    """
    address = address.rstrip("/")
    if copy is None:
        http.check_address(address)
        copy = _copy_over_http
    name = re.sub(r"[^\w.-]", "_", address.rpartition("/")[2])[:100]
    root = cache_folder("presets")
    root.mkdir(parents=True, exist_ok=True)
    _remove_stale(root)

    with tempfile.TemporaryDirectory(
        prefix=f".download.{mark()}.", dir=root, ignore_cleanup_errors=True
    ) as temporary:
        folder = root.joinpath(temporary, "preset")
        folder.mkdir()
        path = folder / METADATA
        url = f"{address}/{METADATA}"
        copy(url, path, metadata_digest)
        if metadata_digest is None:
            metadata_digest = digest(path)
        else:
            check_file(path, metadata_digest, http.shown(url))

        present = cached(name, metadata_digest)
        if present is not None:
            return present
        try:
            files = read_metadata(path)["files"]
        except ValueError as error:
            reason = str(error).replace(str(path), http.shown(url))
            raise ValueError(reason) from None
        files.pop(CARD, None)
        total = sum(listed["size"] for listed in files.values())
        if total > _MAX_BYTES:
            raise ValueError(
                f"{http.shown(url)} lists {total} bytes; at most {_MAX_BYTES} "
                "are downloaded."
            )
        for file, listed in files.items():
            url = f"{address}/{file}"
            copy(url, folder / file, listed)
            check_file(folder / file, listed, http.shown(url))
        return _install(folder, name, metadata_digest)


def cached(name, metadata_digest, verify=True):
    """A preset in the cache, where there is a good one.

    Args:
        name: String. The preset's name.
        metadata_digest: Dict with sha256 and size of its `metadata.json`.
        verify: Boolean. Whether size and sha256 of every file are compared.
            Defaults to `True`.

    Returns:
        A `mtl_zoo.presets.folder.Preset`, or `None` where it is missing or
        damaged.

    Example:

    ```python
    cached("my_preset", {"sha256": "2c26…", "size": 3})
    ```
    """
    try:
        return Preset(_place(name, metadata_digest), verify, metadata_digest)
    except (ValueError, OSError):
        return None


def _copy_over_http(url, target, expected):
    size = expected and expected["size"]
    http.download(url, target, MAX_JSON_BYTES if size is None else size, size)


def _place(name, metadata_digest):
    return cache_folder("presets", f"{name}-{metadata_digest['sha256'][:16]}")


def _install(folder, name, metadata_digest):
    """Move a whole download to its place; the first of several loaders wins.

    A good folder is never replaced: another loader may be reading it.
    """
    place = _place(name, metadata_digest)
    try:
        os.rename(folder, place)
    except OSError:
        present = cached(name, metadata_digest)
        if present is not None:
            return present
        # What lies there is damaged. It goes into the temporary folder.
        with contextlib.suppress(FileNotFoundError):
            os.rename(place, folder.with_name("damaged"))
        os.rename(folder, place)
    return Preset(place, False)


def _remove_stale(root):
    """Remove what killed downloads left behind."""
    for folder in root.glob(".download.*"):
        with contextlib.suppress(OSError):
            made = folder.name.split(".")[2]
            if is_abandoned(folder, made, ABANDONED):
                shutil.rmtree(folder, ignore_errors=True)
