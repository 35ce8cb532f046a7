"""Gradients weighed at random, anew in every step.

Lin, Ye, Zhang, Tsang, "Reasonable Effectiveness of Random Weighting: A Litmus
Test for Multi-Task Learning", TMLR 2022, arXiv 2111.10603 (RGW).
"""

import keras

from mtl_zoo.balancing.gradient_balancing import GradientBalancing
from mtl_zoo.balancing.random_loss_weighting import check_distribution
from mtl_zoo.balancing.random_loss_weighting import draw


@keras.saving.register_keras_serializable(package="mtl_zoo")
class RandomGradientWeighting(GradientBalancing):
    """Random weights of the tasks' gradients in the encoder.

    As `mtl_zoo.balancing.RandomLossWeighting`, but beyond the encoder weights
    learn from the plain sum: what a method of gradient balancing has to be
    better than.

    Args:
        seed: Integer, or `None` for one that `keras.utils.set_random_seed`
            decides. Defaults to `None`.
        distribution: String, see `mtl_zoo.balancing.RandomLossWeighting`.
            Defaults to `"normal"`.
        shared: String, `"encoder"` or `"features"`, what gradients are taken
            of: here the same, at less cost with features. Defaults to
            `"encoder"`.
        name: String. Defaults to `"random_gradient_weighting"`.

    Raises:
        ValueError: If there is no such distribution.

    Reference: [Lin et al.](https://arxiv.org/abs/2111.10603)

    Example:

    ```python
    model.compile("adam", balancing="random_gradient_weighting")
    ```
    """

    def __init__(
        self,
        seed=None,
        distribution="normal",
        shared="encoder",
        name="random_gradient_weighting",
    ):
        super().__init__(shared, name)
        check_distribution(distribution)
        self.distribution = distribution
        self.seed = seed

    def create_state(self, count):
        super().create_state(count)
        self.seed_generator = keras.random.SeedGenerator(self.seed)

    def weigh(self, gram, losses, labelled):
        return draw(self.distribution, labelled, self.seed_generator)

    def get_config(self):
        return {
            **super().get_config(),
            "distribution": self.distribution,
            "seed": self.seed,
        }
