"""The memory of this process, as Linux tells it."""

import pathlib

_PROCESS = pathlib.Path("/proc/self")


def held():
    """Bytes that this process holds now."""
    return _said("VmRSS")


def peak():
    """Bytes that it held at most since `forget_peak`, or since it began."""
    return _said("VmHWM")


def forget_peak():
    """The peak is what is held now, until more is."""
    (_PROCESS / "clear_refs").write_text("5")


def _said(key):
    for line in (_PROCESS / "status").read_text().splitlines():
        if line.startswith(f"{key}:"):
            return 1024 * int(line.split()[1])
    raise OSError(f"/proc/self/status does not tell {key}.")
