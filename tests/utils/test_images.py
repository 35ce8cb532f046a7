"""Pictures of every kind come out as RGB."""

import numpy as np
import pytest
from PIL import Image

from mtl_zoo.utils import read_image

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


@pytest.mark.parametrize(
    "array",
    [
        np.zeros((2, 2, 5)),
        np.zeros(4),
        np.zeros((0, 4, 3)),
        np.full((2, 2, 3), 300.0),
        np.full((2, 2, 3), np.nan),
    ],
)
def test_other_arrays_are_refused(array):
    with pytest.raises(ValueError, match="An image array has"):
        read_image(array)
