"""Losses of one scale, and gradients of one length.

Lin, Jiang, Ye, Zhang, Chen, Chen, Liu, Tsang, Kwok, "Dual-Balancing for
Multi-Task Learning", 2023, arXiv 2308.12029.
"""

import keras
from keras import ops

from mtl_zoo.balancing.coordinate_balancing import CoordinateBalancing

_SMALLEST = 1e-8


@keras.saving.register_keras_serializable(package="mtl_zoo")
class DBMTL(CoordinateBalancing):
    """Gradients of the losses' logarithms, made as long as the longest.

    `ĝ_i ← beta_k ĝ_i + (1 - beta_k) ∇ log l_i` and the encoder goes along
    `Σ ĝ_i max ‖ĝ‖ / ‖ĝ_i‖` (algorithm 1 of the paper), `beta_k = beta / √k` in
    step k. Beyond the encoder weights learn from `Σ log l_i`. A task whose loss
    is not above 0 is left out. The mean
    gradients take as much memory as those of a step, and are part of a
    checkpoint; with `beta=0` there are none.

    Args:
        beta: Float from 0 to 1 (without 1), how much of past gradients stays.
            Defaults to `0.9`.
        shared: String, `"encoder"`, or with `beta=0` also `"features"`, what
            gradients are taken of. Defaults to `"encoder"`.
        name: String. Defaults to `"db_mtl"`.

    Raises:
        ValueError: If `beta` is not in `[0, 1)`.

    Reference: [Lin et al.](https://arxiv.org/abs/2308.12029)

    Example:

    ```python
    model.compile("adam", balancing=mtl_zoo.balancing.DBMTL(beta=0.5))
    ```
    """

    def __init__(self, beta=0.9, shared="encoder", name="db_mtl"):
        if not 0 <= beta < 1:
            raise ValueError(f"beta must be in [0, 1); received {beta!r}.")
        self.tracks_gradients = beta > 0
        super().__init__(shared, name)
        self.beta = beta

    def create_state(self, count):
        super().create_state(count)
        self.steps = self.add_state("steps", ())

    def transform(self, rows, index, norms, losses, labelled):
        rows = rows * self.weigh_beyond(None, losses, labelled)[:, None]
        if not self.tracks_gradients:
            return rows
        rate = 1.0 - self.beta / ops.sqrt(self.steps + 1.0)
        tracked = ops.convert_to_tensor(self.tracked[index])
        tracked = tracked + rate * labelled[:, None] * (rows - tracked)
        self.tracked[index].assign(tracked)
        return labelled[:, None] * tracked

    def weigh(self, gram, losses, labelled):
        self.steps.assign(self.steps + ops.max(labelled))
        norms = ops.sqrt(ops.diagonal(gram))
        longest = ops.max(norms)
        return ops.where(
            norms > 0, longest / ops.where(norms > 0, norms, 1.0), 0.0
        )

    def weigh_beyond(self, weights, losses, labelled):
        counts = ops.logical_and(labelled > 0, losses > _SMALLEST)
        return ops.where(counts, 1.0 / ops.maximum(losses, _SMALLEST), 0.0)

    def coefficients(self, gram, losses, labelled):
        within, beyond = super().coefficients(gram, losses, labelled)
        self.last_weights.assign(within * beyond)
        return within, beyond

    def get_config(self):
        return {**super().get_config(), "beta": self.beta}
