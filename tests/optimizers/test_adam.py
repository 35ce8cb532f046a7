"""Our Adam is Keras's Adam."""

import keras
import numpy as np
import pytest

from mtl_zoo.optimizers import Adam


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


def test_a_model_takes_it_by_name(mini_model):
    model = mini_model()
    model.compile("adam")
    assert isinstance(model.optimizer, Adam)
    own = keras.optimizers.Adam(1e-4)
    model.compile(own)
    assert model.optimizer is own


@pytest.mark.skipif(
    keras.backend.backend() != "tensorflow", reason="TensorFlow's operations"
)
def test_a_variable_takes_one_operation():
    import tensorflow as tf

    variables = [keras.Variable(np.ones((2, 2), "float32")) for _ in range(9)]
    optimizer = Adam(0.1)
    optimizer.build(variables)

    @tf.function
    def step(gradients):
        optimizer.apply(gradients, variables)

    gradients = [tf.ones((2, 2))] * 9
    graph = step.get_concrete_function(gradients).graph
    kinds = [operation.type for operation in graph.get_operations()]
    assert kinds.count("ResourceApplyAdam") == 9
    # Kept for the step: the powers of both betas.
    assert kinds.count("Pow") == 2


@pytest.mark.skipif(
    keras.backend.backend() != "tensorflow", reason="TensorFlow's operations"
)
def test_sparse_gradients():
    import tensorflow as tf

    ours, keras_own = (
        keras.Variable(np.ones((3, 2), "float32")) for _ in range(2)
    )
    for optimizer, variable in (
        (Adam(0.1), ours),
        (keras.optimizers.Adam(0.1), keras_own),
    ):
        rows = tf.IndexedSlices(tf.ones((1, 2)), tf.constant([1]), (3, 2))
        optimizer.apply([rows], [variable])
    np.testing.assert_allclose(ours.numpy(), keras_own.numpy(), atol=1e-6)
    assert not np.allclose(ours.numpy()[1], 1)
