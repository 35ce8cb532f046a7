"""CAGrad with the gradients of some of the tasks only.

Liu, Liu, Jin, Stone, Liu, "Conflict-Averse Gradient Descent for Multi-task
Learning", NeurIPS 2021, arXiv 2110.14048 (CAGrad-Fast).
"""

import keras
from keras import ops

from mtl_zoo.balancing.cagrad import CAGrad
from mtl_zoo.balancing.cagrad import best_step
from mtl_zoo.utils.tensorflow_replicas import from_first_replica


@keras.saving.register_keras_serializable(package="mtl_zoo")
class CAGradFast(CAGrad):
    """CAGrad over some tasks, drawn in every step, and the mean of the others.

    A step takes the gradients `g_i` of `num_sampled` tasks and that of the
    mean loss, `g0`. The best direction is that of CAGrad for those tasks and
    for one more that stands for all others, with the gradient
    `(K g0 - Σ g_i) / (K - num_sampled)` of `K` tasks. So a step takes
    `num_sampled + 1` backward passes, which is worth it for many tasks.

    Args:
        num_sampled: Integer at least 1. Defaults to `2`.
        c: Float from 0 to 1 (without 1), see `CAGrad`. Defaults to `0.5`.
        seed: Integer, or `None` for one that `keras.utils.set_random_seed`
            decides. Defaults to `None`.
        shared: String, `"encoder"` or `"features"`, what gradients are taken
            of. Defaults to `"encoder"`.
        name: String. Defaults to `"cagrad_fast"`.

    Raises:
        ValueError: If an argument is out of range.

    Reference: [Liu et al.](https://arxiv.org/abs/2110.14048)

    Example:

    ```python
    model.compile("adam", balancing=mtl_zoo.balancing.CAGradFast(3))
    ```
    """

    def __init__(
        self,
        num_sampled=2,
        c=0.5,
        seed=None,
        shared="encoder",
        name="cagrad_fast",
    ):
        super().__init__(c, shared, name)
        if not num_sampled >= 1:
            raise ValueError(
                f"num_sampled must be at least 1; received {num_sampled!r}."
            )
        self.num_sampled = num_sampled
        self.seed = seed

    def create_state(self, count):
        super().create_state(count)
        self.seed_generator = keras.random.SeedGenerator(self.seed)

    def targets(self, losses, labelled, parts):
        count = len(losses)
        drawn = keras.random.uniform((count,), seed=self.seed_generator)
        # Tasks without labels come last.
        order = ops.argsort(from_first_replica(drawn) - labelled)
        chosen = ops.one_hot(order[: min(self.num_sampled, count)], count)
        mean = labelled / ops.maximum(ops.sum(labelled), 1.0)
        # Row i: what target i is made of.
        made_of = ops.concatenate([chosen * labelled, mean[None]])
        targets = ops.unstack(
            ops.matmul(made_of, ops.stack(losses)), made_of.shape[0]
        )
        return targets, made_of

    def coefficients(self, gram, losses, labelled):
        chosen, mean = labelled[:-1], labelled[-1]
        count = ops.sum(ops.cast(mean > 0, "float32"))
        takes_part = ops.max(chosen, axis=1)
        others = count - ops.sum(takes_part)
        # The last objective in terms of the targets.
        rest = ops.concatenate([-takes_part, count[None]])
        rest = rest / ops.maximum(others, 1.0)
        made_of = ops.concatenate([ops.eye(gram.shape[0])[:-1], rest[None]])
        takes_part = ops.append(takes_part, ops.cast(others > 0, "float32"))
        among = ops.matmul(made_of, ops.matmul(gram, ops.transpose(made_of)))
        # The mean gradient in terms of the objectives.
        shares = ops.append(takes_part[:-1], others)
        shares = shares / ops.maximum(count, 1.0)
        step = best_step(among, shares, takes_part, self.c)
        within = ops.matmul(shares + step, made_of) * count
        self.last_weights.assign(ops.matmul(within, labelled))
        beyond = ops.one_hot(gram.shape[0] - 1, gram.shape[0]) * count
        return within, beyond

    def get_config(self):
        return {
            **super().get_config(),
            "num_sampled": self.num_sampled,
            "seed": self.seed,
        }
