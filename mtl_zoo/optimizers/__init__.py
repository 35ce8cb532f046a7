"""Keras's optimizers, as networks with many small variables want them."""

from mtl_zoo.optimizers.adam import Adam
from mtl_zoo.optimizers.loss_scale import LossScaleOptimizer
from mtl_zoo.optimizers.sgd import SGD

__all__ = ["Adam", "LossScaleOptimizer", "SGD"]
