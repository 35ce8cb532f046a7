"""A process of its own, and the memory of it, as Linux tells it.

A peak of memory is one of all that ran in a process before.
"""

import concurrent.futures
import importlib
import multiprocessing
import pathlib

_PROCESS = pathlib.Path("/proc/self")


def run(function, *arguments, modules=()):
    """What a function gives in a new process.

    Args:
        function: Callable of a module.
        *arguments: What it is called with.
        modules: List of strings, modules that register own parts, which are
            imported first. Defaults to none.

    Returns:
        What it returns.
    """
    with concurrent.futures.ProcessPoolExecutor(
        1,
        multiprocessing.get_context("spawn"),
        initializer=_import_own_parts,
        initargs=(modules,),
    ) as executor:
        return executor.submit(function, *arguments).result()


def held():
    """Bytes that this process holds now."""
    return _said("VmRSS")


def peak():
    """Bytes that it held at most since `forget_peak`, or since it began."""
    return _said("VmHWM")


def forget_peak():
    """The peak is what is held now, until more is."""
    (_PROCESS / "clear_refs").write_text("5")


def _import_own_parts(modules):
    for module in modules:
        importlib.import_module(module)


def _said(key):
    for line in (_PROCESS / "status").read_text().splitlines():
        if line.startswith(f"{key}:"):
            return 1024 * int(line.split()[1])
    raise OSError(f"/proc/self/status does not tell {key}.")
