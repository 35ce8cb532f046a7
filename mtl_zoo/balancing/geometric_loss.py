"""The geometric mean of the losses.

Chennupati et al., "MultiNet++: Multi-Stream Feature Aggregation and Geometric
Loss Strategy for Multi-Task Learning", CVPR Workshops 2019, arXiv 1904.08492.
"""

import keras
from keras import ops

from mtl_zoo.balancing.balancing import Balancing

# A loss below this counts as this, without a gradient.
_SMALLEST = 1e-8


@keras.saving.register_keras_serializable(package="mtl_zoo")
class GeometricLoss(Balancing):
    """The geometric mean of the losses: their scales do not matter.

    Equation 5 of the paper, over the tasks that have labels in the batch. A
    loss counts as much as its derivative says: `total / (tasks * loss)`.

    Args:
        name: String. Defaults to `"geometric_loss"`.

    Reference: [Chennupati et al.](https://arxiv.org/abs/1904.08492)

    Example:

    ```python
    model.compile("adam", balancing=mtl_zoo.balancing.GeometricLoss())
    ```
    """

    def __init__(self, name="geometric_loss"):
        super().__init__(name=name)

    def create_state(self, count):
        self.last_weights = self.add_state("last_weights", (count,), "ones")

    def task_weights(self):
        return ops.convert_to_tensor(self.last_weights)

    def combine(self, losses, labelled):
        count = ops.maximum(ops.sum(labelled), 1.0)
        clipped = ops.maximum(losses, _SMALLEST)
        total = ops.exp(ops.sum(labelled * ops.log(clipped)) / count)
        total = total * ops.max(labelled)
        self.last_weights.assign(
            ops.stop_gradient(labelled * total / (count * clipped))
        )
        return total
