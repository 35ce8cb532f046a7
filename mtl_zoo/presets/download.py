"""Download a preset into the cache, so that nobody ever sees a part of it.

Files come into a folder of their own, are checked, and the folder is renamed
when it is whole. Its name in the cache contains the sha256 of its
`metadata.json`, which contains those of all other files: what lies there under
a name is always the same content, wherever it came from.
"""

import contextlib
import ipaddress
import os
import re
import shutil
import socket
import tempfile
import threading
import time
import urllib.parse

from mtl_zoo.presets import integrity
from mtl_zoo.utils.files import cache_folder

# A server that is silent for so many seconds has failed.
TIMEOUT = 60
_STALE_SECONDS = 24 * 3600


def fetch(address, metadata_digest=None, copy=None):
    """A preset's folder in the cache, downloaded where it isn't there yet.

    Args:
        address: String, the address of the preset's folder.
        metadata_digest: Dict with sha256 and size of `metadata.json`, as the
            registry has it. Defaults to `None`: `metadata.json` itself is
            downloaded anew and believed.
        copy: Callable `(url, target, expected)` that downloads one file.
            Defaults to `None`, over HTTP.

    Returns:
        A `pathlib.Path`.

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
        check_address(address)
        copy = _copy_over_http
    name = re.sub(r"[^\w.-]", "_", address.rpartition("/")[2])
    root = cache_folder("presets")
    root.mkdir(parents=True, exist_ok=True)
    _remove_stale(root)

    with tempfile.TemporaryDirectory(
        prefix=".download.", dir=root, ignore_cleanup_errors=True
    ) as temporary:
        folder = root.joinpath(temporary, "preset")
        folder.mkdir()
        path = folder / integrity.METADATA
        url = f"{address}/{integrity.METADATA}"
        copy(url, path, metadata_digest)
        if metadata_digest is None:
            metadata_digest = integrity.digest(path)
        else:
            integrity.check_file(path, metadata_digest, url)

        present = cached(name, metadata_digest)
        if present is not None:
            return present
        files = integrity.read_metadata(folder)["files"]
        for file, expected in files.items():
            url = f"{address}/{file}"
            copy(url, folder / file, expected)
            integrity.check_file(folder / file, expected, url)
        return _install(folder, name, metadata_digest)


def cached(name, metadata_digest, verify=True):
    """A preset's folder in the cache, where there is a good one.

    Args:
        name: String. The preset's name.
        metadata_digest: Dict with sha256 and size of its `metadata.json`.
        verify: Boolean. Whether size and sha256 of every file are compared.
            Defaults to `True`.

    Returns:
        A `pathlib.Path`, or `None` where it is missing or damaged.

    Example:

    ```python
    cached("my_preset", {"sha256": "2c26…", "size": 3})
    ```
    """
    folder = _place(name, metadata_digest)
    try:
        integrity.check_folder(folder, verify, metadata_digest)
    except (ValueError, OSError):
        return None
    return folder


def check_address(address):
    """Raise unless an address may be downloaded from.

    Args:
        address: String.

    Raises:
        ValueError: If it is not `https://`, nor `http://` on this machine.

    Example:

    ```python
    check_address("https://example.org/presets")
    ```
    """
    try:
        parts = urllib.parse.urlsplit(address)
        host = parts.hostname
    except ValueError as error:
        raise ValueError(f"Address {address!r} is invalid: {error}") from None
    if not host or parts.query or parts.fragment:
        raise ValueError(
            f"Address {address!r} is not that of a preset's folder; allowed is "
            "'https://host/path/'."
        )
    if parts.scheme == "https" or (
        parts.scheme == "http" and _is_loopback(host)
    ):
        return
    raise ValueError(
        f"Address {address!r} is refused: allowed are https:// and, on this "
        "machine only, http://."
    )


def _is_loopback(host):
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _copy_over_http(url, target, expected):
    # Keras is imported here: the rest of this package needs none.
    import keras

    try:
        with _socket_timeout(TIMEOUT):
            keras.utils.get_file(
                target.name,
                urllib.parse.quote(url, safe=":/[]@%"),
                file_hash=expected and expected["sha256"],
                hash_algorithm="sha256",
                cache_dir=str(target.parent),
                cache_subdir="",
            )
    except ValueError:
        # The file arrived and is not what it should be: say how.
        if expected is None or not target.is_file():
            raise
        integrity.check_file(target, expected, url)
        raise
    except Exception as error:
        # `get_file` raises plain `Exception`s.
        raise OSError(f"Could not download {url}: {error}") from error


_timeout_lock = threading.Lock()
_timeout_users = 0


@contextlib.contextmanager
def _socket_timeout(seconds):
    """Let new sockets time out while any thread is in such a block.

    `keras.utils.get_file` has no timeout of its own, and the default of
    Python's sockets is one for the process: the first thread in sets it, the
    last out takes it back. A default that the user has set is left alone.
    """
    global _timeout_users
    with _timeout_lock:
        if _timeout_users or socket.getdefaulttimeout() is None:
            _timeout_users += 1
            counted = True
            socket.setdefaulttimeout(seconds)
        else:
            counted = False
    try:
        yield
    finally:
        with _timeout_lock:
            if counted:
                _timeout_users -= 1
                if not _timeout_users:
                    socket.setdefaulttimeout(None)


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
    return place


def _remove_stale(root):
    """Remove what killed downloads left behind."""
    for folder in root.glob(".download.*"):
        with contextlib.suppress(OSError):
            if time.time() - folder.stat().st_mtime > _STALE_SECONDS:
                shutil.rmtree(folder, ignore_errors=True)
