"""Several command lines of one script in one process.

Most of what a script costs that ends at once is the import of its backend.
"""

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


def run_all(script, command_lines, cwd=ROOT):
    """How a script ends, given one after the other of some command lines.

    Args:
        script: String, the module that `python -m` would run.
        command_lines: List of lists of arguments.
        cwd: Path. Where it runs. Defaults to the checkout.

    Returns:
        List of pairs: exit code, and what came on standard error.
    """
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM, script],
        input=json.dumps([list(map(str, line)) for line in command_lines]),
        cwd=cwd,
        env={
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "TF_CPP_MIN_LOG_LEVEL": "3",
        },
        capture_output=True,
        text=True,
        check=False,
    )
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
