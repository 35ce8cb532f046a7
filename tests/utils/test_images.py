"""Pictures of every kind come out as RGB."""

import io
import os
import struct
import warnings

import numpy as np
import pytest
from PIL import Image
from PIL import ImageCms
from PIL.PngImagePlugin import PngInfo

from mtl_zoo.utils import read_image
from mtl_zoo.utils.camera import read_field_of_view

pytestmark = pytest.mark.one_backend

RGB = np.array([[[255, 0, 0], [0, 255, 0], [0, 0, 255]]], "uint8")


def test_arrays_and_files_give_the_same(tmp_path):
    Image.fromarray(RGB).save(tmp_path / "a.png")
    for image in (
        RGB,
        RGB.astype("float32"),
        Image.fromarray(RGB),
        tmp_path / "a.png",
        str(tmp_path / "a.png"),
    ):
        np.testing.assert_array_equal(read_image(image), RGB)


def test_greyscale_becomes_three_channels():
    grey = np.array([[0, 128, 255]], "uint8")
    for image in (grey, grey[..., None], Image.fromarray(grey)):
        np.testing.assert_array_equal(
            read_image(image), np.repeat(grey[..., None], 3, -1)
        )


def test_16_bit_greyscale_is_scaled(tmp_path):
    Image.fromarray(np.array([[0, 32896, 65535]], "uint16")).save(
        tmp_path / "a.png"
    )
    np.testing.assert_array_equal(
        read_image(tmp_path / "a.png")[..., 0], [[0, 128, 255]]
    )


def test_transparency_is_laid_on_white():
    rgba = np.array([[[255, 0, 0, 255], [255, 0, 0, 0]]], "uint8")
    np.testing.assert_array_equal(
        read_image(rgba), [[[255, 0, 0], [255, 255, 255]]]
    )


