"""The base class of losses that are means over labelled pixels."""

import keras
from keras import ops

from mtl_zoo.utils.label_maps import refuse_weights
from mtl_zoo.utils.label_maps import to_pair
from mtl_zoo.utils.tensorflow_replicas import sum_over_replicas


class DenseLoss(keras.losses.Loss):
    """A mean over the labelled pixels of a batch.

    Subclasses say, per pixel, what the error is (`values`), where there are
    labels (`known`) and, if not every labelled pixel counts the same, how much
    each counts (`weights`). The loss is

    `sum(weights * values) / number of labelled pixels`

    and 0 where nothing is labelled. All of it is float32, whatever the
    precision policy.

    Pixels count, not images, so under a `tf.distribute` strategy both sums
    are over all replicas: every replica gets the loss of the whole batch, and
    the mean over the replicas of their gradients is its gradient.

    Args:
        name: String. Defaults to `None`, the name of the class.

    Raises:
        ValueError: When called with shapes that don't fit, or with
            `sample_weight`.

    Example:

    ```python
    class SquaredDepth(mtl_zoo.losses.DenseLoss):
        def known(self, labels, predictions):
            return labels > 0

        def values(self, labels, predictions):
            return (labels - predictions) ** 2
    ```
    """

    # Channels of the labels; `None` where there are as many as predictions.
    label_channels = None

    def __init__(self, name=None):
        super().__init__(name=name, reduction="sum", dtype="float32")

    def known(self, labels, predictions):
        """Where there are labels.

        Args:
            labels: Float32 tensor `(batch, height, width, channels)`.
            predictions: Float32 tensor `(batch, height, width, channels)`.

        Returns:
            Boolean tensor `(batch, height, width, 1)`.
        """
        raise NotImplementedError

    def values(self, labels, predictions):
        """The error of every pixel.

        Args:
            labels: Float32 tensor `(batch, height, width, channels)`, 0 where
                nothing is labelled.
            predictions: Float32 tensor `(batch, height, width, channels)`.

        Returns:
            Float32 tensor `(batch, height, width, 1)`, finite everywhere.
        """
        raise NotImplementedError

    def weights(self, labels, known):
        """How much every pixel counts.

        Args:
            labels: As for `values`.
            known: Float32 tensor `(batch, height, width, 1)`, 1 where there
                are labels, else 0.

        Returns:
            Float32 tensor `(batch, height, width, 1)`, 0 where `known` is.
        """
        del labels
        return known

    def sums(self, y_true, y_pred):
        """The loss as numerator and denominator, of this replica's images.

        Args:
            y_true: Labels `(batch, height, width[, channels])`.
            y_pred: Raw predictions `(batch, height, width, channels)`.

        Returns:
            A pair of float32 scalars: the weighted sum of the errors, and the
            number of labelled pixels.

        Example:

        ```python
        loss = mtl_zoo.losses.MaskedL1()
        labels = np.array([[[[2.0], [0.0]]]])
        loss.sums(labels, np.zeros((1, 1, 2, 1)))  # (2.0, 1.0)
        ```
        """
        labels, predictions = to_pair(y_true, y_pred, self.label_channels)
        known = self.known(labels, predictions)
        # An ignore label, or NaN, must not enter the arithmetic.
        labels = ops.where(known, labels, 0.0)
        known = ops.cast(known, "float32")
        values = self.values(labels, predictions)
        total = ops.sum(values * self.weights(labels, known))
        return total, ops.sum(known)

    def call(self, y_true, y_pred):
        total, count = sum_over_replicas(self.sums(y_true, y_pred))
        return total / ops.maximum(count, 1.0)

    def __call__(self, y_true, y_pred, sample_weight=None):
        refuse_weights(sample_weight)
        return super().__call__(y_true, y_pred)

    def get_config(self):
        return {"name": self.name}
