"""The training step, by backend, and what its gradients are taken of."""

import importlib
import weakref

import keras
from keras import ops

from mtl_zoo.balancing.task_losses import task_losses

_HALVES = weakref.WeakKeyDictionary()


def train_step(model, *args):
    """A training step in which the model's balancing has its say.

    Args:
        model: A compiled `mtl_zoo.models.MultiTaskModel`.
        *args: As `keras.Model.train_step` has them on the backend: the batch,
            and on JAX the state before it.

    Returns:
        What `keras.Model.train_step` returns on the backend.
    """
    backend = keras.backend.backend()
    module = importlib.import_module(f"mtl_zoo.balancing.gradients_{backend}")
    return module.train_step(model, *args)


def is_shared(model, variables):
    """Which variables are shared by all tasks: those of the encoder.

    Args:
        model: `mtl_zoo.models.MultiTaskModel`.
        variables: List of `keras.Variable`.

    Returns:
        List of booleans.
    """
    shared = {id(variable) for variable in model.encoder.trainable_variables}
    return [id(variable) in shared for variable in variables]


def halves(model):
    """The model in two: up to the encoder's features, and from them on.

    Both are made of the model's own layers.

    Args:
        model: `mtl_zoo.models.MultiTaskModel`.

    Returns:
        A pair of functions: from images to two lists, the features that have a
        gradient, and those that are whole numbers, such as the places of a
        pool; from images and both to what `model(images, training=True)`
        gives.
    """
    if model not in _HALVES:
        (calls,) = [
            node
            for nodes in model._nodes_by_depth.values()
            for node in nodes
            if node.operation is model.encoder
        ]
        features = keras.tree.flatten(calls.output_tensors)
        _HALVES[model] = (
            keras.Model(model.input, features),
            keras.Model([model.input, *features], model.output),
        )
    first, second = _HALVES[model]
    names = model.target_names + model.intermediate_names
    is_float = [keras.backend.is_float_dtype(x.dtype) for x in first.outputs]

    def encode(x):
        # Keras gives a single feature without its list.
        features = keras.tree.flatten(first.call(x, training=True))
        return partition(features, is_float)

    def rest(x, features, places):
        features = interleave(features, places, is_float)
        outputs = second.call([x, *features], training=True)
        return {name: outputs[name] for name in names}

    return encode, rest


def losses_of_parts(model, y, y_pred):
    """The losses of parts of a batch, as `balancing.targets` asks for them.

    Args:
        model: `mtl_zoo.models.MultiTaskModel`.
        y: Dict task name → labels.
        y_pred: Dict as `model` gives it in training.

    Returns:
        A function from the number of parts to a list with, for each,
        what `mtl_zoo.balancing.task_losses.task_losses` gives. The parts of a
        batch that has fewer images share some.
    """

    def losses(count):
        size = ops.shape(next(iter(y_pred.values())))[0]
        found = []
        for i in range(count):
            start = i * size // count
            end = (i + 1) * size // count
            # At least one image each; sizes that are known stay numbers.
            most = max if isinstance(size, int) else ops.maximum
            part = slice(start, most(end, start + 1))
            found.append(
                task_losses(
                    model.supervised_tasks,
                    {name: label[part] for name, label in y.items()},
                    {name: x[part] for name, x in y_pred.items()},
                )
            )
        return found

    return losses


def partition(values, is_shared):
    """A list in two: what is shared, and the rest."""
    pairs = list(zip(values, is_shared, strict=True))
    return [x for x, is_it in pairs if is_it], [
        x for x, is_it in pairs if not is_it
    ]


def interleave(within, beyond, is_shared):
    """The inverse of `partition`; what else is in `beyond` follows."""
    within, beyond = iter(within), iter(beyond)
    ordered = [next(within) if is_it else next(beyond) for is_it in is_shared]
    return [*ordered, *beyond]


def add(gradients, others):
    """Sums of two lists of gradients, either of which may have `None`s."""
    return [
        x if y is None else y if x is None else x + y
        for x, y in zip(gradients, others, strict=True)
    ]
