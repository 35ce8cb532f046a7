"""What `compile(loss=…, metrics=…, loss_weights=…)` means, task by task."""

import copy
import functools
import inspect

import keras
import numpy as np
from keras import ops

from mtl_zoo import balancing as balancing_module
from mtl_zoo.balancing import Balancing
from mtl_zoo.losses import DenseLoss
from mtl_zoo.losses.keras_loss import KerasLoss
from mtl_zoo.metrics.keras_metrics import KerasMetrics
from mtl_zoo.utils.tensorflow_replicas import num_replicas
from mtl_zoo.utils.text import cut


def with_losses(tasks, loss):
    """The tasks with the losses that are given in place of their own.

    Args:
        tasks: Dict task name → `mtl_zoo.tasks.Task`.
        loss: Dict task name → string, `keras.losses.Loss` or function, or
            `None`; where there is one task, also without the dict.

    Returns:
        Dict task name → `mtl_zoo.tasks.Task`; those with another loss are
        copies.

    Raises:
        ValueError: If it is no loss, or of a task that is not there.
    """
    changed = dict(tasks)
    for name, one in _by_task("loss", loss, tasks).items():
        changed[name] = copy.copy(tasks[name])
        changed[name].loss = _get_loss(one, tasks[name])
    return changed


def get_metrics(tasks, metrics):
    """The metric of every task, given or its own.

    Args:
        tasks: Dict task name → `mtl_zoo.tasks.Task`, the targets.
        metrics: Dict task name → string, `keras.metrics.Metric`, function or
            list of them, or `None`; where there is one task, also without the
            dict.

    Returns:
        Dict task name → `keras.metrics.Metric` whose result is a dict.

    Raises:
        ValueError: If it is no metric, or of a task that is not there.
    """
    given = _by_task("metrics", metrics, tasks)
    made = {}
    for name, task in tasks.items():
        if name not in given:
            made[name] = task.make_metric()
            continue
        some = given[name]
        some = some if isinstance(some, (list, tuple)) else [some]
        parts = [_get_metric(one, task) for one in some]
        for part in parts:
            _try(part, task)
        names = [part.name for part in parts]
        if len(set(names)) < len(names):
            raise ValueError(
                f"metrics of {name!r} need names of their own; received "
                f"{names}."
            )
        made[name] = KerasMetrics(parts, task.known, name)
    return made


def get_balancing(tasks, balancing, loss_weights):
    """The balancing that is asked for, which `loss_weights` may be.

    Args:
        tasks: Dict task name → `mtl_zoo.tasks.Task`.
        balancing: As for `mtl_zoo.balancing.get`.
        loss_weights: Dict task name → float, or `None`.

    Returns:
        A `mtl_zoo.balancing.Balancing`.

    Raises:
        ValueError: If both are given, or a weight is none.
    """
    if loss_weights is None:
        return balancing_module.get(balancing)
    weights = _by_task("loss_weights", loss_weights, tasks)
    if balancing not in (None, "fixed"):
        raise ValueError(
            "loss_weights stay as they are, and "
            f"balancing={_short(balancing)} sets weights itself: give one of "
            "them."
        )
    for name, weight in weights.items():
        if isinstance(weight, bool) or not isinstance(
            weight, (int, float, np.number)
        ):
            raise ValueError(
                f"loss_weights of {name!r} is a number; received "
                f"{_short(weight)}."
            )
    return balancing_module.Fixed(weights)


def _by_task(argument, value, tasks):
    """An argument as a dict task name → what is given for it."""
    if value is None:
        return {}
    if isinstance(value, Balancing):
        raise ValueError(
            f"{argument}={type(value).__name__}(…) is a balancing; give it as "
            "balancing=…."
        )
    if not isinstance(value, dict):
        if len(tasks) > 1:
            example = next(iter(tasks))
            raise ValueError(
                f"{argument} is a dict by task, such as {{{example!r}: …}}, as "
                f"the tasks are {', '.join(tasks)}; received {_short(value)}."
            )
        value = dict.fromkeys(tasks, value)
    unknown = [name for name in value if name not in tasks]
    if unknown:
        raise ValueError(
            f"{argument} of {unknown[0]!r}: there is no such task here; the "
            f"tasks are {', '.join(tasks)}."
        )
    return value


def _get_loss(loss, task):
    """A loss of labels and raw predictions that leaves out unknown pixels."""
    values, name = _values(loss, task)
    if values is None:
        return loss
    try:
        shape = tuple(ops.shape(values(*_example(task))))
    except Exception as error:
        raise _failed("loss", name, task, error) from error
    if shape in ((2, 4, 6), (2, 4, 6, 1)):
        return KerasLoss(values, task.known, task.label_channels or 1, name)
    # One number, or one per image: unknown pixels are in it already.
    if isinstance(loss, keras.losses.Loss):
        return loss
    return _Mean(values, name)


