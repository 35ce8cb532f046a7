"""Gradients brought to the angles that they have on average.

Wang, Tsvetkov, Firat, Cao, "Gradient Vaccine: Investigating and Improving
Multi-task Optimization in Massively Multilingual Models", ICLR 2021, arXiv
2010.05874.
"""

import keras
from keras import ops

from mtl_zoo.balancing.pcgrad import PCGrad


@keras.saving.register_keras_serializable(package="mtl_zoo")
class GradVac(PCGrad):
    """PCGrad with a goal for every pair of tasks in place of a right angle.

    For every task i, in random order: where the cosine `φ` of its gradient, as
    changed so far, with that of task j is below the mean `φ̂` of past ones, it
    gets as much of task j's gradient as makes it `φ̂` (equation 4 and algorithm
    1 of the paper). Then `φ̂ ← (1 - beta) φ̂ + beta φ`, from 0 on. The sum of
    the gradients follows. One goal per pair is kept, for all of the encoder.

    Args:
        beta: Float from 0 to 1, how fast the goals follow. Defaults to `0.01`,
            as published.
        seed: Integer, or `None` for one that `keras.utils.set_random_seed`
            decides. Defaults to `None`.
        shared: String, `"encoder"` or `"features"`, what gradients are taken
            of. Defaults to `"encoder"`.
        name: String. Defaults to `"grad_vac"`.

    Raises:
        ValueError: If `beta` is not in `[0, 1]`.

    Reference: [Wang et al.](https://arxiv.org/abs/2010.05874)

    Example:

    ```python
    model.compile("adam", balancing=mtl_zoo.balancing.GradVac())
    ```
    """

    def __init__(self, beta=0.01, seed=None, shared="encoder", name="grad_vac"):
        super().__init__(seed, shared, name)
        if not 0 <= beta <= 1:
            raise ValueError(f"beta must be in [0, 1]; received {beta!r}.")
        self.beta = beta

    def create_state(self, count):
        super().create_state(count)
        self.goals = self.add_state("goals", (count, count))

    def weigh(self, gram, losses, labelled):
        goals = ops.convert_to_tensor(self.goals)
        norms = ops.sqrt(ops.diagonal(gram))
        coefficients = ops.eye(len(self.tasks))
        # Row i: what the changed gradient of task i is made of.
        for other, counts in self.visits(gram):
            squares = coefficients * ops.matmul(coefficients, gram)
            norm = ops.sqrt(ops.maximum(ops.sum(squares, axis=-1), 0.0))
            products = coefficients * ops.matmul(other, gram)
            length = norm * ops.sum(other * norms, axis=-1)
            counts = ops.logical_and(counts, length > 0)
            length = ops.where(counts, length, 1.0)
            cosine = ops.clip(ops.sum(products, axis=-1) / length, -1.0, 1.0)
            goal = ops.sum(other * goals, axis=-1)
            # By the law of sines, in units of the other gradient.
            sine = ops.sqrt(1.0 - ops.square(cosine))
            sine_of_goal = ops.sqrt(ops.maximum(1.0 - ops.square(goal), 1e-8))
            part = goal * sine - cosine * sine_of_goal
            part = part * ops.square(norm) / (length * sine_of_goal)
            lacks = ops.logical_and(counts, cosine < goal)
            part = ops.where(lacks, part, 0.0)
            coefficients = coefficients + part[:, None] * other
            change = ops.where(counts, self.beta * (cosine - goal), 0.0)
            goals = goals + change[:, None] * other
        self.goals.assign(goals)
        return ops.sum(coefficients, axis=0)

    def get_config(self):
        return {**super().get_config(), "beta": self.beta}
