"""The gradient whose projections on all tasks' gradients are equally long.

Liu, Li, Kuang, Xue, Chen, Yang, Liao, Zhang, "Towards Impartial Multi-task
Learning", ICLR 2021 (its gradient balance, IMTL-G).
"""

import keras
from keras import ops

from mtl_zoo.balancing.gradient_balancing import GradientBalancing
from mtl_zoo.balancing.simplex import normalized

# Keeps the system solvable where gradients are linearly dependent.
_RIDGE = 1e-6


@keras.saving.register_keras_serializable(package="mtl_zoo")
class IMTLG(GradientBalancing):
    """Weights, of sum 1, by which no task is favoured.

    The weighted sum `g` has `g · g_i / ‖g_i‖` the same for every task: with
    `GᵀG` the inner products, the weights are `(GᵀG)⁻¹ ‖g‖` over their sum,
    which equation 6 of the paper says with differences of gradients. They may
    be negative; where gradients oppose one another so much that the sum before
    it is made 1 is negative, too, the step goes up on every task. Beyond the
    encoder weights learn from the plain sum.

    Args:
        shared: String, `"encoder"` or `"features"`, what gradients are taken
            of. Defaults to `"encoder"`; the paper takes features.
        name: String. Defaults to `"imtl_g"`.

    Reference: [Liu et al.](https://openreview.net/forum?id=IMPnRXEWpvr)

    Example:

    ```python
    model.compile("adam", balancing=mtl_zoo.balancing.IMTLG())
    ```
    """

    def __init__(self, shared="encoder", name="imtl_g"):
        super().__init__(shared, name)

    def weigh(self, gram, losses, labelled):
        gram = normalized(gram)
        norms = ops.sqrt(ops.diagonal(gram))
        counts = norms > 0
        safe = ops.where(counts, norms, 1.0)
        # In terms of unit gradients the problem is well scaled.
        identity = ops.eye(len(self.tasks))
        cosines = ops.where(
            identity > 0, 1.0 + _RIDGE, gram / ops.outer(safe, safe)
        )
        ones = ops.cast(counts, "float32")
        solution = ops.solve(cosines, ones) * ones / safe
        total = ops.sum(solution)
        found = ops.abs(total) > 1e-6 * ops.sum(ops.abs(solution))
        even = labelled / ops.maximum(ops.sum(labelled), 1.0)
        return ops.where(found, solution / ops.where(found, total, 1.0), even)
