"""The direction near the mean gradient that helps the worst-off task most.

Liu, Liu, Jin, Stone, Liu, "Conflict-Averse Gradient Descent for Multi-task
Learning", NeurIPS 2021, arXiv 2110.14048.
"""

import keras
from keras import ops

from mtl_zoo.balancing import simplex
from mtl_zoo.balancing.gradient_balancing import GradientBalancing


@keras.saving.register_keras_serializable(package="mtl_zoo")
class CAGrad(GradientBalancing):
    """The best direction for the task that gains least, near the mean.

    With `g0` the mean gradient, the direction is `g0 + c ‖g0‖ / ‖gw‖ gw`, where
    `gw`, a weighted mean of gradients, minimises `gw · g0 + c ‖g0‖ ‖gw‖`:
    algorithm 1 of the paper. Gradients are with respect to shared weights. The
    direction is multiplied by the number of tasks to stand beside the sum of
    the losses, from which what lies beyond the encoder learns.

    Args:
        c: Float from 0 to 1 (without 1). How far from the mean the direction
            may be, as a share of its norm; 0 is the mean. Defaults to `0.5`.
        shared: String, `"encoder"` or `"features"`, what gradients are taken
            of. Defaults to `"encoder"`.
        name: String. Defaults to `"cagrad"`.

    Raises:
        ValueError: If `c` is not in `[0, 1)`.

    Reference: [Liu et al.](https://arxiv.org/abs/2110.14048)

    Example:

    ```python
    model.compile("adam", balancing=mtl_zoo.balancing.CAGrad(c=0.4))
    ```
    """

    def __init__(self, c=0.5, shared="encoder", name="cagrad"):
        super().__init__(shared, name)
        if not 0 <= c < 1:
            raise ValueError(f"c must be in [0, 1); received {c!r}.")
        self.c = c

    def weigh(self, gram, losses, labelled):
        count = ops.maximum(ops.sum(labelled), 1.0)
        mean = labelled / count
        return count * (mean + best_step(gram, mean, labelled, self.c))

    def get_config(self):
        return {**super().get_config(), "c": self.c}


def best_step(gram, mean, labelled, c):
    """How far from the mean gradient the best direction is, and where to.

    Args:
        gram: Float32 tensor `(n, n)`, inner products of gradients of which the
            least decrease is to be greatest.
        mean: Float32 tensor `(n,)`, what the mean gradient is made of them.
        labelled: Float32 tensor `(n,)` of 1 and 0, which of them count.
        c: Float, see `CAGrad`.

    Returns:
        Float32 tensor `(n,)`, the step away from the mean in terms of them.
    """
    gram = simplex.normalized(gram)
    with_mean = ops.matmul(gram, mean)
    radius = c * ops.sqrt(ops.maximum(ops.sum(mean * with_mean), 0.0))
    shares = simplex.minimize(gram, with_mean, radius, labelled)
    square = ops.sum(shares * ops.matmul(gram, shares))
    # A norm of 0 (up to rounding): no direction lowers every loss.
    found = square > 1e-12
    norm = ops.sqrt(ops.where(found, square, 1.0))
    return ops.where(found, radius / norm, 0.0) * shares
