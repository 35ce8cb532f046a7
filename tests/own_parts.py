"""Parts of a user's own, as `--import` finds them; see test_register.py."""

import keras
import numpy as np

import mtl_zoo


@mtl_zoo.register.layer
class OwnScale(keras.layers.Layer):
    def build(self, input_shape):
        self.scale = self.add_weight(
            shape=(input_shape[-1],), initializer="ones", name="scale"
        )

    def call(self, x):
        return x * keras.ops.cast(self.scale, x.dtype)


@mtl_zoo.register.encoder("own_encoder")
def own_encoder(dtype=None):
    image = keras.Input((None, None, 3))
    x, pyramid = image, {}
    for i in range(5):
        x = keras.layers.Conv2D(
            4, 3, 2, padding="same", activation="relu", dtype=dtype
        )(x)
        pyramid[f"P{i + 1}"] = x
    del pyramid["P1"]
    pyramid["P2"] = OwnScale(dtype=dtype)(pyramid["P2"])
    encoder = keras.Model(image, pyramid, name="own_encoder")
    encoder.normalization = "unit"
    return encoder


@mtl_zoo.register.model("own_model")
class OwnModel(mtl_zoo.models.HardSharing):
    """Hard sharing by another name."""


@mtl_zoo.register.task("own_task")
class OwnTask(mtl_zoo.tasks.Depth):
    """Depth by another name."""

    def __init__(self, name="own_task", **kwargs):
        super().__init__(name=name, **kwargs)


@mtl_zoo.register.dataset("own_data")
class OwnData(mtl_zoo.datasets.Reader):
    """Grey pictures; how bright one is says how far away everything is."""

    counts = {"train": 4, "validation": 2, "test": 2}
    recipe = "rooms"

    @classmethod
    def tasks(cls, num_classes=None):
        return [mtl_zoo.tasks.Depth()]

    @classmethod
    def is_root(cls, folder):
        return True

    def list_ids(self, split):
        return [str(i) for i in range(self.counts[split])]

    def read(self, split, image_id, key):
        if key == "image":
            return np.full((32, 48, 3), 60 * int(image_id), "uint8")
        return np.full((32, 48, 1), 1 + int(image_id), "float32")


@mtl_zoo.register.balancing("own_balancing")
class OwnBalancing(mtl_zoo.balancing.Equal):
    """All losses alike, by another name."""


mtl_zoo.register.recipe(
    "own_recipe",
    {
        "model": "own_model",
        "encoder": "own_encoder",
        "dataset": "own_data",
        "balancing": "own_balancing",
        "batch_size": 2,
        "epochs": 1,
    },
)
