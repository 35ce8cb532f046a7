"""Packages that are not installed with the core, but by an extra of it."""

import contextlib
import importlib
import os
import sys
import threading

BACKENDS = ("tensorflow", "jax", "torch")


def import_keras():
    """Import Keras, or say in one line that its backend is missing.

    Raises:
        ImportError: If the backend that `KERAS_BACKEND`, Keras's configuration
            or its default names is not installed.

    Example:

    ```python
    import_keras()
    ```
    """
    try:
        importlib.import_module("keras")
    except ModuleNotFoundError as error:
        if error.name not in BACKENDS:
            raise
        others = " or ".join(name for name in BACKENDS if name != error.name)
        raise ImportError(
            f"Keras runs on {error.name} here, which is not installed: pip "
            f"install 'mtl_zoo[{error.name}]', or set KERAS_BACKEND to "
            f"{others}.",
            name=error.name,
        ) from error


def import_extra(module, extra, what):
    """Import a module, or say in one line how to get it.

    It is looked for where packages are installed, not in the working folder:
    a preset may decide that it is imported, and what lies beside a stranger's
    preset must not pass for it, or for what it imports itself.

    Args:
        module: String, its name.
        extra: String. The extra of `mtl_zoo` that brings it.
        what: String. What can't do without.

    Returns:
        The module.

    Raises:
        ImportError: If it, or something that it needs, is not installed.

    Example:

    ```python
    import_extra("huggingface_hub", "hub", "hf:// presets")
    ```
    """
    try:
        with _without_working_folder():
            return importlib.import_module(module)
    except ImportError as error:
        missing = error.name or module
        raise ImportError(
            f"Missing for {what}: {missing.partition('.')[0]}; pip install "
            f"'mtl_zoo[{extra}]' brings it.",
            name=error.name,
        ) from error


_lock = threading.RLock()


@contextlib.contextmanager
def _without_working_folder():
    """Take the working folder out of where Python looks for modules."""
    with _lock:
        path = sys.path[:]
        sys.path[:] = [folder for folder in path if not _is_here(folder)]
        try:
            yield
        finally:
            sys.path[:] = path


def _is_here(folder):
    try:
        return os.path.samefile(folder or ".", ".")
    except OSError:
        return False
