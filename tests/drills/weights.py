"""Weight files that are damaged, foreign, larger than they look, or lie."""

import functools
import warnings

import h5py
import numpy as np

from mtl_zoo import presets
from tests.drills import seeds
from tests.drills.case import Case

_encoder = functools.cache(seeds.encoder)
_FILE = "model.weights.h5"


def _case(name, change, good=False, says=r"\.weights\.h5"):
    def make(folder):
        preset = seeds.preset(folder, "encoder")
        (folder / "bait").write_bytes(b"secret" * 10_000)
        with h5py.File(folder / "bait.h5", "w") as file:
            file["x"] = np.ones((3, 3), "float32")
        change(preset / _FILE)
        seeds.seal(preset)
        return lambda: presets.load_encoder_weights(_encoder(), preset)

    return Case(name, make, says, good)


def _bytes(change):
    def apply(path):
        path.write_bytes(change(path.read_bytes()))

    return apply


def _inside(change):
    """Change the largest and a small dataset of the file."""

    def apply(path):
        with h5py.File(path, "r+") as file:
            found = []
            file.visititems(
                lambda name, item: (
                    found.append(name)
                    if isinstance(item, h5py.Dataset)
                    else None
                )
            )
            name = max(found, key=lambda key: file[key].size)
            change(file, name)

    return apply


def _dataset(**arguments):
    """The dataset anew, with other properties."""

    def change(file, name):
        value = file[name][()]
        del file[name]
        options = {"data": value, **arguments}
        if "shape" in options or options["data"] is None:
            options.pop("data")
        file.create_dataset(name, **options)

    return _inside(change)


def _value(convert):
    def change(file, name):
        value = convert(file[name][()])
        del file[name]
        file[name] = value

    return _inside(change)


def _put(make):
    def change(file, name):
        shape = file[name].shape
        del file[name]
        make(file, name, shape)

    return _inside(change)


def _external(file, name, shape):
    size = int(np.prod(shape)) * 4
    file.create_dataset(name, shape, "float32", external=[("../bait", 0, size)])


def _virtual(file, name, shape):
    layout = h5py.VirtualLayout(shape, "float32")
    layout[:3, :3, 0, 0] = h5py.VirtualSource("../bait.h5", "x", (3, 3))
    file.create_virtual_dataset(name, layout, fillvalue=1)


def _link(make):
    def put(file, name, shape):
        file[name] = make(file, name)

    return _put(put)


def _chain(file, name, shape):
    """A thousand soft links, each to the next."""
    for i in range(1000):
        file[f"link_{i}"] = h5py.SoftLink(f"/link_{i + 1}")
    file["link_1000"] = np.zeros(shape, "float32")
    file[name] = h5py.SoftLink("/link_0")


def _hard_circle(file, name):
    file["circle"] = file["/"]
    file["layers/circle"] = file["layers"]


def _many(file, name):
    for i in range(3000):
        file[f"more/{i}"] = np.zeros(1, "float32")


def _deep(file, name, depth=1500):
    group = file
    for _ in range(depth):
        group = group.create_group("g")
    group["x"] = np.zeros(1)


_WIDE = np.dtype([("a", "float32"), ("b", "float32")])

