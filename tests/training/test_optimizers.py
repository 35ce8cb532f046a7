"""Weight decay, clipping and the schedules."""

import keras
import numpy as np
import pytest

from training import optimizers
from training import schedules


def step(optimizer, values, gradients):
    """The variables after one step."""
    variables = [keras.Variable(np.array(v, "float32")) for v in values]
    optimizer.build(variables)
    gradients = [
        keras.ops.convert_to_tensor(np.array(g, "float32")) for g in gradients
    ]
    optimizer.apply(gradients, variables)
    return [keras.ops.convert_to_numpy(v) for v in variables]


def test_weight_decay_leaves_biases_and_normalisation_alone():
    values = [[[1.0, -2.0]], [3.0]]
    zero = [[[0.0, 0.0]], [0.0]]
    kernel, bias = step(optimizers.get("sgd", 0.5, 0.1), values, zero)
    # In the gradient: 1 - 0.5 · 0.1 · 1.
    np.testing.assert_allclose(kernel, [[0.95, -1.9]], rtol=1e-6)
    np.testing.assert_array_equal(bias, [3.0])
    # Adam makes the first step ± the learning rate, whatever the gradient.
    kernel, bias = step(optimizers.get("adam", 0.5, 0.1), values, zero)
    np.testing.assert_allclose(kernel, [[0.5, -1.5]], rtol=1e-4)
    np.testing.assert_array_equal(bias, [3.0])
    # AdamW takes it off the weights.
    kernel, bias = step(optimizers.get("adamw", 0.5, 0.1), values, zero)
    np.testing.assert_allclose(kernel, [[0.95, -1.9]], rtol=1e-6)
    np.testing.assert_array_equal(bias, [3.0])


def test_clipping_is_of_all_gradients_together():
    optimizer = optimizers.get("sgd", 1.0, momentum=0.0, clip_norm=1.0)
    a, b = step(optimizer, [[[0.0]], [0.0]], [[[3.0]], [4.0]])
    np.testing.assert_allclose([a[0, 0], b[0]], [-0.6, -0.8], rtol=1e-5)


def test_accumulated_steps_are_one_step_of_their_mean():
    variable = keras.Variable(np.zeros((1, 1), "float32"))
    optimizer = optimizers.get("sgd", 1.0, momentum=0.0, accumulation_steps=2)
    optimizer.build([variable])
    for gradient, expected in ((2.0, 0.0), (4.0, -3.0)):
        optimizer.apply([keras.ops.full((1, 1), gradient)], [variable])
        value = float(keras.ops.convert_to_numpy(variable)[0, 0])
        assert value == pytest.approx(expected)


def apply_as_fit_does(optimizer, gradient, variable):
    """A step; on JAX without state, outside of which Keras can't scale."""
    gradient = keras.ops.full((1, 1), gradient)
    if keras.backend.backend() != "jax":
        optimizer.apply([gradient], [variable])
        return
    before = [v.value for v in optimizer.variables]
    values, state = optimizer.stateless_apply(
        before, [gradient], [variable.value]
    )
    variable.assign(values[0])
    for v, value in zip(optimizer.variables, state, strict=True):
        v.assign(value)


def test_loss_scaling_leaves_out_a_step_that_overflows():
    variable = keras.Variable(np.ones((1, 1), "float32"))
    optimizer = optimizers.get("sgd", 1.0, momentum=0.0, loss_scaling=True)
    optimizer.build([variable])
    scale = float(keras.ops.convert_to_numpy(optimizer.dynamic_scale))
    apply_as_fit_does(optimizer, np.inf, variable)
    assert float(keras.ops.convert_to_numpy(variable)[0, 0]) == 1.0
    now = float(keras.ops.convert_to_numpy(optimizer.dynamic_scale))
    assert now == scale / 2
    apply_as_fit_does(optimizer, 0.5 * now, variable)
    assert float(keras.ops.convert_to_numpy(variable)[0, 0]) == 0.5


def test_unknown_optimizer():
    with pytest.raises(ValueError, match="mean 'adam'"):
        optimizers.get("adamv", 1e-3)


@pytest.mark.parametrize(
    "name, arguments, expected",
    [
        ("poly", {}, {0: 1.0, 5: 0.5**0.9, 10: 0.0}),
        ("cosine", {}, {0: 1.0, 5: 0.5, 10: 0.0}),
        ("constant", {}, {0: 1.0, 9: 1.0, 20: 1.0}),
        (
            "step",
            {"decay_steps": [4, 8]},
            {0: 1.0, 3: 1.0, 4: 0.5, 7: 0.5, 8: 0.25},
        ),
        ("cosine", {"warmup_steps": 4}, {0: 0.2, 3: 0.8, 4: 1.0, 7: 0.5}),
        (
            "step",
            {"warmup_steps": 2, "decay_steps": [4]},
            {0: 1 / 3, 1: 2 / 3, 2: 1.0, 3: 1.0, 4: 0.5},
        ),
    ],
)
def test_schedules(name, arguments, expected):
    schedule = schedules.get(name, 1.0, 10, **arguments)
    again = keras.saving.deserialize_keras_object(
        keras.saving.serialize_keras_object(schedule)
    )
    for step_number, rate in expected.items():
        for s in (schedule, again):
            value = keras.ops.convert_to_numpy(s(step_number))
            assert float(value) == pytest.approx(rate, abs=1e-6), step_number


@pytest.mark.parametrize(
    "name, arguments, words",
    [
        ("cosin", {}, "mean 'cosine'"),
        ("poly", {"warmup_steps": 10}, "shorter"),
        ("step", {}, "increasing"),
        ("step", {"decay_steps": [5, 3]}, "increasing"),
        ("step", {"decay_steps": [2], "warmup_steps": 3}, "after the warm-up"),
    ],
)
def test_bad_schedules(name, arguments, words):
    with pytest.raises(ValueError, match=words):
        schedules.get(name, 1.0, 10, **arguments)


@pytest.mark.parametrize("name", optimizers.OPTIMIZERS)
def test_some_variables_learn_slowly(name):
    slow, fast = (keras.Variable(np.ones((2, 2))) for _ in range(2))
    optimizer = optimizers.get(
        name, 0.1, slow_variables=[slow], slow_factor=0.25
    )
    gradient = keras.ops.ones((2, 2))
    optimizer.apply([gradient, gradient], [slow, fast])
    moved = [1 - keras.ops.convert_to_numpy(v)[0, 0] for v in (slow, fast)]
    np.testing.assert_allclose(moved[0], 0.25 * moved[1], rtol=1e-5)


@pytest.mark.parametrize("rate_factor", [0.25, 0.0])
def test_what_learns_slowly_decays_slowly(rate_factor):
    slow, fast = (keras.Variable(np.ones((2, 2))) for _ in range(2))
    optimizer = optimizers.get(
        "adamw",
        0.1,
        weight_decay=0.5,
        slow_variables=[slow],
        slow_factor=rate_factor,
    )
    gradient = keras.ops.zeros((2, 2))
    for _ in range(2):
        optimizer.apply([gradient, gradient], [slow, fast])
    for variable, rate in ((slow, 0.1 * rate_factor), (fast, 0.1)):
        found = keras.ops.convert_to_numpy(variable)
        np.testing.assert_allclose(found, (1 - 0.5 * rate) ** 2, rtol=1e-6)
