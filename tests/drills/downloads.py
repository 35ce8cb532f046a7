"""A server on this machine that does whatever it likes."""

import http.server
import os
import pathlib
import threading
import time

from mtl_zoo import presets
from mtl_zoo.presets import http as client
from tests.drills import seeds
from tests.drills.case import Case

# Failing takes seconds here, not minutes.
_TIMEOUT = 1.0


class Handler(http.server.BaseHTTPRequestHandler):
    """Serves a preset's files well; a case overrides one of its methods."""

    protocol_version = "HTTP/1.1"
    folder = None
    # The file that goes wrong, and how; how often it has been asked for.
    name = "task.json"
    wrong = None
    asked = 0

    def do_GET(self):
        name = self.path.rpartition("/")[2]
        try:
            if name == self.name and self.wrong is not None:
                type(self).asked += 1
                type(self).wrong(self, self.content(name))
            else:
                self.answer(self.content(name))
        except (OSError, ValueError):
            self.close_connection = True

    def content(self, name):
        path = self.folder / name
        return path.read_bytes() if path.is_file() else b""

    def answer(self, content, status=200, length=None, **headers):
        self.send_response(status)
        length = len(content) if length is None else length
        self.send_header("Content-Length", str(length))
        for key, value in headers.items():
            self.send_header(key.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *arguments):
        pass


def _redirect(to, status=302):
    def wrong(self, content):
        self.answer(b"", status, Location=to.replace("HERE", self.path))

    return wrong


def _status(code, **headers):
    def wrong(self, content):
        self.answer(b"sorry", code, **headers)

    return wrong


def _trickle(self, content):
    self.send_response(200)
    self.send_header("Content-Length", str(len(content)))
    self.end_headers()
    for i in range(len(content)):
        self.wfile.write(content[i : i + 1])
        time.sleep(0.1)


def _trickle_headers(self, content):
    self.wfile.write(b"HTTP/1.1 200 OK\r\n")
    for i in range(600):
        self.wfile.write(b"X-%d: a\r\n" % i)
        time.sleep(0.1)


def _silent(self, content):
    time.sleep(30)


def _silent_body(self, content):
    self.send_response(200)
    self.send_header("Content-Length", str(len(content)))
    self.end_headers()
    time.sleep(30)


def _endless(self, content):
    """More than was asked for, and no length announced."""
    self.send_response(200)
    self.send_header("Connection", "close")
    self.end_headers()
    for _ in range(100_000):
        self.wfile.write(b"a" * 65536)
    self.close_connection = True


def _endless_chunks(self, content):
    self.send_response(200)
    self.send_header("Transfer-Encoding", "chunked")
    self.end_headers()
    for _ in range(100_000):
        self.wfile.write(b"10000\r\n" + b"a" * 65536 + b"\r\n")


def _raw(text, close=True):
    def wrong(self, content):
        self.wfile.write(text)
        self.close_connection = close

    return wrong


def _cut(part):
    def wrong(self, content):
        self.answer(content[: int(len(content) * part)], length=len(content))
        self.close_connection = True

    return wrong


def _cut_then(how):
    """The first half; then, asked to go on, something else."""

    def wrong(self, content):
        half = len(content) // 2
        if self.asked == 1:
            _cut(0.5)(self, content)
        else:
            how(self, content, half)

    return wrong


def _rest(self, content, half):
    range_ = f"bytes {half}-{len(content) - 1}/{len(content)}"
    self.answer(content[half:], 206, Content_Range=range_)


def _from_start(self, content, half):
    self.answer(content)


def _other_part(self, content, half):
    self.answer(content[5:], 206, Content_Range="bytes 5-99/100")


def _range_lies(self, content, half):
    range_ = f"bytes {half}-{len(content) - 1}/{len(content)}"
    self.answer(content[:-half], 206, Content_Range=range_)


def _no_range(self, content, half):
    self.answer(content[half:], 206)


