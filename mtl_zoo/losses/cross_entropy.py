"""Losses of classes and of two-valued maps: cross-entropy, also balanced.

Class maps: MTAN (https://arxiv.org/abs/1803.10704) and all after it. Edges and
saliency: the balanced cross-entropy of HED (https://arxiv.org/abs/1504.06375)
as ASTMT (https://arxiv.org/abs/1904.08918) and MTI-Net
(https://arxiv.org/abs/2001.06902) use it.
"""

import keras
from keras import ops

from mtl_zoo.losses.dense_loss import DenseLoss
from mtl_zoo.utils.label_maps import known_binary
from mtl_zoo.utils.label_maps import known_classes
from mtl_zoo.utils.tensorflow_replicas import sum_over_replicas


@keras.saving.register_keras_serializable(package="mtl_zoo")
class SparseCrossEntropy(DenseLoss):
    """Softmax cross-entropy over labelled pixels.

    Labels are class ids `(batch, height, width[, 1])`, predictions logits
    `(batch, height, width, classes)`. Ids that are not in `[0, classes)` are
    not labelled, like `ignore_label`.

    Args:
        ignore_label: Integer. The id that means "not labelled". Defaults to
            `255`.
        name: String. Defaults to `"sparse_cross_entropy"`.

    Example:

    ```python
    loss = mtl_zoo.losses.SparseCrossEntropy()
    labels = np.array([[[0, 255]]])
    loss(labels, np.zeros((1, 1, 2, 4), "float32"))  # log(4)
    ```
    """

    label_channels = 1

    def __init__(self, ignore_label=255, name="sparse_cross_entropy"):
        super().__init__(name=name)
        self.ignore_label = ignore_label

    def known(self, labels, predictions):
        return known_classes(labels, predictions.shape[-1], self.ignore_label)

    def values(self, labels, predictions):
        errors = ops.sparse_categorical_crossentropy(
            ops.cast(labels[..., 0], "int32"), predictions, from_logits=True
        )
        return ops.expand_dims(errors, -1)

    def get_config(self):
        return {**super().get_config(), "ignore_label": self.ignore_label}


@keras.saving.register_keras_serializable(package="mtl_zoo")
class BalancedBinaryCrossEntropy(DenseLoss):
    """Sigmoid cross-entropy in which positives weigh more than negatives.

    A positive pixel counts `positive_weight`, a negative `1 -
    positive_weight`, and the sum is divided by the number of labelled pixels,
    as published (not by the sum of the weights). Labels are 0 or 1, 255 where
    not labelled, predictions logits, both `(batch, height, width, 1)`.

    Args:
        positive_weight: Float in `[0, 1]`, or `None` for the share of
            negatives among the labelled pixels of the batch, as in HED. The
            published one is 0.95 for edges and `None` for saliency. Defaults
            to `0.95`.
        name: String. Defaults to `"balanced_binary_cross_entropy"`.

    Raises:
        ValueError: If `positive_weight` is not in `[0, 1]`.

    Example:

    ```python
    loss = mtl_zoo.losses.BalancedBinaryCrossEntropy()
    labels = np.ones((1, 4, 4, 1))
    loss(labels, np.zeros((1, 4, 4, 1)))  # 0.95 * log(2)
    ```
    """

    def __init__(
        self, positive_weight=0.95, name="balanced_binary_cross_entropy"
    ):
        super().__init__(name=name)
        if positive_weight is not None and not 0 <= positive_weight <= 1:
            raise ValueError(
                "positive_weight is None or from 0 to 1; received "
                f"{positive_weight!r}."
            )
        self.positive_weight = positive_weight

    def known(self, labels, predictions):
        return known_binary(labels)

    def values(self, labels, predictions):
        return ops.softplus(ops.where(labels >= 0.5, -predictions, predictions))

    def weights(self, labels, known):
        positive = ops.cast(labels >= 0.5, "float32")
        weight = self.positive_weight
        if weight is None:
            # Shares of the whole batch, not of one replica's part of it.
            share, count = sum_over_replicas(
                [ops.sum(positive * known), ops.sum(known)]
            )
            weight = 1.0 - share / ops.maximum(count, 1.0)
        return known * (positive * weight + (1.0 - positive) * (1.0 - weight))

    def get_config(self):
        return {**super().get_config(), "positive_weight": self.positive_weight}
