"""Archives of data sets that unpack to too much, elsewhere, or not at all."""

import gzip
import io
import struct
import tarfile
import zipfile

from mtl_zoo.datasets import archives
from tests.drills import spoil
from tests.drills.case import Case

_BIG = 3 * 2**30


def _case(name, make_archive, suffix, good=False):
    def make(folder):
        path = folder / f"data{suffix}"
        (folder / "bait").write_text("secret")
        make_archive(path)

        def hand_over():
            archives.extract([path], folder / "extracted")
            found = list((folder / "extracted").rglob("*"))
            assert all(x.is_file() or x.is_dir() for x in found)
            assert all(x.stat().st_size < 2**20 for x in found)

        return hand_over

    return Case(
        f"{name} ({suffix})", make, rf"data\{suffix}", good, "extracted"
    )


def _zip(*members, packing=zipfile.ZIP_DEFLATED):
    return spoil.zipped(members, packing)


def _changed(signature, offset, value):
    """A zip some bytes of which, after a signature, are others."""

    def write(path):
        _zip(("a/x.txt", b"text" * 1000))(path)
        data = bytearray(path.read_bytes())
        place = data.rindex(signature) + offset
        data[place : place + len(value)] = value
        path.write_bytes(data)

    return write


def _link(path):
    entry = zipfile.ZipInfo("a/link")
    entry.external_attr = 0o120777 << 16
    _zip((entry, "../../bait"))(path)


class _Zeros(io.RawIOBase):
    """So many bytes of nothing, which are never in memory at once."""

    def __init__(self, size):
        self.left = size

    def readable(self):
        return True

    def readinto(self, buffer):
        count = min(len(buffer), self.left)
        buffer[:count] = bytes(count)
        self.left -= count
        return count


def _entry(name="a/x", kind=tarfile.REGTYPE, size=0, link=""):
    entry = tarfile.TarInfo(name)
    entry.type, entry.size, entry.linkname = kind, size, link
    return entry


def _tar(*entries, mode="w"):
    def write(path):
        with tarfile.open(path, mode) as archive:
            for entry in entries:
                size = entry.size if entry.isreg() else 0
                archive.addfile(entry, io.BufferedReader(_Zeros(size)))

    return write


