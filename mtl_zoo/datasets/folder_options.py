"""`dataset.json`: how the files of an own data set differ from the usual.

Nobody has to rewrite files. All of it may be left out:

```json
{
  "depth": {"unit": "mm", "ignore": [65535]},
  "normals": {"axes": ["right", "up", "backward"], "ignore": [[0, 0, 0]]},
  "semseg": {"colors": {"wall": [128, 0, 0], "floor": [0, 128, 0]}},
  "labels_follow_exif": true
}
```

- of every task, `ignore`: stored values, or lists of a value per channel, that
  mean "unknown" besides those that always do;
- of `depth`, `unit`: `"m"`, `"cm"`, `"mm"` or the metres that a stored 1 is,
  such as 0.00390625 for depth times 256; of `disparity` such a number;
- of `normals`, `axes`: where each channel points, of right, left, up, down,
  forward (away from the camera) and backward;
- of `semseg`, `colors`: the colour of each class in RGB masks, by name or as a
  list in the order of the classes;
- `labels_follow_exif`: whether labels lie as their photographs are stored
  (`true`) or upright (`false`), where these are to be turned.
"""

from mtl_zoo.utils.files import read_json
from mtl_zoo.utils.text import cut

NAME = "dataset.json"


def read(folder, tasks):
    """What `dataset.json` says.

    Args:
        folder: `pathlib.Path` of the data set.
        tasks: Dict task name → `mtl_zoo.tasks.Task`, those with labels.

    Returns:
        A dict task name → dict of options for its `read_label`, and maybe
        `"labels_follow_exif"` → boolean; empty where there is no such file.

    Raises:
        ValueError: If it is not such a file.
    """
    path = folder / NAME
    if not path.is_file():
        return {}
    options = read_json(path)
    for key, value in options.items():
        if key == "labels_follow_exif":
            if not isinstance(value, bool):
                raise ValueError(f"{path}: {key} is true or false.")
        elif key not in tasks:
            raise ValueError(
                f"{path}: there are no labels of {cut(repr(key), 60)}, but of "
                f"{', '.join(tasks)}."
            )
        else:
            _check(path, tasks[key], value)
    return options


def _check(path, task, options):
    allowed = ("ignore", *task.file_options)
    if not isinstance(options, dict) or set(options) - set(allowed):
        raise ValueError(
            f"{path}: of {task.name} may be said {', '.join(allowed)}; found "
            f"{str(options)[:80]}."
        )
    ignore = options.get("ignore", [])
    if not isinstance(ignore, list) or not all(
        isinstance(n, (int, float))
        for value in ignore
        for n in (value if isinstance(value, list) else [value])
    ):
        raise ValueError(
            f"{path}: ignore of {task.name} is a list of numbers, or of lists "
            "of a number per channel."
        )
    try:
        task.check_file_options(
            **{name: x for name, x in options.items() if name != "ignore"}
        )
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error
