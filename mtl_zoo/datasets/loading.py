"""Data sets by name, as batches for `fit`, `evaluate` and `predict`.

A data set gives a source: an object with a length whose items are samples,
dicts of NumPy arrays. `load` makes batches of one.
"""

from mtl_zoo import tasks as tasks_module
from mtl_zoo.datasets.augmentation import get_recipe
from mtl_zoo.datasets.cityscapes import Cityscapes
from mtl_zoo.datasets.folder import Folder
from mtl_zoo.datasets.nyud_mt import NYUDMT
from mtl_zoo.datasets.nyuv2_13 import NYUv2
from mtl_zoo.datasets.pascal_context import PASCALContext
from mtl_zoo.datasets.prepared import has_tensorflow
from mtl_zoo.datasets.reader import FirstOf
from mtl_zoo.datasets.reader import ResizedSource
from mtl_zoo.datasets.reader import check_same_classes
from mtl_zoo.datasets.rooms.dataset import Rooms
from mtl_zoo.datasets.samples import Samples
from mtl_zoo.tasks.registry import as_list
from mtl_zoo.utils import cache_folder
from mtl_zoo.utils.catalogue import Catalogue
from mtl_zoo.utils.text import unknown

_OURS = (Rooms, NYUDMT, NYUv2, Cityscapes, PASCALContext, Folder)
DATASETS = Catalogue("Data set", {dataset.name: dataset for dataset in _OURS})


def list_datasets():
    """Names that `mtl_zoo.datasets.load` knows.

    Returns:
        A list of strings.

    Example:

    ```python
    mtl_zoo.datasets.list_datasets()  # ["rooms", "nyud_mt", …]
    ```
    """
    return list(DATASETS)


def list_splits(name, data_dir=None):
    """The splits that a data set has.

    Args:
        name: String, one of `mtl_zoo.datasets.list_datasets()`.
        data_dir: Path, see `mtl_zoo.datasets.load`. Needed where the splits
            are not published, as of `folder`.

    Returns:
        A list of strings, such as `"train"`, `"validation"` and `"test"`.

    Raises:
        ValueError: If the data set is not known.

    Example:

    ```python
    mtl_zoo.datasets.list_splits("nyud_mt")  # ["train", "validation"]
    ```
    """
    return DATASETS.find(name).find_splits(_data_dir(data_dir))


def get_sizes(name):
    """Of what sizes the images of a data set are.

    Args:
        name: String, one of `mtl_zoo.datasets.list_datasets()`.

    Returns:
        String: `"any"`, they are made at the size that is asked for; `"one"`,
        all are alike; `"many"`, they may differ.
    """
    return DATASETS.find(name).sizes


def check_split(name, split, data_dir=None):
    """Raise `ValueError` for a split that a data set does not have.

    Args:
        name: String, one of `mtl_zoo.datasets.list_datasets()`.
        split: String.
        data_dir: Path, see `mtl_zoo.datasets.load`.
    """
    _check(f"Split of data set {name!r}", split, list_splits(name, data_dir))


def tells_cameras(name):
    """Whether the images of a data set say by which camera they were taken.

    Args:
        name: String, one of `mtl_zoo.datasets.list_datasets()`.

    Returns:
        Boolean, whether `mtl_zoo.datasets.load` takes a `field_of_view`.

    Example:

    ```python
    mtl_zoo.datasets.tells_cameras("rooms")  # True
    ```
    """
    return DATASETS.find(name).tells_cameras


def get_tasks(name, tasks=None, data_dir=None):
    """The tasks that a data set has labels for, with its class names.

    Args:
        name: String, one of `mtl_zoo.datasets.list_datasets()`.
        tasks: List of names or of `mtl_zoo.tasks.Task`, which of them and in
            what order; `"semseg:7"` chooses among several sets of classes.
            Defaults to all.
        data_dir: Path, see `mtl_zoo.datasets.load`. Only `folder` needs it:
            its tasks are those that it has files of.

    Returns:
        A list of `mtl_zoo.tasks.Task`: those given, and for names the data
        set's own.

    Raises:
        ValueError: If the data set or a task of it is not known, or a given
            task has other classes than the data set.

    Example:

    ```python
    mtl_zoo.datasets.get_tasks("rooms", ["semseg", "depth"])
    ```
    """
    dataset = DATASETS.find(name)
    channels, given = _split_tasks(tasks)
    known = dataset.find_tasks(_data_dir(data_dir), channels, given.values())
    known = {task.name: task for task in known}
    if tasks is None:
        return list(known.values())
    for task, number in channels.items():
        _check(f"Task of data set {name!r}", task, known)
        if number not in (None, known[task].channels):
            raise ValueError(
                f"Task {task!r} of data set {name!r} has "
                f"{known[task].channels} channels; received one of {number}."
            )
    for task in given.values():
        check_same_classes(task, known[task.name], f"data set {name!r}")
    return [given.get(task, known[task]) for task in channels]


