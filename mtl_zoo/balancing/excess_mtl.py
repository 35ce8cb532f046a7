"""Weights by how far every task is from its own optimum.

He, Zhou, Zhang, Yun, Xu, Zeng, Chilimbi, Zhao, "Robust Multi-Task Learning
with Excess Risks", ICML 2024, arXiv 2402.02009.
"""

import keras
from keras import ops

from mtl_zoo.balancing.coordinate_balancing import CoordinateBalancing


@keras.saving.register_keras_serializable(package="mtl_zoo")
class ExcessMTL(CoordinateBalancing):
    """Losses weighed by what can still be gained, not by what they are.

    The gain of a task is estimated as `Σ g² / √S`, `S` being the sum of `g²`
    over all steps, coordinate by coordinate (equation 6 of the paper), over
    the same in its first step. Weights, of sum `tasks`, are multiplied by
    `exp(step_size * gain)` in every step (equation 9). A task of noisy labels,
    whose loss stays high, is not weighed up for it. The weights count in the
    whole network; gradients are of the encoder. `S` takes as much memory as
    the tasks' gradients, and is part of a checkpoint.

    Args:
        step_size: Float above 0. Defaults to `0.01`.
        shared: String, `"encoder"`. Defaults to `"encoder"`.
        name: String. Defaults to `"excess_mtl"`.

    Raises:
        ValueError: If `step_size` is not above 0.

    Reference: [He et al.](https://arxiv.org/abs/2402.02009)

    Example:

    ```python
    model.compile("adam", balancing=mtl_zoo.balancing.ExcessMTL())
    ```
    """

    tracks_gradients = True
    adds_transformed = False
    whole_network = True

    def __init__(self, step_size=0.01, shared="encoder", name="excess_mtl"):
        super().__init__(shared, name)
        if not step_size > 0:
            raise ValueError(
                f"step_size must be above 0; received {step_size!r}."
            )
        self.step_size = step_size

    def create_state(self, count):
        super().create_state(count)
        self.logits = self.add_state("logits", (count,))
        # The gain in the first step that had labels; 0 until then.
        self.first_gains = self.add_state("first_gains", (count,))

    def transform(self, rows, index, norms, losses, labelled):
        total = self.tracked[index] + ops.square(rows)
        self.tracked[index].assign(total)
        # Squares of these add up to the gain.
        return rows * (total + 1e-7) ** -0.25

    def weigh(self, gram, losses, labelled):
        gains = ops.diagonal(gram)
        first = ops.convert_to_tensor(self.first_gains)
        later = labelled * ops.cast(first > 0, "float32")
        ratio = later * gains / ops.where(first > 0, first, 1.0)
        logits = self.logits + self.step_size * ratio
        logits = logits - ops.max(logits)
        self.logits.assign(logits)
        self.first_gains.assign(ops.where(first > 0, first, gains))
        return len(self.tasks) * ops.softmax(logits)

    def get_config(self):
        return {**super().get_config(), "step_size": self.step_size}
