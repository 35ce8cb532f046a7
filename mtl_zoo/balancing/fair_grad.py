"""The gradient that shares the progress of the tasks fairly.

Ban, Ji, "Fair Resource Allocation in Multi-Task Learning", ICML 2024, arXiv
2402.15638.
"""

import keras
from keras import ops

from mtl_zoo.balancing.gradient_balancing import GradientBalancing
from mtl_zoo.balancing.nash_mtl import bargain
from mtl_zoo.balancing.simplex import normalized


@keras.saving.register_keras_serializable(package="mtl_zoo")
class FairGrad(GradientBalancing):
    """The α-fair step: weights `w` with `GᵀG w = w^(-1/α)`.

    `G` has the gradients of the tasks as columns: `GᵀG w` is the progress of
    every task along `G w`, and the equation (4 of the paper) is where its
    α-fair utility is greatest: α = 1 is proportional fairness, as of NashMTL;
    the greater α, the more the worst-off task counts. In place of the paper's
    least squares, `w` is found as the minimum of a convex function whose
    derivative is the equation, by Newton's method within the compiled step.
    What lies beyond the encoder learns from the plain sum of the losses.

    Args:
        alpha: Float from 0.5 to 10, beyond which float32 does not solve the
            equation. Defaults to `1.0`, the paper's for NYUv2.
        shared: String, `"encoder"` or `"features"`, what gradients are taken
            of. Defaults to `"encoder"`.
        name: String. Defaults to `"fair_grad"`.

    Raises:
        ValueError: If `alpha` is out of range.

    Reference: [Ban and Ji](https://arxiv.org/abs/2402.15638)

    Example:

    ```python
    model.compile("adam", balancing=mtl_zoo.balancing.FairGrad(alpha=2.0))
    ```
    """

    def __init__(self, alpha=1.0, shared="encoder", name="fair_grad"):
        super().__init__(shared, name)
        if not 0.5 <= alpha <= 10:
            raise ValueError(f"alpha is from 0.5 to 10; received {alpha!r}.")
        self.alpha = alpha

    def weigh(self, gram, losses, labelled):
        # Of `gram` divided by `mean`, the weights are `mean^(1/(1 + 1/α))`
        # times as large.
        mean = ops.mean(ops.diagonal(gram))
        mean = ops.where(mean > 0, mean, 1.0)
        power = 1.0 / self.alpha
        return bargain(normalized(gram), power) * mean ** (-1 / (1 + power))

    def get_config(self):
        return {**super().get_config(), "alpha": self.alpha}
