"""The JSON file beside an exported one: how to feed it, what comes out."""

import json

import keras
import numpy as np

from mtl_zoo import presets
from mtl_zoo.export.device import measure_on_device
from mtl_zoo.utils import atomic_path
from mtl_zoo.utils.files import digest
from mtl_zoo.utils.version import __version__

# The entry of a file's metadata that holds what `<name>.json` says of it.
ENTRY = "mtl_zoo"


def describe(request, file, origin=None):
    """What a file is: how to feed it and what comes out.

    Args:
        request: `mtl_zoo.export.request.Request`.
        file: `mtl_zoo.export.format.Format`.
        origin: Dict that `identify` gave. Defaults to `None`.

    Returns:
        A dict of JSON values.

    Example:

    ```python
    description["outputs"][0]  # {"name": "semseg", "index": 0, "shape": […], …}
    ```
    """
    import tensorflow as tf

    tensors = file.tensors()
    return {
        "model": type(request.model).__name__,
        "encoder": request.model.encoder.name,
        **(origin or {"preset": None, "license": None}),
        "precision": request.precision,
        "image_size": _as_list(request.image_size),
        # At how many pixels of a photograph it sees best, and with which
        # camera's horizontal degrees depth is in metres.
        "working_size": _as_list(request.model.working_size),
        "field_of_view": request.model.field_of_view,
        "layout": request.layout,
        "decoded": request.decode,
        "input": {
            "name": "image",
            "index": 0,
            "channels": "RGB",
            # A model without normalisation takes what its encoder takes.
            "range": [0, 255] if request.normalized else None,
            **tensors["image"],
        },
        "outputs": [
            {**_describe_task(task), "index": i, **tensors[task.name]}
            for i, task in enumerate(request.tasks)
        ],
        "versions": {
            "mtl_zoo": __version__,
            "keras": keras.__version__,
            "tensorflow": tf.__version__,
        },
        **file.details,
    }


def _as_list(pair):
    return None if pair is None else list(pair)


def _describe_task(task):
    return {
        "name": task.name,
        "title": task.title,
        "task": type(task).__name__,
        "decoding": task.decoding,
        "unit": task.unit,
        "class_names": task.class_names and list(task.class_names),
        "colors": None if task.colors is None else task.colors.tolist(),
    }


def identify(preset):
    """Which preset a model is of.

    Args:
        preset: String or path, see `mtl_zoo.presets.resolve`; `None` where it
            is not known.

    Returns:
        A dict of `"preset"`, its name (or address) and the checksum of its
        list of checksums, and `"license"`; or `None`.

    Raises:
        ValueError: If there is no such preset.

    Example:

    ```python
    identify("mti_net_efficientnet_lite0_rooms")["license"]  # "Apache-2.0"
    ```
    """
    if preset is None:
        return None
    found = presets.find(preset)
    address = str(preset) if "://" in str(preset) else None
    return {
        "preset": {
            "name": address or found.path.name,
            "metadata_sha256": digest(found.path / "metadata.json")["sha256"],
        },
        "license": found.metadata.get("license"),
    }


def make_report(request, file, description, proof):
    """What a file is and what was measured of it.

    Args:
        request: `mtl_zoo.export.request.Request`.
        file: `mtl_zoo.export.format.Format`.
        description: Dict that `describe` gave.
        proof: `mtl_zoo.export.proof.Proof`.

    Returns:
        A dict of JSON values.
    """
    outputs = [
        {**output, **proof.outputs[output["name"]]}
        for output in description["outputs"]
    ]
    return _as_json(
        {
            "file": request.path.name,
            "size": len(file.content),
            **description,
            "outputs": outputs,
            "largest_deviation": max(o["deviation"] for o in outputs),
            **proof.terms,
            "operators": file.operators(),
        }
    )


def _as_json(value):
    """The value with `None` for NaN and infinity, which JSON has not."""
    if isinstance(value, dict):
        return {key: _as_json(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_as_json(item) for item in value]
    return None if value in (np.inf, -np.inf) or value != value else value


def write(request, file, report):
    """Write the file and `<name>.json` beside it, each whole or not at all.

    Args:
        request: `mtl_zoo.export.request.Request`.
        file: `mtl_zoo.export.format.Format`.
        report: Dict as of `make_report`; gets `"latency"` and `"peak_memory"`
            if the request wants them.
    """
    with (
        atomic_path(request.path) as path,
        atomic_path(request.path.with_suffix(".json")) as sidecar,
    ):
        path.write_bytes(file.content)
        if request.benchmark:
            report.update(measure_on_device(path))
        text = json.dumps(report, indent=2, ensure_ascii=False, allow_nan=False)
        sidecar.write_text(f"{text}\n", encoding="utf-8")


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
    size, working_size = report["image_size"], report["working_size"]
    if report["field_of_view"] and size and size[1] != working_size[1]:
        lines.append(
            f"  metres: times {size[1] / working_size[1]:.3g}, as at "
            f"{size[0]}×{size[1]} things look another distance off than at "
            f"the working size, {working_size[0]}×{working_size[1]}"
        )
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
