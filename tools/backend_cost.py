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

import importlib.util
import os
import pathlib
import tempfile
import time

import numpy as np
from absl import flags
from PIL import Image

import mtl_zoo
from mtl_zoo.utils import cli
from mtl_zoo.utils import text
from tools import latency
from tools import measure_flags
from tools import own_process
from training import settings

_BACKENDS = ("tensorflow", "jax", "torch")

flags.DEFINE_multi_enum(
    "backend", None, _BACKENDS, "Default: those that are installed."
)
flags.DEFINE_integer(
    "batch_size", 8, "Images per step.", lower_bound=1, upper_bound=65_536
)
flags.DEFINE_string("output", None, "JSON file to write.", required=True)

# Height and width where a preset has no working size.
_USUAL = (192, 256)
# Width and height of a telephone's photo.
_LARGE = (4000, 3000)
_COLUMNS = {
    "photo": ("photo, ms", "MB"),
    "large_photo": ("of 12 megapixels, ms", "MB"),
    "step": ("step, ms", "MB"),
}


def main(config):
    output = settings.report_path(config.output)
    names = measure_flags.presets(config)
    backends = config.backend or [
        name for name in _BACKENDS if importlib.util.find_spec(name)
    ]
    report = {}
    for name in names:
        for backend in backends:
            rows = report.setdefault(name, {}).setdefault(backend, {})
            os.environ["KERAS_BACKEND"] = backend  # Of the new processes.
            for function, arguments in (
                (predict, (name, config.rounds)),
                (train, (name, config.batch_size, config.rounds)),
            ):
                rows |= own_process.run(
                    function, *arguments, modules=config["import"].value
                )
            cli.say(f"{name}, {backend}: {rows}")
            settings.write_report(output, report, as_markdown(report))
    cli.show(as_markdown(report))


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
    model = mtl_zoo.models.MultiTaskModel.from_preset(preset)
    rng = np.random.default_rng(0)
    small = rng.integers(0, 256, (*(model.working_size or _USUAL), 3))
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
    model = mtl_zoo.models.MultiTaskModel.from_preset(preset)
    step = latency.training_step(
        model, model.working_size or _USUAL, batch_size
    )
    return {"step": _measure(step, rounds)}


def _measure(run, rounds):
    for _ in range(2):  # The second may be compiled anew.
        run()
    own_process.forget_peak()
    seconds = []
    for _ in range(rounds):
        start = time.perf_counter()
        run()
        seconds.append(time.perf_counter() - start)
    return {
        "seconds": float(np.median(seconds)),
        "bytes": own_process.peak(),
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
