"""Files with something wrong, made of functions that write good ones.

Each gives a function that writes a file at a path.
"""

import zipfile

import numpy as np


def zipped(members, packing):
    """A zip of pairs of a name and bytes."""

    def write(path):
        with zipfile.ZipFile(path, "w", packing) as archive:
            for name, content in members:
                archive.writestr(name, content)

    return write


def cut(write, part):
    """The first part of a file."""

    def write_part(path):
        write(path)
        data = path.read_bytes()
        path.write_bytes(data[: int(len(data) * part)])

    return write_part


def noisy(write, seed):
    """A file up to nine bytes of which are others."""

    def write_noisy(path):
        write(path)
        data = bytearray(path.read_bytes())
        rng = np.random.default_rng(seed)
        for place in rng.integers(0, len(data), 1 + seed % 9):
            data[place] = rng.integers(256)
        path.write_bytes(data)

    return write_noisy
