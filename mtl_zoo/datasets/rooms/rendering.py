"""Rendering whole splits of `rooms`, and the form in which they are stored.

Stored are bytes that need no decoding: depth in millimetres (exact to
0.5 mm), each normal as three 16-bit numbers (exact to 0.003 degrees), all else
as 8-bit numbers.
"""

import contextlib
import os
import pickle
import subprocess
import sys

import numpy as np

from mtl_zoo.datasets import rooms
from mtl_zoo.datasets.rooms import worker
from mtl_zoo.tasks.reading import pack_normals
from mtl_zoo.tasks.reading import unpack_normals

# Counts up whenever `render_room` gives other pictures or labels.
VERSION = "2.0.0"
NUM_EXAMPLES = {"train": 4000, "validation": 200, "test": 400}

# How many are rendered and stored together.
PART = 1000


def stored_features(image_size):
    """What is stored of a sample.

    Args:
        image_size: pair of ints. Height and width.

    Returns:
        A dictionary of names to pairs of shape and dtype.
    """
    size = tuple(image_size)
    return {
        "image": ((*size, 3), np.uint8),
        "semseg": (size, np.uint8),
        "depth_millimetres": ((*size, 1), np.uint16),
        "normals_int16": ((*size, 3), np.int16),
        "edge": ((*size, 1), np.uint8),
        "saliency": ((*size, 1), np.uint8),
        "field_of_view": ((), np.float32),
    }


def check_split(split, num_examples):
    """How many examples of a split are asked for.

    Args:
        split: str.
        num_examples: int, or `None` for as many as the data set has.

    Returns:
        An int.

    Raises:
        ValueError: If `split` is not known or `num_examples` is not positive.
    """
    if split not in rooms.SPLITS:
        raise ValueError(
            f"`split` must be one of {rooms.SPLITS}. Received: split={split!r}"
        )
    if num_examples is None:
        num_examples = NUM_EXAMPLES[split]
    if num_examples < 1:
        raise ValueError(
            "`num_examples` must be positive. "
            f"Received: num_examples={num_examples}"
        )
    return int(num_examples)


def parts(num_examples):
    """The parts in which a split is rendered and stored.

    A stopped rendering goes on with the first part that is missing, and a
    longer split begins with the parts of a shorter one.

    Args:
        num_examples: int.

    Returns:
        A list of pairs: number of the first example, how many.
    """
    return [
        (first, min(PART, num_examples - first))
        for first in range(0, num_examples, PART)
    ]


def render_all(split, count, seed, image_size, first=0):
    """Yields examples of a split in order, rendered on all cores.

    Args:
        split: str.
        count: int.
        seed: int.
        image_size: pair of ints. Height and width.
        first: int. Number of the first one. Defaults to 0.
    """
    affinity = getattr(os, "sched_getaffinity", None)
    cores = len(affinity(0)) if affinity else os.cpu_count() or 1
    step = min(count, cores)
    environment = dict(
        os.environ,
        OMP_NUM_THREADS="1",
        OPENBLAS_NUM_THREADS="1",
        MKL_NUM_THREADS="1",
        VECLIB_MAXIMUM_THREADS="1",
    )
    with contextlib.ExitStack() as stack:
        processes = []
        for start in range(step):
            arguments = [seed, *image_size, first + start, first + count, step]
            process = subprocess.Popen(
                [
                    sys.executable,
                    "-P",  # The folder's modules are no top-level modules.
                    worker.__file__,
                    split,
                    *map(str, arguments),
                ],
                stdout=subprocess.PIPE,
                env=environment,
            )
            stack.callback(_stop, process)
            processes.append(process)
        for index in range(count):
            process = processes[index % step]
            try:
                yield pickle.load(process.stdout)
            except EOFError:
                raise RuntimeError(
                    f"Rendering example {first + index} of split {split!r} "
                    "failed; the process's own message is above."
                ) from None


def _stop(process):
    process.stdout.close()
    process.kill()
    process.wait()


def encode(sample):
    """What is stored of a sample of `render_room`."""
    return {
        "image": sample["image"],
        "semseg": sample["semseg"].astype("uint8"),
        "depth_millimetres": np.round(sample["depth"] * 1000).astype("uint16"),
        "normals_int16": pack_normals(sample["normals"]),
        "edge": sample["edge"].astype("uint8"),
        "saliency": sample["saliency"].astype("uint8"),
        "field_of_view": sample["field_of_view"],
    }


def decode(stored):
    """The sample of `render_room` that was stored."""
    return {
        "image": stored["image"],
        "semseg": stored["semseg"].astype("int32"),
        "depth": stored["depth_millimetres"].astype("float32") / 1000,
        "normals": unpack_normals(stored["normals_int16"]),
        "edge": stored["edge"].astype("float32"),
        "saliency": stored["saliency"].astype("float32"),
        "field_of_view": np.asarray(stored["field_of_view"], "float32"),
    }


class RoomsSource:
    """The examples of one split, for reading in any order.

    Args:
        data_sources: list of sequences of stored examples, one per part.
    """

    def __init__(self, data_sources):
        self._data_sources = data_sources
        self._length = sum(map(len, data_sources))

    def __len__(self):
        return self._length

    def __getitem__(self, index):
        if not -len(self) <= index < len(self):
            raise IndexError(
                f"There are {len(self)} examples. Received: index={index}"
            )
        part, place = divmod(int(index) % len(self), PART)
        return decode(self._data_sources[part][place])
