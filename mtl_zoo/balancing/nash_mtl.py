"""The gradient that the tasks agree on when they bargain.

Navon et al., "Multi-Task Learning as a Bargaining Game", ICML 2022,
arXiv 2202.01017.
"""

import keras
import numpy as np
from keras import ops

from mtl_zoo.balancing.gradient_balancing import GradientBalancing

_NEWTON_STEPS = 30
# Shares of a Newton step that are tried.
_LENGTHS = 0.5 ** np.arange(8, dtype="float32")
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
    encoder learns from the plain sum of the losses. The authors' code also
    clips the gradient of what is shared; `global_clipnorm` of an optimizer
    clips that of all weights.

    Args:
        shared: String, `"encoder"` or `"features"`, what gradients are taken
            of. Defaults to `"encoder"`.
        name: String. Defaults to `"nash_mtl"`.

    Reference: [Navon et al.](https://arxiv.org/abs/2202.01017)

    Example:

    ```python
    model.compile("adam", balancing=mtl_zoo.balancing.NashMTL())
    ```
    """

    def __init__(self, shared="encoder", name="nash_mtl"):
        super().__init__(shared, name)

    def weigh(self, gram, losses, labelled):
        frobenius = ops.sqrt(ops.sum(ops.square(gram)))
        return bargain(gram / ops.where(frobenius > 0, frobenius, 1.0))


def bargain(gram, power=1.0):
    """The positive weights `w` with `gram w = w^(-power)`.

    There the convex `wᵀ gram w / 2 - Σ ∫ w^(-power)` has its minimum, which
    Newton's method finds.

    Args:
        gram: Float32 tensor `(tasks, tasks)`, positive semidefinite, of values
            around 1.
        power: Float above 0. Defaults to `1.0`.

    Returns:
        Float32 tensor `(tasks,)`, 0 for tasks without a gradient.
    """
    squares = ops.diagonal(gram)
    # A task without a gradient does not bargain, and has weight 0.
    bargains = squares > 0
    # In units of what a task would have alone the problem is well scaled.
    units = ops.where(bargains, squares, 1.0) ** (-1.0 / (1.0 + power))
    right = units ** (1.0 - power)
    identity = ops.eye(gram.shape[0])
    matrix = gram * ops.outer(units, units)
    matrix = ops.where(identity > 0, right * (1.0 + _RIDGE), matrix)

    def value(x):
        powers = ops.log(x) if power == 1 else x ** (1 - power) / (1 - power)
        squares = ops.sum(x * ops.matmul(x, matrix), axis=-1)
        return squares / 2 - ops.sum(right * powers, axis=-1)

    def newton(_, x):
        gradient = ops.matmul(matrix, x) - right * x**-power
        curvature = power * right * x ** (-power - 1)
        step = ops.solve(matrix + identity * curvature, gradient)
        # As far as weights stay above 0, or part of it, whatever is best.
        longest = 0.9 / ops.maximum(ops.max(step / x), 0.9)
        tried = x - longest * _LENGTHS[:, None] * step
        return tried[ops.argmin(value(tried))]

    x = ops.fori_loop(0, _NEWTON_STEPS, newton, ops.ones_like(units))
    return ops.where(bargains, x * units, 0.0)