def _raw_tar(kind, size, given):
    """A header by hand, before bytes that it says there are more of."""

    def write(path):
        header = _entry("a", kind, size).tobuf(tarfile.GNU_FORMAT)
        # What is packed in parts is read as one.
        zeros = gzip.compress(bytes(2**26))
        path.write_bytes(gzip.compress(header) + zeros * (given // 2**26))

    return write


def _backwards(path):
    """Each member after the last would be it again."""
    entry = _entry()
    entry.pax_headers = {"size": "-1024"}
    with tarfile.open(path, "w", format=tarfile.PAX_FORMAT) as archive:
        archive.addfile(entry)


def _deep(path):
    """So deep that what is there can't be removed by recursion."""
    steps = [_entry("a/" * n, tarfile.DIRTYPE) for n in (900, 1800)]
    _tar(*steps)(path)


def _text(content):
    return lambda path: path.write_bytes(content)


_GOOD_ZIP = _zip(("a/x.txt", b"text"), ("b.txt", b""))
_GOOD_TAR = _tar(_entry("a/x.txt", size=9), _entry("b", tarfile.DIRTYPE))
_ZIPS = {
    "zeros": _zip(("a", bytes(2**30))),
    "zeros by LZMA": _zip(("a", bytes(2**28)), packing=zipfile.ZIP_LZMA),
    "zeros by bzip2": _zip(("a", bytes(2**28)), packing=zipfile.ZIP_BZIP2),
    "an encrypted file": _changed(b"PK\x01\x02", 8, b"\x01"),
    "an unknown method": _changed(b"PK\x01\x02", 10, b"\x63"),
    "a wrong checksum": _changed(b"PK\x01\x02", 16, b"\0\0\0\0"),
    "says it is 4 GB": _changed(b"PK\x01\x02", 24, b"\xfe\xff\xff\xff"),
    "says it is smaller": _changed(b"PK\x01\x02", 24, b"\x03\0\0\0"),
    "a place far away": _changed(b"PK\x01\x02", 42, b"\xff\xff\xff\x7f"),
    "65,535 members": _changed(b"PK\x05\x06", 8, b"\xff\xff\xff\xff"),
    "a directory elsewhere": _changed(b"PK\x05\x06", 16, b"\xff\xff\xff\x7f"),
    "a file as a folder": _zip(("a", b"x"), ("a/b", b"x")),
    "a long name": _zip(("a" * 5000, b"x")),
    "very deep": _zip(("a/" * 900 + "b", b""), ("a/" * 1800 + "b", b"")),
    "nothing": _text(b""),
    "text": _text(b"<html>log in</html>"),
    "a signature": _text(b"PK\x03\x04" + b"\0" * 100),
    "zeros alone": _text(bytes(10_000)),
    "a tar": _tar(_entry()),
    **{f"{x:.0%} of it": spoil.cut(_GOOD_ZIP, x) for x in (0.1, 0.5, 0.9)},
}
# Names that lead elsewhere are brought back within, as by other programs.
_ZIPS_WITHIN = {
    "a name that leaves": _zip(("../../hook", b"x")),
    "a name from the root": _zip(("/tmp/x/hook", b"x")),
    "a drive's name": _zip(("C:\\hook", b"x"), ("a\\..\\..\\hook", b"x")),
    "escapes": _zip(("\x1b[2J", b"x")),
    "a link": _link,
    "the same twice": _zip(("a", b"x"), ("a", b"y")),
    "nothing in it": _zip(),
}
_TARS = {
    "zeros": (_tar(_entry(size=2**30), mode="w:gz"), ".tgz"),
    "zeros by xz": (_tar(_entry(size=2**30), mode="w:xz"), ".tar.xz"),
    "zeros by bzip2": (_tar(_entry(size=2**28), mode="w:bz2"), ".tar.bz2"),
    "a name of 3 GB": (_raw_tar(tarfile.GNUTYPE_LONGNAME, _BIG, _BIG), ".tgz"),
    "a link's name of 3 GB": (
        _raw_tar(tarfile.GNUTYPE_LONGLINK, _BIG, _BIG),
        ".tgz",
    ),
    "notes of 3 GB": (_raw_tar(tarfile.XHDTYPE, _BIG, _BIG), ".tgz"),
    "notes of all of 3 GB": (_raw_tar(tarfile.XGLTYPE, _BIG, _BIG), ".tgz"),
    "a sparse file": (_raw_tar(tarfile.GNUTYPE_SPARSE, 2**40, 0), ".tgz"),
    "a name that leaves": (_tar(_entry("../../bait")), ".tar"),
    "a link that leaves": (
        _tar(_entry("a", tarfile.SYMTYPE, link="../../bait")),
        ".tar",
    ),
    "a link to the root": (
        _tar(_entry("a", tarfile.SYMTYPE, link="/etc")),
        ".tar",
    ),
    "through a link": (
        _tar(_entry("a", tarfile.SYMTYPE, link=".."), _entry("a/b/../bait")),
        ".tar",
    ),
    "a hard link out": (
        _tar(_entry("a", tarfile.LNKTYPE, link="../bait")),
        ".tar",
    ),
    "a device": (_tar(_entry("a", tarfile.CHRTYPE)), ".tar"),
    "a pipe": (_tar(_entry("a", tarfile.FIFOTYPE)), ".tar"),
    "very deep": (_deep, ".tar"),
    "nothing": (_text(b""), ".tar"),
    "text": (_text(b"<html>log in</html>" * 99), ".tgz"),
    "a gzip of nothing": (_text(b"\x1f\x8b\x08\0" + bytes(20)), ".tgz"),
    "a zip": (_GOOD_ZIP, ".tar"),
    "a negative size": (
        _text(b"a".ljust(124, b"\0") + b"\xff" * 12 + bytes(512 - 136)),
        ".tar",
    ),
    "a size by notes": (_backwards, ".tar"),
    "cut": (spoil.cut(_GOOD_TAR, 0.04), ".tar"),
}


def _split(path):
    """A zip whose end says that it has more disks."""
    _GOOD_ZIP(path)
    data = bytearray(path.read_bytes())
    place = data.rindex(b"PK\x05\x06") + 4
    data[place : place + 4] = struct.pack("<HH", 3, 3)
    path.write_bytes(data)


def _crowded(path):
    """A zip of 53 MB that lists more files than any data set has."""
    entry = struct.pack("<4s6H3L5H2L", b"PK\1\2", *[0] * 9, 1, *[0] * 6)
    with path.open("wb") as file:
        for _ in range(110):
            file.write((entry + b"a") * 10_000)
        size = file.tell()
        file.write(struct.pack("<4s4H2LH", b"PK\5\6", *[0] * 4, size, 0, 0))


def cases():
    """All of this kind."""
    for name, write in _ZIPS.items():
        # Python counts the members by itself.
        good = None if name == "65,535 members" else False
        yield _case(name, write, ".zip", good)
    for name, write in _ZIPS_WITHIN.items():
        yield _case(name, write, ".zip", None)
    yield _case("1,100,000 files", _crowded, ".zip")
    yield _case("of more disks", _split, ".zip", None)
    for name, (write, suffix) in _TARS.items():
        yield _case(name, write, suffix)
    yield _case("as it should be", _GOOD_ZIP, ".zip", True)
    yield _case("as it should be", _GOOD_TAR, ".tar", True)
    for seed in range(20):
        yield _case(f"noise {seed}", spoil.noisy(_GOOD_ZIP, seed), ".zip", None)
        yield _case(f"noise {seed}", spoil.noisy(_GOOD_TAR, seed), ".tar", None)
