"""Scripts and notebooks of `examples/`: each answers a question, and runs."""

import ast
import functools
import json
import os
import pathlib
import re
import subprocess
import sys

import keras
import pytest

ROOT = pathlib.Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"
# The others are for devices, see test_runners.py.
SCRIPTS = [
    path
    for path in sorted(EXAMPLES.glob("*.py"))
    if "import mtl_zoo" in path.read_text()
    or "from mtl_zoo" in path.read_text()
]
NOTEBOOKS = sorted((EXAMPLES / "notebooks").glob("*.ipynb"))

slow_on_tensorflow = pytest.mark.skipif(
    keras.backend.backend() != "tensorflow", reason="commands run once"
)


def code_of(notebook):
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    return ["".join(c["source"]) for c in cells if c["cell_type"] == "code"]


def check_names(code):
    import mtl_zoo

    for path in set(re.findall(r"\bmtl_zoo(?:\.\w+)+", code)):
        functools.reduce(getattr, path.split(".")[1:], mtl_zoo)


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_a_script_is_short_and_asks_a_question(path):
    code = path.read_text(encoding="utf-8")
    first = ast.get_docstring(ast.parse(code)).partition("\n")[0]
    assert first.endswith("?")
    assert (
        f"| `{path.name}` | {first} |" in (EXAMPLES / "README.md").read_text()
    )
    assert len(code.splitlines()) <= 60
    check_names(code)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_small_and_was_run(path):
    assert path.stat().st_size < 200_000
    notebook = json.loads(path.read_text(encoding="utf-8"))
    cells = [c for c in notebook["cells"] if c["cell_type"] == "code"]
    counts = [cell["execution_count"] for cell in cells]
    assert counts == list(range(1, len(cells) + 1))
    assert not [o for c in cells for o in c["outputs"] if "error" in o]
    for code in code_of(path):
        check_names(re.sub(r"^!.*(\\\n.*)*", "", code, flags=re.M))


def test_there_are_three_notebooks():
    assert len(NOTEBOOKS) == 3


def run(*command, cwd):
    result = subprocess.run(
        [sys.executable, *map(str, command)],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout[-1000:] + result.stderr[-3000:]
    return result.stdout


@pytest.mark.slow
@slow_on_tensorflow
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs(path):
    assert "cells ran" in run(EXAMPLES / "notebooks" / "run.py", path, cwd=ROOT)


@pytest.mark.slow
@slow_on_tensorflow
def test_scripts_run(tmp_path):
    photo = EXAMPLES / "photos" / "sofa.jpg"
    run(EXAMPLES / "predict_photo.py", photo, "seen", cwd=tmp_path)
    assert (tmp_path / "seen" / "points.ply").exists()
    said = run(EXAMPLES / "point_at.py", photo, 320, 240, cwd=tmp_path)
    assert " m away" in said and "to the camera" in said
    run(EXAMPLES / "make_own_data.py", "my_data", 8, 1, 1, cwd=tmp_path)
    run(EXAMPLES / "fine_tune.py", "my_data", "mine", 1, cwd=tmp_path)
    assert (tmp_path / "mine" / "metadata.json").exists()
    assert "depth_shares_of" in run(EXAMPLES / "own_losses.py", 8, cwd=tmp_path)
