"""Tasks by name."""

from collections.abc import Iterable

import keras

from mtl_zoo.tasks.binary import Edges
from mtl_zoo.tasks.binary import Saliency
from mtl_zoo.tasks.depth import Depth
from mtl_zoo.tasks.depth import Disparity
from mtl_zoo.tasks.normals import SurfaceNormals
from mtl_zoo.tasks.segmentation import HumanParts
from mtl_zoo.tasks.segmentation import SemanticSegmentation
from mtl_zoo.tasks.task import Task
from mtl_zoo.utils.catalogue import Catalogue

BY_NAME = Catalogue(
    "Task",
    {
        "semseg": SemanticSegmentation,
        "human_parts": HumanParts,
        "depth": Depth,
        "normals": SurfaceNormals,
        "edge": Edges,
        "saliency": Saliency,
        "disparity": Disparity,
    },
)


def get(task):
    """A task by name.

    Args:
        task: `Task`; its serialised config; or string, a name with or without
            its channels: `"semseg:13"` (channels required), `"human_parts"`,
            `"depth"`, `"normals"`, `"edge"`, `"saliency"`, `"disparity"`,
            `"depth:1"`.

    Returns:
        A `Task`.

    Raises:
        ValueError: If there is no task of that name, or its channels are
            missing, or are not those it has.

    Example:

    ```python
    mtl_zoo.tasks.get("semseg:13").num_classes  # 13
    ```
    """
    if isinstance(task, Task):
        return task
    if isinstance(task, dict):
        task = keras.saving.deserialize_keras_object(task)
        if isinstance(task, Task):
            return task
    if not isinstance(task, str):
        raise ValueError(
            "A task is a Task, its serialised config or a string such as "
            f"'depth' or 'semseg:13'; received {task!r}."
        )
    name, _, channels = task.strip().partition(":")
    task_class = BY_NAME.find(name)
    if ":" in task and not channels.isdecimal():
        raise ValueError(
            f"Task {task!r} is to have a number of channels after the colon, "
            "such as 'semseg:13'."
        )
    return task_class.with_channels(int(channels) if channels else None)


def as_list(tasks):
    """What is given as tasks, one by one.

    Args:
        tasks: Iterable, one task alone, or names with commas between them.

    Returns:
        A list.

    Example:

    ```python
    as_list("semseg:40, depth")  # ["semseg:40", "depth"]
    ```
    """
    if isinstance(tasks, str):
        return [task.strip() for task in tasks.split(",") if task.strip()]
    return list(tasks) if isinstance(tasks, Iterable) else [tasks]


def get_all(tasks):
    """A list of tasks, checked.

    Args:
        tasks: List of what `mtl_zoo.tasks.get` takes, one of these alone, or
            such strings with commas between them.

    Returns:
        A list of `Task`, in the same order.

    Raises:
        ValueError: If there is none, a name occurs twice, or one is not known.

    Example:

    ```python
    mtl_zoo.tasks.get_all("semseg:40,depth")
    ```
    """
    tasks = [get(task) for task in as_list(tasks)]
    names = [task.name for task in tasks]
    if not tasks or len(set(names)) < len(names):
        raise ValueError(
            f"Tasks are at least one, each with its own name; received {names}."
        )
    return tasks
