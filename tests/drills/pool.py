"""Cases run in a process that can be killed, and is watched."""

import dataclasses
import fnmatch
import importlib
import multiprocessing
import os
import pathlib
import shutil
import sys
import tempfile
import time

from tests.drills.case import HUNG
from tests.drills.case import UNCAUGHT
from tests.drills.case import classify

_START_SECONDS = 300
# What no input may bring about, as Python's own audit hooks call it.
_EVENTS = (
    *("os.system", "os.exec", "os.posix_spawn", "os.spawn", "os.fork"),
    *("subprocess.Popen", "pickle.find_class", "pty.spawn", "drills.canary"),
)
# Files that nothing may read, by their name.
BAIT = "bait"


@dataclasses.dataclass(frozen=True)
class Limits:
    """What a case may take.

    Attributes:
        seconds: Of the processor.
        wait: Seconds, on a machine that is busy with other things.
        memory: Bytes more than before.
    """

    seconds: float = 30
    wait: float = 240
    memory: int = 2 * 2**30


def run_all(kind, pattern="*", report=None, limits=None):
    """Run the cases of a kind one after another.

    Args:
        kind: String, a module of `tests.drills` with a function `cases()`.
        pattern: String, names of cases to run, with `*`. Defaults to all.
        limits: `Limits`. Defaults to those of the drills.
        report: Callable `(name, outcome, text, seconds)` after each.

    Returns:
        A dict name → pair outcome, text.
    """
    outcomes = {}
    limits = limits or Limits()
    worker = _Worker(kind)
    try:
        for name in fnmatch.filter(worker.names, pattern):
            start = time.monotonic()
            outcomes[name] = worker.run(name, limits)
            if report:
                seconds = time.monotonic() - start
                report(name, *outcomes[name], seconds)
            if not worker.process.is_alive():
                worker = _Worker(kind)
    finally:
        worker.end()
    return outcomes


class _Worker:
    def __init__(self, kind):
        context = multiprocessing.get_context("spawn")
        self.pipe, other = context.Pipe()
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="drill"))
        self.process = context.Process(
            target=_work, args=(kind, other, self.root), daemon=True
        )
        self.process.start()
        other.close()
        if not self.pipe.poll(_START_SECONDS):
            self.end()
            raise RuntimeError(f"The drills {kind} did not start.")
        self.names = self.pipe.recv()

    def run(self, name, limits):
        self.pipe.send(name)
        before, seconds = self._size(), self._seconds()
        end = time.monotonic() + limits.wait
        while not self.pipe.poll(0.05):
            if self._seconds() > seconds + limits.seconds:
                self.end()
                return HUNG, f"computed for more than {limits.seconds} seconds"
            if time.monotonic() > end:
                self.end()
                return HUNG, f"took more than {limits.wait} seconds"
            if self._size() > before + limits.memory:
                self.end()
                return HUNG, f"took more than {limits.memory} bytes"
        try:
            return self.pipe.recv()
        except EOFError:
            self.end()
            code = self.process.exitcode
            return UNCAUGHT, f"the process ended with code {code}"

    def _size(self):
        """Bytes in memory; 0 where the system does not tell."""
        try:
            with open(f"/proc/{self.process.pid}/statm") as file:
                return int(file.read().split()[1]) * 4096
        except (OSError, IndexError):
            return 0

    def _seconds(self):
        """What the process has computed; 0 where the system does not tell."""
        try:
            with open(f"/proc/{self.process.pid}/stat") as file:
                fields = file.read().rpartition(")")[2].split()
        except OSError:
            return 0
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def end(self):
        self.process.kill()
        self.process.join()
        shutil.rmtree(self.root, ignore_errors=True)


def _work(kind, pipe, root):
    """The other process: cases by name, until it is killed."""
    home = root / "home"
    temporary = root / "tmp"
    temporary.mkdir()
    os.environ.update(MTL_ZOO_HOME=str(home), TMPDIR=str(temporary))
    os.environ.update(TF_CPP_MIN_LOG_LEVEL="3", no_proxy="*")
    tempfile.tempdir = None
    # What libraries print of hostile files is no part of the report.
    silent = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silent, 1)
    os.dup2(silent, 2)
    module = importlib.import_module(f"tests.drills.{kind}")
    cases = {case.name: case for case in module.cases()}
    watch = _Watch()
    sys.addaudithook(watch)
    pipe.send(list(cases))
    while True:
        try:
            name = pipe.recv()
        except EOFError:
            return
        try:
            outcome = _run(cases[name], root, watch)
        except Exception as error:
            # A defect of the drill, told as one of the library's.
            outcome = UNCAUGHT, f"the drill itself failed: {error!r}"
        pipe.send(outcome)


def _run(case, root, watch):
    before = _paths(root)
    folder = root / "case"
    folder.mkdir()
    try:
        # The input itself is none of what is left behind.
        hand_over = case.make(folder)
        made = _paths(root)
        error = None
        watch.start()
        try:
            hand_over()
        except BaseException as raised:
            error = raised
        executed = watch.stop()
        left = sorted(_paths(root) - made)
        return classify(case, error, executed, left)
    finally:
        for path in map(root.joinpath, sorted(_paths(root) - before)):
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)


def _paths(root):
    return {str(path.relative_to(root)) for path in root.rglob("*")}


class _Watch:
    """Tells what a case brought about."""

    def __init__(self):
        self.found = None

    def start(self):
        self.found = []

    def stop(self):
        found, self.found = self.found, None
        return found

    def __call__(self, event, arguments):
        if self.found is None:
            return
        if event in _EVENTS:
            self.found.append(f"{event} {str(arguments)[:100]}")
        elif event == "open" and os.path.basename(str(arguments[0])) == BAIT:
            self.found.append(f"read {arguments[0]}")
        elif event == "socket.connect" and not _is_here(arguments[1]):
            self.found.append(f"connected to {arguments[1]}")


def _is_here(address):
    return not isinstance(address, tuple) or address[0] in (
        "127.0.0.1",
        "::1",
        "localhost",
    )
