"""The base class of balancing that looks at every task's gradient.

Most published ways of it take a linear combination of the tasks' gradients,
whose coefficients follow from the gradients' inner products alone. So a method
is a few lines on a matrix of `tasks × tasks`, the same on every backend; what
differs by backend, how gradients are asked for, is in
`gradients_tensorflow.py`, `gradients_jax.py` and `gradients_torch.py`. Methods
that look at single coordinates are in `coordinate_balancing.py`.
"""

from keras import ops

from mtl_zoo.balancing.balancing import Balancing
from mtl_zoo.utils.tensorflow_replicas import num_replicas
from mtl_zoo.utils.tensorflow_replicas import sum_over_replicas

SHARED = ("encoder", "features")


class GradientBalancing(Balancing):
    """Weights that follow from the gradients of the tasks.

    Gradients are those with respect to what all tasks share. With
    `shared="encoder"` these are the trainable weights of the model's encoder,
    through which every task goes in every model: a step takes a backward pass
    per task through the whole network, and the memory of a gradient per task.
    With `shared="features"` it is what the encoder gives: a backward pass per
    task through what lies beyond the encoder, and one through the encoder; the
    memory of a gradient of the features per task. Sener and Koltun show for
    MGDA that this bounds the other (arXiv 1810.04650, section 3.3).

    In a distributed step the gradients of the encoder are summed over all
    replicas per task, so the communication grows with the tasks, too; of the
    features, only inner products are.

    The weights below are those of the shared gradients. What lies beyond the
    encoder learns from the plain sum of the losses, unless `whole_network` is
    set. Where a task has no labels in a batch, the rest is balanced without
    it. Reported is the plain sum of the losses.

    Subclasses implement `weigh`.

    Args:
        shared: String, `"encoder"` or `"features"`. Defaults to `"encoder"`.
        name: String. Defaults to `None`.

    Attributes:
        whole_network: Boolean, whether the weights count beyond the encoder.

    Raises:
        ValueError: If `shared` is neither.

    Example:

    ```python
    @keras.saving.register_keras_serializable(package="mine")
    class Normalized(mtl_zoo.balancing.GradientBalancing):
        def weigh(self, gram, losses, labelled):
            norms = keras.ops.sqrt(keras.ops.diagonal(gram))
            return 1 / keras.ops.maximum(norms, 1e-7)
    ```
    """

    by_gradients = True
    whole_network = False
    # What `shared` may be.
    allowed_shared = SHARED

    def __init__(self, shared="encoder", name=None):
        super().__init__(name=name)
        if shared not in self.allowed_shared:
            raise ValueError(
                f"shared={shared!r}: {type(self).__name__} takes "
                f"{' or '.join(map(repr, self.allowed_shared))}."
            )
        self.shared = shared

    def create_state(self, count):
        self.last_weights = self.add_state("last_weights", (count,), "ones")

    def task_weights(self):
        return ops.convert_to_tensor(self.last_weights)

    def weigh(self, gram, losses, labelled):
        """The weights of the gradients.

        State must stay as it is where `labelled` is 0; it is 0 for all tasks
        when gradients are not finite, as happens with a loss scale that is
        about to be lowered.

        Args:
            gram: Float32 tensor `(tasks, tasks)`, inner products of the
                shared gradients; 0 where a task has no labels.
            losses: Float32 tensor `(tasks,)`.
            labelled: Float32 tensor `(tasks,)` of 1 and 0.

        Returns:
            Float32 tensor `(tasks,)`, finite.
        """
        raise NotImplementedError

    def weigh_beyond(self, weights, losses, labelled):
        """What the losses count beyond the encoder.

        Args:
            weights: As `weigh` returns them.
            losses: As for `weigh`.
            labelled: As for `weigh`.

        Returns:
            Float32 tensor `(tasks,)`.
        """
        return weights if self.whole_network else ops.ones_like(weights)

    def state_gradients(self, gram, losses, labelled):
        """Gradients for own trainable variables, before they are updated.

        Args:
            gram: As for `weigh`.
            losses: As for `weigh`.
            labelled: As for `weigh`.

        Returns:
            List of tensors, in the order of `self.trainable_variables`.
        """
        return []

    def combine(self, losses, labelled):
        return ops.sum(losses)

    def targets(self, losses, labelled, parts):
        """The numbers whose gradients a step takes: the losses of the tasks.

        Subclasses that need others implement it together with `coefficients`.

        Args:
            losses: List of scalars, one per task.
            labelled: Float32 tensor `(tasks,)` of 1 and 0.
            parts: Callable that gives, for a number `n`, the losses and
                `labelled` of each of `n` parts of the batch.

        Returns:
            A pair: list of scalars; tensor that says what has labels, with
            the targets first.
        """
        return losses, labelled

    def coefficients(self, gram, losses, labelled):
        """What the gradient of every target counts.

        Args:
            gram: Float32 tensor `(targets, targets)`, as for `weigh`.
            losses: As for `weigh`.
            labelled: Tensor as `targets` gives it.

        Returns:
            A pair of float32 tensors `(targets,)`: in the encoder, beyond it.
        """
        weights = self.weigh(gram, losses, labelled)
        self.last_weights.assign(weights)
        return weights, self.weigh_beyond(weights, losses, labelled)

    def merge(self, gradients, is_shared, losses, labelled, scale):
        """One gradient per variable out of one per target and variable.

        Args:
            gradients: Per target, in order, a list with a tensor per variable
                (or feature), or `None` where the target does not reach it;
                those of the target times `scale`, divided by the number of
                replicas.
            is_shared: List with a boolean per variable.
            losses: Float32 tensor `(tasks,)`.
            labelled: Tensor as `targets` gives it.
            scale: Scalar, the factor against underflow in float16.

        Returns:
            List with a tensor or `None` per variable, followed by the
            gradients of this object's own trainable variables.

        Raises:
            ValueError: If nothing is shared.
        """
        if not any(is_shared):
            raise ValueError(
                f"{type(self).__name__} compares gradients with respect to "
                "the encoder's weights; the encoder has none that are "
                "trainable."
            )
        by_variable = list(zip(*gradients, strict=True))
        shared = [
            x for x, is_it in zip(by_variable, is_shared, strict=True) if is_it
        ]
        rows = [flat_rows(x) for x in shared]
        if self.shared == "encoder":
            present = iter(
                sum_over_replicas([x for x in rows if x is not None])
            )
            rows = [None if x is None else next(present) for x in rows]
        gram = gram_matrix(rows, len(gradients)) / ops.square(scale)
        if self.shared == "features":
            (gram,) = sum_over_replicas([gram])
        finite = ops.all(ops.isfinite(gram))
        labelled = labelled * ops.cast(finite, "float32")
        has_labels = ops.max(ops.reshape(labelled, (len(gradients), -1)), -1)
        gram = ops.where(ops.outer(has_labels, has_labels) > 0, gram, 0.0)
        losses = ops.stop_gradient(losses)

        gram, rows = self.look_closer(gram, rows, losses, labelled, scale)
        own = self.state_gradients(gram, losses, labelled)
        within, beyond = self.coefficients(gram, losses, labelled)
        found = iter(self.add_up(shared, rows, within, scale, finite))
        merged = [
            next(found) if is_it else weighted_sum(x, beyond)
            for x, is_it in zip(by_variable, is_shared, strict=True)
        ]
        return merged + [x * (scale / num_replicas()) for x in own]

    def look_closer(self, gram, rows, losses, labelled, scale):
        """See `mtl_zoo.balancing.coordinate_balancing`."""
        return gram, rows

    def add_up(self, gradients, rows, weights, scale, finite):
        """See `mtl_zoo.balancing.coordinate_balancing`."""
        return [weighted_sum(x, weights) for x in gradients]

    def get_config(self):
        return {**super().get_config(), "shared": self.shared}


