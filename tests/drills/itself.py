"""One case of each outcome: what the drills themselves are tested on."""

import os
import time

from tests.drills.case import ACCEPTED
from tests.drills.case import EXECUTED
from tests.drills.case import HUNG
from tests.drills.case import LEFT
from tests.drills.case import LINE
from tests.drills.case import RIGHT
from tests.drills.case import UNCAUGHT
from tests.drills.case import UNCLEAR
from tests.drills.case import Case
from tests.drills.case import canary


def _fail(error):
    def hand_over(folder):
        raise error

    return hand_over


def _compute(folder):
    while True:
        pass


def _fill(folder):
    kept = []
    while True:
        kept.append(bytearray(os.urandom(1000) * 100_000))


def _leave(folder):
    (folder / "half").write_text("a")
    raise ValueError("file: no.")


def _read_bait(folder):
    (folder / "bait").read_text()


# Outcome: how → what is handed over.
HOWS = {
    f"{RIGHT}: nothing happens": lambda folder: None,
    f"{RIGHT}: what it may leave": lambda folder: (
        folder / "result"
    ).write_text("a"),
    f"{LINE}: a line": _fail(ValueError("file: no.")),
    f"{UNCLEAR}: too long": _fail(ValueError("file " + "a" * 300)),
    f"{UNCLEAR}: no file": _fail(ValueError("no.")),
    f"{UNCLEAR}: escapes": _fail(OSError("file \x1b[2J")),
    f"{UNCLEAR}: nothing": _fail(ValueError()),
    f"{UNCAUGHT}: another error": _fail(KeyError("file")),
    f"{UNCAUGHT}: an exit": _fail(SystemExit(1)),
    f"{UNCAUGHT}: a crash": lambda folder: os.abort(),
    f"{HUNG}: computing": _compute,
    f"{HUNG}: waiting": lambda folder: time.sleep(10**6),
    f"{HUNG}: memory": _fill,
    f"{EXECUTED}: a program": lambda folder: os.system("true"),
    f"{EXECUTED}: a function": lambda folder: canary("here"),
    f"{EXECUTED}: another file": _read_bait,
    f"{LEFT}: half a file": _leave,
    f"{ACCEPTED}: no error": lambda folder: None,
}


def cases():
    """All of this kind."""
    for name, how in HOWS.items():

        def make(folder, how=how):
            (folder / "bait").write_text("secret")
            return lambda: how(folder)

        good = False if name.startswith((ACCEPTED, LINE)) else None
        yield Case(name, make, "file", good, r"result$")
