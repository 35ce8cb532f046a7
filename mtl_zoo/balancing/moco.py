"""The common descent direction of gradients that are tracked over steps.

Fernando, Shen, Liu, Chaudhury, Murugesan, Chen, "Mitigating Gradient Bias in
Multi-objective Learning: A Provably Convergent Approach", ICLR 2023, arXiv
2210.12624.
"""

import keras
from keras import ops

from mtl_zoo.balancing import simplex
from mtl_zoo.balancing.coordinate_balancing import CoordinateBalancing


@keras.saving.register_keras_serializable(package="mtl_zoo")
class MoCo(CoordinateBalancing):
    """MGDA's shares of tracked gradients, moved by one step per step.

    `y_i ← y_i - beta_k (y_i - h_i)` tracks the gradient of every task, and
    `λ ← Π(λ - gamma_k (YᵀY + rho I) λ)`, where `Π` projects on the simplex; the
    encoder goes along `Y λ` (algorithm 1 of the paper). As in the authors'
    experiments, `h_i` is the gradient made as long as the loss is large (a
    loss below 0 counts as 0), and
    `beta_k = beta / √k`, `gamma_k = gamma / √k` in step k. The tracked
    gradients take as much memory as those of a step, and are part of a
    checkpoint.

    Args:
        beta: Float above 0, how fast gradients follow. Defaults to `0.5`.
        gamma: Float above 0, the length of a step of `λ`. Defaults to `0.1`.
        rho: Float at least 0, draws `λ` to even shares. Defaults to `0.0`.
        shared: String, `"encoder"`. Defaults to `"encoder"`.
        name: String. Defaults to `"moco"`.

    Raises:
        ValueError: If an argument is out of range.

    Reference: [Fernando et al.](https://arxiv.org/abs/2210.12624)

    Example:

    ```python
    model.compile("adam", balancing=mtl_zoo.balancing.MoCo())
    ```
    """

    tracks_gradients = True

    def __init__(
        self, beta=0.5, gamma=0.1, rho=0.0, shared="encoder", name="moco"
    ):
        super().__init__(shared, name)
        if not (beta > 0 and gamma > 0 and rho >= 0):
            raise ValueError(
                "beta and gamma must be above 0, rho at least 0; received "
                f"{beta!r}, {gamma!r} and {rho!r}."
            )
        self.beta = beta
        self.gamma = gamma
        self.rho = rho

    def create_state(self, count):
        super().create_state(count)
        self.shares = self.add_state("shares", (count,))
        self.shares.assign(ops.full((count,), 1.0 / count))
        self.steps = self.add_state("steps", ())

    def transform(self, rows, index, norms, losses, labelled):
        rate = self.beta / ops.sqrt(self.steps + 1.0)
        lengths = ops.maximum(losses, 0.0) / ops.maximum(norms, 1e-8)
        tracked = ops.convert_to_tensor(self.tracked[index])
        change = labelled[:, None] * (rows * lengths[:, None] - tracked)
        tracked = tracked + rate * change
        self.tracked[index].assign(tracked)
        return labelled[:, None] * tracked

    def weigh(self, gram, losses, labelled):
        rate = self.gamma / ops.sqrt(self.steps + 1.0)
        self.steps.assign(self.steps + ops.max(labelled))
        former = ops.convert_to_tensor(self.shares)
        shares, total = simplex.restricted(former, labelled)
        gradient = ops.matmul(gram, shares) + self.rho * shares
        shares = simplex.project(shares - rate * gradient, labelled)
        self.shares.assign(ops.where(labelled > 0, total * shares, former))
        return labelled * shares

    def get_config(self):
        return {
            **super().get_config(),
            "beta": self.beta,
            "gamma": self.gamma,
            "rho": self.rho,
        }
