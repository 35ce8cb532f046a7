"""What a run leaves: `config.json`, `metrics.jsonl`, `best/`, `curves.png`."""

import contextlib
import importlib.util
import json
import pathlib
import platform
import shutil
import subprocess

import keras
import numpy as np

import mtl_zoo
from mtl_zoo.presets.folder import Preset
from mtl_zoo.utils import atomic_path
from mtl_zoo.utils.files import check_bounds
from mtl_zoo.utils.files import check_regular
from mtl_zoo.utils.files import read_json
from mtl_zoo.utils.files import remove_unfinished
from mtl_zoo.utils.files import unfinished
from training import recipes
from training import settings
from training import strategies

# Flags that may differ when a run goes on: they change where or how long it
# trains, not what it computes.
FREE = (
    "checkpoint_steps data_dir early_stopping_patience keep_checkpoints "
    "num_devices output_dir recipe resume strategy"
).split()


class Record:
    """A line of metrics per epoch, and the best preset.

    Args:
        folder: `pathlib.Path` of the run.
        model: `mtl_zoo.models.MultiTaskModel`.
        best: String, what the best epoch is chosen by: a name of a line, or
            `"delta_m"`. Defaults to `"val_loss"`.
        baseline: Dict, single-task results, for `"delta_m"`. Defaults to
            `None`.
        writes: Boolean, whether this process writes files. Defaults to
            `True`.
    """

    def __init__(
        self, folder, model, best="val_loss", baseline=None, writes=True
    ):
        self.folder = pathlib.Path(folder)
        self.model = model
        self.best = best
        self.baseline = baseline
        self.writes = writes
        self.lines = read_lines(self.folder)
        if writes:
            self._complete_rename()
            remove_unfinished(self.folder)

    def add(self, epoch, logs):
        """Record an epoch, in the place of what is known of it and later.

        Args:
            epoch: Integer, from 0.
            logs: Dict name → float.

        Raises:
            ValueError: If what the best epoch is chosen by was not measured.
        """
        self.lines = [x for x in self.lines if x["epoch"] <= epoch]
        if self.best == "delta_m":
            logs = {**logs, "val_delta_m": self._delta_m(logs)}
        elif self.best not in logs:
            raise ValueError(
                f"--best={self.best}: validation has no label of this task."
            )
        line = {
            name: float(value) if np.isfinite(value) else None
            for name, value in logs.items()
        }
        self.lines.append({"epoch": epoch + 1, **line})
        if not self.writes:
            return
        if self.epochs_since_best() == 0:
            # What it is trained on is no part of a preset.
            with strategies.synchronized_normalization(self.model, on=False):
                self.model.save_to_preset(self.folder / "best")
        with atomic_path(self.folder / "metrics.jsonl") as temporary:
            temporary.write_text(
                "".join(f"{json.dumps(x)}\n" for x in self.lines)
            )

    def draw(self):
        """Draw the epochs so far, where Matplotlib is."""
        if self.writes and importlib.util.find_spec("matplotlib"):
            draw_curves(self.lines, self.folder / "curves.png")

    def epochs_since_best(self):
        """How many epochs were recorded after the best one."""
        name = "val_delta_m" if self.best == "delta_m" else self.best
        sign = 1 if self._less_is_better(name) else -1
        # A loss that is not a number is never the best.
        scores = [
            np.inf if x.get(name) is None else sign * x[name]
            for x in self.lines
        ]
        return len(scores) - 1 - int(np.argmin(scores)) if scores else 0

    def _less_is_better(self, name):
        """Whether less is better of what a line calls `name`."""
        if name in ("val_loss", "val_delta_m"):
            return name == "val_loss"
        return next(
            task.less_is_better(metric)
            for task in self.model.supervised_tasks.values()
            for metric, logged in metrics_of_task(task).items()
            if name == f"val_{logged}"
        )

    def _delta_m(self, logs):
        results = {}
        for task in self.model.tasks:
            key = f"val_{task.name}_{task.primary_metric}"
            if key in logs:
                results[task.name] = {task.primary_metric: logs[key]}
        return mtl_zoo.metrics.delta_m(results, self.baseline, self.model.tasks)

    def _complete_rename(self):
        """Put `best/` in place where a kill came between its two renames.

        A whole one is copied: a process that is not killed may be about to
        rename it.
        """
        if (self.folder / "best").exists():
            return
        for path in unfinished(self.folder, "best"):
            with contextlib.suppress(ValueError, OSError):
                Preset(path)
                with atomic_path(self.folder / "best") as temporary:
                    shutil.copytree(path, temporary)
                return


def read_lines(folder):
    """The lines of a run's `metrics.jsonl`, none if there is no such file.

    Raises:
        ValueError: If the file is damaged.
    """
    path = pathlib.Path(folder) / "metrics.jsonl"
    if not path.exists():
        return []
    lines = []
    check_regular(path)
    try:
        for line in path.read_text(encoding="utf-8").splitlines():
            lines.append(json.loads(line))
            if not isinstance(lines[-1]["epoch"], int):
                raise ValueError("epoch is no number")
            check_bounds(lines[-1], path)
            for value in lines[-1].values():
                if not (value is None or isinstance(value, (int, float))):
                    raise ValueError("a metric is no number")
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise ValueError(
            f"{path}: line {max(len(lines), 1)} is damaged "
            f"({type(error).__name__}); mend or delete it."
        ) from error
    return lines