def _values(loss, task):
    """What computes a loss before it is reduced, and its name."""
    if isinstance(loss, DenseLoss):
        return None, loss.name
    if isinstance(loss, str):
        try:
            found = keras.losses.get(loss)
        except ValueError:
            raise ValueError(
                f"loss of {task.name!r}: {loss!r} is not one of keras.losses."
            ) from None
        # Raw predictions are logits, whatever Keras takes for granted.
        if not isinstance(found, keras.losses.Loss):
            if "from_logits" in inspect.signature(found).parameters:
                found = functools.partial(found, from_logits=True)
            return found, loss
        loss = found
    if isinstance(loss, keras.losses.Loss):
        if loss.reduction == "sum":
            raise ValueError(
                f"loss of {task.name!r}: losses here are means over labelled "
                f"pixels; {loss.name} has reduction='sum'."
            )
        _check_logits("loss", loss, task)
        return loss.call, loss.name
    if inspect.isclass(loss) or not callable(loss):
        raise ValueError(
            f"loss of {task.name!r} is a string, a keras.losses.Loss or a "
            f"function; received {_short(loss)}. A task with loss_weights 0 "
            "does not train."
        )
    return loss, getattr(loss, "__name__", "loss")


class _Mean(keras.losses.Loss):
    """A function that gives a number per batch or per image, as a loss."""

    def __init__(self, values, name):
        super().__init__(name=name, dtype="float32")
        self.call = values


def _get_metric(metric, task):
    if isinstance(metric, str) and metric in ("accuracy", "acc"):
        # As Keras does it, by what the task predicts.
        if task.decoding == "classes":
            return keras.metrics.SparseCategoricalAccuracy(name=metric)
        if task.decoding == "probabilities":
            return keras.metrics.BinaryAccuracy(name=metric, threshold=0.0)
        raise ValueError(
            f"metrics of {task.name!r}: {metric!r} is for classes and "
            "probabilities."
        )
    if isinstance(metric, str):
        name = metric
        try:
            metric = keras.metrics.get(metric)
        except ValueError:
            raise ValueError(
                f"metrics of {task.name!r}: {metric!r} is not one of "
                "keras.metrics."
            ) from None
        if isinstance(metric, keras.metrics.Metric):
            config = metric.get_config()
            if config.get("from_logits") is False:
                config["from_logits"] = True
            metric = type(metric).from_config({**config, "name": name})
    if isinstance(metric, keras.metrics.Metric):
        _check_logits("metrics", metric, task)
        return metric
    if inspect.isclass(metric) or not callable(metric):
        raise ValueError(
            f"metrics of {task.name!r} are strings, keras.metrics.Metric or "
            f"functions; received {_short(metric)}."
        )
    return keras.metrics.MeanMetricWrapper(
        metric, name=getattr(metric, "__name__", "metric")
    )


def _example(task):
    """Labels and raw predictions to try something on."""
    return (
        np.zeros((2, 4, 6, task.label_channels or 1), "float32"),
        np.zeros((2, 4, 6, task.channels), "float32"),
    )


def _try(metric, task):
    """Raise `ValueError` unless a metric takes labels and predictions."""
    if num_replicas() > 1:
        return  # They may be counted in a replica's step only.
    labels, raw = _example(task)
    whole = KerasMetrics([metric], task.known, task.name)
    try:
        whole.update_state(labels, raw)
        whole.result()
    except Exception as error:
        raise _failed("metrics", metric.name, task, error) from error
    whole.reset_state()


def _failed(argument, name, task, error):
    """What to say of a stranger's function, which may fail in any way."""
    labels, raw = _example(task)
    first_line = str(error).strip().partition("\n")[0]
    return ValueError(
        f"{argument} of {task.name!r}: {name} can't be computed of labels "
        f"{labels.shape} and predictions {raw.shape}: {cut(first_line, 120)}"
    )


def _check_logits(argument, part, task):
    """Raise `ValueError` for what takes logits for probabilities."""
    if part.get_config().get("from_logits") is False and task.decoding in (
        "classes",
        "probabilities",
    ):
        raise ValueError(
            f"{argument} of {task.name!r}: raw predictions are logits; give "
            f"{type(part).__name__}(from_logits=True)."
        )


def _short(value):
    return cut(repr(value), 60)