def load_source(
    name,
    split,
    data_dir=None,
    image_size=None,
    seed=0,
    tasks=None,
    num_examples=None,
):
    """A data set as a sequence of samples, without batching.

    Args:
        name: String, one of `mtl_zoo.datasets.list_datasets()`.
        split: String, `"train"`, `"validation"` or, where the data set has
            it, `"test"`.
        data_dir: Path of the folder that holds data sets. Defaults to
            `datasets` in the library's cache, see
            `mtl_zoo.utils.cache_folder`.
        image_size: Pair `(height, width)`. Defaults to the data set's own.
        seed: Integer. Which of the possible data sets, where it is made here.
            Defaults to `0`.
        tasks: List of `mtl_zoo.tasks.Task` or of their names. Defaults to all
            that the data set has.
        num_examples: Integer, the first so many. `rooms` has as many as are
            asked for. Defaults to all.

    Returns:
        An object with `len()` whose items are dicts of NumPy arrays: `image`,
        a label per task, in which what has no label is unknown, and of data
        sets that tell their cameras `field_of_view`, degrees.

    Raises:
        ValueError: If there is no such data set, split or task, or a file is
            not as it should be.
        FileNotFoundError: If the data set or a file of it is not there.

    Example:

    ```python
    source = mtl_zoo.datasets.load_source("rooms", "test")
    source[0]["depth"].shape  # (96, 128, 1)
    ```
    """
    tasks = get_tasks(name, tasks, data_dir)
    source, image_size = _open(
        name, split, tasks, data_dir, image_size, seed, num_examples
    )
    if image_size is None:
        return source
    return ResizedSource(source, tasks, image_size)


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
    shard=None,
    num_examples=None,
    field_of_view=None,
):
    """A data set as `(image, labels)` for training and evaluation.

    The same arguments give the same batches in the same order, run after run:
    seed and pass, the number of times that the data was read to its end (of
    epochs, in `fit`), decide on order and augmentation, and nothing else does.
    Samples are read and changed in parallel, ahead of their use. A published
    data set is read once into records (`prepared` in `data_dir`), `rooms`
    rendered once.

    Args:
        name: String, one of `mtl_zoo.datasets.list_datasets()`.
        split: String, `"train"`, `"validation"` or, where the data set has
            it, `"test"`.
        tasks: List of `mtl_zoo.tasks.Task` or of their names, the labels to
            give. Defaults to all that the data set has.
        data_dir: Path of the folder that holds data sets, or of the data
            set's own folder; what is made of it goes to the library's cache
            where it can't be written to. Defaults to the library's cache.
        image_size: Pair `(height, width)`. Defaults to the data set's own.
        batch_size: Integer, or `None` for single samples. The last batch may
            be smaller. Defaults to `None`.
        augment: Boolean, whether to change samples randomly by the recipe that
            is published for the data set; or that recipe, a name in
            `mtl_zoo.datasets.RECIPES` or a `mtl_zoo.datasets.Recipe`. Defaults
            to `False`.
        shuffle: Boolean. Another order in each pass. Defaults to `True` for
            the split `"train"`, `False` for the others.
        seed: Integer from 0, of order and augmentation. Defaults to `0`.
        shard: Pair `(index, count)`: this is worker `index` of `count`, and
            gets every `count`-th sample. Defaults to all samples.
        num_examples: Integer, the first so many samples of the split. `rooms`
            has as many as are asked for. Defaults to all.
        field_of_view: Float, degrees across the image: depth is that which a
            camera of this angle would need to see the same picture (Yin et
            al., "Metric3D", arXiv 2307.10984). Only for data sets that tell
            their cameras, as `rooms` does. Defaults to `None`, depth as it is.

    Returns:
        A `tf.data.Dataset`, or where TensorFlow is not installed a
        `keras.utils.PyDataset`, of pairs: image uint8 `(height, width, 3)` and
        a dict task name → label. A model that is no
        `mtl_zoo.models.MultiTaskModel` shuffles the batches of the latter once
        more, unless by `fit(…, shuffle=False)`.

    Raises:
        ValueError: If a name is not known, the data set has no labels of a
            task, or a file is not as it should be.
        FileNotFoundError: If the data set or a file of it is not there.

    Example:

    ```python
    data = mtl_zoo.datasets.load(
        "rooms", "train", tasks=["semseg", "depth"], batch_size=8
    )
    model.fit(data)
    ```
    """
    shard = (0, 1) if shard is None else tuple(shard)
    if not 0 <= shard[0] < shard[1]:
        raise ValueError(
            f"shard is a pair (index, count), index from 0; received {shard}."
        )
    if seed < 0:
        raise ValueError(f"seed is an integer from 0; received {seed}.")
    samples = load_samples(
        *(name, split, tasks, data_dir, image_size),
        augment=augment,
        num_examples=num_examples,
        field_of_view=field_of_view,
    )
    if shuffle is None:
        shuffle = split == "train"
    if has_tensorflow():
        from mtl_zoo.datasets.tensorflow_pipeline import make_pipeline
    else:
        from mtl_zoo.datasets.keras_pipeline import Batches as make_pipeline
    return make_pipeline(samples, batch_size, shuffle, seed, shard)


