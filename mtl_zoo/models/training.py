"""Training: the losses and metrics of the tasks, and the balancing of them."""

import contextlib
import warnings

import keras

from mtl_zoo.balancing import gradients
from mtl_zoo.balancing.callback import EpochCallback
from mtl_zoo.balancing.task_losses import task_losses
from mtl_zoo.models import checks
from mtl_zoo.models import compiling
from mtl_zoo.optimizers import Adam
from mtl_zoo.utils.devices import has_accelerator
from mtl_zoo.utils.label_maps import refuse_weights
from mtl_zoo.utils.tensorflow_replicas import num_replicas


class Training:
    """The part of `mtl_zoo.models.MultiTaskModel` that is compiled and fitted.

    Its parts are no weights: they are kept out of Keras's tracking in
    `_compiled`.
    """

    @property
    def supervised_tasks(self):
        """Dict task name → task, of all tasks that have a loss.

        Those that `compile` was given a loss for have it.
        """
        if self._compiled and self._compiled.tasks:
            return self._compiled.tasks
        tasks = [*(self.auxiliary_tasks or []), *self.tasks]
        return {task.name: task for task in tasks}

    def compile(
        self,
        optimizer="adam",
        loss=None,
        loss_weights=None,
        metrics=None,
        balancing=None,
        run_eagerly=False,
        steps_per_execution=1,
        jit_compile="auto",
    ):
        """Get ready for training; losses and metrics come from the tasks.

        Those that are given take the place of a task's own, for labels and raw
        predictions (logits of classes, edges and saliency). Pixels without
        labels don't count, unless a function gives one number for all pixels.

        Args:
            optimizer: String or `keras.optimizers.Optimizer`. Defaults to
                `"adam"`, which is `mtl_zoo.optimizers.Adam`: that of Keras,
                with a graph of half the size on TensorFlow.
            loss: Dict task name → string, `keras.losses.Loss` or function; a
                model of one task takes it without the dict. Defaults to
                `None`, the tasks' own.
            loss_weights: Dict task name → float, in place of the published
                weights. Defaults to `None`.
            metrics: Dict task name → string, `keras.metrics.Metric`, function
                or list of them; a model of one task takes them without the
                dict. Defaults to `None`, the tasks' own.
            balancing: String or `mtl_zoo.balancing.Balancing`, how the losses
                of the tasks become one, see
                `mtl_zoo.balancing.list_balancings()`. Defaults to
                `mtl_zoo.balancing.Fixed()`, the published weights.
            run_eagerly: As `keras.Model.compile`.
            steps_per_execution: As `keras.Model.compile`.
            jit_compile: As `keras.Model.compile`.

        Raises:
            ValueError: If a loss, weight or metric is none, or of a task that
                is not there, or there are `loss_weights` and a balancing.

        Example:

        ```python
        model.compile("adam", balancing=mtl_zoo.balancing.Equal())
        model.compile(
            "adam",
            loss={"depth": "huber"},
            metrics={"depth": ["mae"], "semseg": "accuracy"},
            loss_weights={"depth": 2.0},
        )
        model.fit(dataset)
        ```
        """
        if jit_compile is True and not run_eagerly and not has_accelerator():
            warnings.warn(
                "jit_compile=True on a CPU: the first step takes minutes to "
                "compile, and those after it gain little. Leave it at 'auto'.",
                stacklevel=2,
            )
        before, self._compiled = self._compiled, Untracked()
        try:
            self._compile(loss, loss_weights, metrics, balancing)
            super().compile(
                optimizer=Adam() if optimizer == "adam" else optimizer,
                run_eagerly=run_eagerly,
                steps_per_execution=steps_per_execution,
                jit_compile=jit_compile,
            )
        except Exception:
            self._compiled = before  # A model stays as it was compiled.
            raise

    def _compile(self, loss, loss_weights, metrics, balancing):
        """Set what `compile` was given for the tasks."""
        tasks = compiling.with_losses(self.supervised_tasks, loss)
        measured = {task.name: task for task in self.tasks}
        self._compiled.metrics = compiling.get_metrics(measured, metrics)
        balancing = compiling.get_balancing(tasks, balancing, loss_weights)
        self._compiled.tasks = tasks
        balancing.prepare_for(self)
        self._compiled.balancing = balancing
        self._compiled.losses = {
            name: keras.metrics.Mean(name=f"{name}_loss") for name in tasks
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

    def fit(
        self,
        x=None,
        y=None,
        batch_size=None,
        epochs=1,
        verbose="auto",
        callbacks=None,
        **kwargs,
    ):
        x, y = self._standardize(x, y)
        validation = kwargs.get("validation_data")
        if isinstance(validation, (tuple, list)):
            kwargs["validation_data"] = (
                *self._standardize(*validation[:2]),
                *validation[2:],
            )
        labels, x = checks.first_labels(x, y)
        checks.check_values(self.supervised_tasks, labels)
        self._build_optimizer()
        callbacks = keras.tree.flatten(callbacks or [])
        callbacks = [EpochCallback(), *callbacks]
        arguments = (x, y, batch_size, epochs, verbose)
        passes = getattr(x, "passes", None)
        if passes is None:
            return super().fit(*arguments, callbacks, **kwargs)
        # Data of `mtl_zoo.datasets.load` has its order already.
        kwargs.setdefault("shuffle", False)
        passes.begin_fit()
        try:
            callbacks = [_PassCallback(passes), *callbacks]
            return super().fit(*arguments, callbacks, **kwargs)
        finally:
            passes.end_fit()

    def evaluate(self, x=None, y=None, *args, **kwargs):
        x, y = self._standardize(x, y)
        return super().evaluate(x, y, *args, **kwargs)

    def train_on_batch(self, x, y=None, *args, **kwargs):
        x, y = self._standardize(x, y)
        self._build_optimizer()
        return super().train_on_batch(x, y, *args, **kwargs)

    def test_on_batch(self, x, y=None, *args, **kwargs):
        x, y = self._standardize(x, y)
        return super().test_on_batch(x, y, *args, **kwargs)

    def _standardize(self, x, y):
        """Images and labels as arrays that every backend takes, checked.

        What comes in batches is looked at when it comes.

        Args:
            x: As `fit` has it.
            y: The same.

        Returns:
            The pair.

        Raises:
            ValueError: If arrays are none of images and labels.
        """
        if hasattr(x, "shape") or isinstance(x, (list, tuple, dict)):
            x = checks.standardize_images(x)
            checks.check_range(self, x)
            checks.check_labels(self.supervised_tasks, y)
            y = {
                name: checks.as_numbers(labels, f"Labels of {name!r}")
                for name, labels in y.items()
            }
        return x, y

    def _build_optimizer(self):
        """Make the optimizer's variables before a step is traced.

        Keras makes them within, where TensorFlow has each depend on a condition
        and traces the step twice: most of the time before the first step.
        """
        if self.optimizer is None or self.optimizer.built:
            return
        strategy = getattr(self, "distribute_strategy", None)
        with strategy.scope() if strategy else contextlib.nullcontext():
            self.optimizer.build(self.trainable_variables)

    def train_step(self, *args):
        return gradients.train_step(self, *args)

    def compute_loss(
        self, x=None, y=None, y_pred=None, sample_weight=None, training=True
    ):
        """Losses of all predictions, intermediate ones too, balanced.

        Args:
            x: Tensor, the batch of images; training notes its size.
            y: Dict task name → labels.
            y_pred: Dict as `call` gives it.
            sample_weight: Not supported; labels carry what to ignore.
            training: Boolean, whether it is the loss to minimise or the one to
                report of validation. Defaults to `True`.

        Returns:
            A scalar float32 tensor. In a step of `tf.distribute` divided by the
            number of replicas, as Keras expects it.
        """
        if training and x is not None:
            self._note_size(x)
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
            ValueError: If there are no labels of any task, labels of another,
                or weights.
        """
        refuse_weights(sample_weight)
        tasks = self.supervised_tasks
        checks.check_labels(tasks, y)
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
        self._note_size(x)
        self._loss_tracker.update_state(
            loss, sample_weight=keras.ops.shape(x)[0]
        )

    def _note_size(self, x):
        """What a compiled model is trained at first is its working size."""
        if not self._compiled.sized and None not in x.shape[1:3]:
            self.working_size = tuple(x.shape[1:3])
            self._compiled.sized = True

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


class _PassCallback(keras.callbacks.Callback):
    """Has each epoch read the next pass, however often Keras opens the data."""

    def __init__(self, passes):
        super().__init__()
        self._passes = passes
        self._epochs = 0

    def on_epoch_begin(self, epoch, logs=None):
        self._passes.begin_fit(self._epochs)
        self._epochs += 1


class Untracked:
    """Holds what compiling and calls add to a model out of Keras's tracking.

    Tracked, the metrics and the state of the balancing would be among the
    model's weights.
    """

    def __init__(self):
        self.tasks = None
        self.balancing = None
        self.losses = {}
        self.metrics = {}
        self.traced = {}  # Size of images → `predict_function`.
        self.sized = False  # Whether the working size is said.
