"""Fields of view, and what Exif data says of them."""

import numpy as np
import pytest
from PIL import Image

from mtl_zoo.utils import camera

pytestmark = pytest.mark.one_backend


def test_angles_and_focal_lengths():
    assert camera.focal_length(90, 256) == pytest.approx(128)
    assert camera.field_of_view(128, 256) == pytest.approx(90)
    # As data sets hold it.
    assert camera.focal_length(np.array(90, "float32"), 256) == (
        pytest.approx(128)
    )
    with pytest.raises(ValueError, match="1 to 170.*'60'"):
        camera.focal_length("60", 256)
    with pytest.raises(ValueError, match="1 to 170.*0"):
        camera.focal_length(0, 256)


def write(path, length, orientation=1, size=(400, 300)):
    image = Image.fromarray(np.zeros((size[1], size[0], 3), "uint8"))
    exif = image.getexif()
    exif[0x0112] = orientation
    exif.get_ifd(0x8769)[0xA405] = length
    image.save(path, exif=exif)
    return path


@pytest.mark.parametrize(
    "orientation, expected",
    # 26 mm: half the diagonal of 500 pixels is at 43.27 / 2 / 26.
    [(1, 67.30), (3, 67.30), (6, 53.06), (8, 53.06)],
)
def test_exif_tells_the_field_of_view(tmp_path, orientation, expected):
    path = write(tmp_path / "photo.jpg", 26, orientation)
    assert camera.read_field_of_view(path) == pytest.approx(expected, abs=0.01)
    with Image.open(path) as image:
        found = camera.read_field_of_view(image)
    assert found == pytest.approx(expected, abs=0.01)


@pytest.mark.parametrize("suffix", ["jpg", "png", "webp"])
def test_however_a_photo_is_given(tmp_path, monkeypatch, suffix):
    path = write(tmp_path / f"photo.{suffix}", 26)
    monkeypatch.setenv("HOME", str(tmp_path))
    with path.open("rb") as file:
        for given in (f"~/{path.name}", path.read_bytes(), file):
            found = camera.read_field_of_view(given)
            assert found == pytest.approx(67.30, abs=0.01)


def test_what_is_not_known_is_none(tmp_path):
    assert camera.read_field_of_view(np.zeros((4, 4, 3))) is None
    assert camera.read_field_of_view(write(tmp_path / "0.jpg", 0)) is None
    thin = write(tmp_path / "1.jpg", 26, size=(1, 9000))
    assert camera.read_field_of_view(thin) is None
