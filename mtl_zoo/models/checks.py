"""What comes into `fit`, `evaluate`, `predict` and a call, looked at first."""

import itertools
import os
import types
import warnings

import keras
import numpy as np

from mtl_zoo.models.inputs import normalizes

# Batches of a data set in which a task that asks yes or no looks for a yes.
_BATCHES = 4


def check_images(images):
    """Raise `ValueError` unless a network can take a batch of images.

    Args:
        images: Tensor or array.

    Raises:
        ValueError: If it isn't `(batch, height, width, 3)`.
    """
    if isinstance(images, (list, tuple, dict)):
        raise ValueError(
            "Images are one array (batch, height, width, 3), RGB 0…255; "
            f"received {type(images).__name__}. Images of one size become "
            "one by np.stack(images); predict_images takes any."
        )
    shape = getattr(images, "shape", None)
    if shape is None or getattr(shape, "rank", 4) is None:
        return
    shape = tuple(shape)
    if len(shape) == 4 and shape[-1] in (3, None) and 0 not in shape[1:3]:
        return
    cure = ""
    if len(shape) == 3 and shape[-1] == 3:
        cure = ": one image without a batch axis, images[None] adds it"
    elif len(shape) == 3:
        cure = (
            ": grey images, np.repeat(images[..., None], 3, -1) makes them RGB"
        )
    elif len(shape) == 4 and shape[1] == 3:
        cure = ": channels first, np.moveaxis(images, 1, -1) moves them"
    elif len(shape) == 4 and shape[-1] == 4:
        cure = ": RGBA, images[..., :3] leaves out the opacity"
    elif len(shape) == 4 and shape[-1] == 1:
        cure = ": grey images, np.repeat(images, 3, -1) makes them RGB"
    raise ValueError(
        "Images are (batch, height, width, 3), RGB 0…255; received shape "
        f"{shape}{cure}."
    )


def standardize_images(images, some=True):
    """Images that every backend takes, of numbers that a network can use.

    Args:
        images: Tensor or array; only NumPy's are looked into.
        some: Boolean, whether there has to be one. Defaults to `True`.

    Returns:
        The same, in another dtype where backends don't agree on its own.

    Raises:
        ValueError: If it isn't `(batch, height, width, 3)`, has another dtype
            than of numbers, or holds what is not finite in float32.
    """
    check_images(images)
    if some and getattr(images, "shape", (1,))[0] == 0:
        raise ValueError(f"There is no image; received {images.shape}.")
    images = as_numbers(images, "Images")
    if isinstance(images, np.ndarray) and images.dtype.kind == "f":
        most = np.finfo("float32").max
        # By a few, as they may be gigabytes and need no copy so.
        for i in range(0, len(images), 8):
            low, high = images[i : i + 8].min(), images[i : i + 8].max()
            if not (-most <= low and high <= most):
                raise ValueError(
                    "Images are finite numbers, RGB 0…255; received "
                    f"{low:.3g}…{high:.3g} from image {i} on."
                )
    return images


def as_numbers(array, what):
    """An array in a dtype that every backend takes.

    Args:
        array: NumPy array; anything else stays as it is.
        what: String, what an error calls it.

    Returns:
        The array, or a copy: of long floats in float32, of unsigned numbers of
        64 bits in int64, of another byte order in the machine's own.

    Raises:
        ValueError: If it holds something else than numbers.
    """
    if not isinstance(array, np.ndarray):
        return array
    dtype = array.dtype
    if dtype.kind not in "buif" and dtype.name != "bfloat16":
        raise ValueError(f"{what} are numbers; received dtype {dtype}.")
    if dtype.kind == "f" and dtype.itemsize > 8:
        dtype = np.dtype("float32")
    elif dtype.kind == "u" and dtype.itemsize == 8:
        dtype = np.dtype("int64")
    with np.errstate(over="ignore"):
        return array.astype(dtype.newbyteorder("="), copy=False)


