"""Losses scaled to the same size, by scales that are learned.

Liu, Li, Kuang, Xue, Chen, Yang, Liao, Zhang, "Towards Impartial Multi-task
Learning", ICLR 2021 (its loss balance, IMTL-L).
"""

import keras
from keras import ops

from mtl_zoo.balancing.balancing import Balancing


@keras.saving.register_keras_serializable(package="mtl_zoo")
class IMTLL(Balancing):
    """Every loss is multiplied by a scale that brings it to 1.

    `Σ (exp(s_i) l_i - s_i)`, equation 8 of the paper with base e, with `s`
    from 0 on, updated by the optimizer together with the network: at the
    minimum over `s`, every scaled loss is 1. `mtl_zoo.balancing.Uncertainty`
    is half of it, derived in another way.

    Args:
        name: String. Defaults to `"imtl_l"`.

    Reference: [Liu et al.](https://openreview.net/forum?id=IMPnRXEWpvr)

    Example:

    ```python
    model.compile("adam", balancing=mtl_zoo.balancing.IMTLL())
    ```
    """

    def __init__(self, name="imtl_l"):
        super().__init__(name=name)

    def create_state(self, count):
        self.scales = self.add_weight(
            shape=(count,), initializer="zeros", name="scales"
        )

    def task_weights(self):
        return ops.exp(self.scales)

    def combine(self, losses, labelled):
        # Without labels there is nothing to learn of the scale.
        return ops.sum(self.task_weights() * losses - labelled * self.scales)
