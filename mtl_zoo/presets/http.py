"""Download one file over HTTP, within bounds.

No more bytes than expected, no slower than a least rate, no longer waiting than
a minute for anything; what breaks is tried again and goes on where it stopped.
Redirects lead to https:// only (http:// on this machine), never to a file.
Neither credentials in an address nor what a server answers are ever printed as
they are.
"""

import contextlib
import functools
import http.client
import ipaddress
import re
import socket
import sys
import threading
import time
import urllib.error
import urllib.parse
import urllib.request

# A server that is silent for so many seconds has failed, and one that sends
# fewer bytes a second over as long.
TIMEOUT = 60
LEAST_RATE = 1000
# Seconds before another try.
PAUSES = (1, 4)
_MAX_REDIRECTS = 5
# Of the codes that blame the request, those that another try may cure.
_TEMPORARY = (408, 425, 429)
_CHUNK = 1 << 18


def check_address(address):
    """Raise unless a preset may be downloaded from an address.

    Args:
        address: String.

    Raises:
        ValueError: If it is not `https://`, nor `http://` on this machine.

    Example:

    ```python
    check_address("https://example.org/presets")
    ```
    """
    parts = _split(address)
    if not parts.hostname or parts.query or parts.fragment:
        raise ValueError(
            f"Address {shown(address)} is not that of a preset's folder; "
            "allowed is 'https://host/path/'."
        )
    _check_secure(parts, address)


def shown(address):
    """An address as it may be printed.

    Args:
        address: String.

    Returns:
        A string without credentials, query, or characters that a terminal
        would obey, of at most 200 characters.

    Example:

    ```python
    shown("https://me:secret@example.org/x")  # "https://…@example.org/x"
    ```
    """
    address = re.sub(r"//[^/]*@", "//…@", str(address))
    address = re.sub(r"[?#].*", "", address, flags=re.S)
    return re.sub(r"[^\x20-\x7e…]", "?", address)[:200]


def harmless(text):
    """What others say, as it may be printed.

    Args:
        text: String.

    Returns:
        A string without credentials, or characters that a terminal would obey,
        of at most 150 characters.

    Example:

    ```python
    harmless("no \\x1b[2J such file")
    ```
    """
    text = re.sub(r"[^\x20-\x7e…]", "?", text)
    return re.sub(r"//[^/\s]*@", "//…@", text)[:150]


def download(url, target, max_size, size=None):
    """Download one file.

    Args:
        url: String, an address that `check_address` allows.
        target: `pathlib.Path`; what it has already is kept and completed.
        max_size: Integer. More bytes are refused.
        size: Integer, how many bytes it must have. Defaults to `None`, as many
            as the server announces, or sends.

    Raises:
        ValueError: If the server announces or sends another size.
        OSError: If the download fails.

    Example:

    ```python
    download("https://example.org/a.json", pathlib.Path("a.json"), 1000)
    ```
    """
    print(f"Downloading {shown(url)}", file=sys.stderr)
    for pause in (*PAUSES, None):
        try:
            _download(url, target, max_size, size)
            return
        except _Refused as error:
            raise ValueError(str(error)) from None
        except Exception as error:
            # urllib and http.client raise errors of a dozen kinds.
            code = getattr(error, "code", None)
            refused = isinstance(error, ValueError) or (
                isinstance(code, int)
                and 400 <= code < 500
                and code not in _TEMPORARY
            )
            if pause is None or refused:
                raise OSError(
                    f"Could not download {shown(url)}: {_reason(error)}"
                ) from None
        time.sleep(pause)


class _Refused(Exception):
    """What the server sends is wrong: another try would not help."""


def _download(url, target, max_size, size):
    present = target.stat().st_size if target.exists() else 0
    if size is None or present >= size:
        present = 0
    headers = {"Accept-Encoding": "identity", "User-Agent": "mtl_zoo"}
    if present:
        headers["Range"] = f"bytes={present}-"
    quoted = urllib.parse.quote(url, safe=":/[]@%")
    request = urllib.request.Request(quoted, headers=headers)
    with _open(request) as response:
        goes_on = response.status == 206 and response.headers.get(
            "Content-Range", ""
        ).startswith(f"bytes {present}-")
        if response.status == 206 and not goes_on:
            target.unlink(missing_ok=True)
            raise OSError("the server sent another part than was asked for")
        if not goes_on:
            present = 0
        announced = response.headers.get("Content-Length", "")
        total = present + int(announced) if announced.isdecimal() else None
        wanted = total if size is None else size
        if total is not None:
            _check_size(total, max_size, size, url)
        with open(target, "ab" if goes_on else "wb") as file:
            for chunk in _chunks(response):
                present += len(chunk)
                _check_size(present, max_size, None, url)
                file.write(chunk)
    if wanted is not None and present < wanted:
        raise OSError(f"the connection ended after {present} of {wanted} bytes")


