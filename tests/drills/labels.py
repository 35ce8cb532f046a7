"""Label files of one's own data set, `folder`, as a stranger may send them."""

import io
import json
import os
import pickle
import struct

import numpy as np
from PIL import Image
from scipy import io as matlab

from mtl_zoo.datasets import files
from mtl_zoo.datasets import loading
from tests.drills.case import Case
from tests.drills.case import canary

_SIZE = (12, 17)


class Evil:
    """Unpickling it would tell."""

    def __reduce__(self):
        return canary, ("unpickled",)


def _npy(header, data=b"", version=(1, 0), length=None):
    header = header.encode() if isinstance(header, str) else header
    size = len(header) if length is None else length
    form = "<H" if version == (1, 0) else "<I"
    return (
        b"\x93NUMPY"
        + bytes(version)
        + struct.pack(form, size & (0xFFFF if form == "<H" else 0xFFFFFFFF))
        + header
        + data
    )


def _header(descr="<f4", shape=_SIZE, order=False):
    return (
        f"{{'descr': {descr!r}, 'fortran_order': {order}, 'shape': {shape}}}\n"
    )


def _saved(array, **options):
    file = io.BytesIO()
    np.save(file, array, **options)
    return file.getvalue()


def _archived():
    file = io.BytesIO()
    np.savez(file, np.ones(_SIZE))
    return file.getvalue()


_GOOD = np.ones(_SIZE, "float32")
_DATA = _GOOD.tobytes()
_NPY = {
    "empty": b"",
    "a byte": b"\x93",
    "its signature": b"\x93NUMPY",
    "text": b"1,2,3\n",
    "a pickle": pickle.dumps(Evil()),
    "objects": _saved(np.array([Evil()], object), allow_pickle=True),
    "a dtype of objects": _npy(_header("|O"), pickle.dumps([Evil()])),
    "an archive": _archived(),
    "half": _saved(_GOOD)[: len(_DATA) // 2],
    "10^12 numbers": _npy(_header(shape=(10**6, 10**6)), _DATA),
    "10^30 numbers": _npy(_header(shape=(10**15, 10**15)), _DATA),
    "a negative shape": _npy(_header(shape=(-12, -17)), _DATA),
    "a shape of text": _npy(_header(shape="'a'"), _DATA),
    "a shape of true": _npy(_header(shape="(True, True)"), _DATA),
    "30 dimensions": _npy(_header(shape=(1,) * 30), _DATA),
    "100 dimensions": _npy(_header(shape=(1,) * 100), _DATA),
    "no dtype": _npy(_header("nothing"), _DATA),
    "a dtype of 10^9 bytes": _npy(_header("|V1000000000"), _DATA),
    "a dtype of text": _npy(_header("|S4"), _DATA),
    "compound": _npy(_header([("a", "<f4")]), _DATA),
    "complex": _saved(_GOOD.astype("complex64")),
    "dates": _saved(np.zeros(_SIZE, "M8[s]")),
    "code as a header": _npy("__import__('os').system('true')\n"),
    "brackets as a header": _npy("(" * 9000 + "\n"),
    "a header of a list": _npy("[1, 2]\n"),
    "no header": _npy(""),
    "a header of 4 GB": _npy(_header(), _DATA, (2, 0), 2**32 - 1),
    "a header of 60 kB": _npy(" " * 60_000 + _header(), _DATA),
    "version 9": _npy(_header(), _DATA, (9, 9)),
    "no UTF-8": _npy(b"\xff\xfe" * 99, _DATA, (3, 0)),
    "NaN": _saved(np.full(_SIZE, np.nan, "float32")),
    "infinite": _saved(np.full(_SIZE, np.inf, "float32")),
    "negative": _saved(-_GOOD),
    "one more dimension": _saved(np.ones((*_SIZE, 3), "float32")),
    "a number": _saved(np.float32(1)),
    "nothing": _saved(np.zeros((0, 0), "float32")),
    "another size": _saved(np.ones((5, 5), "float32")),
}


def _scene(folder):
    """A data set of one image, whose depth is a file to spoil."""
    for name in ("image", "depth"):
        (folder / "data" / "train" / name).mkdir(parents=True)
    pixels = np.zeros((*_SIZE, 3), "uint8")
    Image.fromarray(pixels).save(folder / "data/train/image/a.png")
    return folder / "data"


def _read(data):
    reader = loading.DATASETS["folder"](data, None)
    for image_id in reader.ids("train"):
        reader.sample("train", image_id, reader.label_names())


def _depth(name, content, good=False):
    def make(folder):
        data = _scene(folder)
        path = data / "train/depth/a.npy"
        if callable(content):
            content(path)
        else:
            path.write_bytes(content)
        return lambda: _read(data)

    return Case(f"npy: {name}", make, r"a\.npy", good)


def _json(name, content, good=False):
    def make(folder):
        data = _scene(folder)
        (data / "train/depth/a.npy").write_bytes(_saved(_GOOD))
        text = content if isinstance(content, bytes) else json.dumps(content)
        (data / "dataset.json").write_bytes(
            text if isinstance(text, bytes) else text.encode()
        )
        return lambda: _read(data)

    return Case(f"dataset.json: {name}", make, r"dataset\.json", good)


def _mat(name, content):
    def make(folder):
        path = folder / "a.mat"
        path.write_bytes(content)
        return lambda: files.read_mat(path, "depth")

    return Case(f"mat: {name}", make, r"a\.mat", None)


def _mat_file():
    file = io.BytesIO()
    matlab.savemat(file, {"depth": _GOOD})
    return file.getvalue()


_JSON = {
    "empty": b"",
    "cut": b'{"depth": ',
    "a list": [],
    "a number": 3,
    "NaN": b'{"depth": NaN}',
    "no UTF-8": b'{"\xff": 1}',
    "brackets": b"[" * 10**6,
    "an unknown key": {"surprise": 1},
    "escapes": {"\x1b[2J\n": 1},
    "a key of a megabyte": {"a" * 10**6: 1},
    "depth of a list": {"depth": [1]},
    "depth of text": {"depth": "x"},
    "depth of an unknown key": {"depth": {"surprise": 1}},
}


def cases():
    """All of this kind."""
    for name, content in _NPY.items():
        good = None if name in ("a shape of true", "nothing") else False
        yield _depth(name, content, good)
    yield _depth("as saved", _saved(_GOOD), True)
    yield _depth("a pipe", os.mkfifo)
    # One of sub-folders, which may be there.
    yield _depth("a folder", lambda path: path.mkdir(), None)
    yield _depth("/dev/zero", lambda path: path.symlink_to("/dev/zero"))
    for seed in range(30):
        data = bytearray(_saved(_GOOD))
        rng = np.random.default_rng(seed)
        for place in rng.integers(0, 128, 1 + seed % 9):
            data[place] = rng.integers(256)
        yield _depth(f"noise {seed}", bytes(data), None)
    for name, content in _JSON.items():
        yield _json(name, content)
    good = _mat_file()
    yield _mat("as saved", good)
    yield _mat("empty", b"")
    yield _mat("text", b"x" * 999)
    yield _mat("HDF5", b"\x89HDF\r\n\x1a\n" + b"\0" * 999)
    yield _mat("half", good[: len(good) // 2])
    for seed in range(20):
        data = bytearray(good)
        rng = np.random.default_rng(seed)
        for place in rng.integers(120, len(data), 1 + seed % 9):
            data[place] = rng.integers(256)
        yield _mat(f"noise {seed}", bytes(data))
