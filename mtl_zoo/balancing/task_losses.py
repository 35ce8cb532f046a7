"""The losses that balancing starts from: one per task, of the global batch."""

from keras import ops

from mtl_zoo.balancing.replicas import num_replicas
from mtl_zoo.balancing.replicas import sum_over_replicas
from mtl_zoo.layers import resize
from mtl_zoo.losses import DenseLoss


def task_losses(tasks, labels, predictions):
    """The loss of every task, over all of its predictions.

    Every prediction of a task, resized to the label, has the task's loss; they
    count equally.

    In a step of `tf.distribute` the values are those of the global batch, and
    the mean over the replicas of their gradients is its gradient. Two things
    stay the replica's own: the share of negatives that
    `BalancedBinaryCrossEntropy(positive_weight=None)` weighs by, and how much
    a loss that is no `mtl_zoo.losses.DenseLoss` counts in the mean.

    Args:
        tasks: Dict task name → `mtl_zoo.tasks.Task`.
        labels: Dict task name → labels.
        predictions: Dict `"[<where>.]<task name>"` → raw predictions.

    Returns:
        A pair, in the order of `tasks`: a list of scalar float32 tensors, 0
        for a task without labels; a float32 tensor `(tasks,)`, 1 where there
        are labels, else 0.

    Raises:
        ValueError: If there are no labels of any task.
    """
    zero = ops.zeros((), "float32")
    totals = dict.fromkeys(tasks, zero)
    counts = dict.fromkeys(tasks, zero)
    for key, prediction in predictions.items():
        name = key.rpartition(".")[-1]
        if name in labels:
            size = ops.shape(labels[name])[1:3]
            total, counts[name] = _sums(
                tasks[name], labels[name], resize(prediction, size)
            )
            totals[name] = totals[name] + total
    if not set(tasks) & set(labels):
        raise ValueError(
            "No labels to learn from: the data has "
            f"{sorted(labels)}, the tasks are {sorted(tasks)}."
        )
    counts = sum_over_replicas(ops.stack(list(counts.values())))
    losses = [
        total / ops.maximum(counts[i], 1.0)
        for i, total in enumerate(totals.values())
    ]
    return _global_values(losses), ops.cast(counts > 0, "float32")


def _sums(task, labels, predictions):
    """A task's loss as a sum, and what it is to be divided by."""
    if isinstance(task.loss, DenseLoss):
        return task.loss.sums(labels, predictions)
    labelled = ops.any(task.valid(labels))
    return task.loss(labels, predictions), ops.cast(labelled, "float32")


def _global_values(losses):
    """Every replica's share of the losses, as the losses of the global batch.

    The value is the sum over the replicas; the gradient, the share's times the
    number of replicas.
    """
    count = num_replicas()
    if count == 1:
        return losses
    values = sum_over_replicas(ops.stack(losses))
    return [
        count * loss + ops.stop_gradient(values[i] - count * loss)
        for i, loss in enumerate(losses)
    ]
