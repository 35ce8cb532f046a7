"""Pictures given to the library as photographs."""

import io
import os
import struct
import zlib

import numpy as np
from PIL import Image

from mtl_zoo.utils import read_image
from tests.drills.case import Case
from tests.png import chunk

_KINDS = "PNG JPEG GIF TIFF BMP WEBP PPM TGA ICO".split()


def _pixels():
    rng = np.random.default_rng(0)
    return rng.integers(0, 256, (12, 17, 3)).astype("uint8")


def _picture(kind, **options):
    file = io.BytesIO()
    Image.fromarray(_pixels()).save(file, kind, **options)
    return file.getvalue()


def _case(name, write, good=False):
    def make(folder):
        path = folder / "photo.png"
        (folder / "bait").write_text("secret")
        if isinstance(write, bytes):
            path.write_bytes(write)
        else:
            write(path)

        def hand_over():
            found = read_image(path)
            assert found.dtype == np.uint8 and found.shape[2:] == (3,)

        return hand_over

    return Case(name, make, "photo.png", good)


def _png(width, height, data=b"", bits=8, color=2, more=b""):
    """A PNG file by hand, with any header."""
    header = struct.pack(">IIBBBBB", width, height, bits, color, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + more
        + chunk(b"IDAT", zlib.compress(data, 9))
        + chunk(b"IEND", b"")
    )


def _noise(kind, seed):
    data = bytearray(_picture(kind))
    rng = np.random.default_rng(seed)
    for place in rng.integers(0, len(data), 1 + 3 * seed):
        data[place] = rng.integers(256)
    return bytes(data)


_SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><image href="bait"/></svg>'
_XXE = b'<!DOCTYPE a [<!ENTITY b SYSTEM "bait">]><svg>&b;</svg>'
_EPS = (
    b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n%%EndComments\n"
    b"(bait) (r) file 99 string readstring\n%%EOF\n"
)

_HOSTILE = {
    "empty": b"",
    "a byte": b"\x89",
    "text": b"<html>not found</html>" * 99,
    "zeros": b"\0" * 10_000,
    "SVG": _SVG,
    "SVG with an entity": _XXE,
    "PostScript": _EPS,
    "PDF": b"%PDF-1.4\n" + b"0" * 999,
    "a zip": b"PK\x03\x04" + b"\0" * 999,
    "50,000 × 50,000": _png(50_000, 50_000, b"\0" * 100_000),
    "2^31 × 2^31": _png(2**31 - 1, 2**31 - 1),
    "10^9 × 1": _png(10**9, 1),
    "0 × 0": _png(0, 0),
    "0 × 5": _png(0, 5),
    "no pixels": _png(9, 9),
    "3 bits": _png(9, 9, bits=3),
    "color 9": _png(9, 9, color=9),
    "a profile that unpacks": _png(
        9,
        9,
        b"\0" * 252,
        more=chunk(b"iCCP", b"a\0\0" + zlib.compress(b"\0" * 200_000_000, 9)),
    ),
    "text that unpacks": _png(
        9,
        9,
        b"\0" * 252,
        more=chunk(b"zTXt", b"a\0\0" + zlib.compress(b"\0" * 200_000_000, 9)),
    ),
    "a chunk of 2 GB": b"\x89PNG\r\n\x1a\n"
    + struct.pack(">I", 2**31)
    + b"IHDR",
    "GIF of 65,535 × 65,535": b"GIF89a\xff\xff\xff\xff\0\0\0;",
    "BMP of 10^9": b"BM"
    + struct.pack("<IHHIIiiHH", 99, 0, 0, 54, 40, 10**9, 10**9, 1, 24)
    + b"\0" * 99,
    "BMP of negative size": b"BM"
    + struct.pack("<IHHIIiiHH", 99, 0, 0, 54, 40, -9, -(2**31), 1, 24)
    + b"\0" * 99,
    "PPM of 10^9": b"P6 1000000000 1000000000 255\n",
    "PPM of letters": b"P3 a b 255\n",
    "PPM of NaN": b"PF 9 9 nan\n" + b"\0" * 999,
    "TIFF in a circle": b"II*\0\x08\0\0\0\0\0\x08\0\0\0",
    "TIFF of nothing": b"II*\0\xff\xff\xff\xff",
    "EXR": b"v/1\x01" + b"\0" * 99,
    "a pipe": lambda path: os.mkfifo(path),
    "a folder": lambda path: path.mkdir(),
    "/dev/zero": lambda path: path.symlink_to("/dev/zero"),
    "a link to itself": lambda path: path.symlink_to("photo.png"),
    "nothing there": lambda path: None,
    "10 GB of nothing": lambda path: _sparse(path),
}


def _sparse(path):
    with path.open("wb") as file:
        file.truncate(10 * 2**30)


def _exif(orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    return _picture("JPEG", exif=exif)


def cases():
    """All of this kind."""
    for name, write in _HOSTILE.items():
        good = None if "unpacks" in name or "letters" in name else False
        yield _case(name, write, good)
    for kind in _KINDS:
        yield _case(f"{kind} as saved", _picture(kind), True)
        data = _picture(kind)
        for part in (0.05, 0.3, 0.7):
            yield _case(
                f"{part:.0%} of {kind}", data[: int(len(data) * part)], None
            )
        for seed in range(6):
            yield _case(f"{kind}, noise {seed}", _noise(kind, seed), None)
    for orientation in (0, 1, 8, 9, 65535):
        yield _case(f"turned by {orientation}", _exif(orientation), True)
    yield _case(
        "Exif of nothing",
        _picture("JPEG", exif=b"Exif\0\0" + b"\xff" * 99),
        None,
    )
    yield _case("Exif cut", _picture("JPEG", exif=b"Exif\0\0II*\0"), None)