def flat_rows(tensors):
    """The gradients of one variable as the rows of a matrix.

    Args:
        tensors: Per target a tensor of the variable's shape, or `None`.

    Returns:
        Tensor `(targets, size)`, or `None` where no target has one.
    """
    like = next((x for x in tensors if x is not None), None)
    if like is None:
        return None
    return ops.stack(
        [
            ops.reshape(ops.zeros_like(like) if x is None else x, (-1,))
            for x in tensors
        ]
    )


def gram_matrix(rows, count):
    """Inner products of gradients, over all shared variables.

    Args:
        rows: List with a tensor `(count, size)` or `None` per variable.
        count: Integer.

    Returns:
        Float32 tensor `(count, count)`.
    """
    gram = ops.zeros((count, count), "float32")
    for x in rows:
        if x is not None:
            x = ops.cast(x, "float32")
            gram = gram + ops.matmul(x, ops.transpose(x))
    return gram


def weighted_sum(tensors, weights):
    """The sum of what is there of some tensors, times weights.

    Args:
        tensors: List with a tensor or `None` per weight.
        weights: Float32 tensor, a vector.

    Returns:
        A tensor, or `None` where there is none.
    """
    terms = [
        x * ops.cast(weights[i], x.dtype)
        for i, x in enumerate(tensors)
        if x is not None
    ]
    return sum(terms[1:], terms[0]) if terms else None
