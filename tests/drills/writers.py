"""What writes files, done over and over by children of one process.

A child is a fork of a process that has imported everything, and computed
nothing: so a kill costs what was done until then, and no import.
"""

import argparse
import contextlib
import hashlib
import http.server
import importlib
import json
import os
import pathlib
import random
import resource
import shutil
import sys
import tempfile
import time
import traceback

import h5py
import keras
import numpy as np
from absl import flags
from PIL import Image

from mtl_zoo.utils import cli
from tests.drills import seeds
from tests.drills.case import ALLOWED

_SIZE = (32, 48)
_METRICS = "metrics.jsonl"


class Writer:
    """One thing that writes files.

    Args:
        root: `pathlib.Path` of a folder of its own. What is given to it lies in
            `given`, what it writes comes into `out`.

    Attributes:
        backends: Which it works on; all by default.
        goes_on: Whether the next one goes on with what is there.
    """

    backends = ("tensorflow", "jax", "torch")
    goes_on = False

    def __init__(self, root):
        self.root = root
        self.given = root / "given"
        self.out = root / "out"

    def give(self):
        """Make what it needs, once, in a child: a preset, in any case."""
        self.given.mkdir()
        return seeds.preset(self.given)

    def reset(self):
        """Bring `out` to its old state, whatever a child left hidden there."""

    def write(self):
        """Write anew, in a child."""
        raise NotImplementedError

    def group(self, path):
        """Which files, relative to `out`, change together: all by default."""
        return ""

    def state(self):
        """A dict group → path → digest of what there is for all to see."""
        groups = {}
        for path in sorted(self.out.rglob("*")):
            inner = path.relative_to(self.out)
            if path.is_file() and not is_hidden(inner) and self.counts(inner):
                found = groups.setdefault(self.group(inner), {})
                found[str(inner)] = self.digest(path)
        return groups

    def counts(self, path):
        """Whether a file is part of the state."""
        return True

    def digest(self, path):
        """What tells a file from another."""
        return hashlib.sha256(path.read_bytes()).hexdigest()

    def hidden(self):
        """What a child left that nobody asked for."""
        return [
            str(path.relative_to(self.out))
            for path in self.out.rglob("*")
            if is_hidden(path.relative_to(self.out))
        ]


def is_hidden(path):
    return any(part.startswith(".") for part in path.parts)


def command(script, *arguments):
    """Run a script of ours in this process."""
    module = importlib.import_module(script)
    cli.parse([script, *map(str, arguments)])
    module.main(flags.FLAGS)


def in_child(work, root, end=None):
    """Do something in a fork of this process.

    Args:
        work: Callable.
        root: `pathlib.Path` of a folder for what the child has to say.
        end: Seconds of the processor after which it is killed. Defaults to
            never.

    Returns:
        A pair: `"done"`, `"killed"`, `"one line"` or `"uncaught"`; a string,
        the error.
    """
    said = root / "said.json"
    said.unlink(missing_ok=True)
    sys.stdout.flush()
    sys.stderr.flush()
    pid = os.fork()
    if not pid:
        _be_child(work, said, root)
    if end is not None:
        while not _has_ended(pid) and _computed(pid) < end:
            time.sleep(0.005)
        os.kill(pid, 9)
    os.waitpid(pid, 0)
    if said.is_file():
        return json.loads(said.read_text())
    return "killed", ""


def _has_ended(pid):
    """Whether a child has ended, and waits to be told of."""
    return (
        os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        is not None
    )


def _computed(pid):
    """Seconds of the processor that a process has taken, exactly."""
    total = 0
    with contextlib.suppress(OSError):
        for path in pathlib.Path(f"/proc/{pid}/task").glob("*/schedstat"):
            total += int(path.read_text().split()[0])
    return total / 1e9


