"""Training: the losses and metrics of the tasks, and the balancing of them."""

import keras

from mtl_zoo import balancing as balancing_module
from mtl_zoo.balancing import gradients
from mtl_zoo.balancing.callback import EpochCallback
from mtl_zoo.balancing.task_losses import task_losses
from mtl_zoo.utils.tensorflow_replicas import num_replicas


class Training:
    """The part of `mtl_zoo.models.MultiTaskModel` that is compiled and fitted.

    Its parts are no weights: they are kept out of Keras's tracking in
    `_compiled`.
    """

    @property
    def supervised_tasks(self):
        """Dict task name → task, of all tasks that have a loss."""
        tasks = [*(self.auxiliary_tasks or []), *self.tasks]
        return {task.name: task for task in tasks}

    def compile(
        self,
        optimizer="adam",
        balancing=None,
        run_eagerly=False,
        steps_per_execution=1,
        jit_compile="auto",
    ):
        """Get ready for training; losses and metrics come from the tasks.

        Args:
            optimizer: String or `keras.optimizers.Optimizer`. Defaults to
                `"adam"`.
            balancing: String or `mtl_zoo.balancing.Balancing`, how the losses
                of the tasks become one, see
                `mtl_zoo.balancing.list_balancings()`. Defaults to
                `mtl_zoo.balancing.Fixed()`, the published weights.
            run_eagerly: As `keras.Model.compile`.
            steps_per_execution: As `keras.Model.compile`.
            jit_compile: As `keras.Model.compile`.

        Example:

        ```python
        model.compile("adam", balancing=mtl_zoo.balancing.Equal())
        model.fit(dataset)
        ```
        """
        super().compile(
            optimizer=optimizer,
            run_eagerly=run_eagerly,
            steps_per_execution=steps_per_execution,
            jit_compile=jit_compile,
        )
        self._compiled.balancing = balancing_module.get(balancing)
        self.balancing.prepare_for(self)
        self._compiled.losses = {
            name: keras.metrics.Mean(name=f"{name}_loss")
            for name in self.supervised_tasks
        }
        self._compiled.metrics = {
            task.name: task.make_metric() for task in self.tasks
        }

    def compile_from_config(self, config):
        # A model that was saved compiled is compiled anew by its user.
        del config

    def get_compile_config(self):
        return None

    @property
    def balancing(self):
        """The `mtl_zoo.balancing.Balancing` of a compiled model, or `None`."""
        # On PyTorch, Keras asks for the variables within the constructor.
        return self._compiled.balancing if self._compiled else None

    @property
    def variables(self):
        # Like the state of random generators, that of balancing is no weight.
        own = self.balancing.variables if self.balancing else []
        return [*super().variables, *own]

    @property
    def metrics(self):
        compiled = self._compiled
        return [
            *super().metrics,
            *compiled.losses.values(),
            *compiled.metrics.values(),
        ]

    def fit(self, *args, callbacks=None, **kwargs):
        callbacks = keras.tree.flatten(callbacks or [])
        callbacks = [EpochCallback(), *callbacks]
        return super().fit(*args, callbacks=callbacks, **kwargs)

    def train_step(self, *args):
        return gradients.train_step(self, *args)

    def compute_loss(
        self, x=None, y=None, y_pred=None, sample_weight=None, training=True
    ):
        """Losses of all predictions, intermediate ones too, balanced.

        Args:
            x: Not used.
            y: Dict task name → labels.
            y_pred: Dict as `call` gives it.
            sample_weight: Not supported; labels carry what to ignore.
            training: Boolean, whether it is the loss to minimise or the one to
                report of validation. Defaults to `True`.

        Returns:
            A scalar float32 tensor. In a step of `tf.distribute` divided by the
            number of replicas, as Keras expects it.
        """
        del x
        losses, labelled = self.task_losses(y, y_pred, sample_weight)
        return self.total_loss(losses, labelled, training)

    def task_losses(self, y, y_pred, sample_weight=None):
        """The loss of every task, over all of its predictions.

        See `mtl_zoo.balancing.task_losses`.

        Args:
            y: Dict task name → labels.
            y_pred: Dict as `call` gives it.
            sample_weight: Not supported.

        Returns:
            A pair, in the order of `supervised_tasks`: a list of scalar float32
            tensors, 0 for a task without labels; a float32 tensor `(tasks,)`,
            1 where there are labels, else 0.

        Raises:
            ValueError: If there are no labels of any task, or there are
                weights.
        """
        if sample_weight is not None:
            raise ValueError(
                "sample_weight is not supported: mark what does not count as "
                "ignored in the labels."
            )
        tasks = self.supervised_tasks
        losses, labelled = task_losses(tasks, y, y_pred)
        for (name, task), loss in zip(tasks.items(), losses, strict=True):
            if name in y:
                # A batch counts by its images that have labels.
                known = keras.ops.any(task.valid(y[name]), axis=(1, 2, 3))
                images = keras.ops.sum(keras.ops.cast(known, "float32"))
                self._compiled.losses[name].update_state(loss, images)
        return losses, labelled

    def total_loss(self, losses, labelled, training=True):
        """One number of the losses of the tasks, and of those of layers.

        Args:
            losses: As `task_losses` gives them.
            labelled: As `task_losses` gives it.
            training: As for `compute_loss`.

        Returns:
            As `compute_loss`.
        """
        losses = keras.ops.stack(losses)
        if training:
            total = self.balancing.combine(losses, labelled)
        else:
            total = self.balancing.validation_loss(losses)
        return sum(self.losses, total) / num_replicas()

    def track_loss(self, loss, x):
        """Count the loss of a batch in what training reports as `loss`.

        Args:
            loss: Scalar.
            x: Tensor, the batch of images.
        """
        if self.working_size is None and None not in x.shape[1:3]:
            self.working_size = tuple(x.shape[1:3])
        self._loss_tracker.update_state(
            loss, sample_weight=keras.ops.shape(x)[0]
        )

    def compute_metrics(self, x, y, y_pred, sample_weight=None):
        del x, sample_weight
        for name, metric in self._compiled.metrics.items():
            if name in y:
                metric.update_state(y[name], y_pred[name])
        return self.get_metrics_result()

    def get_metrics_result(self):
        results = {"loss": self._loss_tracker.result()}
        for metric in self._compiled.losses.values():
            results[metric.name] = metric.result()
        for name, metric in self._compiled.metrics.items():
            for key, value in metric.result().items():
                results[f"{name}_{key}"] = value
        return results


class Untracked:
    """Holds what compiling adds to a model out of Keras's tracking.

    Tracked, the metrics and the state of the balancing would be among the
    model's weights.
    """

    def __init__(self):
        self.balancing = None
        self.losses = {}
        self.metrics = {}
