"""The training step in PyTorch."""

import keras
import torch

from mtl_zoo.balancing.gradients import add
from mtl_zoo.balancing.gradients import halves
from mtl_zoo.balancing.gradients import interleave
from mtl_zoo.balancing.gradients import is_shared
from mtl_zoo.balancing.gradients import losses_of_parts
from mtl_zoo.balancing.gradients import partition
from mtl_zoo.balancing.task_losses import task_losses


def train_step(model, data):
    """As `mtl_zoo.balancing.gradients.train_step`."""
    x, y, sample_weight = keras.utils.unpack_x_y_sample_weight(data)
    balancing = model.balancing
    variables = model.trainable_variables
    features, leaves = [], []
    if balancing.by_gradients and balancing.shared == "features":
        encode, rest = halves(model)
        features, places = encode(x)
        # One feature may be made of another: each is a beginning here.
        leaves = [x.detach().requires_grad_(x.requires_grad) for x in features]
        y_pred = rest(x, leaves, places)
    else:
        y_pred = model(x, training=True)
    losses, labelled = model.task_losses(y, y_pred, sample_weight)
    loss = model.total_loss(losses, labelled)
    scale = model.optimizer.scale_loss(torch.ones_like(loss))

    if balancing.by_gradients:
        parts = losses_of_parts(model, y, y_pred)
        targets, known = balancing.targets(losses, labelled, parts)
        targets = [scale * x for x in targets]
        gradients = _merge(
            model, targets, features, leaves, losses, known, scale
        )
        if model.losses:
            others = _gradients(
                scale * sum(model.losses), [v.value for v in variables]
            )
            gradients = add(gradients, others)
    else:
        gradients = _gradients(scale * loss, [v.value for v in variables])
    with torch.no_grad():
        model.optimizer.apply(gradients, variables)
    if balancing.looks_back:
        _look_back(model, x, y)

    model.track_loss(loss, x)
    return model.compute_metrics(x, y, y_pred, sample_weight)


def _merge(model, targets, features, leaves, losses, labelled, scale):
    """What the targets' gradients become, and those of balancing's own."""
    balancing = model.balancing
    own = len(balancing.trainable_variables)
    network = model.trainable_variables[: -own or None]
    shared = is_shared(model, network)
    encoder, beyond = partition(network, shared)
    # What no weight that is trained leads to has no gradient.
    features = [x for x in features if x.requires_grad]
    leaves = [x for x in leaves if x.requires_grad]
    sources, is_it = [v.value for v in network], shared
    if features:
        sources = [*leaves, *(v.value for v in beyond)]
        is_it = [bool(encoder)] * len(features) + [False] * len(beyond)
    by_target = [_gradients(x, sources) for x in targets]
    with torch.no_grad():
        merged = balancing.merge(
            by_target, is_it, torch.stack(losses), labelled, scale
        )
    if not features:
        return merged
    count = len(features)
    reached = [i for i in range(count) if merged[i] is not None]
    within = torch.autograd.grad(
        [features[i] for i in reached],
        [v.value for v in encoder],
        grad_outputs=[merged[i] for i in reached],
        retain_graph=True,
        allow_unused=True,
    )
    return interleave(within, merged[count:], shared)


def _look_back(model, x, y):
    """Tell the balancing the losses after the update; all else stays."""
    state = model.non_trainable_variables
    with torch.no_grad():
        before = [variable.value.clone() for variable in state]
        y_pred = model(x, training=True)
        losses, labelled = task_losses(model.supervised_tasks, y, y_pred)
        for variable, value in zip(state, before, strict=True):
            variable.assign(value)
        model.balancing.after_update(torch.stack(losses), labelled)


def _gradients(target, sources):
    if not target.requires_grad:  # A task that the batch has nothing of.
        return [None] * len(sources)
    return torch.autograd.grad(
        target, sources, retain_graph=True, allow_unused=True
    )
