"""The model card of a preset: `README.md`, made from its metadata."""

import json

# What the card shows in its own place, or not at all.
_PLACED = {
    "constant_predictor",
    "date_saved",
    "description",
    "encoder",
    "files",
    "format_version",
    "keras_version",
    "license",
    "metrics",
    "model",
    "mtl_zoo_version",
    "parameter_count",
    "tasks",
    "weights_dtype",
}


def model_card(metadata, name):
    """A model card as the Hugging Face Hub reads it.

    Args:
        metadata: Dict, the preset's metadata.
        name: String. The preset's name, for the title.

    Returns:
        A string, Markdown.

    Example:

    ```python
    pathlib.Path("README.md").write_text(model_card(metadata, "my_preset"))
    ```
    """
    lines = ["---", "library_name: mtl_zoo"]
    if isinstance(metadata.get("license"), str):
        lines.append(f"license: {metadata['license'].lower()}")
    lines += [
        "tags:",
        "- keras",
        "- multi-task-learning",
        "- dense-prediction",
        "---",
        "",
        f"# {name}",
        "",
        metadata.get("description")
        or f"A {metadata['model'] or metadata['encoder']} of `mtl_zoo`.",
        "",
        "```python",
        "import mtl_zoo",
        "",
        *_usage(metadata, name),
        "```",
        "",
        f"- Model: {metadata['model'] or 'none, an encoder alone'}",
        f"- Encoder: {metadata['encoder']}",
        f"- Parameters: {metadata['parameter_count']:,}",
        f"- Weights stored as: {metadata['weights_dtype']}",
        f"- License: {metadata.get('license') or 'not stated'}",
    ]
    if metadata["tasks"]:
        lines += [
            "",
            "## Tasks",
            "",
            "| name | channels | unit | classes |",
            "| --- | --- | --- | --- |",
        ]
    for task in metadata["tasks"]:
        classes = ", ".join(task["class_names"] or [])
        lines.append(
            f"| {task['name']} | {task['channels']} | {task['unit'] or ''} | "
            f"{classes} |"
        )
    if metadata.get("metrics"):
        lines += ["", "## Measured", "", *_metrics_table(metadata)]
    for key, value in metadata.items():
        if key not in _PLACED:
            title = key.replace("_", " ").capitalize()
            lines += ["", f"## {title}", "", _text(value)]
    lines += [
        "",
        f"Saved {metadata['date_saved']} with mtl_zoo "
        f"{metadata['mtl_zoo_version']}, Keras {metadata['keras_version']}.",
        "",
    ]
    return "\n".join(lines)


def _usage(metadata, name):
    if metadata["model"] is None:
        return [
            f'encoder = mtl_zoo.encoders.get("{metadata["encoder"]}")',
            f'mtl_zoo.presets.load_encoder_weights(encoder, "{name}")',
        ]
    return [
        f'model = mtl_zoo.models.{metadata["model"]}.from_preset("{name}")',
        'scene = model.predict_image("photo.jpg")',
    ]


def _metrics_table(metadata):
    """The metrics, beside those of the constant predictor where given."""
    constant = dict(_flatten(metadata.get("constant_predictor", {})))
    header = ["metric", "value"] + ["constant predictor"] * bool(constant)
    rows = [header, ["---"] * len(header)]
    for key, value in _flatten(metadata["metrics"]):
        rows.append([key, value] + [constant.get(key, "")] * bool(constant))
    return [f"| {' | '.join(map(str, row))} |" for row in rows]


def _flatten(value, path=""):
    """Pairs `"semseg mIoU"`, value of nested dicts."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _flatten(inner, f"{path} {key}".strip())
    elif isinstance(value, float):
        yield path, f"{value:.4g}"
    else:
        yield path, value


def _text(value):
    if isinstance(value, str):
        return value
    return f"```json\n{json.dumps(value, indent=2, ensure_ascii=False)}\n```"
