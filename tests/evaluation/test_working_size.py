"""Measuring at a photo's size what a network sees at its own."""

import numpy as np

import mtl_zoo


class Network:
    """Stands for a model: depth is what is red in the image."""

    tasks = [mtl_zoo.tasks.Depth()]

    def __init__(self):
        self.seen = []

    def size_for(self, size):
        return (8, 16)

    def predict_on_batch(self, images):
        self.seen.append(images.shape)
        return {"depth": images[..., :1].astype("float32")}


def test_seen_small_and_brought_back():
    network = Network()
    predict = mtl_zoo.evaluation.WorkingSizePredictor(network)
    image = np.zeros((1, 32, 64, 3), "uint8")
    image[:, :, 32:] = 200
    depth = predict(image)["depth"]
    assert network.seen == [(1, 8, 16, 3)]
    assert depth.shape == (1, 32, 64, 1) and depth.dtype == np.float32
    assert (depth[:, :, :24] < 1).all() and (depth[:, :, 40:] > 199).all()
    small = image[:, ::4, ::4]
    np.testing.assert_array_equal(predict(small)["depth"], small[..., :1])
