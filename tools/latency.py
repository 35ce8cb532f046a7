"""How fast a model predicts, in every runtime side by side, and trains.

See `tools.benchmark`. Needs the TensorFlow backend.

What a machine gives changes from minute to minute. So everything is run in
turn, round after round, with a float32 matrix product in between, and what
counts is the share of that product's rate: (operations of the model's
convolutions / seconds) / (operations of the product / seconds).
"""

import collections
import functools
import math
import os
import pathlib
import tempfile
import time

import numpy as np

import mtl_zoo
from mtl_zoo.evaluation import count_flops
from mtl_zoo.export import device
from mtl_zoo.export.flow import convert
from mtl_zoo.export.graph import in_float32
from mtl_zoo.export.graph import serving_function
from mtl_zoo.export.images import labelled_rooms
from mtl_zoo.export.onnx import ONNX
from mtl_zoo.export.request import LAYOUTS
from mtl_zoo.export.request import Request
from mtl_zoo.export.tflite import TFLite
from mtl_zoo.utils import text
from mtl_zoo.utils.files import read_json
from mtl_zoo.utils.files import user_path
from mtl_zoo.utils.quiet import quiet
from training import optimizers

# Rows and columns of the matrices that are multiplied.
_MATRIX = 2048
# Seconds.
_PAUSE = 0.1


def measure_latency(model, image_size, rounds=10, threads=None):
    """Seconds per image in every runtime, beside the machine's rate.

    Args:
        model: `mtl_zoo.models.MultiTaskModel`, or the name or folder of a
            preset.
        image_size: Pair `(height, width)`.
        rounds: Integer, how often everything is run. Defaults to `10`.
        threads: Integer, of LiteRT and ONNX Runtime; Keras and the matrix
            product take all cores. Defaults to `None`, all cores.

    Returns:
        A dict: `"matrix_product"`, GFLOP/s, the median; `"operations"`, GFLOP
        of the model's convolutions; and `"runtimes"`, name → dict of
        `"seconds"`, the median, and `"share"`, the median over rounds of the
        share of the matrix products' median rate in the same round.

    Example:

    ```python
    result = measure_latency("mti_net_efficientnet_lite0_rooms", (480, 640))
    print(as_table(result))
    ```
    """
    if not isinstance(model, mtl_zoo.models.MultiTaskModel):
        model = mtl_zoo.models.MultiTaskModel.from_preset(model)
    model = in_float32(model)
    threads = threads or os.cpu_count() or 1
    with tempfile.TemporaryDirectory() as folder, quiet():
        files = _convert(model, image_size, pathlib.Path(folder))
        operations = count_flops(model, image_size)
        runs = {**_keras(model, image_size)}
        for name, path in files.items():
            runs[name] = device.load(str(path), threads)
        for run in runs.values():
            run()
        seconds, shares = (collections.defaultdict(list) for _ in "12")
        rates = []
        for _ in range(rounds):
            products = []
            for name, run in runs.items():
                products.append(_matrix_rate())
                seconds[name].append(_seconds(run))
            rates.append(float(np.median(products)))
            for name, taken in seconds.items():
                shares[name].append(operations / taken[-1] / rates[-1])
    return {
        "image_size": list(image_size),
        "threads": threads,
        "rounds": rounds,
        "matrix_product": float(np.median(rates)) / 1e9,
        "operations": operations / 1e9,
        "runtimes": {
            name: {
                "seconds": float(np.median(seconds[name])),
                "share": float(np.median(shares[name])),
            }
            for name in runs
        },
    }


def photo_seconds(model, image_size, runs=100):
    """What an image takes on two cores, as LiteRT with int8 weights.

    Args:
        model: `mtl_zoo.models.MultiTaskModel`.
        image_size: Pair `(height, width)`.
        runs: Integer. Defaults to `100`.

    Returns:
        A float, the median.

    Example:

    ```python
    photo_seconds(model, (192, 256))  # 0.031
    ```
    """
    with tempfile.TemporaryDirectory() as folder, quiet():
        path = pathlib.Path(folder) / "model.tflite"
        request = Request(
            TFLite, in_float32(model), path, image_size, "dynamic"
        )
        path.write_bytes(next(convert(request)).content)
        run = device.load(str(path), 2)
        run()
        return float(np.median([_seconds(run) for _ in range(runs)]))


