"""What presets take on TensorFlow, JAX and PyTorch: time and memory.

```
python -m tools.backend_cost --preset=mti_net_efficientnet_lite0_rooms \
    --output=backends.json
```

A photo of the working size and one of 12 megapixels through `predict_image`,
and a training step with Adam on rendered rooms; each preset on each backend,
and its predictions and its steps, in a process of their own, one after another.
Seconds are medians, after what is traced and compiled at first. Memory is the
peak of the whole process, libraries included, once that is done. Needs Linux,
whose /proc tells it.
"""

import concurrent.futures
import importlib.util
import multiprocessing
import os
import pathlib
import tempfile
import time

import numpy as np
from absl import flags

from mtl_zoo.utils import cli
from mtl_zoo.utils import text
from tools import process_memory
from training import settings

_BACKENDS = ("tensorflow", "jax", "torch")

flags.DEFINE_list(
    "preset",
    None,
    "Names, folders or addresses of presets. Default: all of the registry.",
)
flags.DEFINE_multi_enum(
    "backend", None, _BACKENDS, "Default: those that are installed."
)
flags.DEFINE_integer(
    "batch_size", 8, "Images per step.", lower_bound=1, upper_bound=65_536
)
flags.DEFINE_integer(
    "rounds",
    10,
    "How often everything is run.",
    lower_bound=1,
    upper_bound=10_000,
)
flags.DEFINE_string("output", None, "JSON file to write.", required=True)

# Width and height of a telephone's photo.
_LARGE = (4000, 3000)
_COLUMNS = {
    "photo": ("photo, ms", "MB"),
    "large_photo": ("of 12 megapixels, ms", "MB"),
    "step": ("step, ms", "MB"),
}


def main(config):
    from mtl_zoo import presets

    output = settings.report_path(config.output)
    names = list(dict.fromkeys(config.preset or presets.list_presets()))
    for name in names:  # One that is none is found before any is measured.
        presets.metadata(name)
    backends = config.backend or [
        name for name in _BACKENDS if importlib.util.find_spec(name)
    ]
    report = {}
    for name in names:
        for backend in backends:
            rows = report.setdefault(name, {}).setdefault(backend, {})
            rows.update(_apart(backend, predict, name, config.rounds))
            rows.update(
                _apart(backend, train, name, config.batch_size, config.rounds)
            )
            cli.say(f"{name}, {backend}: {rows}")
            settings.write_report(output, report, as_markdown(report))
    cli.show(as_markdown(report))


def _apart(backend, function, *arguments):
    """What a function gives in a process of its own, on another backend."""
    os.environ["KERAS_BACKEND"] = backend
    with concurrent.futures.ProcessPoolExecutor(
        1, multiprocessing.get_context("spawn")
    ) as executor:
        return executor.submit(function, *arguments).result()


def predict(preset, rounds):
    """Time and memory of `predict_image`.

    Args:
        preset: String, a preset's name, folder or address.
        rounds: Integer, how many photos are timed.

    Returns:
        A dict of `"photo"`, one of the working size, and `"large_photo"`, one
        of 12 megapixels; each a dict of `"seconds"`, the median, and `"bytes"`,
        the peak of memory.
    """
    from PIL import Image

    import mtl_zoo

    model = mtl_zoo.models.MultiTaskModel.from_preset(preset)
    rng = np.random.default_rng(0)
    small = rng.integers(0, 256, (*(model.working_size or (192, 256)), 3))
    small = Image.fromarray(small.astype("uint8"))
    measured = {}
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "photo.jpg"
        for name, size in (("photo", small.size), ("large_photo", _LARGE)):
            small.resize(size).save(path)
            measured[name] = _measure(lambda: model.predict_image(path), rounds)
    return measured


def train(preset, batch_size, rounds):
    """Time and memory of a training step with Adam.

    Args:
        preset: String, a preset's name, folder or address.
        batch_size: Integer.
        rounds: Integer, how many steps are timed.

    Returns:
        A dict of `"step"`, as what `predict` gives.
    """
    import mtl_zoo
    from mtl_zoo.export.images import labelled_rooms

    model = mtl_zoo.models.MultiTaskModel.from_preset(preset)
    size = model.working_size or (192, 256)
    images, labels = labelled_rooms(size, batch_size, "train")
    names = [task.name for task in model.tasks]
    labels = {name: labels[name] for name in names if name in labels}
    model.compile("adam")
    return {
        "step": _measure(lambda: model.train_on_batch(images, labels), rounds)
    }


def _measure(run, rounds):
    for _ in range(2):  # The second may be compiled anew.
        run()
    process_memory.forget_peak()
    seconds = []
    for _ in range(rounds):
        start = time.perf_counter()
        run()
        seconds.append(time.perf_counter() - start)
    return {
        "seconds": float(np.median(seconds)),
        "bytes": process_memory.peak(),
    }


def as_markdown(report):
    """A table, a line per preset and backend.

    Args:
        report: Dict preset → backend → what `predict` and `train` gave.

    Returns:
        A string.
    """
    header = ["preset", "backend"]
    header += [title for titles in _COLUMNS.values() for title in titles]
    lines = []
    for preset, backends in report.items():
        for backend, rows in backends.items():
            line = [preset, backend]
            for name in _COLUMNS:
                line.append(f"{1000 * rows[name]['seconds']:.0f}")
                line.append(f"{rows[name]['bytes'] / 1e6:.0f}")
            lines.append(line)
    return text.table(header, lines, words=2)


if __name__ == "__main__":
    cli.run(main)
