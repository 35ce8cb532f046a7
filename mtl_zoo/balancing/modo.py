"""The common descent direction, followed step by step without bias.

Chen, Fernando, Ying, Chen, "Three-Way Trade-Off in Multi-Objective Learning:
Optimization, Generalization and Conflict-Avoidance", NeurIPS 2023, arXiv
2305.20057.
"""

import keras
from keras import ops

from mtl_zoo.balancing import simplex
from mtl_zoo.balancing.double_sampling import DoubleSampling


@keras.saving.register_keras_serializable(package="mtl_zoo")
class MoDo(DoubleSampling):
    """MGDA's shares, moved by one step of descent per training step.

    `λ ← Π(λ - gamma (G₁ᵀ G₂ λ + rho λ))`, where `Π` projects on the simplex and
    `G₁`, `G₂` are the tasks' gradients of two independent batches (equation
    2.9 of the paper): here the halves of the batch. Then the encoder goes
    along the mean of both gradients weighed by `λ`. See
    `mtl_zoo.balancing.double_sampling` for the cost.

    Args:
        gamma: Float above 0, the length of a step of `λ`. Defaults to `0.001`.
        rho: Float at least 0, draws `λ` to even shares. Defaults to `0.1`.
        shared: String, `"encoder"`. Defaults to `"encoder"`.
        name: String. Defaults to `"modo"`.

    Raises:
        ValueError: If an argument is out of range.

    Reference: [Chen et al.](https://arxiv.org/abs/2305.20057)

    Example:

    ```python
    model.compile("adam", balancing=mtl_zoo.balancing.MoDo(gamma=0.01))
    ```
    """

    def __init__(self, gamma=0.001, rho=0.1, shared="encoder", name="modo"):
        super().__init__(shared, name)
        if not (gamma > 0 and rho >= 0):
            raise ValueError(
                "gamma must be above 0, rho at least 0; received "
                f"{gamma!r} and {rho!r}."
            )
        self.gamma = gamma
        self.rho = rho

    def update(self, product, shares, labelled):
        gradient = ops.matmul(product, shares) + self.rho * shares
        return simplex.project(shares - self.gamma * gradient, labelled)

    def get_config(self):
        return {
            **super().get_config(),
            "gamma": self.gamma,
            "rho": self.rho,
        }
