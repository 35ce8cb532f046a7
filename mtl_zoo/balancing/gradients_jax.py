"""The training step in JAX, stateless, so that it can be compiled.

Over several devices (`keras.distribution`) it is one computation, so that
losses and gradients are those of the whole batch.
"""

import jax
import keras
from jax import numpy as jnp

from mtl_zoo.balancing.gradients import is_shared


def train_step(model, state, data):
    """As `mtl_zoo.balancing.gradients.train_step`."""
    balancing = model.balancing
    if not balancing.by_gradients:
        return keras.Model.train_step(model, state, data)
    trainable, non_trainable, optimizer_variables, metrics = state
    x, y, sample_weight = keras.utils.unpack_x_y_sample_weight(data)
    with _scope(model.optimizer.variables, optimizer_variables):
        scale = model.optimizer.scale_loss(jnp.ones(()))

    def scaled_losses(trainable):
        y_pred, updated, regularization = model.stateless_call(
            trainable, non_trainable, x, return_losses=True, training=True
        )
        scope = _scope(
            [*_variables(model), *model.metrics_variables],
            [*trainable, *updated, *metrics],
        )
        with scope:
            losses, labelled = model.task_losses(y, y_pred, sample_weight)
        regularization = sum(regularization, jnp.zeros(()))
        targets = scale * jnp.stack([*losses, regularization])
        others = (y_pred, jnp.stack(losses), labelled, regularization)
        return targets, (*others, updated, _read(scope, model))

    targets, pull_back, auxiliary = jax.vjp(
        scaled_losses, trainable, has_aux=True
    )
    y_pred, losses, labelled, regularization, non_trainable, metrics = auxiliary
    *by_task, others = [pull_back(row)[0] for row in jnp.eye(len(targets))]

    own = len(balancing.trainable_variables)
    network = model.trainable_variables[: -own or None]
    scope = _scope(
        [*_variables(model), *model.metrics_variables],
        [*trainable, *non_trainable, *metrics],
    )
    with scope:
        gradients = balancing.merge(
            [row[: len(network)] for row in by_task],
            is_shared(model, network),
            losses,
            labelled,
            scale,
        )
        loss = balancing.combine(losses, labelled) + regularization
        model.track_loss(loss, x)
        logs = model.compute_metrics(x, y, y_pred, sample_weight)
    non_trainable = [
        scope.get_current_value(v) for v in model.non_trainable_variables
    ]
    metrics = _read(scope, model)
    gradients = [a + b for a, b in zip(gradients, others, strict=True)]
    trainable, optimizer_variables = model.optimizer.stateless_apply(
        optimizer_variables, gradients, trainable
    )
    return logs, (trainable, non_trainable, optimizer_variables, metrics)


def _variables(model):
    return [*model.trainable_variables, *model.non_trainable_variables]


def _scope(variables, values):
    mapping = list(zip(variables, values, strict=True))
    return keras.StatelessScope(state_mapping=mapping)


def _read(scope, model):
    return [scope.get_current_value(v) for v in model.metrics_variables]
