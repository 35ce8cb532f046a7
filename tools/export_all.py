"""Convert presets in every format and precision, and tabulate the files.

```
python -m tools.export_all --output_dir=exported
```

Writes the files, their reports, and `table.md`: size, the largest deviation
from the model as a share of the range, by how much each task's metric on
`rooms` is worse than the model's (mIoU in points, others in percent; negative:
better), and latency as a share of the float32 file's. A file that misses its
bound is not written, nor is an earlier one left; its line says so, and the
command ends with an error.
"""

import os

# The files are converted through TensorFlow, whatever the user trains on.
os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import collections

import numpy as np
from absl import flags

import mtl_zoo
from mtl_zoo.export.device import measure_on_device
from mtl_zoo.export.onnx import ONNX
from mtl_zoo.export.tflite import TFLite
from mtl_zoo.utils import atomic_path
from mtl_zoo.utils import cli
from mtl_zoo.utils import text
from mtl_zoo.utils.files import user_path
from tools.preset_names import by_name
from training import settings

flags.DEFINE_list(
    "presets",
    None,
    "Names, folders or addresses. Default: all of the registry.",
)
flags.DEFINE_list(
    "image_size",
    None,
    "Height,width of the images they will take. Default: each preset's working "
    "size.",
)
settings.check_size()
flags.DEFINE_integer(
    "num_images",
    64,
    "On how many rooms they are compared.",
    lower_bound=1,
    upper_bound=100_000,
)
flags.DEFINE_float(
    "max_drop",
    None,
    "As for tools.export_tflite and tools.export_onnx.",
    lower_bound=0.0,
    upper_bound=1e6,
)
flags.DEFINE_string("output_dir", None, "Folder to write.", required=True)

# How often latencies are compared.
_ROUNDS = 5

_RUNTIMES = {"tflite": "LiteRT", "onnx": "ONNX"}
FORMATS = (
    *(("tflite", precision) for precision in TFLite.precisions),
    *(("onnx", precision) for precision in ONNX.precisions),
)


def main(config):
    image_size = settings.parse_size(config.image_size)
    folder = user_path(config.output_dir)
    rows, missed = [], []
    for name, preset in by_name(config.presets).items():
        reports = export(config, name, preset, image_size, folder)
        ratios = relative_latency(folder, reports)
        for (suffix, precision), report in reports.items():
            row = [f"`{name}`", f"{_RUNTIMES[suffix]} {precision}"]
            if isinstance(report, ValueError):
                rows.append([*row, f"not written: {report}"])
                missed.append(file_name(name, suffix, precision))
                continue
            float32 = reports[suffix, "float32"]
            ratio = ratios.get((suffix, precision))
            rows.append([*row, *columns(report, float32, ratio)])
        with atomic_path(folder / "table.md") as temporary:
            temporary.write_text(as_markdown(rows), encoding="utf-8")
    cli.show(as_markdown(rows))
    if missed:
        raise ValueError(f"Not written: {', '.join(missed)}.")


def export(config, name, preset, image_size, folder):
    """Convert a preset in every format.

    Returns:
        A dict (suffix, precision) → the report, or the `ValueError`.
    """
    model = mtl_zoo.models.MultiTaskModel.from_preset(preset)
    image_size = image_size or model.working_size
    if image_size is None:
        raise ValueError(
            f"{name} has no working size: give --image_size, such as 96,128."
        )
    reports = {}
    for suffix, precision in FORMATS:
        path = folder / file_name(name, suffix, precision)
        for old in (path, path.with_suffix(".json")):
            old.unlink(missing_ok=True)
        try:
            report = getattr(mtl_zoo.export, f"export_{suffix}")(
                model,
                path,
                image_size,
                precision=precision,
                max_drop=config.max_drop,
                num_images=config.num_images,
                preset=preset,
                benchmark=True,
            )
            cli.show(mtl_zoo.export.as_text(report))
        except ValueError as error:
            report = error
            cli.say(f"{path.name}: {error}")
        reports[suffix, precision] = report
    return reports


def file_name(name, suffix, precision):
    """The name of a file."""
    return f"{name}_{suffix}_{precision}.{suffix}"


def relative_latency(folder, reports):
    """Latency of each file as a share of the float32 file's of its format.

    What a machine gives changes from second to second: all are run in turn,
    round after round, and what counts is the median of the rounds' ratios.

    Args:
        folder: `pathlib.Path` of the files.
        reports: Dict that `export` gave.

    Returns:
        A dict (suffix, precision) → float.
    """
    written = {
        key: folder / report["file"]
        for key, report in reports.items()
        if isinstance(report, dict)
    }
    threads = str(min(4, os.cpu_count() or 1))
    ratios = collections.defaultdict(list)
    for _ in range(_ROUNDS):
        seconds = {
            key: measure_on_device(path, [threads])["latency"][threads]
            for key, path in written.items()
        }
        for (suffix, precision), taken in seconds.items():
            float32 = seconds.get((suffix, "float32"))
            if float32:
                ratios[suffix, precision].append(taken / float32)
    return {key: float(np.median(found)) for key, found in ratios.items()}


def columns(report, float32, ratio):
    """Size, deviation, drops of the tasks and latency, as text.

    Args:
        report: Dict that an export gave.
        float32: The same of the float32 file.
        ratio: Float, what `relative_latency` gave, or `None`.

    Returns:
        A list of strings.
    """
    size = f"{report['size'] / 1e6:.1f} MB"
    if isinstance(float32, dict):
        size += f" ({report['size'] / float32['size']:.1%})"
    # The largest number of threads that was measured.
    seconds = list(report["latency"].values())[-1]
    latency = f"{1000 * seconds:.0f} ms"
    if ratio:
        latency += f" ({ratio:.2f})"
    return [
        size,
        f"{report['largest_deviation']:.1e}",
        "; ".join(filter(None, map(drop, report["outputs"]))) or "–",
        latency,
        f"{report['peak_memory'] / 1e6:.0f} MB",
    ]


def drop(output):
    """By how much a task's metric is worse than the model's, as text."""
    if output.get("drop") is None:
        return None
    if output["primary_metric"] == "mIoU":
        before, after = (
            output["against_labels"][who]["mIoU"] for who in ("model", "file")
        )
        return f"{output['name']} {100 * (before - after):+z.2f} points"
    return f"{output['name']} {output['drop']:+z.2f} %"


def as_markdown(rows):
    """The rows as a table.

    Args:
        rows: List of lists of strings; short ones are filled up.

    Returns:
        A string, Markdown.
    """
    header = [
        "preset",
        "file",
        "size (of float32)",
        "largest deviation",
        "worse than the model by",
        "latency (of float32)",
        "memory",
    ]
    return text.table(header, rows)


if __name__ == "__main__":
    cli.run(main)