def _check_size(found, max_size, size, url):
    if found > max_size or size not in (None, found):
        allowed = size if size is not None else f"at most {max_size}"
        raise _Refused(
            f"Preset file {shown(url)} is altered or cut: it has {found} bytes "
            f"or more instead of {allowed}."
        )


def _chunks(response):
    """The bytes as they come, while they come fast enough."""
    start, received = time.monotonic(), 0
    while chunk := response.read1(_CHUNK):
        yield chunk
        received += len(chunk)
        seconds = time.monotonic() - start
        if seconds > TIMEOUT:
            if received < LEAST_RATE * seconds:
                raise TimeoutError(
                    f"timed out: {received} bytes in {seconds:.0f} seconds"
                )
            start, received = time.monotonic(), 0


@contextlib.contextmanager
def _open(request):
    """The response, whose headers have come within the time allowed.

    The socket's own time limit is for each byte; headers that trickle would
    take for ever, so their connections are cut when the time is over.
    """
    sockets, over = [], threading.Event()
    cut = threading.Timer(TIMEOUT, _cut, [sockets, over])
    cut.daemon = True
    cut.start()
    try:
        response = _opener(sockets).open(request, timeout=TIMEOUT)
    except Exception as error:
        if over.is_set():
            raise TimeoutError("timed out") from error
        raise
    finally:
        cut.cancel()
    with response:
        yield response


def _cut(sockets, over):
    # Told ahead: the other thread sees the cut at once.
    over.set()
    for connection in sockets:
        with contextlib.suppress(OSError):
            # Not that of TLS, which another thread may be in.
            socket.socket.shutdown(connection, socket.SHUT_RDWR)


def _opener(sockets):
    """Knows http, https, proxies and redirects; no files, no ftp."""
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler(),
        _handler(urllib.request.HTTPHandler, "http", sockets),
        _handler(urllib.request.HTTPSHandler, "https", sockets),
        urllib.request.HTTPDefaultErrorHandler(),
        urllib.request.HTTPErrorProcessor(),
        urllib.request.UnknownHandler(),
        _Redirects(),
    ):
        opener.add_handler(handler)
    return opener


def _handler(base, scheme, sockets):
    """A handler of urllib that tells which sockets it opens."""

    class Connection(getattr(http.client, f"{scheme.upper()}Connection")):
        def connect(self):
            super().connect()
            sockets.append(self.sock)

    handler = base()
    setattr(
        handler,
        f"{scheme}_open",
        functools.partial(handler.do_open, Connection),
    )
    return handler


class _Redirects(urllib.request.HTTPRedirectHandler):
    max_redirections = _MAX_REDIRECTS
    max_repeats = 2

    def redirect_request(self, req, fp, code, msg, headers, newurl):
        _check_secure(_split(newurl), newurl)
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _split(address):
    try:
        parts = urllib.parse.urlsplit(address)
        parts.port  # noqa: B018  Raises where it is no number.
    except ValueError as error:
        raise ValueError(
            f"Address {shown(address)} is invalid: {_reason(error)}"
        ) from None
    return parts


def _check_secure(parts, address):
    if parts.username is None and (
        parts.scheme == "https"
        or (parts.scheme == "http" and _is_loopback(parts.hostname or ""))
    ):
        return
    raise ValueError(
        f"Address {shown(address)} is refused: allowed are https:// and, on "
        "this machine only, http://, without a user's name or password."
    )


def _is_loopback(host):
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _reason(error):
    """An error in a few harmless words."""
    reason = getattr(error, "reason", None) or error
    code = getattr(error, "code", None)
    text = f"{code} {reason}" if isinstance(code, int) else str(reason)
    return harmless(text or type(error).__name__)
