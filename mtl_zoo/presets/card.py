"""The model card of a preset, `README.md`: Markdown for people.

Its first part is made from the metadata, and again whenever a preset is
published; what follows the marker is prose, written by hand, and kept.
"""

import json
import re

from mtl_zoo.utils.files import MAX_JSON_BYTES
from mtl_zoo.utils.text import table

MARKER = "<!-- What follows is written by hand and kept. -->"


def model_card(metadata, name, prose=""):
    """A model card as the Hugging Face Hub reads it.

    Args:
        metadata: Dict, the preset's metadata.
        name: String. The preset's name, for the title.
        prose: String, Markdown. What is written by hand. Defaults to none.

    Returns:
        A string, Markdown.

    Example:

    ```python
    pathlib.Path("README.md").write_text(model_card(metadata, "my_preset"))
    ```
    """
    lines = ["---", "library_name: mtl_zoo"]
    if isinstance(metadata.get("license"), str):
        lines.append(f"license: {_in_yaml(metadata['license'].lower())}")
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
        *(
            [f"- Parameters: {metadata['parameter_count']:,}"]
            if metadata["parameter_count"]
            else []
        ),
        f"- Weights stored as: {metadata['weights_dtype']}",
        *(
            f"- {title}: {_text(metadata[key])}"
            for key, title in _LINES.items()
            if metadata.get(key)
        ),
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
        cells = (
            task["name"],
            task.get("channels", ""),
            task.get("unit") or "",
            ", ".join(task.get("class_names") or []),
        )
        lines.append(f"| {' | '.join(map(_text, cells))} |")
    if metadata.get("metrics"):
        lines += ["", "## Measured", "", *_metrics_table(metadata)]
    if metadata.get("evaluation"):
        lines += ["", *_evaluation(metadata["evaluation"])]
    lines += [
        "",
        *_saved(metadata),
        "",
        MARKER,
        "",
    ]
    if prose.strip():
        lines += [prose.strip(), ""]
    return "\n".join(lines)


def read_prose(path):
    """What is written by hand in a card.

    Args:
        path: `pathlib.Path` of a card, which need not exist.

    Returns:
        A string, Markdown; empty where there is no marker.

    Example:

    ```python
    read_prose(pathlib.Path("my_preset/README.md"))
    ```
    """
    if not path.is_file() or path.stat().st_size > MAX_JSON_BYTES:
        return ""
    text = path.read_text(encoding="utf-8", errors="replace")
    return text.partition(MARKER)[2].strip()


# Entries that are a line of the card, under their titles.
_LINES = {
    "license": "License",
    "paper": "Paper",
    "dataset": "Trained on",
    "recipe": "Recipe",
    "working_size": "Working size, height × width",
    "camera": "Camera",
    "gflop": "Billions of operations at that size",
    "origin": "Origin of the weights",
    "limits": "Limits",
}


def _text(value):
    if isinstance(value, dict):
        return ", ".join(
            f"{_text(key.replace('_', ' '))} {_text(inner)}"
            for key, inner in value.items()
        )
    if isinstance(value, list):
        return "×".join(_text(inner) for inner in value)
    if isinstance(value, float):
        return f"{value:.4g}"
    # A cell of a table ends with its line or at a bar. Commands can be copied.
    text = " ".join(str(value).split()).replace("|", "\\|")
    return f"`{text}`" if " --" in text and "`" not in text else text


def _saved(metadata):
    """When and with what, of a preset that says so."""
    keys = ("date_saved", "mtl_zoo_version", "keras_version")
    if not all(metadata.get(key) for key in keys):
        return []
    date, version, keras_version = (metadata[key] for key in keys)
    return [f"Saved {date} with mtl_zoo {version}, Keras {keras_version}."]


def _in_yaml(text):
    plain = re.fullmatch(r"[a-z0-9][a-z0-9._+-]*", text)
    return text if plain else json.dumps(text)


def _usage(metadata, name):
    if metadata["model"] is None:
        return [f'encoder = mtl_zoo.encoders.get("{name}")']
    call = f"model = mtl_zoo.models.{metadata['model']}.from_preset("
    line = f'{call}"{name}")'
    return [
        *([line] if len(line) <= 80 else [call, f'    "{name}"', ")"]),
        'scene = model.predict_image("photo.jpg")',
    ]


def _metrics_table(metadata):
    """The metrics, beside the constant predictor's and those on photographs."""
    columns = [
        (title, dict(_flatten(metadata[key])))
        for title, key in (
            ("value", "metrics"),
            ("constant predictor", "constant_predictor"),
            ("photographs", "photographs"),
        )
        if metadata.get(key)
    ]
    header = ["metric", *(title for title, _ in columns)]
    rows = [
        [
            _text(x)
            for x in (key, *(values.get(key, "") for _, values in columns))
        ]
        for key in columns[0][1]
    ]
    if metadata.get("delta_m") is not None:
        rows.append(["Δm, %", f"{metadata['delta_m']:+.1f}"])
    return table(header, rows).splitlines()


def _evaluation(evaluation):
    lines = [
        f"- {_text(key)}: {_text(value)}" for key, value in evaluation.items()
    ]
    return [
        *lines,
        "",
        "Shares are 0 to 1, depth is in metres, angles in degrees. The "
        "constant predictor gives the majority class, mean depth, mean normal "
        "and the share of edges of the training split everywhere.",
    ]


def _flatten(value, path=""):
    """Pairs `"semseg mIoU"`, value of nested dicts."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _flatten(inner, f"{path} {key}".strip())
    elif isinstance(value, float):
        yield path, f"{value:.4g}"
    else:
        yield path, value
