"""The learning rate over a run: poly, steps, cosine, constant, and warm-up."""

import keras
from keras import ops

from mtl_zoo.utils.text import unknown

SCHEDULES = ("poly", "step", "cosine", "constant")


@keras.saving.register_keras_serializable(package="mtl_zoo")
class WarmUp(keras.optimizers.schedules.LearningRateSchedule):
    """A learning rate that rises linearly before another schedule takes over.

    Step s of the first `steps` has `(s + 1) / (steps + 1)` of what the schedule
    gives at its start; the schedule itself begins after them.

    Args:
        schedule: `keras.optimizers.schedules.LearningRateSchedule`.
        steps: Integer, how many steps it rises.

    Example:

    ```python
    schedule = WarmUp(
        keras.optimizers.schedules.PolynomialDecay(1e-3, 900, 0.0), 100
    )
    ```
    """

    def __init__(self, schedule, steps):
        super().__init__()
        self.schedule = schedule
        self.steps = steps

    def __call__(self, step):
        step = ops.cast(step, "float32")
        share = ops.minimum((step + 1.0) / (self.steps + 1.0), 1.0)
        return share * self.schedule(ops.maximum(step - self.steps, 0.0))

    def get_config(self):
        return {
            "schedule": keras.saving.serialize_keras_object(self.schedule),
            "steps": self.steps,
        }

    @classmethod
    def from_config(cls, config):
        schedule = keras.saving.deserialize_keras_object(config["schedule"])
        return cls(schedule, config["steps"])


def get(
    name, learning_rate, steps, warmup_steps=0, decay_steps=(), decay_factor=0.5
):
    """A schedule by name.

    Args:
        name: String, one of `SCHEDULES`. `"poly"` falls to 0 as `(1 -
            step/steps)^0.9`, `"cosine"` as half a cosine; `"step"` is
            multiplied by `decay_factor` at each of `decay_steps`.
        learning_rate: Float, the first learning rate.
        steps: Integer, updates of the whole run, warm-up included.
        warmup_steps: Integer. Defaults to `0`.
        decay_steps: Increasing integers, counted from the run's start.
            Defaults to none.
        decay_factor: Float. Defaults to `0.5`.

    Returns:
        A `keras.optimizers.schedules.LearningRateSchedule`.

    Raises:
        ValueError: If there is no schedule of that name, or the numbers of
            steps don't fit each other.

    Example:

    ```python
    get("step", 1e-4, 200, decay_steps=[100])
    ```
    """
    schedules = keras.optimizers.schedules
    if name not in SCHEDULES:
        raise unknown("Schedule", name, SCHEDULES)
    if not 0 <= warmup_steps < steps:
        raise ValueError(
            f"Warm-up takes {warmup_steps} of {steps} updates: it is to be "
            "shorter than the run."
        )
    left = steps - warmup_steps
    if name == "poly":
        schedule = schedules.PolynomialDecay(
            learning_rate, left, end_learning_rate=0.0, power=0.9
        )
    elif name == "cosine":
        schedule = schedules.CosineDecay(learning_rate, left)
    elif name == "step":
        places = [s - warmup_steps for s in decay_steps]
        if not places or sorted(set(places)) != places or places[0] < 1:
            raise ValueError(
                "The schedule 'step' needs the places where the learning rate "
                "falls, increasing and after the warm-up; received "
                f"{list(decay_steps)}."
            )
        schedule = schedules.PiecewiseConstantDecay(
            # Keras changes after a boundary, this at it.
            [float(s - 1) for s in places],
            [learning_rate * decay_factor**i for i in range(len(places) + 1)],
        )
    else:
        schedule = schedules.PiecewiseConstantDecay(
            [float(left)], [learning_rate, learning_rate]
        )
    return WarmUp(schedule, warmup_steps) if warmup_steps else schedule
