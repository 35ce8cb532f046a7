"""Gradients without the parts by which they conflict.

Yu et al., "Gradient Surgery for Multi-Task Learning", NeurIPS 2020,
arXiv 2001.06782.
"""

import keras
from keras import ops

from mtl_zoo.balancing.gradient_balancing import GradientBalancing
from mtl_zoo.utils.tensorflow_replicas import from_first_replica


@keras.saving.register_keras_serializable(package="mtl_zoo")
class PCGrad(GradientBalancing):
    """Every gradient projected off those that it conflicts with, then summed.

    For every task, in random order: where its gradient, as projected so far,
    has a negative inner product with that of another task, the part along the
    other is taken out (algorithm 1 of the paper). Gradients are with respect
    to shared weights. The weights that are reported are the coefficients of
    the original gradients in the sum.

    Args:
        seed: Integer, or `None` for one that `keras.utils.set_random_seed`
            decides. Defaults to `None`.
        shared: String, `"encoder"` or `"features"`, what gradients are taken
            of. Defaults to `"encoder"`.
        name: String. Defaults to `"pcgrad"`.

    Reference: [Yu et al.](https://arxiv.org/abs/2001.06782)

    Example:

    ```python
    model.compile("adam", balancing=mtl_zoo.balancing.PCGrad())
    ```
    """

    def __init__(self, seed=None, shared="encoder", name="pcgrad"):
        super().__init__(shared, name)
        self.seed = seed

    def create_state(self, count):
        super().create_state(count)
        self.seed_generator = keras.random.SeedGenerator(self.seed)

    def visits(self, gram):
        """The other tasks in the random order in which every task meets them.

        Args:
            gram: As for `weigh`.

        Yields:
            Pairs: float32 tensor `(tasks, tasks)`, row i has a 1 at the task
            that task i meets; boolean tensor `(tasks,)`, whether that is
            another one and has a gradient.
        """
        count = len(self.tasks)
        drawn = keras.random.uniform((count, count), seed=self.seed_generator)
        order = ops.argsort(from_first_replica(drawn), axis=-1)
        for k in range(count):
            other = ops.one_hot(order[:, k], count)
            square = ops.sum(other * ops.diagonal(gram), axis=-1)
            itself = ops.sum(other * ops.eye(count), axis=-1) > 0
            yield other, ops.logical_and(square > 0, ops.logical_not(itself))

    def weigh(self, gram, losses, labelled):
        # Row i: what the projected gradient of task i is made of.
        coefficients = ops.eye(len(self.tasks))
        for other, counts in self.visits(gram):
            product = ops.sum(coefficients * ops.matmul(other, gram), axis=-1)
            square = ops.sum(other * ops.diagonal(gram), axis=-1)
            conflict = ops.logical_and(counts, product < 0)
            part = ops.where(
                conflict, product / ops.where(conflict, square, 1.0), 0.0
            )
            coefficients = coefficients - part[:, None] * other
        return ops.sum(coefficients, axis=0)

    def get_config(self):
        return {**super().get_config(), "seed": self.seed}
