"""Losses of measured quantities: depth and surface normals.

Depth: L1 as in MTAN (https://arxiv.org/abs/1803.10704). Normals: L1 as in
MTI-Net (https://arxiv.org/abs/2001.06902), or the angle's cosine as in MTAN.
"""

import keras
from keras import ops

from mtl_zoo.losses.dense_loss import DenseLoss
from mtl_zoo.utils.label_maps import known_depth
from mtl_zoo.utils.label_maps import known_normals
from mtl_zoo.utils.label_maps import unit_vectors


@keras.saving.register_keras_serializable(package="mtl_zoo")
class MaskedL1(DenseLoss):
    """Mean absolute error over pixels with a depth.

    Labels and predictions are metres `(batch, height, width, 1)`; a label that
    is not above 0, or not finite, is unknown.

    Args:
        name: String. Defaults to `"masked_l1"`.

    Example:

    ```python
    loss = mtl_zoo.losses.MaskedL1()
    labels = np.array([[[[2.0], [0.0]]]])
    loss(labels, np.zeros((1, 1, 2, 1)))  # 2.0
    ```
    """

    def __init__(self, name="masked_l1"):
        super().__init__(name=name)

    def known(self, labels, predictions):
        return known_depth(labels)

    def values(self, labels, predictions):
        return ops.abs(predictions - labels)


class _NormalsLoss(DenseLoss):
    def known(self, labels, predictions):
        return known_normals(labels)


@keras.saving.register_keras_serializable(package="mtl_zoo")
class NormalsL1(_NormalsLoss):
    """Mean absolute difference of unit normals, over x, y and z alike.

    Labels and predictions are `(batch, height, width, 3)`; both are scaled to
    length 1 first, and a zero label is unknown.

    Args:
        name: String. Defaults to `"normals_l1"`.

    Example:

    ```python
    loss = mtl_zoo.losses.NormalsL1()
    labels = np.array([[[[0.0, 0.0, 1.0]]]])
    loss(labels, -5 * labels)  # 2/3
    ```
    """

    def __init__(self, name="normals_l1"):
        super().__init__(name=name)

    def values(self, labels, predictions):
        difference = unit_vectors(predictions) - unit_vectors(labels)
        return ops.mean(ops.abs(difference), axis=-1, keepdims=True)


@keras.saving.register_keras_serializable(package="mtl_zoo")
class NormalsCosine(_NormalsLoss):
    """1 minus the cosine of the angle between normals, as in MTAN.

    Labels and predictions are `(batch, height, width, 3)`; both are scaled to
    length 1 first, and a zero label is unknown.

    Args:
        name: String. Defaults to `"normals_cosine"`.

    Example:

    ```python
    loss = mtl_zoo.losses.NormalsCosine()
    labels = np.array([[[[0.0, 0.0, 1.0]]]])
    loss(labels, -5 * labels)  # 2.0
    ```
    """

    def __init__(self, name="normals_cosine"):
        super().__init__(name=name)

    def values(self, labels, predictions):
        product = unit_vectors(predictions) * unit_vectors(labels)
        return 1.0 - ops.sum(product, axis=-1, keepdims=True)
