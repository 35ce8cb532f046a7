"""Our Adam is Keras's Adam."""

import keras
import numpy as np

from training.optimizers import Adam


def train(optimizer_class):
    keras.utils.set_random_seed(0)
    model = keras.Sequential(
        [
            keras.Input((4,)),
            keras.layers.Dense(5, "relu"),
            keras.layers.Dense(1),
        ]
    )
    schedule = keras.optimizers.schedules.PolynomialDecay(1e-2, 50)
    model.compile(optimizer_class(schedule), "mse")
    x = np.random.default_rng(0).normal(size=(64, 4))
    model.fit(x, x.sum(1), epochs=5, verbose=0)
    return model


def test_adam_gives_the_weights_of_keras():
    ours, keras_own = train(Adam), train(keras.optimizers.Adam)
    for a, b in zip(ours.get_weights(), keras_own.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, atol=1e-5)
    for a, b in zip(
        ours.optimizer.variables, keras_own.optimizer.variables, strict=True
    ):
        np.testing.assert_allclose(
            keras.ops.convert_to_numpy(a),
            keras.ops.convert_to_numpy(b),
            atol=1e-5,
        )
