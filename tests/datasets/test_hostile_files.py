"""Archives and files that want more than they are worth: one line, no harm."""

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
from mtl_zoo.datasets import files
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
    monkeypatch.setattr(files, "_MOST_MAT", 10_000)
    with pytest.raises(ValueError, match="depth.mat: .*too large unpacked"):
        files.read_mat(path, "depth")
    # Cut off in the middle, and packed badly.
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(ValueError, match="depth.mat: not a readable"):
        files.read_mat(path, "depth")


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
        (long_name, "cityscapes.tar", "bytes of names"),
        (deep, "cityscapes.tar", "more than 32 folders deep"),
        (backwards, "cityscapes.tar", "can't be extracted"),
        (other, "cityscapes.zip", "holds no cityscapes"),
    ],
)
def test_archives(tmp_path, monkeypatch, make_dataset, make, name, words):
    monkeypatch.setattr(files, "_ALWAYS_ALLOWED", 2**18)
    make(tmp_path / name)
    for _ in range(2):
        with pytest.raises(ValueError, match=words) as error:
            mtl_zoo.datasets.get_tasks("cityscapes")
            mtl_zoo.datasets.load_source("cityscapes", "train", tmp_path)
        assert name in str(error.value) and "\n" not in str(error.value)
    found = {x.name for x in tmp_path.rglob("*")}
    assert found <= {name, "extracted", "cache"}
    assert not (tmp_path.parent / "escaped").exists()


def test_the_next_archive_is_taken(tmp_path, make_dataset, monkeypatch):
    folder = tmp_path / "data"
    folder.mkdir()
    archive = folder / "cityscapes.zip"
    other(archive)
    # What an earlier version left when it had extracted a wrong archive.
    (folder / "extracted" / "cityscapes" / "holiday").mkdir(parents=True)
    reader = mtl_zoo.datasets.loading.READERS["cityscapes"]
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
