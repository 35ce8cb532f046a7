"""The README's table of presets, made from their metadata.

```
python -m tools.preset_table             # writes it into README.md
python -m tools.preset_table --check     # fails where it is stale
```
"""

import pathlib

from absl import flags

from mtl_zoo.utils import cli

_README = flags.DEFINE_string(
    "readme",
    str(pathlib.Path(__file__).parents[1] / "README.md"),
    "The file whose table is written.",
)
_CHECK = flags.DEFINE_bool(
    "check", False, "Write nothing; fail where the table is stale."
)

START = "<!-- presets: python -m tools.preset_table -->"
END = "<!-- end of presets -->"

# Of the metadata's "photographs": what tells most.
_PHOTOGRAPHS = {
    ("semseg", "pixel_accuracy"): "photos: pixels named rightly",
    ("depth", "scaled_rel_err"): "photos: relative error of depth, scaled",
}
_UNITS = {("depth", "rmse"): ", m", ("normals", "mean"): ", °"}


def table():
    """Markdown: a row per preset of the registry, encoders alone last.

    Of a task the first metric is shown, which is its primary one.

    Returns:
        A string.

    Example:

    ```python
    print(table())
    ```
    """
    from mtl_zoo import presets
    from mtl_zoo.presets.registry import list_all

    found = {name: presets.metadata(name) for name in list_all()}
    columns = dict.fromkeys(
        (task, next(iter(values)))
        for content in found.values()
        for task, values in content.get("metrics", {}).items()
    )
    titles = [" ".join(column) + _UNITS.get(column, "") for column in columns]
    rows = [
        ["preset", *titles, *_PHOTOGRAPHS.values()],
    ]
    rows[0] += ["Δm, %", "million parameters", "MB"]
    rows += [
        ["---", *["---:"] * (len(rows[0]) - 1)],
    ]
    for name, content in found.items():
        metrics = content.get("metrics", {})
        photographs = content.get("photographs", {})
        delta = content.get("delta_m")
        size = sum(listed["size"] for listed in content["files"].values())
        rows.append(
            [
                f"[`{name}`](presets/{name}/README.md)",
                *(
                    _number(metrics.get(task, {}).get(metric))
                    for task, metric in columns
                ),
                *(
                    _number(photographs.get(task, {}).get(metric))
                    for task, metric in _PHOTOGRAPHS
                ),
                "" if delta is None else f"{delta:+.1f}",
                f"{content['parameter_count'] / 1e6:.1f}",
                f"{size / 1e6:.1f}",
            ]
        )
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


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
    return f"{before}{START}\n{table()}\n{END}{after}"


def main(args):
    """Write the table, or compare it.

    Args:
        args: The parsed flags.
    """
    from mtl_zoo.utils import atomic_path

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
