"""Convert presets in every format and precision, and tabulate the files.

```
python -m tools.export_all --image_size=96,128 --output_dir=exported
```

Writes the files, their reports, and `table.md`: size, deviation from the model,
drop per task on `rooms`, and latency as a share of the float32 file's. A file
that misses its bound is not written; its line says so.
"""

import os

# The files are converted through TensorFlow, whatever the user trains on.
os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import pathlib

from absl import flags

import mtl_zoo
from mtl_zoo.export import onnx
from mtl_zoo.export import tflite
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
        model = mtl_zoo.models.MultiTaskModel.from_preset(preset)
        name = mtl_zoo.presets.resolve(preset).name
        reports = {}
        for suffix, precision in FORMATS:
            path = folder / f"{name}_{suffix}_{precision}.{suffix}"
            export = getattr(mtl_zoo.export, f"export_{suffix}")
            try:
                report = export(
                    model,
                    path,
                    image_size,
                    precision=precision,
                    max_drop=config.max_drop,
                    num_images=config.num_images,
                    preset=preset,
                    benchmark=True,
                )
            except ValueError as error:
                rows.append([name, suffix, precision, f"not written: {error}"])
                print(f"{path.name}: {error}", flush=True)
                continue
            print(mtl_zoo.export.as_text(report), flush=True)
            reports[suffix, precision] = report
            rows.append(
                [
                    name,
                    suffix,
                    precision,
                    *columns(report, reports.get((suffix, "float32"))),
                ]
            )
    table = as_markdown(rows)
    with atomic_path(folder / "table.md") as temporary:
        temporary.write_text(table, encoding="utf-8")
    print(table)


def columns(report, float32):
    """Size, deviation, drop per task and latency, as text.

    Args:
        report: Dict that an export gave.
        float32: The same of the float32 file, or `None`.

    Returns:
        A list of strings.
    """
    size = f"{report['size'] / 1e6:.1f} MB"
    deviation = f"{report['largest_deviation']:.1e}"
    drops = [
        f"{output['name']} {output.get('drop', output['disagreement']):+.2f}"
        for output in report["outputs"]
        if "disagreement" in output
    ]
    # The largest number of threads that was measured.
    threads = list(report["latency"])[-1]
    seconds = report["latency"][threads]
    latency = f"{1000 * seconds:.0f} ms"
    if float32:
        size += f" ({report['size'] / float32['size']:.0%})"
        latency += f" ({seconds / float32['latency'][threads]:.2f})"
    memory = f"{report['peak_memory'] / 1e6:.0f} MB"
    return [size, deviation, ", ".join(drops) or "–", latency, memory]


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
        "worse than the model, %",
        "latency (of float32)",
        "memory",
    ]
    lines = [header, ["---"] * len(header)]
    lines += [row + [""] * (len(header) - len(row)) for row in rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


if __name__ == "__main__":
    cli.run(main)
