"""What data sets that are prepared once and then read have in common."""

import contextlib
import importlib.util

import filelock
from absl import logging


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


def prepare_once(open_builder, lock, download_config=None):
    """A TensorFlow Datasets builder whose records are written.

    Args:
        open_builder: Callable that gives the builder.
        lock: Path of a file to lock meanwhile.
        download_config: `tfds.download.DownloadConfig`. Defaults to `None`.

    Returns:
        The builder.
    """
    with _quiet():
        builder = open_builder()
    if builder.is_prepared():
        return builder
    with exclusive(lock):
        # Another process may have done it while this one waited.
        with _quiet():
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
