"""Gradients of one sign per coordinate, drawn at random.

Chen, Ngiam, Huang, Luong, Kretzschmar, Chai, Anguelov, "Just Pick a Sign:
Optimizing Deep Multitask Models with Gradient Sign Dropout", NeurIPS 2020,
arXiv 2010.06808.
"""

import keras
from keras import ops

from mtl_zoo.balancing.coordinate_balancing import CoordinateBalancing
from mtl_zoo.utils.tensorflow_replicas import from_first_replica


@keras.saving.register_keras_serializable(package="mtl_zoo")
class GradDrop(CoordinateBalancing):
    """Of every coordinate, only the tasks that pull to one side count.

    `P = (1 + Σ g / Σ |g|) / 2` is how much of the gradients, summed over the
    tasks, is positive; with probability `P` the positive ones are kept and the
    negative ones dropped, else the other way round (algorithm 1 of the paper,
    with the identity as `f`). The paper drops gradients of the shared
    features, summed over the batch by the sign of the feature; here every
    element of the features, or every weight of the encoder, is a coordinate of
    its own.

    Args:
        leak: Float from 0 to 1, the share that what is dropped keeps. Defaults
            to `0.0`.
        seed: Integer, or `None` for one that `keras.utils.set_random_seed`
            decides. Defaults to `None`.
        shared: String, `"encoder"` or `"features"`, what gradients are taken
            of. Defaults to `"encoder"`.
        name: String. Defaults to `"grad_drop"`.

    Raises:
        ValueError: If `leak` is not in `[0, 1]`.

    Reference: [Chen et al.](https://arxiv.org/abs/2010.06808)

    Example:

    ```python
    model.compile("adam", balancing=mtl_zoo.balancing.GradDrop())
    ```
    """

    def __init__(self, leak=0.0, seed=None, shared="encoder", name="grad_drop"):
        super().__init__(shared, name)
        if not 0 <= leak <= 1:
            raise ValueError(f"leak must be in [0, 1]; received {leak!r}.")
        self.leak = leak
        self.seed = seed

    def create_state(self, count):
        super().create_state(count)
        self.seed_generator = keras.random.SeedGenerator(self.seed)

    def transform(self, rows, index, norms, losses, labelled):
        total = ops.sum(ops.abs(rows), axis=0)
        purity = ops.sum(rows, axis=0) / ops.where(total > 0, total, 1.0)
        drawn = keras.random.uniform(
            (ops.shape(rows)[1],), seed=self.seed_generator
        )
        if self.shared == "encoder":
            drawn = from_first_replica(drawn)
        kept = ops.where(0.5 * (1.0 + purity) > drawn, rows > 0, rows < 0)
        return ops.where(kept, rows, self.leak * rows)

    def weigh(self, gram, losses, labelled):
        return labelled

    def get_config(self):
        return {
            **super().get_config(),
            "leak": self.leak,
            "seed": self.seed,
        }
