"""What data sets that are prepared once and then read have in common."""

import contextlib
import importlib.util
import pathlib

import filelock
from absl import logging

from mtl_zoo.utils.text import cut
from mtl_zoo.utils.text import one_line


def has_tensorflow():
    """Whether TensorFlow and TensorFlow Datasets are installed."""
    return all(
        importlib.util.find_spec(name) is not None
        for name in ("tensorflow", "tensorflow_datasets")
    )


@contextlib.contextmanager
def exclusive(path):
    """Lets one process at a time pass.

    Args:
        path: Path of a file to lock.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with filelock.FileLock(path):
        yield


@contextlib.contextmanager
def named_if_damaged(place):
    """What is wrong with prepared files, as an error that says where they are.

    Args:
        place: `pathlib.Path` of the file or folder; errors before there is any
            are others' and pass.

    Raises:
        ValueError: In the place of whatever the libraries raise that read them.
    """
    try:
        yield
    except Exception as error:  # It depends on the bytes.
        if not place.exists():
            raise
        raise ValueError(
            f"{place}: damaged ({cut(one_line(error), 120)}); delete it to "
            "have it made anew."
        ) from error


class Records:
    """The examples of a split, read from records at random.

    Args:
        builder: `tfds.core.DatasetBuilder`, prepared.
        split: String.

    Raises:
        ValueError: If the records are damaged, also when an example is read.
    """

    def __init__(self, builder, split):
        self._place = pathlib.Path(builder.data_path)
        with named_if_damaged(self._place):
            self._records = builder.as_data_source(split)
            self._count = len(self._records)

    def __len__(self):
        return self._count

    def __getitem__(self, index):
        with named_if_damaged(self._place):
            return self._records[index]


def prepare_once(open_builder, lock, place, download_config=None):
    """A TensorFlow Datasets builder whose records are written.

    Args:
        open_builder: Callable that gives the builder.
        lock: Path of a file to lock meanwhile.
        place: `pathlib.Path` of the folder in which the builder writes.
        download_config: `tfds.download.DownloadConfig`. Defaults to `None`.

    Returns:
        The builder.

    Raises:
        ValueError: If what was prepared before is damaged.
    """
    with named_if_damaged(place), _quiet():
        builder = open_builder()
    if builder.is_prepared():
        return builder
    with exclusive(lock):
        # Another process may have done it while this one waited.
        with named_if_damaged(place), _quiet():
            builder = open_builder()
        if not builder.is_prepared():
            builder.download_and_prepare(download_config=download_config)
    return builder


@contextlib.contextmanager
def _quiet():
    """Without TFDS's warnings that a cache is new and its config not listed."""
    verbosity = logging.get_verbosity()
    logging.set_verbosity(logging.ERROR)
    try:
        yield
    finally:
        logging.set_verbosity(verbosity)
