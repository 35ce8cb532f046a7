"""Weights that make all losses fall at the same rate, without gradients.

Liu, Feng, Stone, Liu, "FAMO: Fast Adaptive Multitask Optimization", NeurIPS
2023, arXiv 2306.03792.
"""

import keras
from keras import ops

from mtl_zoo.balancing.balancing import Balancing

_SMALLEST = 1e-8
_BETA_1, _BETA_2, _EPSILON = 0.9, 0.999, 1e-8


@keras.saving.register_keras_serializable(package="mtl_zoo")
class FAMO(Balancing):
    """Losses weighed by how little the last steps have lowered them.

    With `z = softmax(ξ)`, a step goes down `c Σ z_i log l_i`, where
    `c = 1 / Σ (z_i / l_i)` is held constant, so that a loss counts
    `c z_i / l_i`. After it, `ξ` takes a step of Adam along
    `Σ_i (log l_i before - log l_i after) ∇z_i + weight_decay * ξ`: algorithm 1
    of the paper, with Adam as in its experiments. So a step costs a forward
    pass more than that of the plain sum, on the same batch, and no backward
    pass. Tasks without labels in the batch, or whose loss is not above 0, are
    left out, their `ξ` too. Where the step changes no loss, as while gradients
    accumulate, `ξ` stays; but the second look of a network with dropout is
    through another mask, whose noise `ξ` follows.

    Args:
        learning_rate: Float above 0, of `ξ`. Defaults to `0.025`, as
            published.
        weight_decay: Float at least 0. Defaults to `1e-3`.
        name: String. Defaults to `"famo"`.

    Raises:
        ValueError: If an argument is out of range.

    Reference: [Liu et al.](https://arxiv.org/abs/2306.03792)

    Example:

    ```python
    model.compile("adam", balancing=mtl_zoo.balancing.FAMO())
    ```
    """

    looks_back = True

    def __init__(self, learning_rate=0.025, weight_decay=1e-3, name="famo"):
        super().__init__(name=name)
        if not (learning_rate > 0 and weight_decay >= 0):
            raise ValueError(
                "learning_rate must be above 0, weight_decay at least 0; "
                f"received {learning_rate!r} and {weight_decay!r}."
            )
        self.learning_rate = learning_rate
        self.weight_decay = weight_decay

    def create_state(self, count):
        self.last_weights = self.add_state("last_weights", (count,), "ones")
        self.before = self.add_state("before", (count,))
        self.logits = self.add_state("logits", (count,))
        self.momentum = self.add_state("momentum", (count,))
        self.velocity = self.add_state("velocity", (count,))
        self.steps = self.add_state("steps", (count,))

    def task_weights(self):
        return ops.convert_to_tensor(self.last_weights)

    def combine(self, losses, labelled):
        logs = _log(losses)
        self.before.assign(ops.stop_gradient(losses))
        counted = labelled * ops.cast(losses > _SMALLEST, "float32")
        shares = counted * ops.softmax(ops.convert_to_tensor(self.logits))
        shares = shares / ops.maximum(ops.sum(shares), _SMALLEST)
        by_loss = shares / ops.maximum(losses, _SMALLEST)
        weights = ops.stop_gradient(
            by_loss / ops.maximum(ops.sum(by_loss), _SMALLEST)
        )
        self.last_weights.assign(weights)
        factors = ops.stop_gradient(weights * losses)
        return ops.sum(factors * logs)

    def after_update(self, losses, labelled):
        before = ops.convert_to_tensor(self.before)
        counted = ops.logical_and(labelled > 0, before > _SMALLEST)
        fall = ops.where(counted, _log(before) - _log(losses), 0.0)
        changed = ops.logical_and(
            ops.all(ops.isfinite(fall)), ops.any(ops.not_equal(fall, 0.0))
        )
        moved = ops.logical_and(counted, changed)
        fall = ops.where(moved, fall, 0.0)
        logits = ops.convert_to_tensor(self.logits)
        shares = ops.where(moved, ops.softmax(logits), 0.0)
        mean = ops.sum(shares * fall) / ops.maximum(ops.sum(shares), _SMALLEST)
        gradient = shares * (fall - mean)
        gradient = gradient + self.weight_decay * logits
        steps = self.steps + ops.cast(moved, "float32")
        momentum = self.momentum * _BETA_1 + gradient * (1 - _BETA_1)
        velocity = self.velocity * _BETA_2
        velocity = velocity + ops.square(gradient) * (1 - _BETA_2)
        # A task that was never counted has taken no step.
        taken = ops.maximum(steps, 1.0)
        length = ops.sqrt(velocity / (1 - _BETA_2**taken)) + _EPSILON
        step = momentum / (1 - _BETA_1**taken) / length
        for variable, value in (
            (self.logits, logits - self.learning_rate * step),
            (self.momentum, momentum),
            (self.velocity, velocity),
            (self.steps, steps),
        ):
            old = ops.convert_to_tensor(variable)
            variable.assign(ops.where(moved, value, old))

    def get_config(self):
        return {
            **super().get_config(),
            "learning_rate": self.learning_rate,
            "weight_decay": self.weight_decay,
        }


def _log(losses):
    return ops.log(ops.maximum(losses, _SMALLEST))
