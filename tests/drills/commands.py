"""Flags of every command: numbers out of range, nothing, nonsense, odd paths.

Each command line is run by a fork of a process that has imported the command,
within bounds of the processor's time and of memory.
"""

import fnmatch
import importlib
import json
import os
import pathlib
import re
import resource
import shutil
import sys
import tempfile
import time

from tests.drills import case
from tests.drills import seeds
from tests.drills import writers

_SECONDS = 40
_WAIT = 400
_MEMORY = 8 * 2**30
_SIZE = "--image_size=32,48"
_PRESET = "--preset={given}/preset"
_DATA = ("--dataset=folder", "--data_dir={given}/data")

# Command lines that would do their work, with a flag too many at their end.
LINES = {
    "training.train": (
        *(_PRESET, *_DATA, _SIZE, "--batch_size=2", "--epochs=1"),
        "--output_dir={out}/run",
    ),
    "training.evaluate": (_PRESET, *_DATA, "--output={out}/a.json"),
    "training.compare": (
        *("--models=hard_sharing", *_DATA, _SIZE, "--epochs=1"),
        "--output_dir={out}/runs",
    ),
    "training.seeds": (
        *(_PRESET, *_DATA, _SIZE, "--epochs=1"),
        "--output_dir={out}/runs",
    ),
    "tools.predict": (
        *(_PRESET, "--image={given}/data/test/image/0.png"),
        "--output_dir={out}/seen",
    ),
    "tools.export_tflite": (_PRESET, _SIZE, "--output={out}/a.tflite"),
    "tools.export_onnx": (_PRESET, _SIZE, "--output={out}/a.onnx"),
    "tools.import_torch_checkpoint": (
        *("--checkpoint={given}/a.pth", "--model=mti_net"),
        *("--encoder=hrnet_w18_small_v2", "--tasks=depth:1"),
        "--output={out}/preset",
    ),
    "tools.benchmark": (
        *(_PRESET, _SIZE, "--rounds=1", "--output={out}/a.json"),
    ),
    "tools.publish_preset": (_PRESET, "--to={out}/tiny"),
    "tools.make_preset": (
        *("--run={given}/run", "--name=a", "--description=a"),
        *("--paper=https://example.org", "--num_rooms=8"),
    ),
    "tools.prepare_dataset": ("--name=folder", "--data_dir={given}/data"),
    "tools.show_dataset": (*_DATA, "--count=1", "--output={out}/a.png"),
    "tools.show_presets": (
        *("--presets={given}/preset", "--output={out}/a.png"),
        "--photos={given}/data/test/image/0.png",
    ),
    "tools.web_demo.__main__": (_PRESET, "--output_dir={out}/page"),
    "tools.export_all": (
        *("--presets={given}/preset", "--output_dir={out}/all"),
    ),
}

_TEXTS = {
    "nothing": "",
    "a space": " ",
    "escapes": "\x1b[2J\x1b]0;a\x07",
    "10,000 letters": "a" * 10_000,
    "no UTF-8": "\udcff",
    "lines": "a\nb",
    "dots": "../../no_such",
}
_PATHS = {
    "/dev/null": "/dev/null",
    "/dev/zero": "/dev/zero",
    "/proc": "/proc",
    "a pipe": "{given}/pipe",
    "a file": "{given}/text",
    "a list": "{given}/list.json",
    "deep brackets": "{given}/deep.json",
    "numbers": "{given}/numbers.json",
    "a folder": "{given}/data",
    "below a file": "{given}/text/x",
    "nobody's home": "~nobody_there/x",
    "another machine": "http://192.0.2.1/x",
    "a file's address": "file:///etc/passwd",
    "a hub that leaves": "hf://../x",
}
_NUMBERS = ("nan", "inf", "-inf", "1e999", "x", "1,2", "9" * 5000)
_LISTS = {
    "a comma": ",",
    "a gap": "a,,b",
    "zeros": "0,0",
    "negative": "-1,-1",
    "nan": "nan,nan",
    "huge": "1000000000,1000000000",
    "twice": "depth,depth",
    "5,000": ",".join(["1"] * 5000),
}