_CHANGES = {
    "groups nested 10,000 deep": _inside(
        lambda file, name: _deep(file, name, 10_000)
    ),
    "empty": _bytes(lambda data: b""),
    "one byte": _bytes(lambda data: data[:1]),
    "its signature alone": _bytes(lambda data: data[:8]),
    "half": _bytes(lambda data: data[: len(data) // 2]),
    "all but a byte": _bytes(lambda data: data[:-1]),
    "text": _bytes(lambda data: b"nothing of the kind" * 1000),
    "a zip": _bytes(lambda data: b"PK\x03\x04" + data),
    "a pickle": _bytes(lambda data: b"\x80\x04cos\nsystem\n(S'id'\ntR."),
    "zeros": _bytes(lambda data: b"\0" * len(data)),
    "shifted": _bytes(lambda data: b"\0" * 3 + data),
    "complex": _value(lambda x: x.astype("complex64")),
    "compound": _value(lambda x: np.zeros(x.shape, _WIDE)),
    "text in it": _value(lambda x: np.full(x.shape, b"abcd")),
    "text of any length": _dataset(
        data=None, shape=(1,), dtype=h5py.string_dtype()
    ),
    "opaque": _value(lambda x: np.zeros(x.shape, "V7")),
    "bfloat16 without a word": _value(lambda x: np.zeros(x.shape, "V2")),
    "references": _dataset(data=None, shape=(2,), dtype=h5py.ref_dtype),
    "vectors": _dataset(
        data=None, shape=(2,), dtype=h5py.vlen_dtype(np.dtype("int32"))
    ),
    "an enumeration": _dataset(
        data=None, shape=(2,), dtype=h5py.enum_dtype({"a": 1})
    ),
    "arrays as numbers": _dataset(
        data=None, shape=(1,), dtype=np.dtype(("float32", (1000, 1000)))
    ),
    "empty space": _dataset(data=h5py.Empty("float32")),
    "a number": _value(lambda x: np.float32(1)),
    "flat": _value(np.ravel),
    "one more": _value(lambda x: np.concatenate([x, x])),
    "10^15 numbers": _dataset(
        data=None, shape=(10**5,) * 3, dtype="float32", chunks=(100, 100, 100)
    ),
    "not written": _put(
        lambda file, name, shape: file.create_dataset(name, shape, "float32")
    ),
    "packed": _dataset(compression="gzip"),
    "packed by LZF": _dataset(compression="lzf"),
    "shuffled": _dataset(shuffle=True),
    "checked": _dataset(fletcher32=True),
    "in another file": _put(_external),
    "in /dev/zero": _put(
        lambda file, name, shape: file.create_dataset(
            name, shape, "float32", external=[("/dev/zero", 0, 10**9)]
        )
    ),
    "virtual": _put(_virtual),
    "a link into another file": _link(
        lambda file, name: h5py.ExternalLink("../bait.h5", "/x")
    ),
    "a link to nothing": _link(lambda file, name: h5py.SoftLink("/nothing")),
    "a link to itself": _link(lambda file, name: h5py.SoftLink("/" + name)),
    "a link to a group": _link(lambda file, name: h5py.SoftLink("/layers")),
    "a chain of links": _put(_chain),
    "a group in its place": _put(
        lambda file, name, shape: file.create_group(name)
    ),
    "one more dataset": _inside(
        lambda file, name: file.create_dataset("more/vars/0", data=np.ones(3))
    ),
    "a name with escapes": _inside(
        lambda file, name: file.create_dataset("\x1b[2J\n", data=np.ones(3))
    ),
    "a name of 60 kB": _inside(
        lambda file, name: file.create_dataset("a" * 60_000, data=np.ones(3))
    ),
    "3,000 more": _inside(_many),
    "1,500 groups deep": _inside(_deep),
    "missing": _put(lambda file, name, shape: None),
    "nothing at all": lambda path: h5py.File(path, "w").close(),
}
# What is odd, and yet right: numbers are numbers.
_RIGHT = {
    "int64": _value(lambda x: x.astype("int64")),
    "in chunks": _dataset(chunks=True),
    "big end first": _value(lambda x: x.astype(">f4")),
    "float64": _value(lambda x: x.astype("float64")),
    "float16": _value(lambda x: x.astype("float16")),
    "an attribute": _inside(lambda file, name: file.attrs.update(a="b")),
    "an attribute of an object": _inside(
        lambda file, name: file.attrs.update(a=np.zeros(3, _WIDE))
    ),
}
# The same file may be walked over in one way only.
_EITHER = {
    "groups in a circle": _inside(_hard_circle),
    "bool": _value(lambda x: x > 0),
}


def _not_finite(value):
    """A case that must be loaded, with a warning that names the layer."""

    def change(x):
        x = x.copy()
        x.flat[0] = value
        return x

    def make(folder):
        preset = seeds.preset(folder, "encoder")
        _value(change)(preset / _FILE)
        seeds.seal(preset)

        def hand_over():
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always")
                presets.load_encoder_weights(_encoder(), preset)
            text = " ".join(str(w.message) for w in caught)
            assert _FILE in text and "not finite" in text, text
            assert "kernel" in text, text

        return hand_over

    return Case(f"{value} in a layer", make, good=True)


def _noise(seed):
    """Random bytes in place of some of the file's."""

    def change(data):
        rng = np.random.default_rng(seed)
        content = bytearray(data)
        # The first kilobytes hold what describes the rest.
        end = len(content) if seed % 2 else 4096
        for place in rng.integers(0, end, 1 + seed % 30):
            content[place] = rng.integers(256)
        return bytes(content)

    return _bytes(change)


def cases():
    """All of this kind."""
    seeds.make("encoder")
    for name, change in _CHANGES.items():
        yield _case(name, change)
    for name, change in _RIGHT.items():
        yield _case(name, change, True)
    for name, change in _EITHER.items():
        yield _case(name, change, None)
    for value in (np.nan, np.inf, -np.inf):
        yield _not_finite(value)
    for seed in range(80):
        yield _case(f"noise {seed}", _noise(seed), None)
