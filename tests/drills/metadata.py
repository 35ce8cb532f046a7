"""`metadata.json` that lies, and folders that hold other things than files."""

import json
import os
import shutil

from tests.drills import seeds
from tests.drills.case import Case
from tests.drills.configurations import load

_NAMES = (
    *(
        "../bait",
        "../../etc/passwd",
        "/etc/passwd",
        "a/b",
        "..",
        ".",
        "",
        "C:x",
    ),
    *("a\\b", "a\0b", "x\n", "\x1b[2J", "~/x", "$HOME", "a" * 300, "é", "CON:"),
    *("file:///etc/passwd", "https://example.org/x", "metadata.json"),
    *("task.json/", "./task.json", "task.json\u202e", "-rf", "a b", "%2e%2e"),
)
_ENTRIES = {
    "null": None,
    "text": "x",
    "a list": [],
    "nothing": {},
    "no size": {"sha256": "0" * 64},
    "no sha256": {"size": 3},
    "size of text": {"sha256": "0" * 64, "size": "3"},
    "negative size": {"sha256": "0" * 64, "size": -1},
    "size 0.5": {"sha256": "0" * 64, "size": 0.5},
    "size true": {"sha256": "0" * 64, "size": True},
    "size 10^400": {"sha256": "0" * 64, "size": 10**400},
    "short sha256": {"sha256": "0" * 63, "size": 3},
    "sha256 of a list": {"sha256": ["0" * 64], "size": 3},
    "upper case": {"sha256": "A" * 64, "size": 3},
    "wrong sha256": {"sha256": "0" * 64, "size": None},
    "a megabyte": {"sha256": "0" * 10**6, "size": 3},
    "escapes": {"sha256": "\x1b[2J", "size": 3},
}
_VALUES = {
    "format_version": (None, 0, 2, "1", 1.5, [], 10**400, "\x1b[2J" * 99),
    "files": (None, "x", [], {}, 3, {str(i): {} for i in range(101)}),
    "model": (3, [], {}),
    "encoder": (3, [], None),
    "tasks": (
        *(3, "x", {}, [3], [{}], [{"name": 3}], [{"name": "a"}] * 65),
        [{"name": "a", "channels": "3"}],
        [{"name": "a", "class_names": [1]}],
        [{"name": "a", "unit": 3}],
    ),
    "description": (3, [], None),
    "license": (3, [], "mit\n\n# more", "mit\r# more"),
    "metrics": (3, [], "x"),
    "evaluation": (3, [], "x"),
    "delta_m": ([], "x", True),
    "date_saved": (3, [], None, "a\nb"),
    "weights_dtype": (3, [], None, "a\nb"),
    "parameter_count": (-1, 0.5, "x", None, True),
    "working_size": (
        3,
        [],
        [0, 3],
        [1, 2, 3],
        ["a", "b"],
        [10**9] * 2,
        [0.5] * 2,
    ),
    "camera": (3, [], "x", {"field_of_view": "x"}, {"field_of_view": -1}),
}
_TEXTS = {
    "empty": b"",
    "cut": b'{"files": {"task.json": ',
    "no UTF-8": b'{"a": "\xff"}',
    "NUL": b"\0" * 99,
    "a list": b"[]",
    "NaN": b'{"format_version": NaN}',
    "brackets": b"[" * 10**6,
    "9 MB": b'{"a": "' + b"a" * 9_000_000 + b'"}',
    "10^6 values": b'{"a": [' + b"0," * 10**6 + b"0]}",
    "digits": b'{"a": ' + b"9" * 10**5 + b"}",
    "surrogates": b'{"format_version": "\\ud800"}',
}


def _metadata(name, change, says="metadata.json", good=False):
    def make(folder):
        preset = seeds.preset(folder)
        path = preset / "metadata.json"
        if callable(change):
            seeds.edit(path, change)
        else:
            path.write_bytes(change)
        return lambda: load(preset)

    return Case(f"metadata: {name}", make, says, good)


def _folder(name, change, says, good=False):
    def make(folder):
        preset = seeds.preset(folder)
        (folder / "bait").write_text("secret")
        change(preset)
        return lambda: load(preset)

    return Case(f"folder: {name}", make, says, good)


def _replace(name, put):
    def change(preset):
        (preset / name).unlink()
        put(preset / name)

    return change


def _socket(path):
    import socket

    # A socket's path is short.
    here = os.getcwd()
    os.chdir(path.parent)
    try:
        with socket.socket(socket.AF_UNIX) as server:
            server.bind(path.name)
    finally:
        os.chdir(here)


_INSTEAD = {
    "a pipe": os.mkfifo,
    "a folder": os.mkdir,
    "a socket": _socket,
    "/dev/zero": lambda path: path.symlink_to("/dev/zero"),
    "/dev/stdin": lambda path: path.symlink_to("/dev/stdin"),
    "/proc/self/mem": lambda path: path.symlink_to("/proc/self/mem"),
    "a link to itself": lambda path: path.symlink_to(path.name),
    "a link to nowhere": lambda path: path.symlink_to("/nowhere"),
    "a link to another file": lambda path: path.symlink_to("../bait"),
    "nothing": lambda path: None,
    "an empty file": lambda path: path.write_bytes(b""),
    "10 GB of nothing": lambda path: _sparse(path, 10 * 2**30),
}


def _sparse(path, size):
    with path.open("wb") as file:
        file.truncate(size)


def _flip(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def cases():
    """All of this kind."""
    seeds.make("hard_sharing")
    for name in _NAMES:

        def add(content, name=name):
            content["files"][name] = content["files"]["task.json"]

        yield _metadata(
            f"file {name[:20]!r}", add, r"metadata\.json|preset/-rf"
        )
    for name, entry in _ENTRIES.items():

        def put(content, entry=entry):
            if isinstance(entry, dict) and entry.get("size", 0) is None:
                entry = {**content["files"]["task.json"], "sha256": "0" * 64}
            content["files"]["task.json"] = entry

        yield _metadata(f"entry of {name}", put, r"(metadata|task)\.json")
    for key, values in _VALUES.items():
        for i, value in enumerate(values):

            def put(content, key=key, value=value):
                content[key] = value

            yield _metadata(
                f"{key} {json.dumps(value)[:20]} ({i})",
                put,
                good=None if key == "camera" else False,
            )
    for name in ("config.json", "task.json", "task.weights.h5"):

        def drop(content, name=name):
            del content["files"][name]

        yield _metadata(f"without {name}", drop)
    for key in ("model", "encoder", "tasks", "license", "date_saved"):

        def leave_out(content, key=key):
            del content[key]

        yield _metadata(f"without {key}", leave_out, "", True)
    for name, text in _TEXTS.items():
        yield _metadata(name, text)
    yield _metadata("more entries", lambda c: c.update(more={"a": 1}), "", True)
    for file in ("metadata.json", "task.json", "task.weights.h5"):
        for what, put in _INSTEAD.items():
            yield _folder(f"{what} as {file}", _replace(file, put), file)
    for file in ("metadata.json", "config.json", "model.weights.h5"):

        def flip(preset, file=file):
            _flip(preset / file)

        yield _folder(f"a bit of {file}", flip, r"preset/\w+\.", None)
    yield _folder(
        "a good one that is a link",
        lambda preset: (
            shutil.move(preset, preset.with_name("other")),
            preset.symlink_to("other"),
        ),
        "",
        True,
    )
    yield _folder("another file in it", lambda p: (p / "x").mkdir(), "", True)
