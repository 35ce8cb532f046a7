"""Archives and files that want more than they are worth: one line, no harm."""

import gzip
import io
import shutil
import struct
import tarfile
import zipfile
import zlib

import numpy as np
import pytest
from PIL import Image

import mtl_zoo
from mtl_zoo.datasets import archives
from mtl_zoo.datasets import files
from mtl_zoo.datasets import matlab as matlab_check
from tests.png import chunk

pytestmark = pytest.mark.one_backend


def npy(header, data=b"\0" * 64):
    """A `.npy` file with a header of our own."""
    header = header.encode().ljust(117) + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + data


def of_objects():
    file = io.BytesIO()
    np.save(file, np.array([print], dtype=object), allow_pickle=True)
    return file.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x93NUMPY\x01\x00",
        of_objects(),
        npy("{'descr': '|O', 'fortran_order': False, 'shape': (1,)}"),
        npy("{'descr': '<f4', 'fortran_order': False, 'shape': (9999, 9999)}"),
        npy(
            f"{{'descr': '<f4', 'fortran_order': False, 'shape': {(1 << 62,)}}}"
        ),
        npy("{'descr': '<f4', 'fortran_order': False, 'shape': (-4,)}"),
        npy("{'descr': '<f4', 'fortran_order': False, 'shape': (0, 3)}"),
        npy("{'descr': '|S8', 'fortran_order': False, 'shape': (8,)}"),
        npy("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (8,)}"),
        npy("[" * 100),
        npy("__import__('os').system('touch executed')"),
        b"PK\x03\x04" + b"\0" * 99,
    ],
)
def test_arrays(tmp_path, monkeypatch, content):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "depth.npy"
    path.write_bytes(content)
    with pytest.raises(ValueError, match="depth.npy: .{5,200}$") as error:
        files.read_npy(path)
    assert "\n" not in str(error.value)
    assert [x.name for x in tmp_path.iterdir()] == ["depth.npy"]


def test_arrays_that_are_right(tmp_path):
    for array in (np.eye(3), np.asfortranarray(np.ones((2, 3, 1), "uint8"))):
        np.save(tmp_path / "a.npy", array)
        found = files.read_npy(tmp_path / "a.npy")
        np.testing.assert_array_equal(found, array)
        found[0] = 7  # A copy of its own.


def test_matlab_files_that_unpack_to_too_much(tmp_path, monkeypatch):
    from scipy import io as matlab

    path = tmp_path / "depth.mat"
    matlab.savemat(path, {"depth": np.zeros((64, 64))}, do_compression=True)
    assert files.read_mat(path, "depth").shape == (64, 64)
    monkeypatch.setattr(matlab_check, "_MOST_BYTES", 10_000)
    with pytest.raises(ValueError, match="depth.mat: .*too large unpacked"):
        files.read_mat(path, "depth")
    # Cut off in the middle, and packed badly.
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(ValueError, match="depth.mat: not a readable"):
        files.read_mat(path, "depth")


def element(kind, content):
    padded = content + bytes(-len(content) % 8)
    return struct.pack("<II", kind, len(content)) + padded


def array(kind, shape, *inside, name=b""):
    shape = struct.pack(f"<{len(shape)}i", *shape)
    content = element(6, struct.pack("<II", kind, 0)) + element(5, shape)
    return element(14, content + element(1, name) + b"".join(inside))


NUMBER = array(6, (1, 1), element(9, bytes(8)))
CELL, STRUCT, OBJECT, CHAR, SPARSE, DOUBLE = 1, 2, 3, 4, 5, 6


def struct_of(shape, fields, *inside):
    names = element(1, b"".join(x.encode().ljust(8, b"\0") for x in fields))
    return STRUCT, shape, element(5, struct.pack("<i", 8)), names, *inside


