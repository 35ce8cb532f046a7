"""A preset's network for other tasks: what is kept, fresh, left out."""

import copy
import dataclasses

import keras

from mtl_zoo import tasks as tasks_module
from mtl_zoo.tasks.registry import as_list
from mtl_zoo.utils.text import printable


@dataclasses.dataclass(frozen=True)
class LoadReport:
    """Which layers of a model have the weights of its preset.

    Attributes:
        loaded: Tuple of strings, paths of layers that have them.
        fresh: Tuple of strings, layers that begin anew.
        left_out: Tuple of strings, layers of the preset that it has not.
    """

    loaded: tuple = ()
    fresh: tuple = ()
    left_out: tuple = ()

    def __str__(self):
        lines = [f"Layers with the preset's weights: {len(self.loaded)}."]
        for title, names in (
            ("Fresh", self.fresh),
            ("Left out", self.left_out),
        ):
            if names:
                more = f" and {len(names) - 8} more" if len(names) > 8 else ""
                # Names of layers are what the preset's author made them.
                listed = printable(", ".join(names[:8]))
                lines.append(f"{title}: {listed}{more}.")
        return "\n".join(lines)


def change_tasks(config, tasks=None, num_classes=None):
    """The configuration of the same network for other tasks.

    Args:
        config: Dict, a serialised model. It is not changed.
        tasks: List of `mtl_zoo.tasks.Task` or their string forms, see
            `mtl_zoo.tasks.get_all`; the name of one of the preset's tasks
            means that task. Defaults to `None`, the preset's.
        num_classes: Integer, for the one task that has classes; or dict task
            name → integer. Defaults to `None`.

    Returns:
        A dict. Tasks that the preset has keep its order, for layers that see
        several tasks know them by their place; new ones come last.

    Raises:
        ValueError: If a task is not known, or has no classes.

    Example:

    ```python
    change_tasks(config, ["semseg", "depth"], num_classes=2)
    ```
    """
    config = copy.deepcopy(config)
    inner = config["config"]
    known = {task["config"]["name"]: task for task in inner["tasks"]}
    wanted = dict(known) if tasks is None else _wanted(tasks, known)
    if num_classes is not None:
        _change_classes(wanted, num_classes)
    order = [*(name for name in known if name in wanted)]
    order += [name for name in wanted if name not in known]
    inner["tasks"] = [wanted[name] for name in order]
    if inner.get("auxiliary_tasks"):
        auxiliary = {
            task["config"]["name"]: task for task in inner["auxiliary_tasks"]
        }
        inner["auxiliary_tasks"] = [
            wanted.get(name, task)
            for name, task in auxiliary.items()
            # A target that is dropped is no task on the way either.
            if name in wanted or name not in known
        ] + [wanted[name] for name in order if name not in auxiliary]
    return config


def _wanted(tasks, known):
    """Dict name → serialised task, of what the user names."""
    tasks = [
        known[task] if isinstance(task, str) and task in known else task
        for task in as_list(tasks)
    ]
    return {
        task.name: keras.saving.serialize_keras_object(task)
        for task in tasks_module.get_all(tasks)
    }


def _change_classes(wanted, num_classes):
    """Give tasks other numbers of classes; their names and colours go."""
    able = [name for name in wanted if "num_classes" in wanted[name]["config"]]
    if not isinstance(num_classes, dict):
        if len(able) != 1:
            raise ValueError(
                f"num_classes={num_classes!r} does not say of which task: "
                f"those with classes are {able}; give a dict name → number."
            )
        num_classes = {able[0]: num_classes}
    for name, number in num_classes.items():
        allowed = name in able and type(number) is int
        if not (allowed and 1 <= number <= 255):
            raise ValueError(
                f"num_classes has {name!r}: {number!r}; allowed are whole "
                f"numbers from 1 to 255 of the tasks {able}."
            )
        task = wanted[name] = copy.deepcopy(wanted[name])
        if task["config"]["num_classes"] != number:
            task["config"].update(
                num_classes=number, class_names=None, colors=None
            )


def report_of(variables):
    """The report of a model all of whose variables come from its preset.

    Args:
        variables: List of `keras.Variable`.

    Returns:
        A `LoadReport`.
    """
    return LoadReport(loaded=_layers(v.path for v in variables))


def transfer(source, target):
    """Set the variables of a model that another one has, too.

    The encoder's by their order, those of other layers by their path, wherever
    the shape is the same.

    Args:
        source: `mtl_zoo.models.MultiTaskModel`.
        target: The same network for other tasks.

    Returns:
        A pair: list of the variables that were set; a `LoadReport`.
    """
    pairs = []
    theirs, ours = source.encoder.weights, target.encoder.weights
    if [v.shape for v in theirs] == [v.shape for v in ours]:
        pairs += zip(theirs, ours, strict=True)
    done = {id(variable) for pair in pairs for variable in pair}
    theirs = {v.path: v for v in source.weights if id(v) not in done}
    ours = {v.path: v for v in target.weights if id(v) not in done}
    pairs += [
        (theirs[path], ours[path])
        for path in ours
        if path in theirs and theirs[path].shape == ours[path].shape
    ]
    for old, new in pairs:
        new.assign(old.value)
    done = {id(variable) for pair in pairs for variable in pair}
    fresh = _layers(v.path for v in target.weights if id(v) not in done)
    report = LoadReport(
        loaded=tuple(
            layer
            for layer in _layers(new.path for _, new in pairs)
            if layer not in fresh
        ),
        fresh=fresh,
        left_out=tuple(
            layer
            for layer in _layers(
                v.path for v in source.weights if id(v) not in done
            )
            if layer not in fresh
        ),
    )
    return [new for _, new in pairs], report


def _layers(paths):
    """Paths of layers, each once, of those of their variables."""
    return tuple(dict.fromkeys(path.rpartition("/")[0] for path in paths))
