"""Losses over labelled pixels, as the papers define them.

Every loss is a `keras.losses.Loss` over dense maps, float32 in any precision
policy, that counts labelled pixels only and gives 0, with finite gradients,
where a batch has none.
"""

from mtl_zoo.losses.cross_entropy import BalancedBinaryCrossEntropy
from mtl_zoo.losses.cross_entropy import SparseCrossEntropy
from mtl_zoo.losses.dense_loss import DenseLoss
from mtl_zoo.losses.regression import MaskedL1
from mtl_zoo.losses.regression import NormalsCosine
from mtl_zoo.losses.regression import NormalsL1

__all__ = [
    "BalancedBinaryCrossEntropy",
    "DenseLoss",
    "MaskedL1",
    "NormalsCosine",
    "NormalsL1",
    "SparseCrossEntropy",
]
