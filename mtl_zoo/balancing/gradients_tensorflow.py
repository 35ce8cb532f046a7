"""The training step in TensorFlow, eager, compiled or under `tf.distribute`."""

import keras
import tensorflow as tf

from mtl_zoo.balancing.gradients import add
from mtl_zoo.balancing.gradients import is_shared
from mtl_zoo.utils.tensorflow_replicas import num_replicas


def train_step(model, data):
    """As `mtl_zoo.balancing.gradients.train_step`."""
    x, y, sample_weight = keras.utils.unpack_x_y_sample_weight(data)
    balancing = model.balancing
    variables = model.trainable_variables
    scale = tf.convert_to_tensor(model.optimizer.scale_loss(tf.ones(())))
    with tf.GradientTape(persistent=balancing.by_gradients) as tape:
        y_pred = model(x, training=True)
        losses, labelled = model.task_losses(y, y_pred, sample_weight)
        loss = model.total_loss(losses, labelled)
        # What the optimizer sums over replicas, each has its share of.
        share = scale / num_replicas()
        scaled_loss = loss * scale
        scaled_losses = [share * x for x in losses]
        regularization = share * sum(model.losses) if model.losses else None

    if balancing.by_gradients:
        network = variables[: -len(balancing.trainable_variables) or None]
        by_task = [_gradients(tape, x, network) for x in scaled_losses]
        gradients = balancing.merge(
            by_task,
            is_shared(model, network),
            tf.stack(losses),
            labelled,
            scale,
        )
        if regularization is not None:
            others = _gradients(tape, regularization, variables)
            gradients = add(gradients, others)
    else:
        gradients = _gradients(tape, scaled_loss, variables)
    del tape
    model.optimizer.apply(gradients, variables)

    model.track_loss(loss * num_replicas(), x)
    return model.compute_metrics(x, y, y_pred, sample_weight)


def _gradients(tape, target, variables):
    return tape.gradient(target, [variable.value for variable in variables])
