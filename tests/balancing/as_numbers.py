"""Methods without a network: tasks, losses and gradients as numbers."""

import keras
import numpy as np

from mtl_zoo import tasks

BOTH = np.ones(2, "float32")


def to_tensor(values):
    return keras.ops.convert_to_tensor(np.asarray(values, "float32"))


def prepared(method, count=2):
    names = ["near", "far", "third", "fourth", "fifth", "sixth"][:count]
    method.prepare({name: tasks.Depth(name, loss_weight=3) for name in names})
    return method


def combine(method, losses, labelled=BOTH):
    losses, labelled = to_tensor(losses), to_tensor(labelled)
    return float(method.combine(losses, labelled))


def weigh(method, gradients, losses=(1, 1), labelled=BOTH):
    """Weights of gradients that are the rows of a matrix."""
    gradients = np.asarray(gradients, "float32")
    weights = prepared(method, len(gradients)).weigh(
        to_tensor(gradients @ gradients.T),
        to_tensor(losses),
        to_tensor(labelled),
    )
    return keras.ops.convert_to_numpy(weights)
