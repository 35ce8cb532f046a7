"""The JSON file beside an exported one: how to feed it, what comes out."""

import json
from importlib import metadata

from mtl_zoo.utils import atomic_path


def make_report(
    model, path, content, image_size, layout, tensors, deviations, **details
):
    """Everything that who uses an exported file needs to know.

    Args:
        model: `mtl_zoo.models.MultiTaskModel` that was converted.
        path: `pathlib.Path` of the file.
        content: Bytes of the file.
        image_size: Pair `(height, width)`, or `None` for any.
        layout: String, `"nhwc"` or `"nchw"`.
        tensors: Dict `"image"` and task names → dict of what the format says
            of that tensor.
        deviations: Dict task name → largest deviation from the model.
        **details: Further entries.

    Returns:
        A dict of JSON values.

    Example:

    ```python
    report["outputs"][0]  # {"name": "semseg", "index": 0, "shape": […], …}
    ```
    """
    size = image_size or ("height", "width")
    batch = 1 if image_size else "batch"

    def shape(channels):
        if layout == "nchw":
            return [batch, channels, *size]
        return [batch, *size, channels]

    normalized = normalizes(model)
    return {
        "file": path.name,
        "size": len(content),
        "precision": "float32",
        "model": type(model).__name__,
        "encoder": model.encoder.name,
        "image_size": image_size and list(image_size),
        "layout": layout,
        "input": {
            "name": "image",
            "index": 0,
            "shape": shape(3),
            "dtype": "float32",
            "channels": "RGB",
            # A model without normalisation takes what its encoder takes.
            "range": [0, 255] if normalized else None,
            **tensors["image"],
        },
        "outputs": [
            {
                "name": task.name,
                "index": i,
                "shape": shape(task.channels),
                "dtype": "float32",
                # value = scale · (number in the tensor - zero_point)
                "scale": 1.0,
                "zero_point": 0,
                **tensors[task.name],
                "task": type(task).__name__,
                "unit": task.unit,
                "class_names": task.class_names and list(task.class_names),
                "deviation": deviations[task.name],
            }
            for i, task in enumerate(model.tasks)
        ],
        "largest_deviation": max(deviations.values()),
        **details,
        "versions": {
            name: metadata.version(name)
            for name in ("mtl_zoo", "keras", "tensorflow")
        },
    }


def normalizes(model):
    """Whether the model takes 0…255 and normalises it by itself.

    Args:
        model: `mtl_zoo.models.MultiTaskModel`.

    Returns:
        A boolean.
    """
    from mtl_zoo.layers import ImageNormalization

    return any(
        isinstance(layer, ImageNormalization) and layer.mode is not None
        for layer in model.layers
    )


def write(path, content, report):
    """Write the file and `<name>.json` beside it, each whole or not at all.

    Args:
        path: `pathlib.Path` of the file.
        content: Bytes of the file.
        report: Dict as of `make_report`.

    Example:

    ```python
    write(pathlib.Path("m.tflite"), content, report)  # m.json too
    ```
    """
    text = json.dumps(report, indent=2, ensure_ascii=False) + "\n"
    with (
        atomic_path(path) as file,
        atomic_path(path.with_suffix(".json")) as sidecar,
    ):
        file.write_bytes(content)
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
    for output in report["outputs"]:
        shape = "×".join(map(str, output["shape"]))
        lines.append(
            f"  {output['name']:12} {shape:28} differs from the model by at "
            f"most {output['deviation']:.1e} of its range"
        )
    return "\n".join(lines)
