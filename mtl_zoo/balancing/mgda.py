"""The common descent direction of all tasks with the least norm.

Sener, Koltun, "Multi-Task Learning as Multi-Objective Optimization", NeurIPS
2018, arXiv 1810.04650.
"""

import keras
from keras import ops

from mtl_zoo.balancing import simplex
from mtl_zoo.balancing.gradient_balancing import GradientBalancing


@keras.saving.register_keras_serializable(package="mtl_zoo")
class MGDA(GradientBalancing):
    """The shortest of all weighted means of the tasks' gradients.

    A step along it lowers every loss, or there is no such step: equation 3 and
    algorithm 2 of the paper. Gradients are with respect to shared weights (the
    paper's MGDA, not its upper bound MGDA-UB), as they are, not normalised;
    weights add up to 1. Beyond the encoder weights learn from the plain sum,
    as in algorithm 2.

    Args:
        shared: String, `"encoder"` or `"features"`, what gradients are taken
            of. Defaults to `"encoder"`.
        name: String. Defaults to `"mgda"`.

    Reference: [Sener and Koltun](https://arxiv.org/abs/1810.04650)

    Example:

    ```python
    model.compile("adam", balancing=mtl_zoo.balancing.MGDA())
    ```
    """

    def __init__(self, shared="encoder", name="mgda"):
        super().__init__(shared, name)

    def weigh(self, gram, losses, labelled):
        return simplex.minimize(
            simplex.normalized(gram), ops.zeros_like(losses), 1.0, labelled
        )
