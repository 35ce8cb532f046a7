"""The training loop: epochs that can be left and taken up at any step.

Each epoch is a `fit` of its own on what is left of it, then a validation; so
that a run can go on from the middle of an epoch, and from the middle of a
validation.
"""

import importlib.util
import signal
import statistics
import sys
import time

import keras
import numpy as np
from keras import ops

import mtl_zoo
from mtl_zoo.utils import cli
from training.record import metrics_of_task

# Steps between two entries of the running loss for TensorBoard.
_EVENT_STEPS = 50
# Pictures wait for so many times what the last ones took: between short epochs
# they would take longer than the training.
_PICTURE_PATIENCE = 20


class Interrupted(Exception):
    """The run was asked to stop, and its state is saved."""


class NotFinite(ValueError):
    """The loss or a weight is not a number."""


def leave_on_sigterm():
    """End the process on SIGTERM, where there is nothing to save."""

    def leave(number, frame):
        print("Stopped by SIGTERM.", flush=True)
        sys.exit(0)

    signal.signal(signal.SIGTERM, leave)


def train(
    model,
    stream,
    validation,
    checkpoints,
    record,
    epochs,
    events=None,
    checkpoint_steps=None,
    patience=None,
    saves_when_stopped=True,
):
    """Train from the last checkpoint, or from the start, to the end.

    Args:
        model: `mtl_zoo.models.MultiTaskModel`, compiled.
        stream: `training.stream.Stream`.
        validation: `tf.data.Dataset` of batches.
        checkpoints: `training.checkpoints.Checkpoints`.
        record: `training.record.Record`.
        epochs: Integer.
        events: `training.events.Events`, or `None` for none. Defaults to
            `None`.
        checkpoint_steps: Integer, steps between two checkpoints besides those
            at the end of an epoch. Defaults to `None`.
        patience: Integer, epochs without a better one after which the run
            ends. Defaults to `None`, all epochs.
        saves_when_stopped: Boolean. `False` where processes that train
            together are not stopped at the same step. Defaults to `True`.

    Raises:
        Interrupted: If SIGTERM came.
        NotFinite: If the loss or a weight is not a number.
    """
    model.optimizer.build(model.trainable_variables)
    place = checkpoints.restore()
    epoch, step = place or (0, 0)
    if step > stream.steps_per_epoch:
        raise ValueError(
            f"{checkpoints.folder} was saved in step {step} of an epoch; now "
            f"an epoch has {stream.steps_per_epoch}: the data is another."
        )
    steps = _Steps(
        stream, checkpoints, events, checkpoint_steps, saves_when_stopped
    )
    verbose = 1 if sys.stdout.isatty() else 2
    drawn, drawing = time.monotonic(), 3.0  # A guess, in seconds.
    while epoch < epochs:
        seconds = None
        if step < stream.steps_per_epoch:
            steps.begin(epoch, step)
            model.fit(
                stream.epoch(epoch, step),
                initial_epoch=epoch,
                epochs=epoch + 1,
                shuffle=False,  # The stream is shuffled already.
                verbose=verbose,
                callbacks=[steps],
            )
            seconds = steps.seconds_per_step()
        else:
            checkpoints.restore_metrics()
        _check_labels(model, epoch)
        logs = _results(model)
        logs["learning_rate"] = float(model.optimizer.learning_rate)
        validated = validate(model, validation, [steps], verbose)
        logs |= {f"val_{name}": x for name, x in validated.items()}
        if seconds is not None:
            logs["seconds_per_step"] = seconds
        record.add(epoch, logs)
        epoch, step = epoch + 1, 0
        if events is not None:
            _write_scalars(events, model, epoch * stream.steps_per_epoch, logs)
        stops = patience and record.epochs_since_best() >= patience
        ends = stops or epoch == epochs
        began = time.monotonic()
        if ends or began - drawn >= _PICTURE_PATIENCE * drawing:
            record.draw()
            if events is not None and _can_draw():
                for i, picture in enumerate(_draw(model, validation)):
                    events.image(
                        epoch * stream.steps_per_epoch,
                        f"prediction/{i}",
                        picture,
                    )
            drawn = time.monotonic()
            drawing = drawn - began
        if stops:
            print(f"No better epoch in {patience}: the run ends here.")
            return


def validate(model, data, callbacks=None, verbose=0):
    """Losses and metrics of a split, of the tasks that it has labels of.

    `loss` is that of the tasks' means. Keras's own mean over the batches counts
    a batch by its images, among them those that only fill up the last one.

    Args:
        model: `mtl_zoo.models.MultiTaskModel`, compiled.
        data: `tf.data.Dataset` of batches.
        callbacks: As `keras.Model.evaluate`. Defaults to `None`.
        verbose: As `keras.Model.evaluate`. Defaults to `0`.

    Returns:
        A dict name → float.
    """
    model.evaluate(data, callbacks=callbacks, verbose=verbose)
    results = _results(model)
    return {**results, "loss": _loss_of_means(model, results)}