def test_a_photo_is_turned_upright(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6  # The camera was turned by a quarter.
    Image.fromarray(RGB).save(tmp_path / "a.png", exif=exif)
    assert read_image(tmp_path / "a.png").shape == (3, 1, 3)


def as_mode(mode):
    """The picture in a mode of Pillow's, through those it can be made of."""
    image = Image.fromarray(RGB)
    way = {"La": "LA", "PA": "LA", "RGBa": "RGBA"}.get(mode)
    if mode == "LAB":
        profiles = map(ImageCms.createProfile, ("sRGB", "LAB"))
        return ImageCms.profileToProfile(image, *profiles, outputMode=mode)
    if mode.startswith("I;16"):
        grey = np.asarray(image.convert("L")).astype("uint16") * 257
        return Image.fromarray(grey)
    return (image.convert(way) if way else image).convert(mode)


@pytest.mark.parametrize("mode", "1 L LA La P PA I F I;16".split())
def test_pillow_modes_without_colour(mode):
    expected = np.asarray(as_mode("1" if mode == "1" else "L"))
    expected = np.repeat(255 * (expected > 0) if mode == "1" else expected, 1)
    if mode == "P":
        expected = RGB
    found = read_image(as_mode(mode))
    assert found.dtype == np.uint8 and found.shape == RGB.shape
    np.testing.assert_array_equal(
        found, np.reshape(expected, (1, 3, -1)) + 0 * RGB
    )


@pytest.mark.parametrize(
    "mode", "RGB RGBA RGBX RGBa CMYK YCbCr HSV LAB".split()
)
def test_pillow_modes_with_colour(mode):
    found = read_image(as_mode(mode)).astype(int)
    # LAB has 8 bits for more colours than RGB has.
    assert abs(found - RGB).max() <= (25 if mode == "LAB" else 1)


FLOATS = RGB / np.float32(255)


@pytest.mark.parametrize(
    "array",
    [
        FLOATS,
        FLOATS.astype("float16"),
        FLOATS.astype("float64") * 255,
        RGB.astype("int64"),
        RGB.astype("uint16") * 257,
        RGB.astype("int32") * 257,
        RGB.astype(">u2") * 257,
        RGB.astype(bool),
        np.dstack([FLOATS, np.ones((1, 3))]),
        FLOATS * 1.0005,
    ],
    ids=lambda array: f"{array.dtype.str} {array.max():g}",
)
def test_the_range_of_an_array_is_recognised(array):
    np.testing.assert_array_equal(read_image(array), RGB)


def test_channels_first_where_it_is_said():
    first = np.moveaxis(np.repeat(RGB, 5, 0), -1, 0)
    assert first.shape == (3, 5, 3)
    wide = np.repeat(first, 3, -1)
    np.testing.assert_array_equal(
        read_image(wide, data_format="channels_first"),
        np.moveaxis(wide, 0, -1),
    )
    with pytest.raises(ValueError, match="say data_format='channels_first'"):
        read_image(wide)
    with pytest.raises(ValueError, match="allowed are channels_last"):
        read_image(wide, data_format="NCHW")


def test_bytes_and_open_files(tmp_path):
    Image.fromarray(RGB).save(tmp_path / "a.png")
    content = (tmp_path / "a.png").read_bytes()
    for source in (content, bytearray(content), memoryview(content)):
        np.testing.assert_array_equal(read_image(source), RGB)
    np.testing.assert_array_equal(read_image(io.BytesIO(content)), RGB)
    with (tmp_path / "a.png").open("rb") as file:
        np.testing.assert_array_equal(read_image(file), RGB)


@pytest.mark.parametrize(
    "array", [FLOATS, FLOATS * 255], ids=["up to 1", "up to 255"]
)
def test_a_tiff_of_floats(tmp_path, array):
    Image.fromarray(array[..., 0]).save(tmp_path / "a.tiff")
    found = read_image(tmp_path / "a.tiff")
    np.testing.assert_array_equal(found[..., 0], RGB[..., 0])


@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_way_to_hold_a_camera(tmp_path, orientation):
    upright = np.arange(6, dtype="uint8").reshape(2, 3) * 40
    turns = {
        1: lambda x: x,
        2: lambda x: x[:, ::-1],
        3: lambda x: x[::-1, ::-1],
        4: lambda x: x[::-1],
        5: lambda x: x.T,
        6: lambda x: np.rot90(x, 1),
        7: lambda x: x[::-1, ::-1].T,
        8: lambda x: np.rot90(x, -1),
    }
    exif = Image.Exif()
    exif[0x0112] = orientation
    stored = Image.fromarray(np.ascontiguousarray(turns[orientation](upright)))
    stored.save(tmp_path / "a.png", exif=exif)
    np.testing.assert_array_equal(
        read_image(tmp_path / "a.png")[..., 0], upright
    )


def note(tag, kind, count, value):
    """An entry of Exif data; what its type says needs not be true."""
    return struct.pack("<HHI4s", tag, kind, count, value)


SIX = note(0x112, 3, 1, b"\x06\0\0\0")


@pytest.mark.parametrize("suffix", ["jpg", "png", "webp"])
@pytest.mark.parametrize(
    "entries, turned",
    [
        ([SIX], True),
        # Other entries of types that they can't have, or that lead nowhere.
        ([SIX, note(0x100, 2, 4, b"abcd")], True),
        ([SIX, note(0x10E, 2, 2**31, b"\x08\0\0\0")], True),
        ([SIX, note(0x10F, 7, 4, b"abcd")], True),
        ([SIX, note(0x11A, 2, 4, b"abcd")], True),
        ([SIX, note(0x11A, 5, 1, b"\xff\0\0\0")], True),
        ([SIX, note(0x14A, 99, 1, b"\x08\0\0\0")], True),
        ([SIX, note(0x8769, 2, 4, b"abcd")], True),
        ([SIX, note(0x8769, 3, 2, b"\x08\0\x08\0")], True),
        ([SIX, note(0x8769, 4, 1, b"\x08\0\0\0")], True),
        ([SIX, note(0x8769, 4, 1, b"\0\0\0\x80")], True),
        ([SIX, note(0x8825, 2, 4, b"abcd")], True),
        # The orientation itself.
        ([note(0x112, 2, 4, b"6\0\0\0")], False),
        ([note(0x112, 3, 1, b"\x09\0\0\0")], False),
        ([note(0x112, 3, 2, b"\x06\0\x06\0")], True),
        ([note(0x112, 5, 1, b"\x1a\0\0\0")], False),
        # What tells the camera.
        (
            [note(0x8769, 4, 1, b"\x08\0\0\0"), note(0xA405, 2, 4, b"abcd")],
            False,
        ),
    ],
)
def test_damaged_notes_beside_a_right_picture(
    tmp_path, suffix, entries, turned
):
    entries = struct.pack("<H", len(entries)) + b"".join(entries)
    exif = b"Exif\0\0II*\0\x08\0\0\0" + entries + bytes(12)
    path = tmp_path / f"a.{suffix}"
    Image.new("RGB", (3, 5), "white").save(path, exif=exif)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow's, of what it finds.
        assert read_image(path).shape == ((3, 5, 3) if turned else (5, 3, 3))
        assert read_field_of_view(path) is None


def test_an_orientation_of_very_many_digits(tmp_path):
    info = PngInfo()
    said = f'<x tiff:Orientation="{"9" * 5000}"/>'
    info.add_itxt("XML:com.adobe.xmp", said)
    Image.new("RGB", (3, 5)).save(tmp_path / "a.png", pnginfo=info)
    assert read_image(tmp_path / "a.png").shape == (5, 3, 3)


@pytest.mark.parametrize(
    "array",
    [
        np.zeros((2, 2, 5)),
        np.zeros(4),
        np.zeros((0, 4, 3)),
        np.zeros((2, 3, 4, 3)),
        np.full((2, 2, 3), 300.0),
        np.full((2, 2, 3), 2.0),  # Of 1 or of 255?
        np.full((2, 2, 3), -0.5),  # Normalised.
        np.full((2, 2, 3), 1),  # A mask, or all but black.
        np.full((2, 2), 255, "uint16"),
        np.full((2, 2), 1023, "uint16"),  # Of 10 bits.
        np.full((2, 2), 70000),
        np.full((2, 2, 3), np.nan),
        np.full((2, 2, 3), 1j),
        np.array([["a", "b"]]),
        "https://example.com/a.png",
        b"not a picture",
        b"",
    ],
)
def test_other_arrays_are_refused(array):
    with pytest.raises(ValueError) as error:
        read_image(array)
    message = str(error.value)
    assert len(message) < 300 and "\n" not in message
    assert message.startswith(
        ("An image array has", "https://example.com/a.png: an address", "The ")
    )


def test_what_is_no_file_is_refused_at_once(tmp_path):
    os.mkfifo(tmp_path / "pipe.png")
    for path, words in (
        (tmp_path, "a folder"),
        (tmp_path / "pipe.png", "not a file"),
        ("/dev/zero", "not a file"),
    ):
        with pytest.raises(ValueError, match=words):
            read_image(path)


def test_a_picture_of_too_many_pixels_is_not_unpacked(tmp_path):
    Image.new("1", (20000, 20000)).save(tmp_path / "huge.png")
    with pytest.raises(ValueError, match="huge.png: .*pixels"):
        read_image(tmp_path / "huge.png")


@pytest.mark.parametrize(
    "image, words",
    [
        (None, "received NoneType"),
        ({"image": 1}, "received dict"),
        ("", "'': no such file"),
        (b"", "they are none"),
        (b"some text", r"be read \(cannot identify image file\)"),
        ("file:///photo.jpg", "an address"),
    ],
)
def test_what_is_no_picture_is_said_in_words(image, words):
    with pytest.raises((ValueError, OSError), match=words) as error:
        read_image(image)
    assert "\n" not in str(error.value)


def test_a_path_from_home(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    Image.new("RGB", (3, 2), "red").save(tmp_path / "red.png")
    assert read_image("~/red.png").shape == (2, 3, 3)