def run_all(pattern="*", report=None):
    """Run every command with every flag gone wrong.

    Args:
        pattern: String, names of cases to run, with `*`. Defaults to all.
        report: Callable `(name, outcome, text, seconds)` after each.

    Returns:
        A dict name → pair outcome, text, as `pool.run_all`.
    """
    writers.import_all()
    outcomes = {}
    root = pathlib.Path(tempfile.mkdtemp(prefix="drill"))
    (root / "given").mkdir()
    try:
        said = writers.in_child(lambda: _give(root / "given"), root)
        if said[0] != "done":
            raise RuntimeError(f"Nothing to give: {said}")
        for script in LINES:
            if fnmatch.filter([script], pattern.partition(" ")[0]):
                outcomes |= _run_script(script, root, pattern, report)
    finally:
        shutil.rmtree(root, ignore_errors=True)
    return outcomes


def _give(folder):
    import numpy as np

    seeds.preset(folder)
    writers.make_data(folder / "data")
    os.mkfifo(folder / "pipe")
    (folder / "text").write_text("no JSON\n")
    (folder / "list.json").write_text("[1, 2]")
    (folder / "deep.json").write_text("[" * 10**5)
    (folder / "numbers.json").write_text('{"semseg": 3, "flags": 3, "a": {}}')
    np.savez(folder / "a.npz", a=1)
    shutil.move(folder / "a.npz", folder / "a.pth")
    (folder / "run").mkdir()


def _run_script(script, root, pattern, report):
    """All cases of a command, in forks of a fork that has imported it."""
    found = root / "outcomes.jsonl"
    found.unlink(missing_ok=True)

    def work():
        module = importlib.import_module(script)
        from absl import flags

        _stop_before_the_work(module)
        for name, line, says, good in _cases(script, flags.FLAGS):
            if not fnmatch.fnmatch(f"{script} {name}", pattern):
                continue
            start = time.monotonic()
            outcome = _run(module, line, says, good, root)
            seconds = time.monotonic() - start
            with found.open("a") as file:
                file.write(json.dumps([name, *outcome, seconds]) + "\n")

    said = writers.in_child(work, root)
    if said[0] != "done":
        raise RuntimeError(f"The drill of {script} ended: {said}")
    outcomes = {}
    for text in found.read_text().splitlines() if found.exists() else ():
        name, outcome, said, seconds = json.loads(text)
        outcomes[f"{script} {name}"] = outcome, said
        if report:
            report(f"{script} {name}", outcome, said, seconds)
    return outcomes


def _stop_before_the_work(module):
    """Training begins when all that flags say has been checked.

    A benchmark measures Keras alone, without the files that take a minute.
    """
    place = {
        "training.train": (module, "train", None),
        "training.seeds": (getattr(module, "train", None), "train", None),
        "training.compare": (module, "finish", None),
        "tools.benchmark": (getattr(module, "latency", None), "_convert", {}),
    }.get(module.__name__)
    if place:
        owner, name, result = place
        setattr(owner, name, lambda *args, **kwargs: result)


def _cases(script, flags):
    """Name, command line, what an error must say, whether it may end well."""
    by_module = flags.flags_by_module_dict()
    ours = {
        flag.name: flag
        for module in by_module
        if module.partition(".")[0] in ("mtl_zoo", "tools", "training")
        for flag in by_module[module]
    }
    for name, flag in ours.items():
        kind = type(flag.parser).__name__
        wrong = {what: (text, None) for what, text in _TEXTS.items()}
        if kind in ("IntegerParser", "FloatParser"):
            wrong = {x[:9]: (x, False) for x in (*_NUMBERS, "", " ")}
            for bound, step in (("lower_bound", -1), ("upper_bound", 1)):
                value = getattr(flag.parser, bound)
                wrong[f"beyond its {bound}"] = (str(value + step), False)
        elif kind in ("EnumParser", "EnumClassParser", "BooleanParser"):
            wrong = {what: (text, False) for what, text in _TEXTS.items()}
        elif kind in ("CommaSeparatedListParser", "ListParser"):
            wrong |= {what: (text, None) for what, text in _LISTS.items()}
            wrong |= {what: (text, None) for what, text in _PATHS.items()}
        else:
            wrong |= {what: (text, None) for what, text in _PATHS.items()}
        for what, (text, good) in wrong.items():
            says = name if good is False else ""
            yield f"--{name}: {what}", f"--{name}={text}", says, good
    for name, text in (("an unknown flag", "--no_such=1"), ("a word", "x")):
        yield name, text, "", False


