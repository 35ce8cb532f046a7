"""PyTorch checkpoints and safetensors that are hostile, damaged or odd."""

import collections
import json
import os
import pickle
import struct
import zipfile

import numpy as np
import torch

from tests.drills import spoil
from tests.drills.case import Case
from tests.drills.case import canary
from tools.torch_layouts.checkpoint import read_checkpoint


class Evil:
    """Unpickling it would call something."""

    def __init__(self, function, *arguments):
        self.reduced = function, arguments

    def __reduce__(self):
        return self.reduced


def _state():
    return {"a.weight": torch.ones(3, 4), "a.bias": torch.zeros(3)}


def _case(name, write, suffix=".pth", good=False, expected=None):
    def make(folder):
        path = folder / f"model{suffix}"
        (folder / "bait").write_text("secret")
        write(path)

        def hand_over():
            found = read_checkpoint(path)
            assert all(np.asarray(x).nbytes < 2**30 for x in found.values())
            for key, value in (expected or {}).items():
                np.testing.assert_array_equal(found[key], value)

        return hand_over

    return Case(f"{name} ({suffix})", make, rf"model\{suffix}", good)


def _save(content, **options):
    return lambda path: torch.save(
        content() if callable(content) else content, path, **options
    )


def _raw(content):
    return lambda path: path.write_bytes(content)


def _pickled(content, protocol=2):
    return lambda path: path.write_bytes(pickle.dumps(content, protocol))


def _zipped(members, packing=zipfile.ZIP_STORED):
    return spoil.zipped(members.items(), packing)


def _repacked(change, packing=zipfile.ZIP_STORED):
    """PyTorch's own archive with other members."""

    def write(path):
        torch.save(_state(), path)
        with zipfile.ZipFile(path) as archive:
            members = {n: archive.read(n) for n in archive.namelist()}
        change(members)
        _zipped(members, packing)(path)

    return write


def _circle():
    state = _state()
    state["state_dict"] = state
    return state


def _deep():
    state = _state()
    for _ in range(200):
        state = {"model": state}
    return state


def _expanded(dtype):
    return {"a": torch.zeros(1, dtype=dtype).expand(10**6, 10**6)}


def _bomb(members):
    for name in members:
        if name.endswith("data/0"):
            members[name] = b"\0" * 50_000_000


def _evil(members):
    for name in members:
        if name.endswith("data.pkl"):
            members[name] = pickle.dumps(Evil(os.system, "id"), 2)


def _proto(opcodes):
    def change(members):
        for name in members:
            if name.endswith("data.pkl"):
                members[name] = opcodes

    return change


_PTH = {
    "os.system": _save(lambda: {"a": Evil(os.system, "true")}),
    "os.system alone": _pickled(Evil(os.system, "true")),
    "os.system, protocol 0": _pickled(Evil(os.system, "true"), 0),
    "os.system, protocol 4": _pickled({"a": Evil(os.system, "true")}, 4),
    "eval": _save(lambda: {"a": Evil(eval, "1")}),
    "exec": _save(lambda: {"a": Evil(exec, "1")}),
    "open": _save(lambda: {"a": Evil(open, "bait")}),
    "own function": _save(lambda: {"a": Evil(canary, "unpickled")}),
    "getattr": _save(lambda: {"a": Evil(getattr, "a", "upper")}),
    "torch.load in it": _save(lambda: {"a": Evil(torch.load, "bait")}),
    "torch.hub": _save(lambda: {"a": Evil(torch.hub.load, "a", "b")}),
    "a module": _save(lambda: torch.nn.Linear(2, 2)),
    "a class": _save(lambda: {"a": Evil}),
    "in an archive of PyTorch": _repacked(_evil),
    "os.system in legacy": _save(
        lambda: {"a": Evil(os.system, "true")},
        _use_new_zipfile_serialization=False,
    ),
    "a dict in itself": _save(_circle),
    "200 dicts deep": _save(_deep),
    "a list": _save([1, 2]),
    "a tensor": _save(torch.ones(3)),
    "a number": _save(3),
    "nothing": _save(None),
    "an empty dict": _save({}),
    "text in it": _save({"a": "b"}),
    "a long name of text": _save({"a" * 10**6: "b"}),
    "a name with escapes": _save({"\x1b[2J\n": "b"}),
    "numbers as names": _save({3: "x"}),
    "the same name twice": _save(
        {"a": torch.ones(1), "module.a": torch.ones(1)}
    ),
    "counters alone": _save({"a.num_batches_tracked": torch.tensor(3)}),
    "one number for 10^12": _save(lambda: _expanded(torch.float32)),
    "one number for 10^12, float64": _save(lambda: _expanded(torch.float64)),
    "sparse": _save(lambda: {"a": torch.ones(3, 3).to_sparse()}),
    "sparse 10^12": _save(
        lambda: {
            "a": torch.sparse_coo_tensor([[0], [0]], [1.0], (10**6, 10**6))
        }
    ),
    "on no device": _save(lambda: {"a": torch.ones(3, device="meta")}),
    "complex": _save(lambda: {"a": torch.ones(3, dtype=torch.complex64)}),
    "packed": _repacked(_bomb, zipfile.ZIP_DEFLATED),
    "a storage cut": _repacked(
        lambda m: m.update({n: b"" for n in m if n.endswith("data/0")})
    ),
    "a storage missing": _repacked(
        lambda m: [m.pop(n) for n in list(m) if n.endswith("data/0")]
    ),
    "no pickle": _repacked(
        lambda m: [m.pop(n) for n in list(m) if n.endswith("data.pkl")]
    ),
    "an empty pickle": _repacked(_proto(b"")),
    "a pickle cut": _repacked(_proto(b"\x80\x02}")),
    "a pickle of zeros": _repacked(_proto(b"\0" * 99)),
    "a long of 2 GB": _repacked(_proto(b"\x80\x02\x8b\xff\xff\xff\x7f1.")),
    "text of 4 GB": _repacked(_proto(b"\x80\x02X\xff\xff\xff\xff1.")),
    "a memo of 10^9": _repacked(_proto(b"\x80\x02]r\xff\xff\xff\x7f.")),
    "protocol 255": _repacked(_proto(b"\x80\xff}.")),
    "tuples in tuples": _repacked(
        _proto(b"\x80\x02)" + b"\x85" * 10**6 + b".")
    ),
    "a zip of nothing": _zipped({}),
    "a zip of text": _zipped({"a.txt": "b"}),
    "a zip that leaves its folder": _zipped({"../../a": "b", "data.pkl": "x"}),
    "a zip of zeros": _zipped(
        {"a/data.pkl": b"\0" * 10**8}, zipfile.ZIP_DEFLATED
    ),
    "empty": _raw(b""),
    "a byte": _raw(b"\x80"),
    "text": _raw(b"<html>not found</html>"),
    "zeros": _raw(b"\0" * 10_000),
    "an HDF5 file": _raw(b"\x89HDF\r\n\x1a\n" + b"\0" * 1000),
    "TorchScript": _repacked(
        lambda m: m.update({"archive/constants.pkl": b"\x80\x02)."})
    ),
    "a tar": _raw(b"a" * 257 + b"ustar\x0000" + b"\0" * 2000),
    "a pipe": lambda path: os.mkfifo(path),
    "a folder": lambda path: path.mkdir(),
    "/dev/zero": lambda path: path.symlink_to("/dev/zero"),
    "nothing there": lambda path: None,
}