def _not_satisfiable(self, content, half):
    self.answer(b"", 416)


def _bytes(change, **headers):
    def wrong(self, content):
        self.answer(change(content), **headers)

    return wrong


def _flip(content):
    return content[:-1] + bytes([content[-1] ^ 1])


def _sometimes(self, content):
    """Fails once, as networks do."""
    if self.asked == 1:
        self.close_connection = True
    else:
        self.answer(content)


_ESCAPES = "\x1b]0;owned\x07\x1b[2J"
_WRONG = {
    "another content": _bytes(_flip),
    "another file": _bytes(lambda content: b"{}"),
    "an HTML page": _bytes(lambda content: b"<html>log in</html>" * 999),
    "nothing": _bytes(lambda content: b""),
    "one byte too many": _bytes(lambda content: content + b"a"),
    "one byte too few": _bytes(lambda content: content[:-1]),
    "packed": _bytes(lambda c: __import__("gzip").compress(c)),
    "called packed": _bytes(lambda c: c[:-1], Content_Encoding="gzip"),
    "half": _cut(0.5),
    "no byte of it": _cut(0),
    "trickling": _trickle,
    "trickling headers": _trickle_headers,
    "silent": _silent,
    "silent after its headers": _silent_body,
    "endless": _endless,
    "endless in chunks": _endless_chunks,
    "no answer": _raw(b""),
    "no HTTP": _raw(b"SSH-2.0-OpenSSH\r\n"),
    "half a header": _raw(b"HTTP/1.1 200 OK\r\nContent-Le"),
    "a status of text": _raw(b"HTTP/1.1 abc OK\r\n\r\n"),
    "a status of 10^9": _raw(b"HTTP/1.1 1000000000 OK\r\n\r\n"),
    "a header of a megabyte": _raw(b"HTTP/1.1 200 OK\r\nA: " + b"a" * 10**6),
    "a status line of a megabyte": _raw(b"HTTP/1.1 200 " + b"a" * 10**6),
    "10,000 headers": _raw(b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 10_000),
    "a length of text": _raw(
        b"HTTP/1.1 200 OK\r\nContent-Length: abc\r\n\r\n{}"
    ),
    "a negative length": _raw(
        b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n{}"
    ),
    "a length of 10^30": _raw(
        b"HTTP/1.1 200 OK\r\nContent-Length: 1" + b"0" * 30 + b"\r\n\r\n{}"
    ),
    "two lengths": _raw(
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 9\r\n\r\n{}"
    ),
    "chunks of no length": _raw(
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n"
    ),
    "chunks of 2^63": _raw(
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        b"7fffffffffffffff\r\naaaa"
    ),
    "escapes in the reason": _raw(
        f"HTTP/1.1 404 {_ESCAPES}\r\nContent-Length: 0\r\n\r\n".encode()
    ),
    "redirect to http elsewhere": _redirect("http://192.0.2.1/a"),
    "redirect to a file": _redirect("file:///etc/passwd"),
    "redirect to ftp": _redirect("ftp://192.0.2.1/a"),
    "redirect to data": _redirect("data:text/plain,{}"),
    "redirect to gopher": _redirect("gopher://192.0.2.1/a"),
    "redirect to hf": _redirect("hf://a/b"),
    "redirect to itself": _redirect("HERE"),
    "redirect to nowhere": _redirect(""),
    "redirect to a broken address": _redirect("http://[::1"),
    "redirect to a port of text": _redirect("http://127.0.0.1:abc/"),
    "redirect with a password": _redirect("https://me:secret@192.0.2.1/a"),
    "redirect with escapes": _redirect("http://192.0.2.1/" + "\x1b[2J"),
    "redirect, permanently": _redirect("file:///etc/passwd", 308),
    "redirect for ever": lambda self, content: self.answer(
        b"", 302, Location=f"/x{time.monotonic_ns()}/task.json"
    ),
    "a part that was not asked for": _status(206, Content_Range="bytes 5-9/10"),
    "asked to go on: another part": _cut_then(_other_part),
    "asked to go on: a part that lies": _cut_then(_range_lies),
    "asked to go on: no place": _cut_then(_no_range),
    "asked to go on: can't": _cut_then(_not_satisfiable),
    **{
        f"status {code}": _status(code)
        for code in (100, 204, 304, 400, 401, 403, 404, 407, 418, 429, 500, 503)
    },
}
_RIGHT = {
    "as it should be": None,
    "fails once": _sometimes,
    "asked to go on: the rest": _cut_then(_rest),
    "asked to go on: all again": _cut_then(_from_start),
    "redirect on this machine": lambda self, content: (
        self.answer(b"", 302, Location="/moved/task.json")
        if "moved" not in self.path
        else self.answer(content)
    ),
}
_ADDRESSES = (
    *("http://192.0.2.1/a", "ftp://192.0.2.1/a", "file:///etc", "https://"),
    *("https://me:secret@192.0.2.1/a", "https://192.0.2.1:99999/a"),
    *("https://192.0.2.1:x/a", "https://[::1/a", "https:///a", "data://a/b"),
    *("http://127.0.0.1.evil.example/a", "http://localhost.evil.example/"),
    *("https://192.0.2.1/a?token=secret", "https://192.0.2.1/a#b"),
    *("hf://", "hf://a", "hf://../../a", "hf://a/b@", "hf://a/b/c/d"),
    *("hf://a/b@../../x y", "kaggle://", "kaggle://a/b", "kaggle://../a/b/c"),
    *("http://\x1b[2J/a", "https://a b/c", "HTTPS://x", "javascript://a"),
    *(
        "a" * 10_000,
        "\0",
        "../../../etc",
        "/dev/null",
        "~nobody/x",
        "https://é/\n",
    ),
)


