"""Measuring a model on images of differing sizes."""

import numpy as np

import mtl_zoo
from training import measure


class Flat:
    """Stands for a model: says 2 m everywhere, at the size of the image."""

    tasks = [mtl_zoo.tasks.Depth()]

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
