"""A network of one layer per part, for what every training step needs."""

import keras
import numpy as np
import pytest

import mtl_zoo


@pytest.fixture
def mini_model():
    """Makes a model of an encoder of one convolution and a head per task."""

    def make(
        tasks=("semseg:3", "depth", "edge"),
        features=4,
        activation="relu",
        regularizer=None,
    ):
        tasks = mtl_zoo.tasks.get_all(list(tasks))
        inputs = keras.Input((None, None, 3))
        encoder = keras.Model(
            inputs,
            keras.layers.Conv2D(
                features,
                1,
                use_bias=False,
                activation=activation,
                kernel_regularizer=regularizer,
                name="convolution",
            )(inputs),
            name="encoder",
        )
        image = keras.Input((None, None, 3), name="image")
        x = encoder(image)
        predictions = {
            task.name: keras.layers.Conv2D(
                task.channels, 1, dtype="float32", name=f"head_{task.name}"
            )(x)
            for task in tasks
        }
        return mtl_zoo.models.MultiTaskModel(image, predictions, encoder, tasks)

    return make


@pytest.fixture
def mini_batch():
    """Images from 0 to 1 and labels that follow from them."""
    rng = np.random.default_rng(0)
    images = rng.random((4, 8, 8, 3)).astype("float32")
    labels = {
        "semseg": images.argmax(-1).astype("int32"),
        "depth": 1 + images[..., :1] + images[..., 1:2],
        "edge": (images[..., 2:] > 0.5).astype("float32"),
    }
    return images, labels