def nested(depth):
    inside = NUMBER
    for _ in range(depth):
        inside = array(CELL, (1, 1), inside)
    return inside


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize(
    "what, words",
    [
        ((CELL, (10**9, 1)), "too large unpacked"),
        ((CELL, (10**6, 1), NUMBER), "cut off"),
        ((CELL, (10**6, 1), struct.pack("<II", 14, 0) * 10**6), "too large"),
        (struct_of((10**9, 1), []), "too large unpacked"),
        (struct_of((10**5, 1), "ab" * 999), "too large unpacked"),
        (struct_of((9, 1), "ab", NUMBER), "cut off"),
        ((CHAR, (10**9, 1), element(1, b"")), "too large unpacked"),
        ((DOUBLE, (-1, 5), element(9, bytes(8))), "shape \\(-1, 5\\)"),
        ((DOUBLE, (1 << 30, 1 << 30), element(9, bytes(8))), "not a readable"),
        ((CELL, (1, 1), nested(3000)), "over 32 arrays in one another"),
        ((OBJECT, (1, 1)), "no plain array"),
        ((17, (1, 1)), "no plain array"),
        ((SPARSE, (1 << 30, 1)), "no plain array"),
    ],
)
def test_matlab_files_that_say_they_are_large(tmp_path, what, words, packed):
    content = array(*what, name=b"depth")
    if packed:
        content = zlib.compress(content, 1)
        content = struct.pack("<II", 15, len(content)) + content
    head = b"MATLAB 5.0".ljust(124) + b"\0\1IM"
    path = tmp_path / "depth.mat"
    # What is not read may be as large.
    path.write_bytes(head + array(CELL, (10**9, 1), name=b"other") + content)
    with pytest.raises(ValueError, match=f"depth.mat: .*{words}") as error:
        files.read_mat(path, "depth")
    assert "\n" not in str(error.value) and len(str(error.value)) < 300


@pytest.mark.parametrize("pack", [False, True])
def test_matlab_files_that_are_right(tmp_path, pack):
    from scipy import io as matlab

    part = {"mask": np.eye(3, dtype="uint8"), "name": "head", "none": []}
    cells = np.empty((1, 2), object)
    cells[0] = part, [1.5, 2.5]
    values = {
        "cells": cells,
        "text": "a longer text",
        "complex": np.array([[1 + 2j, 3]]),
        "logical": np.array([[True, False]]),
        "map": np.arange(6, dtype="uint16").reshape(2, 3),
    }
    path = tmp_path / "a.mat"
    matlab.savemat(path, values, do_compression=pack)
    for key in values:
        found = files.read_mat(path, key)
        expected = matlab.loadmat(path)[key]
        assert str(found) == str(expected) and found.dtype == expected.dtype
    with pytest.raises(ValueError, match="a.mat: has no 'rgb', but .*'text'"):
        files.read_mat(path, "rgb")


def bomb(path):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("cityscapes/zeros", bytes(2**20))


def tar_bomb(path):
    data = io.BytesIO(bytes(2**20))
    entry = tarfile.TarInfo("cityscapes/zeros")
    entry.size = 2**20
    with tarfile.open(path, "w:gz") as file:
        file.addfile(entry, data)


def encrypted(path):
    bomb(path)
    content = bytearray(path.read_bytes())
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(signature) + offset] |= 1
    path.write_bytes(content)


def lying(path):
    """Says that it unpacks to 2 TB."""
    bomb(path)
    content = bytearray(path.read_bytes())
    place = content.index(b"PK\x01\x02") + 24
    content[place : place + 4] = b"\xfe\xff\xff\xff"
    path.write_bytes(content)


def cut_off(path):
    bomb(path)
    path.write_bytes(path.read_bytes()[:200])


def outside(path):
    with tarfile.open(path, "w") as file:
        file.addfile(tarfile.TarInfo("../../escaped"))


def device(path):
    entry = tarfile.TarInfo("cityscapes/device")
    entry.type = tarfile.CHRTYPE
    with tarfile.open(path, "w") as file:
        file.addfile(entry)


def long_name(path):
    """A name of 1 GB, which would be read before it is known for one."""
    entry = tarfile.TarInfo("a")
    entry.type, entry.size = tarfile.GNUTYPE_LONGNAME, 2**30
    path.write_bytes(entry.tobuf(tarfile.GNU_FORMAT))


