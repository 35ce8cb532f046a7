"""Weights learned so that all tasks train at similar rates.

Chen, Badrinarayanan, Lee, Rabinovich, "GradNorm: Gradient Normalization for
Adaptive Loss Balancing in Deep Multitask Networks", ICML 2018,
arXiv 1711.02257.
"""

import keras
from keras import ops

from mtl_zoo.balancing.gradient_balancing import GradientBalancing


@keras.saving.register_keras_serializable(package="mtl_zoo")
class GradNorm(GradientBalancing):
    """Weights that bring the norms of the weighted gradients together.

    The norm of task i's weighted gradient is drawn to `mean norm * r_i^alpha`,
    where `r_i` is the share of the first loss that is left of task i, over the
    mean of those shares (equations 1 and 2 of the paper). Norms are with
    respect to shared weights, and taken relative to the mean norm, so that the
    scale of the losses does not matter to how fast weights change. The weights
    count in the whole network; they are `tasks * softmax(logits)`, which keeps
    them above 0 and their sum at the number of tasks, in place of the paper's
    renormalisation, and the model's optimizer updates the logits. A task
    without labels in a batch keeps its logit, and what is below 0 of a loss
    counts as nothing left of it.

    Args:
        alpha: Float at least 0. How strongly a task that trains slowly is
            pulled back to the others. Defaults to `1.5`, the paper's for
            NYUv2.
        shared: String, `"encoder"` or `"features"`, what gradients are taken
            of. Defaults to `"encoder"`.
        name: String. Defaults to `"grad_norm"`.

    Raises:
        ValueError: If `alpha` is negative.

    Reference: [Chen et al.](https://arxiv.org/abs/1711.02257)

    Example:

    ```python
    model.compile("adam", balancing=mtl_zoo.balancing.GradNorm(alpha=1.5))
    ```
    """

    whole_network = True

    def __init__(self, alpha=1.5, shared="encoder", name="grad_norm"):
        super().__init__(shared, name)
        if not alpha >= 0:
            raise ValueError(f"alpha must be at least 0; received {alpha!r}.")
        self.alpha = alpha

    def create_state(self, count):
        super().create_state(count)
        self.logits = self.add_weight(
            shape=(count,), initializer="zeros", name="logits"
        )
        # The first loss of every task that had labels; 0 until then.
        self.first_losses = self.add_state("first_losses", (count,))

    def task_weights(self):
        return len(self.tasks) * ops.softmax(ops.convert_to_tensor(self.logits))

    def weigh(self, gram, losses, labelled):
        self.first_losses.assign(self._first_losses(losses, labelled))
        return self.task_weights()

    def state_gradients(self, gram, losses, labelled):
        count = ops.maximum(ops.sum(labelled), 1.0)
        norms = ops.sqrt(ops.diagonal(gram))
        weights = self.task_weights()
        weighted = weights * norms
        first = self._first_losses(losses, labelled)
        left = ops.where(
            ops.logical_and(labelled > 0, first > 0),
            ops.maximum(losses, 0.0) / ops.where(first > 0, first, 1.0),
            0.0,
        )
        mean_left = ops.sum(left) / count
        rate = left / ops.where(mean_left > 0, mean_left, 1.0)
        mean_norm = ops.sum(weighted) / count
        mean_norm = ops.where(mean_norm > 0, mean_norm, 1.0)
        above = weighted / mean_norm - ops.power(rate, self.alpha)
        # Of Σ |above|, the mean and the rates held constant, by the weights;
        gradient = labelled * ops.sign(above) * norms / mean_norm
        # and by the logits, through the softmax.
        weights = labelled * weights
        mean = ops.sum(gradient * weights) / ops.maximum(ops.sum(weights), 1e-8)
        return [weights * (gradient - mean)]

    def _first_losses(self, losses, labelled):
        first = ops.convert_to_tensor(self.first_losses)
        is_first = ops.logical_and(labelled > 0, ops.equal(first, 0))
        return ops.where(is_first, losses, first)

    def get_config(self):
        return {**super().get_config(), "alpha": self.alpha}