def check_several(images):
    """Raise `ValueError` where one picture stands for a list of them.

    Args:
        images: What `predict_images` is given.
    """
    shape = getattr(images, "shape", ())
    if not hasattr(images, "__len__") or (
        isinstance(images, (str, bytes, memoryview, os.PathLike))
        or len(shape) == 2
        or (len(shape) == 3 and shape[-1] in (1, 3, 4))
    ):
        raise ValueError(
            "predict_images takes a list of pictures; received one "
            f"{type(images).__name__}: give [picture], or see predict_image."
        )


def check_range(model, images):
    """Warn of images 0…1 where a network wants 0…255.

    Args:
        model: `mtl_zoo.models.MultiTaskModel`.
        images: Tensor or array; only NumPy's are looked at.
    """
    if not isinstance(images, np.ndarray) or images.dtype.kind != "f":
        return
    # A few images tell; all of them may be gigabytes.
    if normalizes(model) and images.size and 0 < np.max(images[:8]) <= 1:
        warnings.warn(
            "The images are 0…1, nearly black to this network, which takes "
            "RGB 0…255: multiply them by 255.",
            stacklevel=3,
        )


def check_labels(tasks, labels):
    """Raise `ValueError` unless labels are a dict of tasks that are there.

    Args:
        tasks: Dict task name → `mtl_zoo.tasks.Task`.
        labels: What is given as labels.

    Raises:
        ValueError: If they are something else.
    """
    names = ", ".join(tasks)
    if not isinstance(labels, dict):
        given = "none" if labels is None else type(labels).__name__
        if hasattr(labels, "shape"):  # Each backend has names of its own.
            given = "an array"
        raise ValueError(
            f"Labels are a dict task name → array, of the tasks {names}; "
            f"received {given}."
        )
    if not labels:
        raise ValueError(
            f"No labels to learn from: none are given; the tasks are {names}."
        )
    unknown = [name for name in labels if name not in tasks]
    if unknown:
        raise ValueError(
            f"Labels of {unknown[0]!r}: there is no such task here; the tasks "
            f"are {names}. A task without labels may be left out, labels "
            "without a task must be."
        )


def check_values(tasks, batches):
    """Raise `ValueError` for labels that would count nowhere, silently.

    Args:
        tasks: Dict task name → `mtl_zoo.tasks.Task`.
        batches: Iterable of dicts of labels. Of many it takes a few, until
            there is one without fault.

    Raises:
        ValueError: If a task finds fault with all of its labels.
    """
    faults = {}
    for labels in batches:
        check_labels(tasks, labels)
        for name in set(tasks) & set(labels):
            if faults.get(name, "") is not None:
                faults[name] = tasks[name].find_fault(labels[name])
        if not any(faults.values()):
            return
    for name, fault in faults.items():
        if fault:
            raise ValueError(f"Labels of {name!r} {fault}.")


def first_labels(x, y):
    """The labels that training begins with, and `x` as it was.

    Args:
        x: As `keras.Model.fit` has it.
        y: The same.

    Returns:
        A pair: a list of what is there as labels, empty where nobody can tell
        without disturbing the data; `x`, or what stands for it.
    """
    if y is not None:
        return [y], x
    # What the library has read is checked, and looking at it twice would
    # change its order.
    if getattr(x, "labels_are_checked", False):
        return [], x
    if isinstance(x, types.GeneratorType):
        batches = list(itertools.islice(x, _BATCHES))
        x = _chain(batches, x)
    elif isinstance(x, keras.utils.PyDataset):
        count = min(_BATCHES, x.num_batches or _BATCHES)
        batches = [x[i] for i in range(count)]
    elif hasattr(x, "__iter__") and not hasattr(x, "shape"):
        batches = itertools.islice(x, _BATCHES)
    else:
        batches = []
    return [batch[1] for batch in batches if _has_labels(batch)], x


def _chain(batches, rest):
    # Keras wants a generator, which itertools.chain is not.
    yield from batches
    yield from rest


def _has_labels(batch):
    return isinstance(batch, (tuple, list)) and len(batch) > 1