def raw_tar(path, *members):
    """Headers by hand, each with what stands after it."""
    with gzip.open(path, "wb", compresslevel=1) as file:
        for kind, content, said in members:
            entry = tarfile.TarInfo("a")
            entry.type, entry.size = kind, said or len(content)
            file.write(entry.tobuf(tarfile.GNU_FORMAT))
            file.write(content + bytes(-len(content) % 512))
        file.write(bytes(1024))


def many_long_names(path):
    """Names of 1 MB before each of many files, which would all be kept."""
    name = (tarfile.GNUTYPE_LONGNAME, bytes(2**20 - 2048), 0)
    raw_tar(path, *[name, (tarfile.REGTYPE, b"", 0)] * 120)


def long_notes_in_parts(path):
    note = (tarfile.GNUTYPE_LONGNAME, b"a" * 2**18, 0)
    raw_tar(path, *[note] * 9, (tarfile.REGTYPE, b"", 0))


def notes_for_all(path):
    """Each of the files that follow would get a copy of them."""
    notes = b"".join(b"8 k%03d=\n" % i for i in range(500))
    raw_tar(path, (tarfile.XGLTYPE, notes, 0), (tarfile.REGTYPE, b"", 0))


def sparse_map(path):
    """Places of pieces of a file: a list of as many as one likes."""
    header = bytearray(tarfile.TarInfo("a").tobuf(tarfile.GNU_FORMAT))
    header[156:157] = tarfile.GNUTYPE_SPARSE
    header[482] = 1  # There are more of them.
    header[148:156] = b"%06o\0 " % (sum(header[:148]) + 256 + sum(header[156:]))
    more = b"0".rjust(12) * 42 + b"\1"
    path.write_bytes(bytes(header) + more.ljust(512, b"\0") * 4096)


def link(kind, target="photo.jpg"):
    def write(path):
        entry = tarfile.TarInfo("cityscapes/link")
        entry.type, entry.linkname = kind, target
        with tarfile.open(path, "w") as file:
            file.addfile(tarfile.TarInfo("cityscapes/photo.jpg"))
            file.addfile(entry)

    return write


def zipped_link(path):
    entry = zipfile.ZipInfo("cityscapes/link")
    entry.external_attr = 0o120777 << 16
    with zipfile.ZipFile(path, "w") as file:
        file.writestr(entry, "photo.jpg")


def deep(path):
    """Two steps of folders that Python can make, but not remove."""
    with tarfile.open(path, "w") as file:
        for depth in (900, 1800):
            entry = tarfile.TarInfo("a/" * depth)
            entry.type = tarfile.DIRTYPE
            file.addfile(entry)


def backwards(path):
    entry = tarfile.TarInfo("a")
    entry.pax_headers = {"size": "-512"}
    with tarfile.open(path, "w", format=tarfile.PAX_FORMAT) as file:
        file.addfile(entry)


def other(path):
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("holiday/photo.jpg", b"")


def good(path, make_dataset):
    folder, _ = make_dataset("cityscapes", "npy", 7)
    root = next(
        x for x in (folder, *folder.iterdir()) if (x / "train").is_dir()
    )
    shutil.make_archive(path.with_suffix(""), "zip", root)
    shutil.rmtree(root)


@pytest.mark.parametrize(
    "make, name, words",
    [
        (bomb, "cityscapes.zip", "too many for its size"),
        (tar_bomb, "cityscapes.tgz", "too many for its size"),
        (lying, "cityscapes.zip", "too many for its size"),
        (encrypted, "cityscapes.zip", "encrypted"),
        (cut_off, "cityscapes.zip", "can't be extracted"),
        (outside, "cityscapes.tar", "can't be extracted"),
        (device, "cityscapes.tar", "can't be extracted"),
        (link(tarfile.SYMTYPE), "cityscapes.tar", "link is a link"),
        (link(tarfile.LNKTYPE), "cityscapes.tar", "link is a link"),
        (link(tarfile.SYMTYPE, "/etc"), "cityscapes.tar", "link is a link"),
        (zipped_link, "cityscapes.zip", "link is a link"),
        (long_name, "cityscapes.tar", "bytes of names"),
        (many_long_names, "cityscapes.tgz", "too many for its size"),
        (long_notes_in_parts, "cityscapes.tgz", "bytes of names"),
        (notes_for_all, "cityscapes.tgz", "too many notes"),
        (sparse_map, "cityscapes.tar", "bytes of names"),
        (deep, "cityscapes.tar", "more than 32 folders deep"),
        (backwards, "cityscapes.tar", "can't be extracted"),
        (other, "cityscapes.zip", "holds no cityscapes"),
    ],
)
def test_archives(tmp_path, monkeypatch, make_dataset, make, name, words):
    monkeypatch.setattr(archives, "_ALWAYS_ALLOWED", 2**18)
    make(tmp_path / name)
    for _ in range(2):
        with pytest.raises(ValueError, match=words) as error:
            mtl_zoo.datasets.get_tasks("cityscapes")
            mtl_zoo.datasets.load_source("cityscapes", "train", tmp_path)
        assert name in str(error.value) and "\n" not in str(error.value)
    found = {x.name for x in tmp_path.rglob("*")}
    assert found <= {name, "extracted", "cache"}
    assert not (tmp_path.parent / "escaped").exists()


