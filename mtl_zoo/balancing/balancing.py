"""The base class of all balancing, and weights that stay as they are."""

import keras
from keras import ops


class Balancing(keras.layers.Layer):
    """How the losses of several tasks become one number to minimise.

    Subclasses implement `combine`, and `create_state` where they have state.
    `model.compile` hands over the tasks. From then on the state is among
    `model.variables` and in what `model.save_weights` writes, but not among
    `model.weights`: as with an optimizer's, no preset holds it.

    Reported are, besides the loss of every task, the combined loss in
    training, and in validation the plain sum (`Fixed`: the weighted one), so
    that epochs can be compared whatever the weights have become.

    Attributes:
        by_gradients: Boolean, whether the gradient of every task by itself is
            needed; see `mtl_zoo.balancing.GradientBalancing`.
        looks_back: Boolean, whether `after_update` wants to know what a step
            has changed, which takes a second forward pass.

    Example:

    ```python
    @keras.saving.register_keras_serializable(package="mine")
    class Largest(mtl_zoo.balancing.Balancing):
        def combine(self, losses, labelled):
            return keras.ops.max(losses)

    model.compile("adam", balancing=Largest())
    ```
    """

    by_gradients = False
    looks_back = False

    def __init__(self, name=None):
        super().__init__(name=name, dtype="float32")
        self.tasks = None

    def prepare_for(self, model):
        """Create the state for a model; `model.compile` calls it.

        Args:
            model: `mtl_zoo.models.MultiTaskModel`.

        Raises:
            ValueError: As `prepare`.
        """
        self.prepare(model.supervised_tasks)

    def prepare(self, tasks):
        """Create the state for these tasks.

        Args:
            tasks: Dict task name → `mtl_zoo.tasks.Task`, in order.

        Raises:
            ValueError: If the state is that of other tasks already.
        """
        is_new = self.tasks is None
        if not is_new and list(self.tasks) != list(tasks):
            raise ValueError(
                f"This {type(self).__name__} balances {list(self.tasks)} "
                f"already; make a new one for {list(tasks)}."
            )
        self.tasks = dict(tasks)
        if is_new:
            self.create_state(len(tasks))

    def create_state(self, count):
        """Create the variables; subclasses with state implement it.

        Args:
            count: Integer, the number of tasks.
        """

    def add_state(self, name, shape, initializer="zeros"):
        """A variable that training updates, but not by gradients.

        Every replica of a distributed step assigns the same value to it.

        Args:
            name: String.
            shape: Tuple of integers.
            initializer: As `keras.layers.Layer.add_weight`. Defaults to
                `"zeros"`.

        Returns:
            A float32 `keras.Variable`.
        """
        return self.add_weight(
            shape=shape,
            initializer=initializer,
            trainable=False,
            aggregation="mean",
            name=name,
        )

    def combine(self, losses, labelled):
        """The loss to minimise in a training step.

        Args:
            losses: Float32 tensor `(tasks,)`, in the order of `self.tasks`; 0
                where the batch has no label of a task.
            labelled: Float32 tensor `(tasks,)`, 1 where the batch has labels
                of a task, else 0.

        Returns:
            A scalar float32 tensor.
        """
        raise NotImplementedError

    def after_update(self, losses, labelled):
        """Called after a training step has updated the network.

        Only where `looks_back` is set.

        Args:
            losses: As for `combine`, of the same batch, after the update.
            labelled: As for `combine`.
        """

    def validation_loss(self, losses):
        """The loss that validation reports.

        Args:
            losses: As for `combine`.

        Returns:
            A scalar float32 tensor.
        """
        return ops.sum(losses)

    def task_weights(self):
        """What the loss of every task counts, as a tensor `(tasks,)`.

        Subclasses implement it where that is not 1.
        """
        return ops.ones((len(self.tasks),))

    def weights_of_tasks(self):
        """What the loss of every task counts now, for logging.

        On JAX, a callback that reads it within an epoch calls
        `model.jax_state_sync()` first; at the end of an epoch Keras has.

        Returns:
            Dict task name → float.

        Example:

        ```python
        model.balancing.weights_of_tasks()  # {"semseg": 1.2, "depth": 0.8}
        ```
        """
        weights = ops.convert_to_numpy(self.task_weights())
        return dict(zip(self.tasks, weights.tolist(), strict=True))

    def begin_epoch(self, epoch):
        """Called before every epoch of `model.fit`.

        Args:
            epoch: Integer, from 0.
        """

    def end_epoch(self):
        """Called after every epoch of `model.fit`, before other callbacks."""

    def save_own_variables(self, store):
        # Unlike a layer's, with the state of random generators.
        for variable in self.variables:
            store[variable.name] = variable

    def load_own_variables(self, store):
        # Weights alone, such as those to start from, leave the state fresh.
        if not store.keys():
            return
        names = [variable.name for variable in self.variables]
        if sorted(store.keys()) != sorted(names):
            raise ValueError(
                f"The file has {', '.join(sorted(store.keys()))} of balancing, "
                f"{type(self).__name__} has {', '.join(sorted(names))}: it is "
                "of a run with another balancing."
            )
        for variable in self.variables:
            variable.assign(store[variable.name])

    def get_config(self):
        return {"name": self.name}


@keras.saving.register_keras_serializable(package="mtl_zoo")
class Fixed(Balancing):
    """A weighted sum with weights that never change.

    Args:
        weights: Dict task name → float, or `None` for the published weights,
            which each task carries as its `loss_weight`. Tasks that the dict
            does not name keep theirs. Defaults to `None`.
        name: String. Defaults to `"fixed"`.

    Raises:
        ValueError: If a weight is negative; when compiled, if a weight is
            given for a task that the model does not have.

    Example:

    ```python
    model.compile("adam", balancing=mtl_zoo.balancing.Fixed({"depth": 2.0}))
    ```
    """

    def __init__(self, weights=None, name="fixed"):
        super().__init__(name=name)
        self.weight_by_name = dict(weights or {})
        for task, weight in self.weight_by_name.items():
            if not weight >= 0:
                raise ValueError(
                    f"The weight of task {task!r} must be at least 0; received "
                    f"{weight!r}."
                )

    def prepare(self, tasks):
        unknown = set(self.weight_by_name) - set(tasks)
        if unknown:
            raise ValueError(
                f"Weights are given for {sorted(unknown)}; the tasks are "
                f"{sorted(tasks)}."
            )
        super().prepare(tasks)

    def task_weights(self):
        return ops.convert_to_tensor(
            [
                float(self.weight_by_name.get(name, task.loss_weight))
                for name, task in self.tasks.items()
            ],
            "float32",
        )

    def combine(self, losses, labelled):
        return ops.sum(self.task_weights() * losses)

    def validation_loss(self, losses):
        return ops.sum(self.task_weights() * losses)

    def get_config(self):
        return {**super().get_config(), "weights": dict(self.weight_by_name)}


@keras.saving.register_keras_serializable(package="mtl_zoo")
class Equal(Balancing):
    """The plain sum: every task has weight 1.

    Args:
        name: String. Defaults to `"equal"`.

    Example:

    ```python
    model.compile("adam", balancing=mtl_zoo.balancing.Equal())
    ```
    """

    def __init__(self, name="equal"):
        super().__init__(name=name)

    def combine(self, losses, labelled):
        return ops.sum(losses)
