"""The training step, by backend."""

import importlib

import keras


def train_step(model, *args):
    """A training step in which the model's balancing has its say.

    Args:
        model: A compiled `mtl_zoo.models.MultiTaskModel`.
        *args: As `keras.Model.train_step` has them on the backend: the batch,
            and on JAX the state before it.

    Returns:
        What `keras.Model.train_step` returns on the backend.
    """
    backend = keras.backend.backend()
    module = importlib.import_module(f"mtl_zoo.balancing.gradients_{backend}")
    return module.train_step(model, *args)


def is_shared(model, variables):
    """Which variables are shared by all tasks: those of the encoder.

    Args:
        model: `mtl_zoo.models.MultiTaskModel`.
        variables: List of `keras.Variable`.

    Returns:
        List of booleans.
    """
    shared = {id(variable) for variable in model.encoder.trainable_variables}
    return [id(variable) in shared for variable in variables]


def add(gradients, others):
    """Sums of two lists of gradients, either of which may have `None`s."""
    return [
        x if y is None else y if x is None else x + y
        for x, y in zip(gradients, others, strict=True)
    ]