def names(tasks):
    """What the best epoch can be chosen by.

    Args:
        tasks: List of `mtl_zoo.tasks.Task`, the targets.

    Returns:
        A list of strings.
    """
    found = ["val_loss", "delta_m"]
    for task in tasks:
        found += [f"val_{name}" for name in metrics_of_task(task).values()]
    return found


def metrics_of_task(task):
    """What training and validation report of a task.

    Args:
        task: `mtl_zoo.tasks.Task`.

    Returns:
        A dict name of a metric → string that logs call it.
    """
    keys = ["loss", *task.make_metric().result()]
    return {key: f"{task.name}_{key}" for key in keys}


def draw_curves(lines, path):
    """Losses and metrics over the epochs, as a picture.

    Args:
        lines: List of dicts, see `read_lines`.
        path: Path of the PNG file.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    # A pair of curves per name: in training and in validation.
    shown = [
        name.removeprefix("val_") for name in lines[-1] if name[:4] == "val_"
    ]
    columns = 4
    rows = -(-len(shown) // columns)
    figure = Figure((4 * columns, 3 * rows), layout="constrained")
    axes = figure.subplots(rows, columns, squeeze=False).ravel()
    epochs = [x["epoch"] for x in lines]
    for axis, name in zip(axes, shown, strict=False):
        for key, label in ((name, "training"), (f"val_{name}", "validation")):
            values = [x.get(key) for x in lines]
            values = [np.nan if v is None else v for v in values]
            if np.isfinite(values).any():
                axis.plot(epochs, values, label=label, marker=".")
        axis.set_title(name)
        axis.set_xlabel("epoch")
        axis.legend()
    for axis in axes[len(shown) :]:
        axis.set_axis_off()
    FigureCanvasAgg(figure)
    with atomic_path(path) as temporary:
        figure.savefig(temporary)


def describe(config):
    """What is needed to run this again: flags, versions, commit."""
    return {
        "command": command(config),
        "flags": flags_of(config),
        "versions": {
            "python": platform.python_version(),
            "mtl_zoo": mtl_zoo.__version__,
            "keras": keras.__version__,
            "backend": keras.backend.backend(),
            "numpy": np.__version__,
        },
        "git_commit": git_commit(),
    }


def flags_of(config):
    """Dict name → value of the flags of training, and of `--import`."""
    return {
        flag.name: flag.value
        for module, flags_of_module in config.flags_by_module_dict().items()
        for flag in flags_of_module
        if module.startswith("training.") or flag.name == "import"
    }


def command(config):
    """The command of a run: its recipe, and where it departs from it.

    Args:
        config: `absl.flags.FlagValues`, parsed.

    Returns:
        A string. Flags that change nothing of what is computed are left out,
        and those that are as the recipe or, without one, the default has them.
    """
    usual = recipes.get(config.recipe).FLAGS if config.recipe else {}
    words = ["python -m training.train"]
    if config.recipe:
        words.append(f"--recipe={config.recipe}")
    for name, value in flags_of(config).items():
        expected = config[name].default
        if name in usual:
            expected = config[name].parser.parse(usual[name])
        if name not in FREE and value != expected:
            words += flag_words(name, value)
    return " ".join(words)


def is_empty(folder):
    """Whether a folder has nothing in it, but what a killed process left."""
    return all(path.name.startswith(".") for path in folder.iterdir())


def check_same_run(config, folder):
    """Raise `ValueError` where a run would go on as another.

    Args:
        config: `absl.flags.FlagValues`, parsed.
        folder: `pathlib.Path` of the run.
    """
    path = folder / "config.json"
    if not path.exists():
        if folder.is_dir() and not is_empty(folder):
            raise ValueError(
                f"--resume: {folder} holds no run; give a run's folder, or a "
                "new one."
            )
        return
    before = read_config(path)
    backend, flags = before["versions"]["backend"], before["flags"]
    if backend != keras.backend.backend():
        raise ValueError(f"--resume: {folder} was started on {backend}.")
    for name, value in json.loads(json.dumps(flags_of(config))).items():
        if name in FREE or name not in flags:
            continue
        old = flags[name]
        if value != old:
            raise ValueError(
                f"--resume: {folder} was started with "
                f"--{name}={flag_text(old)}, not {flag_text(value)}."
            )


def read_config(path):
    """What is needed to run a run again, from its `config.json`.

    Args:
        path: `pathlib.Path`.

    Returns:
        A dict, see `describe`, with its flags and the backend's name.

    Raises:
        ValueError: If it is not such a file.
    """
    try:
        before = read_json(path)
        before["versions"]["backend"], before["flags"].items()
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise ValueError(
            f"{path} is no config.json of training.train "
            f"({type(error).__name__})."
        ) from error
    return before


def write_config(config, folder):
    """Write `config.json`."""
    settings.write_json(folder / "config.json", describe(config))


def git_commit():
    """The checkout's commit, or `None` outside of one."""
    try:
        result = subprocess.run(
            ["git", "rev-parse", "HEAD"],
            cwd=pathlib.Path(__file__).parent,
            capture_output=True,
            text=True,
            check=False,
        )
    except OSError:  # There is no git.
        return None
    return result.stdout.strip() or None


def flag_text(value):
    """A flag's value as a command line has it.

    Args:
        value: What a flag holds.

    Returns:
        A string.
    """
    return ",".join(map(str, value)) if isinstance(value, list) else str(value)


def flag_words(name, value):
    """A flag as it is given to a command.

    Args:
        name: String, its name.
        value: What it holds.

    Returns:
        A list of strings: one, or one for each module to import.
    """
    values = value if name == "import" else [value]
    return [f"--{name}={flag_text(value)}" for value in values]
