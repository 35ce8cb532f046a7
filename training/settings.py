"""Flags that the training scripts share, and their checks.

Everything is checked before anything heavy starts.
"""

import json

from absl import flags

import mtl_zoo
from mtl_zoo.utils import atomic_path
from mtl_zoo.utils import cli
from mtl_zoo.utils.files import check_place
from mtl_zoo.utils.files import read_json
from mtl_zoo.utils.files import user_path
from mtl_zoo.utils.images import MAX_SIDE

SPLITS = ("train", "validation", "test")


def define_data_flags():
    """Flags that say which data is read, and how."""
    flags.DEFINE_string("dataset", "rooms", "Name of the data set.")
    flags.DEFINE_string(
        "data_dir",
        None,
        "Folder that holds data sets. Default: the library's cache.",
    )
    flags.DEFINE_list("image_size", None, "Height,width of the images.")
    check_size()


def define_batch_size():
    """The flag that says how many images are taken together."""
    flags.DEFINE_integer(
        "batch_size", 8, "Images per batch.", lower_bound=1, upper_bound=65_536
    )


def get_tasks(config, names):
    """Tasks of the data set; `folder` tells by its files which it has."""
    return mtl_zoo.datasets.get_tasks(config.dataset, names, config.data_dir)


def balancings():
    """What `--balancing` may be: names, also as `mgda:features`."""
    names = list(mtl_zoo.balancing.list_balancings())
    return names + [f"{name}:features" for name in names if _on_features(name)]


def _on_features(name):
    try:
        mtl_zoo.balancing.get(f"{name}:features")
    except (TypeError, ValueError):
        return False
    return True


def check_size(also=()):
    """Have `--image_size`, which is defined, take a height and a width only.

    Args:
        also: Strings that it takes besides. Defaults to none.
    """
    cli.check_numbers(
        "image_size", int, 1, MAX_SIDE, "96,128", counts=(2,), also=also
    )


def parse_size(value):
    """`["96", "128"]` as `(96, 128)`; `None` stays `None`."""
    return value if value is None else tuple(int(part) for part in value)


def read_baseline(path):
    """Single-task results from a file that `training.evaluate` wrote.

    Args:
        path: Path, or `None`.

    Returns:
        A dict task name → dict of metrics, or `None`.

    Raises:
        ValueError: If it is not such a file.
    """
    if path is None:
        return None
    report = read_json(user_path(path))
    results = report.get("metrics", report)
    if not are_metrics(results):
        raise ValueError(
            f"--baseline={path}: not a JSON file of training.evaluate, or of "
            "task names and their metrics."
        )
    return results


def are_metrics(results):
    """Whether a value from a file is task name → metric → number.

    Args:
        results: What JSON gave.

    Returns:
        A boolean.
    """
    return isinstance(results, dict) and all(
        isinstance(metrics, dict)
        and all(isinstance(x, (int, float)) for x in metrics.values())
        for metrics in results.values()
    )


def check_baseline(baseline, tasks):
    """Raise `ValueError` where Δm can't be computed, before all the work.

    Args:
        baseline: Dict, see `read_baseline`.
        tasks: List of `mtl_zoo.tasks.Task` that will be measured.
    """
    results = {task.name: {task.primary_metric: 0.0} for task in tasks}
    mtl_zoo.metrics.delta_m(results, baseline, tasks)


def report_path(value, flag="output"):
    """A flag as a path to write, which ends on .json; `None` stays `None`."""
    path = value and user_path(value)
    if path:
        if path.suffix != ".json" or path.is_dir():
            raise ValueError(
                f"--{flag}={path}: give a file that ends on .json."
            )
        check_place(path)
    return path


def write_report(path, value, text):
    """Write JSON, and a text as Markdown beside it: both, or none."""
    with atomic_path(path.with_suffix(".md")) as temporary:
        temporary.write_text(text, encoding="utf-8")
        write_json(path, value)


def write_json(path, value):
    """Write JSON beside its place, then rename."""
    with atomic_path(path) as temporary:
        temporary.write_text(json.dumps(value, indent=2) + "\n")
