"""Convert presets in every format and precision, and tabulate the files.

```
python -m tools.export_all --image_size=96,128 --output_dir=exported
```

Writes the files, their reports, and `table.md`: size, deviation from the model,
every task's metric of model and file on `rooms` (and by how many percent it is
worse), and latency as a share of the float32 file's. A file that misses its
bound is not written; its line says so.
"""

import os

# The files are converted through TensorFlow, whatever the user trains on.
os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import collections
import pathlib

import numpy as np
from absl import flags

import mtl_zoo
from mtl_zoo.export import onnx
from mtl_zoo.export import tflite
from mtl_zoo.export.device import measure_on_device
from mtl_zoo.utils import atomic_path
from mtl_zoo.utils import cli
from training import settings

flags.DEFINE_list(
    "presets",
    None,
    "Names, folders or addresses. Default: all of the registry.",
)
flags.DEFINE_list(
    "image_size", ["96", "128"], "Height,width of the images they will take."
)
flags.DEFINE_integer(
    "num_images", 64, "On how many rooms they are compared.", lower_bound=1
)
flags.DEFINE_float(
    "max_drop", None, "As for tools.export_tflite and tools.export_onnx."
)
flags.DEFINE_string("output_dir", None, "Folder to write.", required=True)

# How often latencies are compared.
_ROUNDS = 5

FORMATS = (
    *(("tflite", precision) for precision in tflite.PRECISIONS),
    *(("onnx", precision) for precision in onnx.PRECISIONS),
)


def main(config):
    image_size = settings.parse_size(config.image_size)
    folder = pathlib.Path(config.output_dir)
    presets = config.presets or list(mtl_zoo.presets.list_presets())
    rows = []
    for preset in presets:
        reports = export(config, preset, image_size, folder)
        ratios = relative_latency(folder, reports)
        for (suffix, precision), report in reports.items():
            row = [mtl_zoo.presets.resolve(preset).name, suffix, precision]
            if isinstance(report, ValueError):
                rows.append([*row, f"not written: {report}"])
                continue
            float32 = reports[suffix, "float32"]
            ratio = ratios.get((suffix, precision))
            rows.append([*row, *columns(report, float32, ratio)])
        with atomic_path(folder / "table.md") as temporary:
            temporary.write_text(as_markdown(rows), encoding="utf-8")
    print(as_markdown(rows))


def export(config, preset, image_size, folder):
    """Convert a preset in every format.

    Returns:
        A dict (suffix, precision) → the report, or the `ValueError`.
    """
    model = mtl_zoo.models.MultiTaskModel.from_preset(preset)
    reports = {}
    for suffix, precision in FORMATS:
        path = folder / file_name(preset, suffix, precision)
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
            print(mtl_zoo.export.as_text(report), flush=True)
        except ValueError as error:
            report = error
            print(f"{path.name}: {error}", flush=True)
        reports[suffix, precision] = report
    return reports


def file_name(preset, suffix, precision):
    """The name of a file."""
    name = mtl_zoo.presets.resolve(preset).name
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
    """Size, deviation, metrics per task and latency, as text.

    Args:
        report: Dict that an export gave.
        float32: The same of the float32 file.
        ratio: Float, what `relative_latency` gave, or `None`.

    Returns:
        A list of strings.
    """
    size = f"{report['size'] / 1e6:.1f} MB"
    # The largest number of threads that was measured.
    seconds = list(report["latency"].values())[-1]
    latency = f"{1000 * seconds:.0f} ms"
    if isinstance(float32, dict):
        size += f" ({report['size'] / float32['size']:.0%})"
    if ratio:
        latency += f" ({ratio:.2f})"
    return [
        size,
        f"{report['largest_deviation']:.1e}",
        ", ".join(filter(None, map(drop, report["outputs"]))) or "–",
        latency,
        f"{report['peak_memory'] / 1e6:.0f} MB",
    ]


def drop(output):
    """What a task's metric is of the model and of the file, as text."""
    if output.get("drop") is None:
        return None
    metric = output["primary_metric"]
    before, after = (
        output["against_labels"][who][metric] for who in ("model", "file")
    )
    return (
        f"{output['name']} {metric} {before:.4g} → {after:.4g} "
        f"({output['drop']:+.2f} %)"
    )


def as_markdown(rows):
    """The rows as a table.

    Args:
        rows: List of lists of strings; short ones are filled up.

    Returns:
        A string, Markdown.
    """
    header = [
        "preset",
        "format",
        "precision",
        "size (of float32)",
        "largest deviation, share of range",
        "model → file (worse by)",
        "latency (of float32)",
        "memory",
    ]
    lines = [header, ["---"] * len(header)]
    lines += [row + [""] * (len(header) - len(row)) for row in rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


if __name__ == "__main__":
    cli.run(main)
