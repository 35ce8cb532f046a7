"""Weights by how fast every loss falls from epoch to epoch.

Liu, Johns, Davison, "End-to-End Multi-Task Learning with Attention",
CVPR 2019, arXiv 1803.10704, section 3.3.
"""

import keras
from keras import ops

from mtl_zoo.balancing.balancing import Balancing


@keras.saving.register_keras_serializable(package="mtl_zoo")
class DynamicWeightAverage(Balancing):
    """A task whose loss falls slowly gets more weight.

    With `r` the mean loss of the last epoch over that of the one before,
    weights are `tasks * softmax(r / temperature)`, equation 7 of the paper. In
    the first two epochs, and for a task that had no labels in one of the two,
    `r` is 1. `model.fit` tells when an epoch ends.

    Args:
        temperature: Float above 0; the larger, the more even the weights.
            Defaults to `2.0`, as published.
        name: String. Defaults to `"dynamic_weight_average"`.

    Raises:
        ValueError: If `temperature` is not above 0.

    Reference: [Liu et al.](https://arxiv.org/abs/1803.10704)

    Example:

    ```python
    model.compile("adam", balancing=mtl_zoo.balancing.DynamicWeightAverage())
    ```
    """

    def __init__(self, temperature=2.0, name="dynamic_weight_average"):
        super().__init__(name=name)
        if not temperature > 0:
            raise ValueError(
                f"temperature must be above 0; received {temperature!r}."
            )
        self.temperature = temperature

    def create_state(self, count):
        self.total = self.add_state("total", (count,))
        self.steps = self.add_state("steps", (count,))
        self.last = self.add_state("last", (count,))
        self.before_last = self.add_state("before_last", (count,))
        # The epoch that `total` is about.
        self.epoch = self.add_state("epoch", ())

    def task_weights(self):
        last = ops.convert_to_tensor(self.last)
        before_last = ops.convert_to_tensor(self.before_last)
        known = ops.logical_and(last > 0, before_last > 0)
        ratio = ops.where(known, last / ops.where(known, before_last, 1.0), 1.0)
        return len(self.tasks) * ops.softmax(ratio / self.temperature)

    def combine(self, losses, labelled):
        seen = ops.logical_and(labelled > 0, ops.isfinite(losses))
        seen_losses = ops.stop_gradient(ops.where(seen, losses, 0.0))
        self.total.assign(self.total + seen_losses)
        self.steps.assign(self.steps + ops.cast(seen, "float32"))
        return ops.sum(self.task_weights() * losses)

    def begin_epoch(self, epoch):
        # A run that was stopped between the last step of an epoch and its end
        # goes on with the next epoch; one stopped within an epoch, in it.
        if epoch != int(ops.convert_to_numpy(self.epoch)):
            self.end_epoch()
        self.epoch.assign(float(epoch))

    def end_epoch(self):
        total = ops.convert_to_numpy(self.total)
        steps = ops.convert_to_numpy(self.steps)
        if steps.any():
            self.before_last.assign(self.last)
            self.last.assign(total / steps.clip(min=1.0))
            self.total.assign(0.0 * total)
            self.steps.assign(0.0 * steps)

    def get_config(self):
        return {**super().get_config(), "temperature": self.temperature}
