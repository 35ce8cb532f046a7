"""Scripts as a user runs them, in processes of their own."""

import json
import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).parents[1]

_PROGRAM = """
import contextlib, importlib, io, json, sys

script = importlib.import_module(sys.argv[1])  # It may choose the backend.

from absl.testing import flagsaver
from mtl_zoo.utils import cli

ends = []
for arguments in json.load(sys.stdin):
    sys.argv = [script.__name__, *arguments]
    error = io.StringIO()
    with flagsaver.flagsaver(), contextlib.redirect_stderr(error):
        try:
            cli.run(script.main)
        except SystemExit as end:
            ends.append((end.code or 0, error.getvalue()))
print(json.dumps(ends))
"""


def python(arguments, cwd=ROOT, home=None, given=None):
    """Run Python on this checkout.

    Args:
        arguments: List of strings, what stands behind `python`.
        cwd: Path. Where it runs. Defaults to the checkout.
        home: Path of the library's cache. Defaults to that of the test.
        given: String, for standard input. Defaults to none.

    Returns:
        `subprocess.CompletedProcess`, with text.
    """
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "TF_CPP_MIN_LOG_LEVEL": "3",
    }
    if home is not None:
        environment["MTL_ZOO_HOME"] = str(home)
    return subprocess.run(
        [sys.executable, *arguments],
        input=given,
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=1200,
    )


def run_all(script, command_lines, cwd=ROOT):
    """How a script ends, given one after the other of some command lines.

    In one process: most of what a script costs that ends at once is the import
    of its backend.

    Args:
        script: String, the module that `python -m` would run.
        command_lines: List of lists of arguments.
        cwd: Path. Where it runs. Defaults to the checkout.

    Returns:
        List of pairs: exit code, and what came on standard error.
    """
    lines = json.dumps([list(map(str, line)) for line in command_lines])
    done = python(["-c", _PROGRAM, script], cwd, given=lines)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def check_error(end, code, *words):
    """Assert that a command ended with one clear line.

    Args:
        end: Pair as of `run_all`.
        code: Integer, the exit code.
        *words: Strings that the line has.
    """
    found, error = end
    assert found == code, error
    assert "Traceback" not in error
    line = error.strip().splitlines()[-1]
    assert line.startswith("error: ")
    for word in words:
        assert word in line