def load_samples(
    name,
    split,
    tasks=None,
    data_dir=None,
    image_size=None,
    augment=False,
    num_examples=None,
    field_of_view=None,
):
    """What `load` makes batches of: samples, changed randomly on request.

    Args:
        name: As for `load`, as all arguments are.
        split: String.
        tasks: List of tasks.
        data_dir: Path.
        image_size: Pair `(height, width)`.
        augment: Boolean or recipe.
        num_examples: Integer.
        field_of_view: Float.

    Returns:
        `mtl_zoo.datasets.samples.Samples`.

    Example:

    ```python
    samples = load_samples("rooms", "train", augment=True)
    samples.read(7, seed=[0, 0, 7])["image"]
    ```
    """
    if augment is True:
        augment = DATASETS.find(name).recipe
    recipe = get_recipe(augment) if augment else None
    tasks = get_tasks(name, tasks, data_dir)
    source, image_size = _open(
        name, split, tasks, data_dir, image_size, num_examples=num_examples
    )
    return Samples(source, tasks, recipe, image_size, field_of_view)


def _check(what, value, allowed):
    if value not in allowed:
        raise unknown(what, value, allowed)


def _data_dir(data_dir):
    return data_dir or cache_folder("datasets")


def _split_tasks(tasks):
    """What is asked for of which task.

    Args:
        tasks: List of tasks, names, or names like `"semseg:7"`; or `None`.

    Returns:
        A pair of dicts: task name → channels or `None`, in order; task name →
        task, of those that are given as such.
    """
    channels, given = {}, {}
    for task in () if tasks is None else as_list(tasks):
        if not isinstance(task, str):
            task = tasks_module.get(task)
            channels[task.name] = task.channels
            given[task.name] = task
            continue
        name, colon, number = task.partition(":")
        if colon and not number.isdecimal():
            raise ValueError(
                f"Task {task!r} is to have a number after the colon, such "
                "as 'semseg:7'."
            )
        channels[name] = int(number) if colon else None
    return channels, given


def _open(name, split, tasks, data_dir, image_size, seed=0, num_examples=None):
    """The samples as they are stored, and the size they are to get.

    Args:
        tasks: List of `mtl_zoo.tasks.Task`; the others as for `load_source`.

    Returns:
        A pair: sequence of samples, and `(height, width)` or `None` where the
        samples keep their own.
    """
    data_dir = _data_dir(data_dir)
    check_split(name, split, data_dir)
    dataset = DATASETS[name].open(data_dir, tasks)
    image_size = image_size or dataset.image_size
    if dataset.recorded and has_tensorflow():
        # Imported here because it needs tensorflow_datasets.
        from mtl_zoo.datasets import builder

        source = builder.load_source(dataset, split, tasks, data_dir)
    else:
        source = dataset.source(split, tasks, image_size, seed, num_examples)
    return _first(source, num_examples), image_size


def _first(source, num_examples):
    """The first samples of a source, or all."""
    if num_examples is None:
        return source
    if not 1 <= num_examples <= len(source):
        raise ValueError(
            f"num_examples is from 1 to {len(source)}, what the split has; "
            f"received {num_examples}."
        )
    return FirstOf(source, num_examples)
