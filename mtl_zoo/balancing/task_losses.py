"""The losses that balancing starts from: one per task, of the whole batch."""

from keras import ops

from mtl_zoo.layers import resize
from mtl_zoo.losses import DenseLoss
from mtl_zoo.utils.tensorflow_replicas import num_replicas
from mtl_zoo.utils.tensorflow_replicas import sum_over_replicas


def task_losses(tasks, labels, predictions):
    """The loss of every task, over all of its predictions.

    Every prediction of a task, resized to the label, has the task's loss; they
    count equally.

    In a step of `tf.distribute` the values are those of the global batch, and
    the mean over the replicas of their gradients is its gradient. A loss that
    is no `mtl_zoo.losses.DenseLoss` counts the same from every replica.

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
    if not set(tasks) & set(labels):
        raise ValueError(
            "No labels to learn from: the data has "
            f"{sorted(labels)}, the tasks are {sorted(tasks)}."
        )
    losses = dict.fromkeys(tasks, ops.zeros((), "float32"))
    for key, prediction in predictions.items():
        name = key.rpartition(".")[-1]
        if name in labels:
            size = ops.shape(labels[name])[1:3]
            loss = _loss(tasks[name], labels[name], resize(prediction, size))
            losses[name] = losses[name] + loss
    labelled = [
        ops.any(task.valid(labels[name])) if name in labels else False
        for name, task in tasks.items()
    ]
    labelled = ops.stack([ops.cast(x, "float32") for x in labelled])
    (labelled,) = sum_over_replicas([labelled])
    return list(losses.values()), ops.cast(labelled > 0, "float32")


def _loss(task, labels, predictions):
    loss = task.loss(labels, predictions)
    if isinstance(task.loss, DenseLoss):
        return loss
    return sum_over_replicas([loss])[0] / num_replicas()
