"""The JSON file beside an exported one: how to feed it, what comes out."""

import json
from importlib import metadata

import numpy as np

from mtl_zoo import presets
from mtl_zoo.export.device import measure_on_device
from mtl_zoo.export.preparation import normalizes
from mtl_zoo.utils import atomic_path
from mtl_zoo.utils.files import digest

# The entry of a file's metadata that holds what `<name>.json` says of it.
ENTRY = "mtl_zoo"


def describe(
    model,
    tasks,
    image_size,
    tensors,
    precision="float32",
    layout="nhwc",
    decode=False,
    origin=None,
):
    """What a file is: how to feed it and what comes out.

    Args:
        model: `mtl_zoo.models.MultiTaskModel` that was converted.
        tasks: List of `mtl_zoo.tasks.Task` that the file gives.
        image_size: Pair `(height, width)`, or `None` for any.
        tensors: Dict `"image"` and task names → dict of what the format says
            of that tensor: `"tensor_name"`, `"shape"`, `"dtype"`, ….
        precision: String. Defaults to `"float32"`.
        layout: String, `"nhwc"` or `"nchw"`. Defaults to `"nhwc"`.
        decode: Boolean, whether the file gives decoded maps. Defaults to
            `False`.
        origin: Dict that `identify` gave, or `None`, the default.

    Returns:
        A dict of JSON values.

    Example:

    ```python
    description["outputs"][0]  # {"name": "semseg", "index": 0, "shape": […], …}
    ```
    """
    normalized = normalizes(model)
    return {
        "model": type(model).__name__,
        "encoder": model.encoder.name,
        **(origin or {"preset": None, "license": None}),
        "precision": precision,
        "image_size": image_size and list(image_size),
        "layout": layout,
        "decoded": decode,
        "input": {
            "name": "image",
            "index": 0,
            "channels": "RGB",
            # A model without normalisation takes what its encoder takes.
            "range": [0, 255] if normalized else None,
            **tensors["image"],
        },
        "outputs": [
            {
                "name": task.name,
                "index": i,
                "task": type(task).__name__,
                "unit": task.unit,
                "class_names": task.class_names and list(task.class_names),
                "colors": task.colors
                if task.colors is None
                else task.colors.tolist(),
                **tensors[task.name],
            }
            for i, task in enumerate(tasks)
        ],
        "versions": {
            name: metadata.version(name)
            for name in ("mtl_zoo", "keras", "tensorflow")
        },
    }


def identify(preset):
    """Which preset a model is of.

    Args:
        preset: String or path, see `mtl_zoo.presets.resolve`.

    Returns:
        A dict of `"preset"`, its name (or address) and the checksum of its
        list of checksums, and `"license"`.

    Raises:
        ValueError: If there is no such preset.

    Example:

    ```python
    identify("mti_net_hrnet_w18_small_v2_rooms")["license"]  # "Apache-2.0"
    ```
    """
    found = presets.find(preset)
    address = str(preset) if "://" in str(preset) else None
    return {
        "preset": {
            "name": address or found.path.name,
            "metadata_sha256": digest(found.path / "metadata.json")["sha256"],
        },
        "license": found.metadata.get("license"),
    }


def make_report(path, content, description, comparison, **details):
    """What a file is and what was measured of it.

    Args:
        path: `pathlib.Path` of the file.
        content: Bytes of the file.
        description: Dict that `describe` gave.
        comparison: Dict task name → dict, what was measured.
        **details: Further entries.

    Returns:
        A dict of JSON values.
    """
    outputs = [
        {**output, **comparison[output["name"]]}
        for output in description["outputs"]
    ]
    return _as_json(
        {
            "file": path.name,
            "size": len(content),
            **description,
            "outputs": outputs,
            "largest_deviation": max(o["deviation"] for o in outputs),
            **details,
        }
    )


def _as_json(value):
    """The value with `None` for NaN and infinity, which JSON has not."""
    if isinstance(value, dict):
        return {key: _as_json(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_as_json(item) for item in value]
    return None if value in (np.inf, -np.inf) or value != value else value


def write(path, content, report, benchmark=False):
    """Write the file and `<name>.json` beside it, each whole or not at all.

    Args:
        path: `pathlib.Path` of the file.
        content: Bytes of the file.
        report: Dict as of `make_report`; gets `"latency"` and
            `"peak_memory"` with `benchmark`.
        benchmark: Boolean, whether these are measured. Defaults to `False`.

    Example:

    ```python
    write(pathlib.Path("m.tflite"), content, report)  # m.json too
    ```
    """
    with (
        atomic_path(path) as file,
        atomic_path(path.with_suffix(".json")) as sidecar,
    ):
        file.write_bytes(content)
        if benchmark:
            report.update(measure_on_device(file))
        text = json.dumps(report, indent=2, ensure_ascii=False, allow_nan=False)
        text += "\n"
        sidecar.write_text(text, encoding="utf-8")


def as_text(report):
    """A report in a few lines, for the terminal.

    Args:
        report: Dict that an export gave.

    Returns:
        A string.

    Example:

    ```python
    print(as_text(mtl_zoo.export.export_onnx(model, "model.onnx")))
    ```
    """
    lines = [
        f"{report['file']}: {report['size'] / 1e6:.1f} MB, "
        f"{sum(report['operators'].values())} operators"
    ]
    for threads, seconds in report.get("latency", {}).items():
        lines[0] += f", {1000 * seconds:.0f} ms on {threads} thread(s)"
    if "peak_memory" in report:
        lines[0] += f", {report['peak_memory'] / 1e6:.0f} MB of memory"
    for output in report["outputs"]:
        shape = "×".join(map(str, output["shape"]))
        lines.append(f"  {output['name']:12} {shape:28} {_proof(output)}")
    if report.get("images_left_out"):
        lines.append(
            f"  without {report['images_left_out']} image(s) at which the "
            "model itself jumps"
        )
    return "\n".join(lines)


def _proof(output):
    if "disagreement" not in output:
        return (
            f"differs from the model by at most {output['deviation']:.1e} of "
            "its range"
        )
    if "drop" not in output:
        return f"differs from the model by {output['disagreement']:.2f} %"
    metric = output["primary_metric"]
    before, after = (
        output["against_labels"][who][metric] for who in ("model", "file")
    )
    if output["drop"] is None:
        return f"{metric} {after}, the model's {before}"
    return (
        f"{metric} {after:.4f}, the model's {before:.4f}: a drop of "
        f"{output['drop']:.2f} %"
    )
