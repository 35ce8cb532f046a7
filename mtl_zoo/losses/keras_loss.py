"""Losses of Keras, over labelled pixels."""

from mtl_zoo.losses.dense_loss import DenseLoss


class KerasLoss(DenseLoss):
    """The mean of a Keras loss over the labelled pixels of a task.

    Args:
        values: Callable of labels and predictions `(batch, height, width,
            channels)` that gives an error per pixel `(batch, height, width[,
            1])`, such as `keras.losses.huber`.
        known: Callable of labels that tells where there are any, see
            `mtl_zoo.tasks.Task.known`.
        label_channels: As the task's, 1 for classes.
        name: String. Defaults to `"keras_loss"`.

    Example:

    ```python
    task = mtl_zoo.tasks.Depth()
    loss = KerasLoss(keras.losses.huber, task.known, 1)
    loss(np.array([[[[2.0], [0.0]]]]), np.zeros((1, 1, 2, 1)))  # 1.5
    ```
    """

    def __init__(self, values, known, label_channels, name="keras_loss"):
        super().__init__(name=name)
        self._values = values
        self._known = known
        self.label_channels = label_channels

    def known(self, labels, predictions):
        return self._known(labels)

    def values(self, labels, predictions):
        values = self._values(labels, predictions)
        return values if len(values.shape) == 4 else values[..., None]
