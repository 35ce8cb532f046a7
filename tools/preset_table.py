"""The README's table of presets, of their metadata and of what a photo takes.

```
python -m tools.preset_table             # writes it into README.md
python -m tools.preset_table --check     # fails where it is stale
python -m tools.preset_table --measure   # milliseconds of new presets first
```
"""

import json
import pathlib

from absl import flags

from mtl_zoo.utils import cli

flags.DEFINE_string(
    "readme",
    str(pathlib.Path(__file__).parents[1] / "README.md"),
    "The file whose table is written.",
)
flags.DEFINE_bool(
    "measure", False, "Measure what is not measured yet, on TensorFlow."
)
flags.DEFINE_bool(
    "check", False, "Write nothing; fail where the table is stale."
)

START = "<!-- presets: python -m tools.preset_table -->"
END = "<!-- end of presets -->"

# Of the metadata, what tells most: where, task, metric. Of the photographs
# three have classes, nine have depth.
_SHOWN = {
    ("metrics", "semseg", "mIoU"): "rooms: mIoU",
    ("metrics", "depth", "rmse"): "depth off by, m",
    ("metrics", "normals", "mean"): "normals off by, °",
    ("photographs", "semseg", "pixel_accuracy"): "3 photos: named rightly",
    ("photographs", "depth", "scaled_rel_err"): "9 photos: scaled depth off by",
}
# What was measured: preset → milliseconds on two cores. A preset that is made
# anew loses its line by hand.
_MILLISECONDS = pathlib.Path(__file__).parents[1] / "docs" / "milliseconds.json"


def table():
    """Markdown: a row per network of the registry.

    Returns:
        A string.

    Example:

    ```python
    print(table())
    ```
    """
    from mtl_zoo import presets
    from mtl_zoo.utils import text

    milliseconds = json.loads(_MILLISECONDS.read_text(encoding="utf-8"))
    titles = ["preset", *_SHOWN.values(), "MB", "ms on 2 cores"]
    rows = []
    for name in presets.list_presets():
        content = presets.metadata(name)
        size = sum(listed["size"] for listed in content["files"].values())
        rows.append(
            [
                f"[`{name}`](presets/{name}/README.md)",
                *(
                    _number(content.get(where, {}).get(task, {}).get(metric))
                    for where, task, metric in _SHOWN
                ),
                f"{size / 1e6:.1f}",
                milliseconds.get(name, ""),
            ]
        )
    return text.table(titles, rows, words=1)


def measure():
    """Measure presets that have no milliseconds yet, at their working size."""
    import mtl_zoo
    from mtl_zoo.utils import atomic_path
    from tools import latency

    known = json.loads(_MILLISECONDS.read_text(encoding="utf-8"))
    for name in mtl_zoo.presets.list_presets():
        if name not in known:
            model = mtl_zoo.models.MultiTaskModel.from_preset(name)
            size = model.working_size or (96, 128)
            known[name] = round(1000 * latency.photo_seconds(model, size))
            print(f"{name}, {size[0]}×{size[1]}: {known[name]} ms")
    with atomic_path(_MILLISECONDS) as temporary:
        temporary.write_text(json.dumps(known, indent=2) + "\n")


def _number(value):
    if value is None:
        return ""
    return f"{value:.3f}" if value < 10 else f"{value:.1f}"


def with_table(text):
    """A README's text with the table as it should be.

    Args:
        text: String, with a line `START` and a line `END`.

    Returns:
        A string.

    Raises:
        ValueError: If a line is missing.

    Example:

    ```python
    with_table(pathlib.Path("README.md").read_text())
    ```
    """
    before, start, rest = text.partition(START)
    _, end, after = rest.partition(END)
    if not (start and end):
        raise ValueError(f"The README lacks the lines {START!r} and {END!r}.")
    return f"{before}{START}\n{table()}{END}{after}"


def main(args):
    """Write the table, or compare it.

    Args:
        args: The parsed flags.
    """
    from mtl_zoo.utils import atomic_path

    if args.measure:
        measure()
    path = pathlib.Path(args.readme)
    text = path.read_text(encoding="utf-8")
    wanted = with_table(text)
    if text == wanted:
        return
    if args.check:
        raise ValueError(
            f"{path}'s table of presets is stale: run python -m "
            "tools.preset_table."
        )
    with atomic_path(path) as temporary:
        temporary.write_text(wanted, encoding="utf-8")


if __name__ == "__main__":
    cli.run(main)