class _Steps(keras.callbacks.Callback):
    """Saves checkpoints on the way, and stops where it has to."""

    def __init__(self, stream, checkpoints, events, every, saves_when_stopped):
        super().__init__()
        self.stream = stream
        self.checkpoints = checkpoints
        self.events = events
        self.every = every
        self.saves_when_stopped = saves_when_stopped
        self.stopped = False
        signal.signal(signal.SIGTERM, self._stop)

    def begin(self, epoch, start):
        """Say where the next `fit` begins."""
        self.epoch = epoch
        self.start = self.step = self.saved = start
        self.times = []

    def seconds_per_step(self):
        """The median, which leaves the first, slow steps out of account."""
        differences = np.diff(self.times)
        return statistics.median(differences) if len(differences) else None

    def on_epoch_begin(self, epoch, logs=None):
        if self.start:
            self.checkpoints.restore_metrics()

    def on_train_batch_end(self, batch, logs=None):
        self.step = self.start + batch + 1
        loss = float(logs["loss"])
        self.times.append(time.perf_counter())
        if not np.isfinite(loss):
            raise NotFinite(self._describe(logs))
        total = self.epoch * self.stream.steps_per_epoch + self.step
        if self.events and total % _EVENT_STEPS == 0:
            rate = float(self.model.optimizer.learning_rate)
            self.events.scalars(
                total, {"running_loss": loss, "learning_rate": rate}
            )
        whole = self.step == self.stream.steps_per_epoch
        stops = self.stopped and self.saves_when_stopped
        if whole or stops or (self.every and self.step % self.every == 0):
            self.model.jax_state_sync()
            if not self.checkpoints.save(self.epoch, self.step):
                raise NotFinite(self._describe(logs))
            self.saved = self.step
        self._leave_if_stopped()

    def on_test_batch_end(self, batch, logs=None):
        # The checkpoint was saved before the validation began.
        self._leave_if_stopped()

    def _leave_if_stopped(self):
        if self.stopped:
            raise Interrupted(
                f"Stopped by SIGTERM in epoch {self.epoch + 1} after step "
                f"{self.step} of {self.stream.steps_per_epoch}; --resume goes "
                "on from the last checkpoint."
            )

    def _stop(self, number, frame):
        self.stopped = True

    def _describe(self, logs):
        names = [
            name
            for name, value in logs.items()
            if name.endswith("_loss") and not np.isfinite(float(value))
        ]
        # Weights are looked at only when they are saved.
        first = self.step if names else self.saved + 1
        steps = f"step {self.step}"
        if first < self.step:
            steps = f"one of the steps {first} to {self.step}"
        number, sample = self.stream.place(self.epoch, first - 1)
        count = (self.step - first + 1) * self.stream.batch_size
        return (
            f"{', '.join(names) or 'A weight'} is not a number any more in "
            f"epoch {self.epoch + 1}, {steps} ({count} images of pass {number} "
            f"over the data, from number {sample} on). The last good "
            "checkpoint is kept."
        )


def _write_scalars(events, model, step, logs):
    weights = {
        f"task_weight/{name}": x
        for name, x in model.balancing.weights_of_tasks().items()
    }
    known = {name: x for name, x in logs.items() if np.isfinite(x)}
    events.scalars(step, {**known, **weights})


def _draw(model, validation, count=2):
    """Panels of the first images of validation."""
    images, _ = next(iter(validation))
    images = np.asarray(images)[:count]
    # Not `predict`, which would share two images among all devices.
    raw = model(images, training=False)
    maps = {
        task.name: ops.convert_to_numpy(task.decode(raw[task.name]))
        for task in model.tasks
    }
    return [
        mtl_zoo.visualization.panel(
            image, {name: x[i] for name, x in maps.items()}, model.tasks
        )
        for i, image in enumerate(images)
    ]


def _can_draw():
    return importlib.util.find_spec("matplotlib") is not None


def _unlabelled(model):
    """The tasks no image of which had a label that is known."""
    counts = {
        metric.name: float(ops.convert_to_numpy(metric.count))
        for metric in model.metrics
        if isinstance(metric, keras.metrics.Mean)
    }
    return [
        task
        for task in model.supervised_tasks.values()
        if counts[f"{task.name}_loss"] == 0
    ]


def _check_labels(model, epoch):
    """Say which tasks an epoch taught nothing; raise if it taught nothing."""
    unlabelled = [task.name for task in _unlabelled(model)]
    if not unlabelled:
        return
    text = (
        f"No image of epoch {epoch + 1} had a known label of "
        f"{', '.join(unlabelled)}"
    )
    if len(unlabelled) == len(model.supervised_tasks):
        raise ValueError(
            f"{text}: there is nothing to learn from. tools.prepare_dataset "
            "tells what the labels hold."
        )
    cli.say(f"{text}; the network learnt nothing of it.")


def _results(model):
    """Losses and metrics, without those of tasks that had no label."""
    unmeasured = [
        name
        for task in _unlabelled(model)
        for name in metrics_of_task(task).values()
    ]
    return {
        name: float(ops.convert_to_numpy(value))
        for name, value in model.get_metrics_result().items()
        if name not in unmeasured
    }


def _loss_of_means(model, results):
    losses = [
        results.get(f"{name}_loss", 0.0) for name in model.supervised_tasks
    ]
    loss = model.balancing.validation_loss(
        ops.convert_to_tensor(losses, "float32")
    )
    return float(ops.convert_to_numpy(loss))
