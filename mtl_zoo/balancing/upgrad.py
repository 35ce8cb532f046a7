"""Every gradient projected onto what hurts no task, then summed.

Quinton, Rey, "Jacobian Descent for Multi-Objective Optimization", 2024, arXiv
2406.16232.
"""

import keras
from keras import ops

from mtl_zoo.balancing import dual_cone
from mtl_zoo.balancing.gradient_balancing import GradientBalancing


@keras.saving.register_keras_serializable(package="mtl_zoo")
class UPGrad(GradientBalancing):
    """The sum of the unconflicting projections of the gradients.

    The gradient of every task is replaced by the closest direction that has no
    negative inner product with that of any task, and these are summed
    (equation 5 of the paper, which takes their mean). Unlike PCGrad, of more
    than two tasks too, and whatever their order, none loses to first order.

    Args:
        shared: String, `"encoder"` or `"features"`, what gradients are taken
            of. Defaults to `"encoder"`.
        name: String. Defaults to `"upgrad"`.

    Reference: [Quinton and Rey](https://arxiv.org/abs/2406.16232)

    Example:

    ```python
    model.compile("adam", balancing=mtl_zoo.balancing.UPGrad())
    ```
    """

    def __init__(self, shared="encoder", name="upgrad"):
        super().__init__(shared, name)

    def weigh(self, gram, losses, labelled):
        each = ops.eye(len(self.tasks)) * labelled
        return labelled * ops.sum(dual_cone.project(gram, each), axis=0)
