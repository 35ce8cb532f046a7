"""A smooth maximum of the losses.

Lin, Zhang, Yang, Liu, Wang, Zhang, "Smooth Tchebycheff Scalarization for
Multi-Objective Optimization", ICML 2024, arXiv 2402.19078.
"""

import keras
from keras import ops

from mtl_zoo.balancing.balancing import Balancing

_SMALLEST = 1e-8


@keras.saving.register_keras_serializable(package="mtl_zoo")
class STCH(Balancing):
    """The smooth maximum of the losses' logarithms: the worst counts most.

    `tasks * mu * log Σ exp(f_i / mu)`, equation 10 of the paper, of
    `f_i = log(l_i / n_i)`; the smaller `mu`, the closer to the greatest of
    them. With `mu=1` that is the sum of the losses over `n_i`, up to a common
    factor: the worst counts no more than in that sum, so take less where it
    should. As in the paper's experiments with networks, the first epochs go
    down `Σ log l_i`, and `n_i` is the mean loss in the last of these. Which
    epoch it is, `model.fit` tells by its `initial_epoch`: a loop over
    `fit(epochs=1)` without it stays in the first. A task whose loss is not
    above 0 has no gradient.

    Args:
        mu: Float above 0. Defaults to `1.0`.
        warmup_epochs: Integer at least 0; with 0, `n_i` is 1. Defaults to `4`.
        name: String. Defaults to `"stch"`.

    Raises:
        ValueError: If an argument is out of range.

    Reference: [Lin et al.](https://arxiv.org/abs/2402.19078)

    Example:

    ```python
    model.compile("adam", balancing=mtl_zoo.balancing.STCH(mu=0.5))
    ```
    """

    def __init__(self, mu=1.0, warmup_epochs=4, name="stch"):
        super().__init__(name=name)
        if not (mu > 0 and warmup_epochs >= 0):
            raise ValueError(
                "mu must be above 0, warmup_epochs at least 0; received "
                f"{mu!r} and {warmup_epochs!r}."
            )
        self.mu = mu
        self.warmup_epochs = warmup_epochs

    def create_state(self, count):
        self.last_weights = self.add_state("last_weights", (count,), "ones")
        self.epoch = self.add_state("epoch", ())
        self.total = self.add_state("total", (count,))
        self.steps = self.add_state("steps", (count,))

    def task_weights(self):
        return ops.convert_to_tensor(self.last_weights)

    def begin_epoch(self, epoch):
        self.epoch.assign(float(epoch))

    def combine(self, losses, labelled):
        clipped = ops.maximum(losses, _SMALLEST)
        constant = ops.stop_gradient(clipped)
        measures = ops.equal(self.epoch, self.warmup_epochs - 1.0)
        counts = labelled * ops.cast(ops.isfinite(constant), "float32")
        counts = counts * ops.cast(measures, "float32")
        self.total.assign(self.total + ops.where(counts > 0, constant, 0.0))
        self.steps.assign(self.steps + counts)

        steps = ops.convert_to_tensor(self.steps)
        mean = self.total / ops.maximum(steps, 1.0)
        nadir = ops.where(steps > 0, mean, 1.0)
        terms = ops.where(
            labelled > 0, ops.log(clipped / nadir) / self.mu, -1e9
        )
        count = ops.sum(labelled)
        smooth = count * self.mu * ops.logsumexp(terms)
        smooth = ops.where(count > 0, smooth, 0.0)
        plain = ops.sum(labelled * ops.log(clipped))
        warm = ops.convert_to_tensor(self.epoch) >= self.warmup_epochs
        shares = ops.where(warm, count * ops.softmax(terms), 1.0)
        self.last_weights.assign(
            ops.stop_gradient(labelled * shares / constant)
        )
        return ops.where(warm, smooth, plain)

    def get_config(self):
        return {
            **super().get_config(),
            "mu": self.mu,
            "warmup_epochs": self.warmup_epochs,
        }
