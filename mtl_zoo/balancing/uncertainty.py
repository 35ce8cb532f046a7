"""Weights learned as the noise of every task.

Kendall, Gal, Cipolla, "Multi-Task Learning Using Uncertainty to Weigh Losses
for Scene Geometry and Semantics", CVPR 2018, arXiv 1705.07115.
"""

import keras
from keras import ops

from mtl_zoo.balancing.balancing import Balancing


@keras.saving.register_keras_serializable(package="mtl_zoo")
class Uncertainty(Balancing):
    """Every loss is divided by the task's noise, which is learned.

    `sum over tasks of (exp(-s) * loss + s) / 2` with `s = log σ²` of each
    task, from 0 on, equation 7 of the paper. The optimizer updates `s`
    together with the network; `1 / (2 σ²)` is what a loss counts. The paper
    gives classifications twice that weight for the same `σ`; this only moves
    their `s` by log 2, and the minimum has the same weights.

    Args:
        name: String. Defaults to `"uncertainty"`.

    Reference: [Kendall et al.](https://arxiv.org/abs/1705.07115)

    Example:

    ```python
    model.compile("adam", balancing=mtl_zoo.balancing.Uncertainty())
    ```
    """

    def __init__(self, name="uncertainty"):
        super().__init__(name=name)

    def create_state(self, count):
        self.log_variances = self.add_weight(
            shape=(count,), initializer="zeros", name="log_variances"
        )

    def task_weights(self):
        return 0.5 * ops.exp(-self.log_variances)

    def combine(self, losses, labelled):
        # Without labels there is nothing to learn of the noise.
        return ops.sum(
            self.task_weights() * losses + 0.5 * self.log_variances * labelled
        )
