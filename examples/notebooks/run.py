"""Does a notebook still run?

    python examples/notebooks/run.py predict_on_your_photo.ipynb [--write]

runs its cells without Jupyter, lines with `!` as commands, and with `--write`
stores what they print and show.
"""

import ast
import base64
import contextlib
import io
import json
import os
import pathlib
import re
import subprocess
import sys

# What a progress bar leaves where nothing is drawn over, and TensorFlow's log.
NOISE = re.compile(
    r"^.*━.*\n|^WARNING: All log.*\n|^[IWE]0000.*\n|\x1b\[[\d;]*m|\x08+", re.M
)


def run_command(line, names):
    """A line that begins with `!`, `{name}` standing for a variable."""
    command = re.sub(r"\{(\w+)\}", lambda m: str(names[m[1]]), line[1:])
    folder = pathlib.Path(sys.executable).parent
    result = subprocess.run(
        command,
        shell=True,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env={**os.environ, "PATH": f"{folder}:{os.environ['PATH']}"},
    )
    print(NOISE.sub("", result.stdout), end="")
    if result.returncode:
        raise RuntimeError(f"exit code {result.returncode}: {command}")


def show(value):
    """What Jupyter stores of the value of a cell's last line."""
    if hasattr(value, "_repr_png_"):
        png = base64.b64encode(value._repr_png_()).decode()
        return {"image/png": png, "text/plain": ["a picture"]}
    return {"text/plain": repr(value).splitlines(keepends=True)}


def run_cell(source, names):
    """Outputs of one cell."""
    source = re.sub(
        r"^!(.*)", r"__run__('!' + r'''\1''')", join(source), flags=re.M
    )
    tree = ast.parse(source)
    last = None
    if tree.body and isinstance(tree.body[-1], ast.Expr):
        last = ast.Expression(tree.body.pop().value)
    printed = io.StringIO()
    names["__run__"] = lambda line: run_command(line, names)
    value = None
    try:
        with contextlib.redirect_stdout(printed):
            exec(compile(tree, "cell", "exec"), names)
            if last is not None:
                value = eval(compile(last, "cell", "eval"), names)
    except Exception:
        print(printed.getvalue(), file=sys.stderr)
        raise
    outputs = []
    if printed.getvalue():
        text = printed.getvalue().splitlines(keepends=True)
        outputs.append(
            {"output_type": "stream", "name": "stdout", "text": text}
        )
    if value is not None:
        outputs.append(
            {
                "output_type": "execute_result",
                "execution_count": None,
                "metadata": {},
                "data": show(value),
            }
        )
    return outputs


def join(source):
    """Commands on one line each."""
    return re.sub(r"\\\n\s*", " ", source)


def main(path, write=False):
    path = pathlib.Path(path).resolve()
    notebook = json.loads(path.read_text(encoding="utf-8"))
    os.chdir(path.parent)
    names = {"__name__": "__main__"}
    count = 0
    for cell in notebook["cells"]:
        if cell["cell_type"] != "code":
            continue
        count += 1
        cell["outputs"] = run_cell("".join(cell["source"]), names)
        cell["execution_count"] = count
        for output in cell["outputs"]:
            if "execution_count" in output:
                output["execution_count"] = count
    if write:
        text = json.dumps(notebook, indent=1, ensure_ascii=False)
        # A folder of this machine is nobody's concern.
        text = text.replace(str(names.get("out", "\0")), "out")
        path.write_text(text + "\n", encoding="utf-8")
    print(f"{path.name}: {count} cells ran")


if __name__ == "__main__":
    main(sys.argv[1], "--write" in sys.argv[2:])