def _header(header, data=b"\0" * 48, length=None):
    if not isinstance(header, bytes):
        header = json.dumps(header).encode()
    length = len(header) if length is None else length
    return _raw(struct.pack("<Q", length) + header + data)


def _entry(**changes):
    return {
        "a": {
            "dtype": "F32",
            "shape": [3, 4],
            "data_offsets": [0, 48],
            **changes,
        }
    }


_SAFETENSORS = {
    "empty": _raw(b""),
    "a byte": _raw(b"\1"),
    "length of 2^63": _header(_entry(), length=2**63),
    "length of 10^9": _header(_entry(), length=10**9),
    "length 0": _header(_entry(), length=0),
    "no JSON": _header(b"{" * 100),
    "a list": _header([1]),
    "no UTF-8": _header(b'{"a\xff": 1}'),
    "brackets": _header(b"[" * 10**5),
    "more than there is": _header(_entry(data_offsets=[0, 4800])),
    "less than the shape": _header(_entry(data_offsets=[0, 4])),
    "offsets backwards": _header(_entry(data_offsets=[48, 0])),
    "negative offsets": _header(_entry(data_offsets=[-48, 0])),
    "a shape of 2^63": _header(_entry(shape=[2**63, 2**63])),
    "a negative shape": _header(_entry(shape=[-3, 4])),
    "a shape of text": _header(_entry(shape="x")),
    "a dtype that is none": _header(_entry(dtype="F33")),
    "8 bits": _header(_entry(dtype="F8_E4M3", shape=[48])),
    "4 bits": _header(_entry(dtype="F4", shape=[96])),
    "two on one another": _header({**_entry(), "b": _entry()["a"]}),
    "a hole": _header(_entry(data_offsets=[16, 64]), b"\0" * 64),
    "nothing": _header({}, b""),
    "metadata alone": _header({"__metadata__": {"a": "b"}}, b""),
    "metadata of numbers": _header({"__metadata__": {"a": 3}, **_entry()}),
    "more at the end": _header(_entry(), b"\0" * 480),
    "a pickle": _pickled(Evil(os.system, "true")),
    "a pipe": lambda path: os.mkfifo(path),
    "a folder": lambda path: path.mkdir(),
}


def cases():
    """All of this kind."""
    expected = {k: v.numpy() for k, v in _state().items()}
    for name, write in _PTH.items():
        yield _case(name, write, good=None if name == "TorchScript" else False)
    for name, write in _SAFETENSORS.items():
        good = None if name in ("8 bits", "4 bits") else False
        yield _case(name, write, ".safetensors", good)
    yield _case("as saved", _save(_state), good=True, expected=expected)
    yield _case(
        "legacy",
        _save(_state, _use_new_zipfile_serialization=False),
        good=True,
        expected=expected,
    )
    yield _case(
        "with NumPy's numbers",
        _save(lambda: {"model": _state(), "best": np.float64(0.5)}),
        good=True,
        expected=expected,
    )
    yield _case(
        "an ordered dict",
        _save(lambda: collections.OrderedDict(_state())),
        good=True,
        expected=expected,
    )
    yield _case("as saved", _header(_entry()), ".safetensors", True)
    for part in (0.1, 0.5, 0.9, 0.99):
        yield _case(f"{part:.0%} of it", spoil.cut(_save(_state), part))
    for seed in range(60):
        write = _save(_state, _use_new_zipfile_serialization=seed % 2 == 0)
        yield _case(f"noise {seed}", spoil.noisy(write, seed), good=None)
