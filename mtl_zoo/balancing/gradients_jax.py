"""The training step in JAX, stateless, so that it can be compiled.

Over several devices (`keras.distribution`) it is one computation, so that
losses and gradients are those of the whole batch.
"""

import jax
import keras
from jax import numpy as jnp

from mtl_zoo.balancing.gradients import halves
from mtl_zoo.balancing.gradients import interleave
from mtl_zoo.balancing.gradients import is_shared
from mtl_zoo.balancing.gradients import losses_of_parts
from mtl_zoo.balancing.gradients import partition
from mtl_zoo.balancing.task_losses import task_losses


def train_step(model, state, data):
    """As `mtl_zoo.balancing.gradients.train_step`."""
    balancing = model.balancing
    x, y, sample_weight = keras.utils.unpack_x_y_sample_weight(data)
    if not balancing.by_gradients:
        logs, state = keras.Model.train_step(model, state, data)
        if balancing.looks_back:
            state = _look_back(model, state, x, y)
        return logs, state
    trainable, non_trainable, optimizer_variables, metrics = state
    with _scope(model.optimizer.variables, optimizer_variables):
        scale = model.optimizer.scale_loss(jnp.ones(()))

    if balancing.shared == "features":
        encode, rest = halves(model)
    else:  # The whole network lies beyond the image.

        def encode(x):
            return [], []

        def rest(x, features, places):
            return model.call(x, training=True)

    def features_of(trainable):
        scope = _scope_of(model, trainable, non_trainable)
        with scope:
            features, places = encode(x)
        return features, (places, _non_trainable(scope, model))

    def scaled_targets(features, trainable):
        scope = _scope_of(model, trainable, seen, metrics)
        with scope:
            y_pred = rest(x, features, places)
            losses, labelled = model.task_losses(y, y_pred, sample_weight)
            parts = losses_of_parts(model, y, y_pred)
            targets, known = balancing.targets(losses, labelled, parts)
            regularization = sum(model.losses, jnp.zeros(()))
        others = (y_pred, jnp.stack(losses), labelled, known, regularization)
        return scale * jnp.stack([*targets, regularization]), (
            *others,
            _non_trainable(scope, model),
            _metrics(scope, model),
        )

    features, pull_to_weights, (places, seen) = jax.vjp(
        features_of, trainable, has_aux=True
    )
    targets, pull_back, auxiliary = jax.vjp(
        scaled_targets, features, trainable, has_aux=True
    )
    (
        y_pred,
        losses,
        labelled,
        known,
        regularization,
        non_trainable,
        metrics,
    ) = auxiliary
    *by_target, (_, others) = [pull_back(row) for row in jnp.eye(len(targets))]

    own = len(balancing.trainable_variables)
    network = model.trainable_variables[: -own or None]
    shared = is_shared(model, network)
    encoder, _ = partition(network, shared)
    is_it = shared
    if features:
        by_target = [
            (at_features, partition(row[: len(network)], shared)[1])
            for at_features, row in by_target
        ]
        is_it = [bool(encoder)] * len(features) + [False] * len(by_target[0][1])
    scope = _scope_of(model, trainable, non_trainable, metrics)
    with scope:
        gradients = balancing.merge(
            [
                [*at_features, *(row if features else row[: len(network)])]
                for at_features, row in by_target
            ],
            is_it,
            losses,
            known,
            scale,
        )
        if features:
            count = len(features)
            (through,) = pull_to_weights(gradients[:count])
            within, _ = partition(through[: len(network)], shared)
            gradients = interleave(within, gradients[count:], shared)
        loss = balancing.combine(losses, labelled) + regularization
        model.track_loss(loss, x)
        logs = model.compute_metrics(x, y, y_pred, sample_weight)
    non_trainable = _non_trainable(scope, model)
    metrics = _metrics(scope, model)
    gradients = [a + b for a, b in zip(gradients, others, strict=True)]
    trainable, optimizer_variables = model.optimizer.stateless_apply(
        optimizer_variables, gradients, trainable
    )
    return logs, (trainable, non_trainable, optimizer_variables, metrics)


def _look_back(model, state, x, y):
    """Tell the balancing the losses after the update; all else stays."""
    trainable, non_trainable, optimizer_variables, metrics = state
    with _scope_of(model, trainable, non_trainable):
        y_pred = model.call(x, training=True)
        losses, labelled = task_losses(model.supervised_tasks, y, y_pred)
    scope = _scope_of(model, trainable, non_trainable)
    with scope:
        model.balancing.after_update(jnp.stack(losses), labelled)
    non_trainable = _non_trainable(scope, model)
    return trainable, non_trainable, optimizer_variables, metrics


def _scope_of(model, trainable, non_trainable, metrics=None):
    variables = [*model.trainable_variables, *model.non_trainable_variables]
    values = [*trainable, *non_trainable]
    if metrics is not None:
        variables += model.metrics_variables
        values += metrics
    return _scope(variables, values)


def _scope(variables, values):
    mapping = list(zip(variables, values, strict=True))
    return keras.StatelessScope(state_mapping=mapping, collect_losses=True)


def _non_trainable(scope, model):
    return [scope.get_current_value(v) for v in model.non_trainable_variables]


def _metrics(scope, model):
    return [scope.get_current_value(v) for v in model.metrics_variables]
