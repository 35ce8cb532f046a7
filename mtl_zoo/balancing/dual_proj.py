"""The sum of the gradients, projected onto what hurts no task.

Lopez-Paz, Ranzato, "Gradient Episodic Memory for Continual Learning", NeurIPS
2017, arXiv 1706.08840; for several tasks at once as DualProj of TorchJD.
"""

import keras

from mtl_zoo.balancing import dual_cone
from mtl_zoo.balancing.gradient_balancing import GradientBalancing


@keras.saving.register_keras_serializable(package="mtl_zoo")
class DualProj(GradientBalancing):
    """The closest direction to the sum that hurts no task.

    Of all directions that have no negative inner product with the gradient of
    any task, the closest to their sum (equation 11 of the paper, all tasks
    being present ones). Where the sum itself hurts none, it stays.

    Args:
        shared: String, `"encoder"` or `"features"`, what gradients are taken
            of. Defaults to `"encoder"`.
        name: String. Defaults to `"dual_proj"`.

    Reference: [Lopez-Paz and Ranzato](https://arxiv.org/abs/1706.08840)

    Example:

    ```python
    model.compile("adam", balancing=mtl_zoo.balancing.DualProj())
    ```
    """

    def __init__(self, shared="encoder", name="dual_proj"):
        super().__init__(shared, name)

    def weigh(self, gram, losses, labelled):
        return labelled * dual_cone.project(gram, labelled[None])[0]
