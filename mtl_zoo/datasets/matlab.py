"""What a MATLAB file would take in memory, before SciPy reads it.

A few bytes can say that they are a billion cells, or unpack to gigabytes. The
layout is that of version 5 in MathWorks's "MAT-File Format": elements, each
after its type and size; arrays are elements that others stand in.
"""

import math
import os
import struct
import zlib

# Far above any labels: PASCAL's parts of 40 persons take half of it.
_MOST_BYTES = 2**28
_DEEPEST = 32
# What an array takes besides its numbers.
_ARRAY_BYTES = 256
# How far a variable's name stands from its beginning, at most.
_HEAD = 4096
_PACKED = 15
_CELL, _STRUCT, _CHAR = 1, 2, 4
_NUMBERS = range(6, 16)
_COMPLEX = 0x800


def check(path, key):
    """Raise unless a variable of a file can be read.

    Args:
        path: Path.
        key: String, the variable's name.

    Returns:
        Sorted list of strings, the names of variables; not all of them where
        `key` is among them or the version is another.

    Raises:
        ValueError: If the variable takes too much memory, or is damaged.
    """
    names = set()
    with open(path, "rb") as file:
        start = file.read(128)
        little = start[126:127] == b"I"
        # Of version 4, in which nothing is packed and no array in another, or
        # 7.3, which SciPy does not read.
        if len(start) < 128 or 0 in start[:4] or start[124 + little] != 1:
            return []
        order = "<" if start[126:] == b"IM" else ">"
        end = os.fstat(file.fileno()).st_size
        while file.tell() < end and key not in names:
            place = file.tell()
            head, following = _content(file, order, _HEAD)
            name = _Walk(head, order).array()[0]
            if name == key:
                file.seek(place)
                _Walk(_content(file, order, _MOST_BYTES)[0], order).check()
            names.add(name)
            file.seek(following)
    return sorted(names)


def _content(file, order, most):
    """The variable that a file stands at, unpacked, and where the next is."""
    tag = file.read(8)
    kind, size = struct.unpack(f"{order}II", tag)
    following = file.tell() + size
    content = file.read(min(size, most))
    if kind == _PACKED:
        return zlib.decompressobj().decompress(content, most), following
    return tag + content, following


class _Walk:
    """A way through a variable, as SciPy goes.

    Args:
        content: Bytes, the element of a variable.
        order: String, `"<"` or `">"`.
    """

    def __init__(self, content, order):
        self._content = memoryview(content)
        self._order = order
        self._place = 0
        self._left = _MOST_BYTES

    def check(self):
        """Raise `ValueError` if it takes too much, or is damaged."""
        self._take(len(self._content))
        waiting = [1]  # How many arrays there are still, in one another.
        while waiting:
            if not waiting[-1]:
                waiting.pop()
                continue
            waiting[-1] -= 1
            _, flags, count = self.array()
            waiting.append(self._inside(flags, count))
            if len(waiting) > _DEEPEST:
                raise ValueError(f"over {_DEEPEST} arrays in one another")

    def array(self):
        """Go into an array; gives its name, flags and number of values."""
        _, size = self._numbers(2)
        if not size:
            return "", None, 0
        _, _, flags, _ = self._numbers(4)
        shape = self._element()
        shape = struct.unpack(f"{self._order}{len(shape) // 4}i", shape)
        if min(shape, default=0) < 0:
            raise ValueError(f"an array of shape {shape}")
        name = bytes(self._element()).decode("latin-1")
        return name, flags, math.prod(shape)

    def _inside(self, flags, count):
        """Take what an array holds; gives how many others stand in it."""
        self._take(_ARRAY_BYTES)
        if flags is None:
            return 0
        kind = flags & 0xFF
        if kind in _NUMBERS:
            self._element()
            if flags & _COMPLEX:
                self._element()
            return 0
        if kind == _CHAR:
            # Of no bytes, so many spaces are made.
            self._take(4 * max(count, len(self._element())))
            return 0
        if kind == _CELL:
            self._take(8 * count)
            return count
        if kind == _STRUCT:
            (length,) = struct.unpack(f"{self._order}i", self._element())
            fields = len(self._element()) // max(1, length)
            self._take(8 * count * max(1, fields))
            return count * fields
        raise ValueError("no plain array, text, cells or structures")

    def _element(self):
        """Go past an element; gives its bytes."""
        kind, size = self._numbers(2)
        start = self._place
        if kind >> 16:  # Its size stands with its type, it where that was.
            size, start = kind >> 16, start - 4
        else:
            self._place += size + -size % 8
        content = self._content[start : start + size]
        if len(content) < size:
            raise ValueError("it is cut off")
        return content

    def _numbers(self, count):
        start = self._place
        self._place += 4 * count
        content = self._content[start : self._place]
        if len(content) < 4 * count:
            raise ValueError("it is cut off")
        return struct.unpack(f"{self._order}{count}I", content)

    def _take(self, size):
        self._left -= size
        if self._left < 0:
            raise ValueError("too large unpacked")
