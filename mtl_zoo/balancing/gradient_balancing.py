"""The base class of balancing that looks at every task's gradient.

All published ways of it that are here take a linear combination of the tasks'
gradients, whose coefficients follow from the gradients' inner products alone.
So a method is a few lines on a matrix of `tasks × tasks`, the same on every
backend; what differs by backend, how gradients are asked for, is in
`gradients_tensorflow.py`, `gradients_jax.py` and `gradients_torch.py`.
"""

from keras import ops

from mtl_zoo.balancing.balancing import Balancing
from mtl_zoo.utils.tensorflow_replicas import num_replicas
from mtl_zoo.utils.tensorflow_replicas import sum_over_replicas


class GradientBalancing(Balancing):
    """Weights that follow from the gradients of the tasks.

    Gradients are those with respect to shared weights: the trainable weights
    of the model's encoder, through which every task goes in every model. A
    step takes a backward pass per task, and the memory of a gradient per task.
    In a distributed step the gradients of the encoder are summed over all
    replicas per task, so the communication grows with the tasks, too.

    The weights below are those of the encoder's gradients. What lies beyond
    the encoder learns from the plain sum of the losses, unless
    `whole_network` is set. Where a task has no labels in a batch, the rest is
    balanced without it. Reported is the plain sum of the losses.

    Subclasses implement `weigh`.

    Attributes:
        whole_network: Boolean, whether the weights count beyond the encoder.

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
                gradients with respect to shared weights; 0 where a task has
                no labels.
            losses: Float32 tensor `(tasks,)`.
            labelled: Float32 tensor `(tasks,)` of 1 and 0.

        Returns:
            Float32 tensor `(tasks,)`, finite.
        """
        raise NotImplementedError

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

    def merge(self, gradients, is_shared, losses, labelled, scale):
        """One gradient per variable out of one per task and variable.

        Args:
            gradients: Per task, in order, a list with a tensor per variable of
                the network, or `None` where the task does not reach it; those
                of the task's loss times `scale`, divided by the number of
                replicas.
            is_shared: List with a boolean per variable of the network.
            losses: Float32 tensor `(tasks,)`.
            labelled: Float32 tensor `(tasks,)` of 1 and 0.
            scale: Scalar, the factor against underflow in float16.

        Returns:
            List with a tensor or `None` per variable of the network, followed
            by the gradients of this object's own trainable variables.

        Raises:
            ValueError: If there are no shared variables.
        """
        if not any(is_shared):
            raise ValueError(
                f"{type(self).__name__} compares gradients with respect to "
                "the encoder's weights; the encoder has none that are "
                "trainable."
            )
        gram = gram_matrix(gradients, is_shared) / ops.square(scale)
        finite = ops.all(ops.isfinite(gram))
        labelled = labelled * ops.cast(finite, "float32")
        counts = ops.outer(labelled, labelled) > 0
        gram = ops.where(counts, gram, 0.0)
        losses = ops.stop_gradient(losses)

        own = self.state_gradients(gram, losses, labelled)
        weights = self.weigh(gram, losses, labelled)
        self.last_weights.assign(weights)
        ones = ops.ones_like(weights)
        merged = [
            _weighted_sum(
                variable, weights if shared or self.whole_network else ones
            )
            for shared, variable in zip(
                is_shared, zip(*gradients, strict=True), strict=True
            )
        ]
        return merged + [x * (scale / num_replicas()) for x in own]


def gram_matrix(gradients, is_shared):
    """Inner products of the tasks' gradients, over all shared variables.

    Args:
        gradients: Per task a list with a tensor or `None` per variable.
        is_shared: List with a boolean per variable.

    Returns:
        Float32 tensor `(tasks, tasks)`.
    """
    gram = ops.zeros((len(gradients), len(gradients)), "float32")
    rows = []
    for shared, variable in zip(
        is_shared, zip(*gradients, strict=True), strict=True
    ):
        like = next((x for x in variable if x is not None), None)
        if shared and like is not None:
            rows.append(
                ops.stack(
                    [
                        ops.reshape(ops.zeros_like(like), (-1,))
                        if x is None
                        else ops.reshape(x, (-1,))
                        for x in variable
                    ]
                )
            )
    for x in sum_over_replicas(rows):
        x = ops.cast(x, "float32")
        gram = gram + ops.matmul(x, ops.transpose(x))
    return gram


def _weighted_sum(tensors, weights):
    terms = [
        x * ops.cast(weights[i], x.dtype)
        for i, x in enumerate(tensors)
        if x is not None
    ]
    return sum(terms[1:], terms[0]) if terms else None
