"""Weights drawn anew in every step.

Lin, Ye, Zhang, Tsang, "Reasonable Effectiveness of Random Weighting: A Litmus
Test for Multi-Task Learning", TMLR 2022, arXiv 2111.10603.
"""

import keras
from keras import ops

from mtl_zoo.balancing.balancing import Balancing
from mtl_zoo.utils.tensorflow_replicas import from_first_replica
from mtl_zoo.utils.text import unknown

DISTRIBUTIONS = ("normal", "uniform", "dirichlet", "bernoulli", "one_task")


@keras.saving.register_keras_serializable(package="mtl_zoo")
class RandomLossWeighting(Balancing):
    """Weights drawn at random that add up to 1.

    Over the tasks that have labels in the batch, as the paper's table 1 has
    them: `"normal"` and `"uniform"` are the softmax of standard normal and of
    uniform numbers, `"dirichlet"` is even over all weights of sum 1,
    `"bernoulli"` drops every task with probability one half and weighs the
    others alike (all of them where none is left), and `"one_task"` is 1 for
    one task (the paper's constrained Bernoulli).

    Args:
        seed: Integer, or `None` for one that `keras.utils.set_random_seed`
            decides. Defaults to `None`.
        distribution: String, see above. Defaults to `"normal"`.
        name: String. Defaults to `"random_loss_weighting"`.

    Raises:
        ValueError: If there is no such distribution.

    Reference: [Lin et al.](https://arxiv.org/abs/2111.10603)

    Example:

    ```python
    model.compile(
        "adam", balancing=mtl_zoo.balancing.RandomLossWeighting(seed=0)
    )
    ```
    """

    def __init__(
        self,
        seed=None,
        distribution="normal",
        name="random_loss_weighting",
    ):
        super().__init__(name=name)
        check_distribution(distribution)
        self.distribution = distribution
        self.seed = seed

    def create_state(self, count):
        self.seed_generator = keras.random.SeedGenerator(self.seed)
        self.last_weights = self.add_state("last_weights", (count,), "ones")

    def task_weights(self):
        return ops.convert_to_tensor(self.last_weights)

    def combine(self, losses, labelled):
        weights = draw(self.distribution, labelled, self.seed_generator)
        self.last_weights.assign(weights)
        return ops.sum(weights * losses)

    def get_config(self):
        return {
            **super().get_config(),
            "distribution": self.distribution,
            "seed": self.seed,
        }


def check_distribution(distribution):
    """Raise `ValueError` unless `draw` knows the distribution."""
    if distribution not in DISTRIBUTIONS:
        raise unknown("distribution", distribution, DISTRIBUTIONS)


def draw(distribution, labelled, seed):
    """Random weights.

    Args:
        distribution: String, see `RandomLossWeighting`.
        labelled: Float32 tensor `(tasks,)`, 1 for tasks that take part.
        seed: `keras.random.SeedGenerator`.

    Returns:
        Float32 tensor `(tasks,)`, of sum 1, or 0 where no task takes part.
    """
    if distribution == "normal":
        drawn = ops.exp(keras.random.normal(labelled.shape, seed=seed))
    else:
        drawn = keras.random.uniform(labelled.shape, 1e-6, 1.0, seed=seed)
    drawn = labelled * from_first_replica(drawn)
    if distribution == "uniform":
        drawn = labelled * ops.exp(drawn)
    elif distribution == "dirichlet":
        # Exponentially distributed numbers over their sum.
        drawn = -ops.log(ops.where(labelled > 0, drawn, 1.0))
    elif distribution == "bernoulli":
        kept = ops.cast(drawn > 0.5, "float32")
        drawn = ops.where(ops.any(kept > 0), kept, labelled)
    elif distribution == "one_task":
        drawn = labelled * ops.one_hot(ops.argmax(drawn), labelled.shape[0])
    return drawn / ops.maximum(ops.sum(drawn), 1e-7)
