"""The common descent direction near the mean gradient, without bias.

Xiao, Ban, Ji, "Direction-oriented Multi-objective Learning: Simple and
Provable Stochastic Algorithms", NeurIPS 2023, arXiv 2305.18409.
"""

import keras
from keras import ops

from mtl_zoo.balancing import simplex
from mtl_zoo.balancing.double_sampling import DoubleSampling

_STEPS = 20
_LEARNING_RATE = 10.0
_MOMENTUM = 0.5


@keras.saving.register_keras_serializable(package="mtl_zoo")
class SDMGrad(DoubleSampling):
    """MGDA drawn to the mean gradient.

    With `g0` the mean gradient, shares `w` lower `‖G w + λ g0‖²`, and the
    encoder goes along `(G w + λ g0) / (1 + λ)`; `λ = 0` is MGDA, a large one
    the mean (equation 4 and algorithm 1 of the paper). In every step `w` takes
    20 steps of projected descent with momentum, as in the authors' code, along
    `G₁ᵀ G₂ (w + λ / tasks)`, divided by the mean square norm (or the mean
    magnitude of the products, if it is more), where `G₁`, `G₂`
    are the tasks' gradients of two independent batches: here the halves of the
    batch, the mean of which, in place of a third batch, is gone along. See
    `mtl_zoo.balancing.double_sampling` for the cost.

    Args:
        direction: Float at least 0, `λ`. Defaults to `0.3`, as published.
        shared: String, `"encoder"`. Defaults to `"encoder"`.
        name: String. Defaults to `"sdm_grad"`.

    Raises:
        ValueError: If `direction` is negative.

    Reference: [Xiao et al.](https://arxiv.org/abs/2305.18409)

    Example:

    ```python
    model.compile("adam", balancing=mtl_zoo.balancing.SDMGrad())
    ```
    """

    def __init__(self, direction=0.3, shared="encoder", name="sdm_grad"):
        super().__init__(shared, name)
        if not direction >= 0:
            raise ValueError(
                f"direction must be at least 0; received {direction!r}."
            )
        self.direction = direction

    def update(self, product, shares, labelled):
        even = labelled / ops.maximum(ops.sum(labelled), 1.0)
        norms = ops.sqrt(ops.maximum(ops.diagonal(product), 0.0))
        # Halves that are mostly noise have products of either sign: what they
        # are divided by is then no square of norms, and never far below them.
        mean = ops.sum(even * ops.matmul(ops.abs(product), even))
        scale = ops.maximum(ops.square(ops.sum(even * norms)), mean)
        product = product / (scale + 1e-8)

        def move(_, state):
            shares, velocity = state
            gradient = ops.matmul(product, shares + self.direction * even)
            velocity = _MOMENTUM * velocity + gradient
            moved = shares - _LEARNING_RATE * velocity
            return simplex.project(moved, labelled), velocity

        start = (shares, ops.zeros_like(shares))
        return ops.fori_loop(0, _STEPS, move, start)[0]

    def weigh(self, gram, losses, labelled):
        shares = super().weigh(gram, losses, labelled)
        even = labelled / ops.maximum(ops.sum(labelled), 1.0)
        return (shares + self.direction * even) / (1 + self.direction)

    def get_config(self):
        return {**super().get_config(), "direction": self.direction}