def test_a_zip_that_lists_too_much(tmp_path, monkeypatch):
    """Its list is not read, so that it takes no memory."""
    path = tmp_path / "many.zip"
    with zipfile.ZipFile(path, "w") as file:
        for i in range(9):
            file.writestr(f"{i}.txt", b"text")
    monkeypatch.setattr(archives, "_MOST_MEMBERS", 9)
    archives.extract([path], tmp_path / "whole")
    assert len(list((tmp_path / "whole").iterdir())) == 9
    monkeypatch.setattr(archives, "_MOST_MEMBERS", 8)
    monkeypatch.setattr(zipfile, "ZipInfo", None)
    with pytest.raises(ValueError, match="many.zip.*lists more than 8 files"):
        archives.extract([path], tmp_path / "none")
    monkeypatch.undo()
    # Long names are a long list, too.
    with path.open("wb") as file:
        file.truncate(2**30)  # Takes no room on the disk.
        file.seek(0, 2)
        file.write(struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 9, 9, 2**30, 0, 0))
    with pytest.raises(ValueError, match="lists more than 1,000,000 files"):
        archives.extract([path], tmp_path / "none")
    path.unlink()
    assert not (tmp_path / "none").exists()


def test_the_next_archive_is_taken(tmp_path, make_dataset, monkeypatch):
    folder = tmp_path / "data"
    folder.mkdir()
    archive = folder / "cityscapes.zip"
    other(archive)
    # What an earlier version left when it had extracted a wrong archive.
    (folder / "extracted" / "cityscapes" / "holiday").mkdir(parents=True)
    reader = mtl_zoo.datasets.loading.DATASETS["cityscapes"]
    with pytest.raises(ValueError, match="holds no cityscapes"):
        reader(folder)
    archive.unlink()
    good(archive, make_dataset)
    # Nothing can be written beside it.
    monkeypatch.setattr(
        files.tempfile, "TemporaryFile", lambda dir: open("/no/such/file")
    )
    assert "of_read_only" in str(reader(folder).folder)
    monkeypatch.undo()
    assert reader(folder).folder.is_relative_to(folder)


def test_pictures(tmp_path):
    path = tmp_path / "photo.png"

    def refused(words):
        with pytest.raises(ValueError, match=f"photo.png: .*{words}") as error:
            mtl_zoo.utils.read_image(path)
        assert "\n" not in str(error.value) and len(str(error.value)) < 300

    head = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    content = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head)
    path.write_bytes(content + chunk(b"IDAT", zlib.compress(bytes(9))))
    refused("too many")
    # A comment that unpacks to very much.
    small = struct.pack(">IIBBBBB", 4, 4, 8, 2, 0, 0, 0)
    packed = b"a\0\0" + zlib.compress(bytes(80 * 2**20))
    content = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", small)
    path.write_bytes(content + chunk(b"zTXt", packed))
    refused("not a picture")
    # A program that Pillow would hand to another one.
    path.write_bytes(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n")
    refused("not a picture")
    Image.new("RGB", (4, 4)).save(path)
    path.write_bytes(path.read_bytes()[:-30])
    refused("not a picture")
