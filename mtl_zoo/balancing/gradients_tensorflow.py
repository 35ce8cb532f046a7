"""The training step in TensorFlow, eager, compiled or under `tf.distribute`."""

import keras
import tensorflow as tf

from mtl_zoo.balancing.gradients import add
from mtl_zoo.balancing.gradients import halves
from mtl_zoo.balancing.gradients import interleave
from mtl_zoo.balancing.gradients import is_shared
from mtl_zoo.balancing.gradients import losses_of_parts
from mtl_zoo.balancing.gradients import partition
from mtl_zoo.balancing.task_losses import task_losses
from mtl_zoo.utils.tensorflow_replicas import num_replicas


def train_step(model, data):
    """As `mtl_zoo.balancing.gradients.train_step`."""
    x, y, sample_weight = keras.utils.unpack_x_y_sample_weight(data)
    balancing = model.balancing
    variables = model.trainable_variables
    scale = tf.convert_to_tensor(model.optimizer.scale_loss(tf.ones(())))
    features, leaves = [], []
    with tf.GradientTape(persistent=balancing.by_gradients) as tape:
        if balancing.by_gradients and balancing.shared == "features":
            encode, rest = halves(model)
            features, places = encode(x)
            # One feature may be made of another: each is a beginning here.
            leaves = [tf.stop_gradient(feature) for feature in features]
            tape.watch(leaves)
            y_pred = rest(x, leaves, places)
        else:
            y_pred = model(x, training=True)
        losses, labelled = model.task_losses(y, y_pred, sample_weight)
        loss = model.total_loss(losses, labelled)
        # What the optimizer sums over replicas, each has its share of.
        share = scale / num_replicas()
        scaled_loss = loss * scale
        regularization = share * sum(model.losses) if model.losses else None
        if balancing.by_gradients:
            parts = losses_of_parts(model, y, y_pred)
            targets, known = balancing.targets(losses, labelled, parts)
            scaled_targets = [share * x for x in targets]

    if balancing.by_gradients:
        gradients = _merge(
            model,
            tape,
            scaled_targets,
            features,
            leaves,
            losses,
            known,
            scale,
        )
        if regularization is not None:
            others = _gradients(tape, regularization, variables)
            gradients = add(gradients, others)
    else:
        gradients = _gradients(tape, scaled_loss, variables)
    del tape
    model.optimizer.apply(gradients, variables)
    if balancing.looks_back:
        _look_back(model, x, y)

    model.track_loss(loss * num_replicas(), x)
    return model.compute_metrics(x, y, y_pred, sample_weight)


def _merge(model, tape, targets, features, leaves, losses, labelled, scale):
    """What the targets' gradients become, and those of balancing's own."""
    balancing = model.balancing
    own = len(balancing.trainable_variables)
    network = model.trainable_variables[: -own or None]
    shared = is_shared(model, network)
    losses = tf.stack(losses)
    if not features:
        by_target = [_gradients(tape, x, network) for x in targets]
        return balancing.merge(by_target, shared, losses, labelled, scale)
    encoder, beyond = partition(network, shared)
    sources = [*leaves, *(variable.value for variable in beyond)]
    merged = balancing.merge(
        [tape.gradient(x, sources) for x in targets],
        [bool(encoder)] * len(features) + [False] * len(beyond),
        losses,
        labelled,
        scale,
    )
    count = len(features)
    reached = [i for i in range(count) if merged[i] is not None]
    within = tape.gradient(
        [features[i] for i in reached],
        [variable.value for variable in encoder],
        output_gradients=[merged[i] for i in reached],
    )
    return interleave(within, merged[count:], shared)


def _look_back(model, x, y):
    """Tell the balancing the losses after the update; all else stays."""
    state = model.non_trainable_variables
    before = [tf.identity(variable.value) for variable in state]
    y_pred = model(x, training=True)
    losses, labelled = task_losses(model.supervised_tasks, y, y_pred)
    for variable, value in zip(state, before, strict=True):
        variable.assign(value)
    model.balancing.after_update(tf.stack(losses), labelled)


def _gradients(tape, target, variables):
    return tape.gradient(target, [variable.value for variable in variables])
