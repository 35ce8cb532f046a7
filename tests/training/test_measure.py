"""Measuring a model on images of differing sizes."""

import types

import numpy as np
from PIL import Image

import mtl_zoo
from training import measure


class Flat:
    """Stands for a model: says 2 m everywhere, at the size of the image."""

    tasks = [mtl_zoo.tasks.Depth()]
    working_size = field_of_view = None

    def predict_on_batch(self, images):
        return {"depth": np.full((*images.shape[:3], 1), 2.0, "float32")}


def test_depth_is_in_metres_at_any_size(tiny_model):
    model = tiny_model("hard_sharing", ["depth", "semseg:5"])
    model.set_camera((64, 96), field_of_view=60)
    image = np.random.default_rng(0).integers(0, 256, (32, 48, 3), "uint8")
    predict = measure.corrected(model, model.predict_on_batch, (32, 48))
    found = predict(image[None])
    expected = model.predict_image(image, image_size=(32, 48))
    for task in model.tasks:
        decoded = np.asarray(task.decode(found[task.name]))[0]
        np.testing.assert_allclose(
            decoded, expected[task.name], rtol=1e-4, atol=1e-5
        )


def test_images_one_by_one_at_their_own_size():
    samples = [
        {
            "image": np.zeros((*size, 3), "uint8"),
            "depth": np.full((*size, 1), depth, "float32"),
        }
        for size, depth in (((8, 12), 2.0), ((20, 6), 4.0))
    ]
    data = measure.OneByOne(samples)
    assert [images.shape for images, _ in data] == [
        (1, 8, 12, 3),
        (1, 20, 6, 3),
    ]
    result = measure.evaluate(Flat(), data)["depth"]
    # Every pixel counts the same, those of the larger image are more.
    assert np.isclose(result["abs_err"], 2.0 * 120 / 216)
    assert np.isclose(result["scaled_rel_err"], 0.0, atol=1e-6)


def test_the_first_images_of_a_split(tmp_path):
    for part in ("image", "depth"):
        (tmp_path / "test" / part).mkdir(parents=True)
    for name, metres in (("a", 2.0), ("b", 4.0)):
        Image.new("RGB", (12, 8)).save(tmp_path / f"test/image/{name}.png")
        depth = np.full((8, 12), metres, "float32")
        np.save(tmp_path / f"test/depth/{name}.npy", depth)
    config = types.SimpleNamespace(
        dataset="folder",
        data_dir=tmp_path,
        split="test",
        protocol="survey",
        image_size=["8", "12"],
        batch_size=1,
    )
    errors = [
        measure.report(config, Flat(), num_examples=count)["metrics"]["depth"]
        for count in (1, None)
    ]
    assert np.isclose(errors[0]["abs_err"], 0.0, atol=1e-6)
    assert np.isclose(errors[1]["abs_err"], 1.0)
