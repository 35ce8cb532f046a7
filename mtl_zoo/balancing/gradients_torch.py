"""The training step in PyTorch."""

import keras
import torch

from mtl_zoo.balancing.gradients import add
from mtl_zoo.balancing.gradients import is_shared


def train_step(model, data):
    """As `mtl_zoo.balancing.gradients.train_step`."""
    x, y, sample_weight = keras.utils.unpack_x_y_sample_weight(data)
    balancing = model.balancing
    variables = model.trainable_variables
    y_pred = model(x, training=True)
    losses, labelled = model.task_losses(y, y_pred, sample_weight)
    loss = model.total_loss(losses, labelled)
    scale = model.optimizer.scale_loss(torch.ones_like(loss))

    if balancing.by_gradients:
        network = variables[: -len(balancing.trainable_variables) or None]
        by_task = [_gradients(scale * x, network) for x in losses]
        with torch.no_grad():
            gradients = balancing.merge(
                by_task,
                is_shared(model, network),
                torch.stack(losses),
                labelled,
                scale,
            )
        if model.losses:
            others = _gradients(scale * sum(model.losses), variables)
            gradients = add(gradients, others)
    else:
        gradients = _gradients(scale * loss, variables)
    with torch.no_grad():
        model.optimizer.apply(gradients, variables)

    model.track_loss(loss, x)
    return model.compute_metrics(x, y, y_pred, sample_weight)


def _gradients(target, variables):
    if not target.requires_grad:  # A task that the batch has nothing of.
        return [None] * len(variables)
    return torch.autograd.grad(
        target,
        [variable.value for variable in variables],
        retain_graph=True,
        allow_unused=True,
    )
