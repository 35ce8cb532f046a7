"""Data sets by name, as batches for `fit`, `evaluate` and `predict`.

A data set is a source: an object with a length whose items are samples, dicts
of NumPy arrays. `load` makes a `tf.data` pipeline of one.

This module calls TensorFlow, for `tf.data`.
"""

import numpy as np

from mtl_zoo import tasks as tasks_module
from mtl_zoo.datasets import rooms
from mtl_zoo.datasets.augmentation import augment as augment_sample
from mtl_zoo.utils import cache_folder

SPLITS = ("train", "validation", "test")


def _rooms(split, data_dir, image_size, seed):
    # Imported here because it needs tensorflow_datasets.
    from mtl_zoo.datasets.rooms import builder

    return builder.load_source(
        split, image_size=image_size or (96, 128), data_dir=data_dir, seed=seed
    )


def _rooms_tasks():
    return [
        tasks_module.SemanticSegmentation(
            len(rooms.CLASS_NAMES), rooms.CLASS_NAMES, rooms.CLASS_COLORS
        ),
        tasks_module.Depth(),
        tasks_module.SurfaceNormals(),
        tasks_module.Edges(),
        tasks_module.Saliency(),
    ]


_SOURCES = {"rooms": _rooms}
_TASKS = {"rooms": _rooms_tasks}


def list_datasets():
    """Names that `mtl_zoo.datasets.load` knows.

    Returns:
        A list of strings.

    Example:

    ```python
    mtl_zoo.datasets.list_datasets()  # ["rooms"]
    ```
    """
    return list(_SOURCES)


def get_tasks(name, tasks=None):
    """The tasks that a data set has labels for, with its class names.

    Args:
        name: String, one of `mtl_zoo.datasets.list_datasets()`.
        tasks: List of names, which of them and in what order. Defaults to all.

    Returns:
        A list of `mtl_zoo.tasks.Task`.

    Raises:
        ValueError: If the data set or a task of it is not known.

    Example:

    ```python
    mtl_zoo.datasets.get_tasks("rooms", ["semseg", "depth"])
    ```
    """
    _check("Data set", name, list_datasets())
    known = {task.name: task for task in _TASKS[name]()}
    if tasks is None:
        return list(known.values())
    for task in tasks:
        _check(f"Task of data set {name!r}", task, known)
    return [known[task] for task in tasks]


def load_source(name, split, data_dir=None, image_size=None, seed=0):
    """A data set as a sequence of samples, without batching.

    Args:
        name: String, one of `mtl_zoo.datasets.list_datasets()`.
        split: String, `"train"`, `"validation"` or `"test"`.
        data_dir: Path of the folder that holds data sets. Defaults to
            `datasets` in the library's cache, see
            `mtl_zoo.utils.cache_folder`.
        image_size: Pair `(height, width)`. Defaults to the data set's own.
        seed: Integer. Which of the possible data sets, where it is made here.
            Defaults to `0`.

    Returns:
        An object with `len()` whose items are dicts of NumPy arrays: `image`
        and a label per task.

    Raises:
        ValueError: If there is no such data set or split.

    Example:

    ```python
    source = mtl_zoo.datasets.load_source("rooms", "test")
    source[0]["depth"].shape  # (96, 128, 1)
    ```
    """
    _check("Data set", name, list_datasets())
    _check("Split", split, SPLITS)
    data_dir = data_dir or cache_folder("datasets")
    return _SOURCES[name](split, data_dir, image_size, seed)


def load(
    name,
    split,
    tasks=None,
    data_dir=None,
    image_size=None,
    batch_size=None,
    augment=False,
    shuffle=None,
    seed=0,
):
    """A data set as `(image, labels)` for training and evaluation.

    The same arguments give the same batches in the same order, run after run.

    Args:
        name: String, one of `mtl_zoo.datasets.list_datasets()`.
        split: String, `"train"`, `"validation"` or `"test"`.
        tasks: List of `mtl_zoo.tasks.Task` or of their names, the labels to
            give. Defaults to all that the data set has.
        data_dir: Path of the folder that holds data sets. Defaults to the
            library's cache.
        image_size: Pair `(height, width)`. Defaults to the data set's own.
        batch_size: Integer, or `None` for single samples. The last batch may
            be smaller. Defaults to `None`.
        augment: Boolean, see `mtl_zoo.datasets.augmentation`. Defaults to
            `False`.
        shuffle: Boolean. Another order in each epoch. Defaults to `True` for
            the split `"train"`, `False` for the others.
        seed: Integer, of order and augmentation. Defaults to `0`.

    Returns:
        A `tf.data.Dataset` of pairs: image uint8 `(height, width, 3)` and a
        dict task name → label.

    Raises:
        ValueError: If a name is not known, or the data set has no labels of a
            task.

    Example:

    ```python
    data = mtl_zoo.datasets.load(
        "rooms", "train", tasks=["semseg", "depth"], batch_size=8
    )
    model.fit(data)
    ```
    """
    source = load_source(name, split, data_dir, image_size)
    example = source[0]
    labels = [key for key in example if key != "image"]
    if tasks is not None:
        names = [getattr(task, "name", task) for task in tasks]
        for task in names:
            _check(f"Label of data set {name!r}", task, labels)
        labels = names
    if shuffle is None:
        shuffle = split == "train"
    return _pipeline(
        source, labels, example, batch_size, augment, shuffle, seed
    )


def _check(what, value, allowed):
    if value not in allowed:
        raise ValueError(
            f"{what} {value!r} is not known; allowed are {', '.join(allowed)}."
        )


def _pipeline(source, labels, example, batch_size, augment, shuffle, seed):
    import tensorflow as tf

    keys = ["image", *labels]

    def read(index, sample_seed):
        sample = source[int(index)]
        sample = {key: sample[key] for key in keys}
        if augment:
            sample = augment_sample(sample, np.random.default_rng(sample_seed))
        return [np.ascontiguousarray(sample[key]) for key in keys]

    def read_tensors(index, sample_seed):
        tensors = tf.numpy_function(
            read,
            (index, sample_seed),
            [example[key].dtype for key in keys],
            stateful=False,
        )
        for key, tensor in zip(keys, tensors, strict=True):
            tensor.set_shape(example[key].shape)
        image, *rest = tensors
        return image, dict(zip(labels, rest, strict=True))

    indices = tf.data.Dataset.range(len(source))
    if shuffle:
        indices = indices.shuffle(
            len(source), seed=seed, reshuffle_each_iteration=True
        )
    seeds = tf.data.Dataset.random(seed=seed, rerandomize_each_iteration=True)
    data = tf.data.Dataset.zip(indices, seeds).map(
        read_tensors, num_parallel_calls=tf.data.AUTOTUNE, deterministic=True
    )
    if batch_size is not None:
        data = data.batch(batch_size)
    return data.prefetch(tf.data.AUTOTUNE)
