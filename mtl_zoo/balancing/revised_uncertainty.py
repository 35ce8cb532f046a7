"""Weights learned as the noise of every task, with a bound.

Liebel, Körner, "Auxiliary Tasks in Multi-task Learning", 2018, arXiv
1805.06334: the revised form of Kendall et al.
"""

import keras
from keras import ops

from mtl_zoo.balancing.uncertainty import Uncertainty


@keras.saving.register_keras_serializable(package="mtl_zoo")
class RevisedUncertainty(Uncertainty):
    """Every loss is divided by the task's noise; the sum stays above 0.

    `Σ (l_i / (2 c_i²) + log(1 + c_i²))`, equation 5 of the paper, with
    `s = log c²` of each task, from 0 on, updated by the optimizer together
    with the network. `mtl_zoo.balancing.Uncertainty` has `log c_i²`, which
    falls below 0 and without bound where a loss nears 0.

    Args:
        name: String. Defaults to `"revised_uncertainty"`.

    Reference: [Liebel and Körner](https://arxiv.org/abs/1805.06334)

    Example:

    ```python
    model.compile("adam", balancing=mtl_zoo.balancing.RevisedUncertainty())
    ```
    """

    def __init__(self, name="revised_uncertainty"):
        super().__init__(name=name)

    def combine(self, losses, labelled):
        # Without labels there is nothing to learn of the noise.
        bound = ops.softplus(self.log_variances)
        return ops.sum(self.task_weights() * losses + labelled * bound)
