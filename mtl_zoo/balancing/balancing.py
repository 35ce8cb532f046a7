"""Weights that stay as they are, and the base class of all balancing."""

import keras


class Balancing:
    """How the losses of several tasks become one number to minimise.

    Subclasses implement `combine`.

    Example:

    ```python
    class Largest(mtl_zoo.balancing.Balancing):
        def combine(self, losses, tasks):
            return keras.ops.max(keras.ops.stack(list(losses.values())))
    ```
    """

    def combine(self, losses, tasks):
        """The total loss.

        Args:
            losses: Dict task name → scalar float32 loss.
            tasks: Dict task name → `mtl_zoo.tasks.Task`, at least those in
                `losses`.

        Returns:
            A scalar float32 tensor.
        """
        raise NotImplementedError

    def get_config(self):
        return {}

    @classmethod
    def from_config(cls, config):
        return cls(**config)


@keras.saving.register_keras_serializable(package="mtl_zoo")
class Fixed(Balancing):
    """A weighted sum with weights that never change.

    Args:
        weights: Dict task name → float, or `None` for the published weights,
            which each task carries as its `loss_weight`. Tasks that the dict
            does not name keep theirs. Defaults to `None`.

    Example:

    ```python
    model.compile("adam", balancing=mtl_zoo.balancing.Fixed({"depth": 2.0}))
    ```
    """

    def __init__(self, weights=None):
        self.weights = dict(weights or {})
        for name, weight in self.weights.items():
            if not weight >= 0:
                raise ValueError(
                    f"The weight of task {name!r} must be at least 0; received "
                    f"{weight!r}."
                )

    def combine(self, losses, tasks):
        unknown = set(self.weights) - set(tasks)
        if unknown:
            raise ValueError(
                f"Weights are given for {sorted(unknown)}; the tasks are "
                f"{sorted(tasks)}."
            )
        return sum(
            self.weights.get(name, tasks[name].loss_weight) * loss
            for name, loss in losses.items()
        )

    def get_config(self):
        return {"weights": self.weights}


@keras.saving.register_keras_serializable(package="mtl_zoo")
class Equal(Balancing):
    """The plain sum: every task has weight 1.

    Example:

    ```python
    model.compile("adam", balancing=mtl_zoo.balancing.Equal())
    ```
    """

    def combine(self, losses, tasks):
        return sum(losses.values())


_BY_NAME = {"fixed": Fixed, "equal": Equal}


def get(balancing):
    """A balancing by name.

    Args:
        balancing: `None` (the published weights), string, one of `"fixed"`,
            `"equal"`, or a `Balancing`.

    Returns:
        A `Balancing`.

    Raises:
        ValueError: If there is no balancing of that name.

    Example:

    ```python
    mtl_zoo.balancing.get("equal")
    ```
    """
    if balancing is None:
        return Fixed()
    if isinstance(balancing, Balancing):
        return balancing
    if balancing not in _BY_NAME:
        raise ValueError(
            f"Balancing {balancing!r} is not known; allowed are "
            f"{', '.join(_BY_NAME)}."
        )
    return _BY_NAME[balancing]()