def _serve(name, file, wrong, good=False):
    def make(folder):
        preset = seeds.preset(folder)
        home = pathlib.Path(os.environ["MTL_ZOO_HOME"])
        (home / "presets").mkdir(parents=True)
        client.TIMEOUT, client.PAUSES = _TIMEOUT, (0, 0)
        handler = type(
            "CaseHandler",
            (Handler,),
            {
                "folder": preset,
                "name": file,
                "wrong": staticmethod(wrong) if wrong else None,
            },
        )
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        server.daemon_threads = True
        server.block_on_close = False
        threading.Thread(target=server.serve_forever, daemon=True).start()

        def hand_over():
            try:
                found = presets.resolve(
                    f"http://127.0.0.1:{server.server_port}/preset"
                )
                for path in found.iterdir():
                    expected = (preset / path.name).read_bytes()
                    assert path.read_bytes() == expected
            finally:
                server.shutdown()
                server.server_close()

        return hand_over

    return Case(
        f"{file}: {name}", make, r"127\.0\.0\.1", good, r"^home/presets/preset"
    )


def _address(address):
    def make(folder):
        home = pathlib.Path(os.environ["MTL_ZOO_HOME"])
        (home / "presets").mkdir(parents=True)
        return lambda: presets.resolve(address)

    # Neither credentials nor tokens are in the line.
    return Case(f"address {address[:30]!a}", make, r"^(?!.*secret)")


def cases():
    """All of this kind."""
    seeds.make("hard_sharing")
    for name, wrong in _WRONG.items():
        yield _serve(name, "task.json", wrong)
    # Nobody vouches for the list of files itself.
    for name in ("an HTML page", "endless", "redirect to a file", "status 404"):
        yield _serve(name, "metadata.json", _WRONG[name])
    for name in ("another content", "half", "endless", "one byte too many"):
        yield _serve(name, "model.weights.h5", _WRONG[name])
    for name, wrong in _RIGHT.items():
        yield _serve(name, "task.json", wrong, True)
    for address in _ADDRESSES:
        yield _address(address)