def _be_child(work, said, root):
    code = 1
    try:
        silent = os.open(root / "printed", os.O_WRONLY | os.O_CREAT)
        os.dup2(silent, 1)
        os.dup2(silent, 2)
        outcome = "done", ""
        try:
            work()
        except ALLOWED as error:
            outcome = "one line", " ".join(str(error).split())
        except BaseException:
            outcome = "uncaught", traceback.format_exc()
        # Killed up to here, it has said nothing.
        half = said.with_suffix(".half")
        half.write_text(json.dumps(outcome))
        os.replace(half, said)
        code = 0
    finally:
        os._exit(code)


def _pictures(folder, count, suffix="png"):
    folder.mkdir(parents=True)
    rng = np.random.default_rng(0)
    for i in range(count):
        pixels = rng.integers(0, 256, (*_SIZE, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / f"{i}.{suffix}")


def make_data(folder):
    """A data set of pictures with classes, as users lay one out."""
    folder.mkdir(parents=True)
    (folder / "classes.txt").write_text("a\nb\nc\n")
    rng = np.random.default_rng(1)
    for split, count in (("train", 6), ("validation", 2), ("test", 3)):
        _pictures(folder / split / "image", count)
        (folder / split / "semseg").mkdir()
        for i in range(count):
            labels = rng.integers(0, 3, _SIZE, dtype=np.uint8)
            Image.fromarray(labels).save(folder / split / "semseg" / f"{i}.png")


class Training(Writer):
    """`training.train --resume`: the run goes on, and ends as one whole."""

    goes_on = True

    def give(self):
        super().give()
        make_data(self.given / "data")

    def write(self):
        command(
            "training.train",
            f"--preset={self.given / 'preset'}",
            "--dataset=folder",
            f"--data_dir={self.given / 'data'}",
            f"--image_size={_SIZE[0]},{_SIZE[1]}",
            *("--batch_size=2", "--epochs=3", "--checkpoint_steps=1"),
            *("--balancing=dynamic_weight_average", "--optimizer=adamw"),
            f"--output_dir={self.out / 'run'}",
            "--resume",
        )

    def counts(self, path):
        # Others tell when they were written.
        return path.suffix == ".h5" or path.name in ("task.json", _METRICS)

    def digest(self, path):
        if path.suffix == ".h5":
            # The file itself has times in it.
            found = hashlib.sha256()
            with h5py.File(path) as file:
                file.visititems(lambda *item: _add(found, *item))
            return found.hexdigest()
        if path.name != _METRICS:
            return super().digest(path)
        lines = [json.loads(line) for line in path.read_text().splitlines()]
        for line in lines:
            line.pop("seconds_per_step", None)
        return lines


def _add(digest, name, item):
    if isinstance(item, h5py.Dataset):
        digest.update(name.encode() + np.ascontiguousarray(item).tobytes())


class Publishing(Writer):
    """`tools.publish_preset` over an older preset."""

    def give(self):
        preset = super().give()
        shutil.copytree(preset, self.given / "old")
        seeds.edit(
            self.given / "old" / "metadata.json",
            lambda content: content.update(license="MIT"),
        )

    def reset(self):
        _remove(self.out / "tiny")
        shutil.copytree(self.given / "old", self.out / "tiny")
        (self.out / "registry.json").write_text(
            '{"base_url": null, "presets": {}}'
        )

    def write(self):
        command(
            "tools.publish_preset",
            f"--preset={self.given / 'preset'}",
            f"--to={self.out / 'tiny'}",
            f"--registry={self.out / 'registry.json'}",
        )

    def group(self, path):
        return path.parts[0]


class Exporting(Writer):
    """`mtl_zoo.export.export_onnx` over an older file and its report."""

    backends = ("tensorflow",)

    def reset(self):
        (self.out / "a.onnx").write_text("old" * 1000)
        # What it says of a file of another name would not be written over.
        (self.out / "a.json").write_text('{"file": "a.onnx"}')

    def write(self):
        import mtl_zoo

        preset = self.given / "preset"
        model = mtl_zoo.models.MultiTaskModel.from_preset(preset)
        mtl_zoo.export.export_onnx(
            model, self.out / "a.onnx", _SIZE, preset=preset
        )


class Predicting(Writer):
    """`tools.predict` over older results."""

    def give(self):
        super().give()
        _pictures(self.given / "pictures", 3)

    def reset(self):
        for i in range(3):
            for end in ("_panel.png", ".npz"):
                (self.out / f"{i}{end}").write_text("old" * 1000)

    def write(self):
        command(
            "tools.predict",
            f"--preset={self.given / 'preset'}",
            f"--image={self.given / 'pictures'}",
            f"--output_dir={self.out}",
        )

    def group(self, path):
        return path.name[0]


class Evaluating(Writer):
    """`training.evaluate` over older results."""

    def give(self):
        super().give()
        make_data(self.given / "data")

    def reset(self):
        for suffix in ("json", "md"):
            (self.out / f"metrics.{suffix}").write_text("old" * 1000)

    def write(self):
        command(
            "training.evaluate",
            f"--preset={self.given / 'preset'}",
            "--dataset=folder",
            f"--data_dir={self.given / 'data'}",
            f"--output={self.out / 'metrics.json'}",
        )


class Downloading(Writer):
    """A preset from an address, into the library's cache."""

    def reset(self):
        for path in self.out.glob("presets/[!.]*"):
            shutil.rmtree(path)

    def write(self):
        from mtl_zoo import presets

        os.environ["MTL_ZOO_HOME"] = str(self.out)
        with _server(self.given / "preset") as address:
            presets.resolve(f"{address}/preset")


class HuggingFace(Writer):
    """A preset from `hf://`, into the cache of its own library."""

    def write(self):
        os.environ["HF_HOME"] = str(self.out)
        os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
        with _server(self.given / "preset") as address:
            os.environ["HF_ENDPOINT"] = address
            from mtl_zoo import presets

            presets.resolve("hf://org/name")

    def reset(self):
        # What is whole goes; parts stay, for the next to go on with.
        if self.state() == getattr(self, "whole", None):
            _remove(self.out)
            self.out.mkdir()

    def group(self, path):
        return str(path)

    def counts(self, path):
        return "snapshots" in path.parts

    def hidden(self):
        """What lies in `snapshots` but is no file of the preset."""
        return [x for group in self.state().values() for x in group] and [
            str(path)
            for path in self.out.rglob("snapshots/*/*")
            if not (self.given / "preset" / path.name).is_file()
        ]


def _remove(path):
    shutil.rmtree(path, ignore_errors=True)


@contextlib.contextmanager
def _server(preset):
    """A process that serves a preset slowly; it ends with the one that asks."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.preset = preset
    port = server.server_port
    os.environ["no_proxy"] = "*"
    asker = os.getpid()
    if not os.fork():
        try:
            server.daemon_threads = True
            server.timeout = 0.2
            while os.getppid() == asker:
                server.handle_request()
        finally:
            os._exit(0)
    server.socket.close()
    yield f"http://127.0.0.1:{port}"


class _Handler(http.server.BaseHTTPRequestHandler):
    """A preset's files, and as much of the Hub's interface as it takes."""

    protocol_version = "HTTP/1.1"
    commit = "c" * 40

    def do_HEAD(self):
        self.answer(body=False)

    def do_GET(self):
        self.answer()

    def answer(self, body=True):
        folder = self.server.preset
        path = self.path.partition("?")[0]
        name = path.rpartition("/")[2]
        if path.startswith("/api/models/"):
            names = [{"rfilename": x.name} for x in sorted(folder.iterdir())]
            tree = [
                {
                    "type": "file",
                    "path": x.name,
                    "size": x.stat().st_size,
                    "oid": _tag(x.read_bytes()),
                }
                for x in sorted(folder.iterdir())
            ]
            about = {"id": "org/name", "sha": self.commit, "siblings": names}
            content = json.dumps(tree if "/tree/" in path else about).encode()
        elif (folder / name).is_file():
            content = (folder / name).read_bytes()
        else:
            self.send_error(404)
            return
        start = 0
        if "Range" in self.headers:
            asked = self.headers["Range"].removeprefix("bytes=")
            start = int(asked.partition("-")[0])
        self.send_response(206 if start else 200)
        if start:
            end = len(content)
            self.send_header("Content-Range", f"bytes {start}-{end - 1}/{end}")
        self.send_header("Content-Length", str(len(content) - start))
        self.send_header("ETag", f'"{_tag(content)}"')
        self.send_header("X-Repo-Commit", self.commit)
        self.end_headers()
        step = max(len(content) // 5, 1)
        for place in range(start, len(content) if body else 0, step):
            self.wfile.write(content[place : place + step])
            time.sleep(0.01)

    def log_message(self, *arguments):
        pass


def _tag(content):
    return hashlib.sha1(content, usedforsecurity=False).hexdigest()


ALL = {
    "training": Training,
    "export": Exporting,
    "publishing": Publishing,
    "download": Downloading,
    "predict": Predicting,
    "evaluate": Evaluating,
    "hf": HuggingFace,
}


def chosen(names, root):
    """The writers of some names that work on this backend, ready to write.

    Args:
        names: String with commas.
        root: `pathlib.Path` of a folder.

    Yields:
        Pairs of a name and a `Writer`, which has `old`, `whole`, the states
        before and after, and `seconds` of the processor that it takes.
    """
    import_all()
    for name in names.split(","):
        if keras.backend.backend() not in ALL[name].backends:
            continue
        folder = root / name
        folder.mkdir()
        writer = ALL[name](folder)
        _expect_done(in_child(writer.give, folder))
        writer.out.mkdir()
        writer.reset()
        writer.old = writer.state()
        before = _of_children()
        _expect_done(in_child(writer.write, folder))
        writer.seconds = _of_children() - before
        writer.whole = writer.state()
        yield name, writer
        shutil.rmtree(folder)


def drill(about, columns, count, work):
    """A drill of writers as a command: runs it, prints its table.

    Args:
        about: String, what `--help` says.
        columns: List of the table's titles: of the writers, of how often each
            was tried, of numbers that `work` counts, and of its faults.
        count: Integer, how often by default.
        work: Callable `(writer, count, chance)` that gives such numbers, and
            lists of strings, the faults.

    Returns:
        A boolean: whether there was any fault.
    """
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("--writers", default=",".join(ALL))
    parser.add_argument("--count", type=int, default=count)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    rows, any_fault = [], False
    with tempfile.TemporaryDirectory(prefix="drill") as folder:
        tempfile.tempdir = folder
        for name, writer in chosen(arguments.writers, pathlib.Path(folder)):
            chance = random.Random(arguments.seed)
            found = work(writer, arguments.count, chance)
            row = [name, arguments.count]
            for title, x in zip(columns[2:], found, strict=True):
                if isinstance(x, list):
                    any_fault = any_fault or bool(x)
                    for text in x:
                        print(f"  {name}: {title}: {text}", flush=True)
                row.append(len(x) if isinstance(x, list) else x)
            rows.append(row)
            print(*row, f"{writer.seconds:.1f} s each", flush=True)
    print(f"\n| {' | '.join(columns)} |")
    print("| --- " * len(columns) + "|")
    for row in rows:
        print(f"| {' | '.join(map(str, row))} |")
    return any_fault


def _of_children():
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _expect_done(said):
    if said[0] != "done":
        raise RuntimeError(f"It does not even write undisturbed: {said}")


def import_all():
    """What the writers import, but no script, each of which has its flags."""
    for module in (
        *("mtl_zoo.evaluation", "mtl_zoo.export", "training.loop"),
        *("training.strategies", "training.optimizers", "training.recipes"),
        *("tensorflow", "huggingface_hub", "matplotlib.figure", "onnx"),
        *("tf2onnx", "onnxruntime", "mtl_zoo.datasets.tensorflow_pipeline"),
    ):
        with contextlib.suppress(ImportError):
            importlib.import_module(module)
