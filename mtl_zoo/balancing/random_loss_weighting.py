"""Weights drawn anew in every step.

Lin, Ye, Zhang, Tsang, "Reasonable Effectiveness of Random Weighting: A Litmus
Test for Multi-Task Learning", TMLR 2022, arXiv 2111.10603.
"""

import keras
from keras import ops

from mtl_zoo.balancing.balancing import Balancing
from mtl_zoo.utils.tensorflow_replicas import from_first_replica


@keras.saving.register_keras_serializable(package="mtl_zoo")
class RandomLossWeighting(Balancing):
    """Weights that are the softmax of normal random numbers.

    They add up to 1 over the tasks that have labels in the batch.

    Args:
        seed: Integer, or `None` for one that `keras.utils.set_random_seed`
            decides. Defaults to `None`.
        name: String. Defaults to `"random_loss_weighting"`.

    Reference: [Lin et al.](https://arxiv.org/abs/2111.10603)

    Example:

    ```python
    model.compile(
        "adam", balancing=mtl_zoo.balancing.RandomLossWeighting(seed=0)
    )
    ```
    """

    def __init__(self, seed=None, name="random_loss_weighting"):
        super().__init__(name=name)
        self.seed = seed

    def create_state(self, count):
        self.seed_generator = keras.random.SeedGenerator(self.seed)
        self.last_weights = self.add_state("last_weights", (count,), "ones")

    def task_weights(self):
        return ops.convert_to_tensor(self.last_weights)

    def combine(self, losses, labelled):
        drawn = keras.random.normal(
            (len(self.tasks),), seed=self.seed_generator
        )
        weights = labelled * ops.exp(from_first_replica(drawn))
        weights = weights / ops.maximum(ops.sum(weights), 1e-7)
        self.last_weights.assign(weights)
        return ops.sum(weights * losses)

    def get_config(self):
        return {**super().get_config(), "seed": self.seed}
