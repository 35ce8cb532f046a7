"""A photograph is seen at the working size, whatever its own size is."""

import numpy as np
import pytest
from PIL import Image

import mtl_zoo

TASKS = ["semseg:5", "depth", "normals", "edge"]


@pytest.fixture
def model(tiny_encoder):
    model = mtl_zoo.models.HardSharing(tiny_encoder(), TASKS)
    model.set_camera((48, 64), field_of_view=60)
    return model


def photo(height, width, seed=0):
    rng = np.random.default_rng(seed)
    small = Image.fromarray(rng.integers(0, 255, (6, 8, 3), "uint8"))
    return np.asarray(small.resize((width, height), Image.Resampling.BICUBIC))


@pytest.mark.parametrize(
    "size, seen",
    [
        ((300, 400), (48, 64)),
        ((3000, 4000), (48, 64)),
        ((400, 300), (64, 48)),
        ((200, 300), (48, 64)),
        ((90, 160), (40, 72)),
        ((1, 1), (56, 56)),
        ((1, 300), (32, 960)),
    ],
)
def test_the_size_at_which_a_picture_is_seen(model, size, seen):
    assert model.size_for(size) == seen
    assert model.size_for(size, "native") == size
    assert model.size_for(size, (10, 20)) == (10, 20)


@pytest.mark.parametrize("size", [0, "small", (0, 4), (1.5, 4), (1, 2, 3)])
def test_what_is_no_size_is_refused(model, size):
    with pytest.raises(ValueError, match="image_size is a pair"):
        model.size_for((4, 4), size)


def test_maps_of_the_same_photo_agree_at_every_size(model, monkeypatch):
    shapes = []
    predict = type(model).predict

    def record(self, x, **kwargs):
        shapes.append(x.shape[1:3])
        return predict(self, x, **kwargs)

    monkeypatch.setattr(type(model), "predict", record)
    small = model.predict_image(photo(300, 400))
    large = model.predict_image(photo(1200, 1600))
    assert shapes == [(48, 64), (48, 64)]
    assert large["semseg"].shape == (1200, 1600)
    assert large["normals"].shape == (1200, 1600, 3)
    agreed = large["semseg"][2::4, 2::4] == small["semseg"]
    assert agreed.mean() > 0.97
    deviation = abs(large["depth"][2::4, 2::4] - small["depth"])
    assert deviation.mean() < 0.03 * small["depth"].std() + 1e-3


def test_a_photo_turned_by_exif_is_seen_upright(model, tmp_path):
    upright = photo(80, 60)
    exif = Image.Exif()
    exif[0x0112] = 6  # To be turned clockwise by 90°.
    stored = Image.fromarray(np.rot90(upright).copy())
    stored.save(tmp_path / "turned.png", exif=exif)
    turned = model.predict_image(tmp_path / "turned.png")
    straight = model.predict_image(upright)
    assert turned.size == (80, 60)
    for name in turned:
        np.testing.assert_array_equal(turned[name], straight[name])


def test_metres_follow_the_field_of_view(model):
    image = photo(96, 128)
    assumed = model.predict_image(image)
    assert assumed.field_of_view == pytest.approx(60)
    assert assumed.field_of_view_source == "assumed"
    wide = model.predict_image(image, field_of_view=90)
    assert wide.field_of_view_source == "given"
    # Seen with 90° things look farther by tan(45°) / tan(30°) than with 60°,
    # so that they are that much nearer than they look.
    factor = np.tan(np.radians(30)) / np.tan(np.radians(45))
    np.testing.assert_allclose(
        wide["depth"], assumed["depth"] * factor, rtol=1e-5
    )
    np.testing.assert_array_equal(wide["normals"], assumed["normals"])


def test_a_camera_is_saved_and_loaded(model, tmp_path):
    model.save_to_preset(tmp_path / "preset")
    again = mtl_zoo.models.HardSharing.from_preset(tmp_path / "preset")
    assert again.working_size == (48, 64)
    assert again.field_of_view == 60


def test_without_a_camera_distances_are_left_alone(tiny_encoder):
    model = mtl_zoo.models.HardSharing(tiny_encoder(), TASKS)
    scene = model.predict_image(photo(48, 64))
    assert scene.working_size == (48, 64)  # The picture's own.
    assert scene.field_of_view is scene.field_of_view_source is None
    with pytest.raises(ValueError, match="not trained for a known"):
        model.predict_image(photo(48, 64), field_of_view=60)


def test_training_says_the_working_size(tiny_encoder):
    model = mtl_zoo.models.HardSharing(tiny_encoder(), ["depth"])
    model.compile("sgd")
    x = np.zeros((2, 32, 64, 3), "uint8")
    model.fit(x, {"depth": np.ones((2, 32, 64, 1), "float32")}, verbose=0)
    assert model.working_size == (32, 64)
