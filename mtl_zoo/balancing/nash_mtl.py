"""The gradient that the tasks agree on when they bargain.

Navon et al., "Multi-Task Learning as a Bargaining Game", ICML 2022,
arXiv 2202.01017.
"""

import keras
from keras import ops

from mtl_zoo.balancing.gradient_balancing import GradientBalancing

_NEWTON_STEPS = 30
# Bounds the weights of gradients that are opposite to each other.
_RIDGE = 1e-5


@keras.saving.register_keras_serializable(package="mtl_zoo")
class NashMTL(GradientBalancing):
    """The Nash bargaining solution: weights `α` with `GᵀG α = 1 / α`.

    `G` has the gradients of the tasks as columns (claim 3.1 of the paper),
    with respect to shared weights. `GᵀG` is divided by its Frobenius norm
    first, so that steps get shorter as gradients do. In place of the paper's
    sequence of convex problems, `α` is found as the minimum of the convex
    `αᵀ GᵀG α / 2 - Σ log α`, whose derivative is the equation, by Newton's
    method within the compiled step, in every step. What lies beyond the
    encoder learns from the plain sum of the losses.

    Args:
        name: String. Defaults to `"nash_mtl"`.

    Reference: [Navon et al.](https://arxiv.org/abs/2202.01017)

    Example:

    ```python
    model.compile("adam", balancing=mtl_zoo.balancing.NashMTL())
    ```
    """

    def __init__(self, name="nash_mtl"):
        super().__init__(name=name)

    def weigh(self, gram, losses, labelled):
        frobenius = ops.sqrt(ops.sum(ops.square(gram)))
        gram = gram / ops.where(frobenius > 0, frobenius, 1.0)
        squares = ops.diagonal(gram)
        # A task without a gradient does not bargain, and has weight 0.
        bargains = squares > 0
        norms = ops.sqrt(ops.where(bargains, squares, 1.0))
        # In terms of unit gradients the problem is well scaled.
        identity = ops.eye(len(self.tasks))
        cosines = gram / ops.outer(norms, norms)
        cosines = ops.where(identity > 0, 1.0 + _RIDGE, cosines)

        def newton(_, x):
            gradient = ops.matmul(cosines, x) - 1.0 / x
            hessian = cosines + identity / ops.square(x)[:, None]
            step = ops.solve(hessian, gradient)
            decrement = ops.sqrt(ops.maximum(ops.sum(gradient * step), 0.0))
            # Damped: full steps could leave the positive numbers.
            length = ops.where(decrement > 0.25, 1.0 / (1.0 + decrement), 1.0)
            return x - length * step

        x = ops.fori_loop(0, _NEWTON_STEPS, newton, ops.ones_like(norms))
        return ops.where(bargains, x / norms, 0.0)