def measure_training(model, image_size, batch_size, rounds=10):
    """Seconds of a training step with Adam, beside the machine's rate.

    The operations of a step are taken for three times those of a prediction:
    forward, and the gradients of features and weights. What deep supervision
    adds is not counted.

    Args:
        model: `mtl_zoo.models.MultiTaskModel`, or the name or folder of a
            preset.
        image_size: Pair `(height, width)`.
        batch_size: Integer.
        rounds: Integer, how often a step is taken. Defaults to `10`.

    Returns:
        A dict as `measure_latency` gives it, with the runtime
        `"training step"`, and `"first_step"`, the seconds of the first one.

    Example:

    ```python
    preset = "mti_net_efficientnet_lite0_rooms"
    print(as_table(measure_training(preset, (256, 320), batch_size=2)))
    ```
    """
    if not isinstance(model, mtl_zoo.models.MultiTaskModel):
        model = mtl_zoo.models.MultiTaskModel.from_preset(model)
    step = training_step(model, image_size, batch_size)
    operations = 3 * batch_size * count_flops(model, image_size)
    first_step = _seconds(step)
    rates, seconds = [], []
    for _ in range(rounds):
        rates.append(_matrix_rate())
        seconds.append(_seconds(step))
    shares = operations / np.array(seconds) / np.array(rates)
    return {
        "image_size": list(image_size),
        "batch_size": batch_size,
        "threads": os.cpu_count() or 1,
        "rounds": rounds,
        "matrix_product": float(np.median(rates)) / 1e9,
        "operations": operations / 1e9,
        "first_step": first_step,
        "runtimes": {
            "training step": {
                "seconds": float(np.median(seconds)),
                "share": float(np.median(shares)),
            }
        },
    }


def training_step(model, image_size, batch_size):
    """A step with Adam on rendered rooms.

    Args:
        model: `mtl_zoo.models.MultiTaskModel`, which is compiled.
        image_size: Pair `(height, width)`.
        batch_size: Integer.

    Returns:
        A callable without arguments.

    Example:

    ```python
    training_step(model, (192, 256), batch_size=8)()
    ```
    """
    images, labels = labelled_rooms(image_size, batch_size, "train")
    names = [task.name for task in model.tasks]
    labels = {name: labels[name] for name in names if name in labels}
    model.compile(optimizers.get("adam", 1e-4))
    return functools.partial(model.train_on_batch, images, labels)


def as_table(result):
    """What the functions here gave, as lines of text."""
    height, width = result["image_size"]
    count = result.get("batch_size", 1)
    lines = [
        f"{count} × {height}×{width}, {result['operations']:.1f} GFLOP, "
        f"{result['threads']} threads, {result['rounds']} rounds; float32 "
        f"matrix product {result['matrix_product']:.0f} GFLOP/s",
        f"{'runtime':24}{'ms':>8}{'images/s':>10}{'share of its rate':>20}",
    ]
    for name, row in result["runtimes"].items():
        seconds = row["seconds"]
        lines.append(
            f"{name:24}{1000 * seconds:8.1f}{count / seconds:10.1f}"
            f"{row['share']:20.2f}"
        )
    if "first_step" in result:
        lines.append(f"{'first step':24}{1000 * result['first_step']:8.1f}")
    return "\n".join(lines)


def as_markdown(results, peers):
    """A row per preset and runtime, with times as fast as each peer.

    Args:
        results: Dict preset → what `measure_latency` or `measure_training`
            gave.
        peers: Dict preset → name → dict of `"seconds"` and
            `"matrix_product"`, GFLOP/s; may be empty.

    Returns:
        A string, Markdown.
    """
    names = list(
        dict.fromkeys(
            name for preset in results for name in peers.get(preset, {})
        )
    )
    header = ["preset", "runtime", "ms", "share of the matrix rate"]
    header += [f"times as fast as {name}" for name in names]
    lines = []
    for preset, result in results.items():
        for runtime, row in result["runtimes"].items():
            ours = row["seconds"] * result["matrix_product"]
            line = [preset, runtime, f"{1000 * row['seconds']:.1f}"]
            line.append(f"{row['share']:.2f}")
            for name in names:
                peer = peers.get(preset, {}).get(name)
                line.append(
                    f"{peer['seconds'] * peer['matrix_product'] / ours:.2f}"
                    if peer
                    else "–"
                )
            lines.append(line)
    return text.table(header, lines, words=2)