def _run(module, last, says, good, root):
    given, out = root / "given", root / "out"
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir()
    before = _paths(given)
    fields = {"given": str(given), "out": str(out)}
    line = [
        text.replace("{given}", fields["given"]).replace("{out}", fields["out"])
        for text in (*LINES[module.__name__], last)
    ]
    pid = os.fork()
    if not pid:
        _be_command(module, line, root)
    end = time.monotonic() + _WAIT
    status = None
    while status is None:
        found, code = os.waitpid(pid, os.WNOHANG)
        if found:
            status = os.waitstatus_to_exitcode(code)
        elif time.monotonic() > end:
            os.kill(pid, 9)
            os.waitpid(pid, 0)
            return case.HUNG, f"waited more than {_WAIT} seconds"
        else:
            time.sleep(0.002)
    executed = (root / "executed").read_text()
    if executed:
        return case.EXECUTED, executed
    said = (root / "error").read_text(errors="surrogateescape")
    if status == -24:  # SIGXCPU
        return case.HUNG, f"computed for more than {_SECONDS} seconds"
    if status not in (0, 1, 2) or "Traceback (most" in said:
        return case.UNCAUGHT, f"exit code {status}: {said[-1500:]}"
    left = []
    if status:
        left += sorted(_paths(given) - before)
        left += sorted(x for x in _paths(out) if (out / x).is_file())
        left += [x for x in _paths(out) if pathlib.Path(x).name[:1] == "."]
    if left:
        return case.LEFT, ", ".join(left)
    if not status:
        return (case.ACCEPTED if good is False else case.RIGHT), ""
    last = said.rstrip("\n").rpartition("\n")[2]
    text = last.removeprefix("error: ")
    if (
        text == last
        or not 0 < len(text) < case.MAX_LINE
        or not text.isprintable()
        or not re.search(says, text)
    ):
        return case.UNCLEAR, last
    return case.LINE, text


def _be_command(module, line, root):
    code = 70
    try:
        error = os.open(root / "error", os.O_CREAT | os.O_TRUNC | os.O_WRONLY)
        tell = os.open(root / "executed", os.O_CREAT | os.O_TRUNC | os.O_WRONLY)
        silent = os.open(os.devnull, os.O_RDWR)
        for to, stream in ((silent, 0), (silent, 1), (error, 2)):
            os.dup2(to, stream)
        sys.stderr = open(2, "w", buffering=1, errors="backslashreplace")
        os.chdir(root / "out")
        home = root / "home"
        home.mkdir(exist_ok=True)
        os.environ["MTL_ZOO_HOME"] = str(home)
        resource.setrlimit(resource.RLIMIT_CPU, (_SECONDS, _SECONDS + 5))
        resource.setrlimit(resource.RLIMIT_DATA, (_MEMORY, _MEMORY))

        def watch(event, arguments):
            if event in ("os.system", "pickle.find_class", "os.exec"):
                os.write(tell, f"{event} {arguments}"[:200].encode())

        sys.addaudithook(watch)
        from mtl_zoo.utils import cli

        sys.argv = [module.__name__, *line]
        code = 0
        try:
            cli.run(module.main)
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else bool(end.code)
    except BaseException:
        import traceback

        traceback.print_exc()
        code = 70
    finally:
        sys.stderr.flush()
        os._exit(code)


def _paths(folder):
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}