def read_results(path):
    """What `tools.benchmark --output` wrote in another run.

    Args:
        path: String or path of a JSON file, or `None`.

    Returns:
        A dict, as `as_markdown` takes it; empty where there is no path.

    Raises:
        ValueError: If the file holds something else.
    """
    return _read(
        path,
        lambda result: [
            result["matrix_product"],
            *(row["seconds"] for row in result["runtimes"].values()),
        ],
        " is not what tools.benchmark --output writes.",
    )


def read_peers(path):
    """Figures of others' code, see `tools.benchmark`.

    Args:
        path: String or path of a JSON file, or `None`.

    Returns:
        A dict preset → name → `"seconds"` and `"matrix_product"`; empty where
        there is no path.

    Raises:
        ValueError: If the file holds something else.
    """
    return _read(
        path,
        lambda figures: [
            figure[key]
            for figure in figures.values()
            for key in ("seconds", "matrix_product")
        ],
        ": figures of others' code are {preset: {name: "
        '{"seconds": 0.135, "matrix_product": 107.0}}}.',
    )


def _read(path, rates, wrong):
    """A JSON file by preset.

    Args:
        path: String or path, or `None`.
        rates: Callable from what is said of a preset to the numbers that are
            divided by.
        wrong: String, what is said of a file that lacks one of them, or where
            one is none above 0.

    Returns:
        A dict; empty where there is no path.
    """
    if not path:
        return {}
    content = read_json(user_path(path))
    try:
        numbers = [x for said in content.values() for x in rates(said)]
        if all(0 < x < math.inf for x in numbers):
            return content
    except (AttributeError, KeyError, TypeError):
        pass
    raise ValueError(f"{path}{wrong}")


def slower(results, before, bound=1.1):
    """What takes more of the machine than in another run.

    Args:
        results: As for `as_markdown`.
        before: The same, of the other run.
        bound: Float, the ratio from which on it is told. Defaults to `1.1`,
            what two runs differ by where nothing was changed.

    Returns:
        A list of lines.
    """
    lines = []
    for preset, result in results.items():
        other = before.get(preset)
        if other is None:
            continue
        for key in ("image_size", "batch_size", "threads"):
            if result.get(key) != other.get(key):
                raise ValueError(
                    f"{preset} was measured with {key} {other.get(key)} "
                    f"before, with {result.get(key)} now."
                )
        for runtime, row in result["runtimes"].items():
            if runtime not in other["runtimes"]:
                continue
            ratio = (row["seconds"] * result["matrix_product"]) / (
                other["runtimes"][runtime]["seconds"] * other["matrix_product"]
            )
            if ratio > bound:
                lines.append(f"{preset}, {runtime}: {ratio:.2f} times the time")
    return lines


def _convert(model, image_size, folder):
    """Files of the model in every format, by the runtime's name."""
    files = {}
    rooms, _ = labelled_rooms((96, 128), 8, "train")
    asked = {
        f"LiteRT {precision}": Request(
            TFLite,
            model,
            folder / f"{precision}.tflite",
            image_size,
            precision,
            calibration_images=rooms,
        )
        for precision in TFLite.precisions
    }
    for layout in LAYOUTS:
        path = folder / f"{layout}.onnx"
        asked[f"ONNX Runtime {layout}"] = Request(
            ONNX, model, path, image_size, layout=layout
        )
    for name, request in asked.items():
        file = next(convert(request))
        request.path.write_bytes(file.content)
        files[name] = request.path
    return files


def _keras(model, image_size):
    import tensorflow as tf

    image = tf.random.uniform((1, *image_size, 3), 0, 255)
    compiled = serving_function(model, image.shape)
    return {
        "Keras eager": lambda: model(image, training=False),
        "Keras compiled": lambda: compiled(image),
    }


def _matrix_rate():
    # The threads of what ran before may go on waiting for work for a while.
    time.sleep(_PAUSE)
    a = np.ones((_MATRIX, _MATRIX), "float32")
    return 2 * _MATRIX**3 / _seconds(lambda: a @ a)


def _seconds(run):
    start = time.perf_counter()
    run()
    return time.perf_counter() - start
