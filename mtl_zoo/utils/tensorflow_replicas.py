"""What the replicas of a `tf.distribute` strategy compute together.

On one device, on other backends and outside of a strategy nothing happens:
JAX's data parallelism sees the whole batch anyway.
"""

import keras


def num_replicas():
    """How many replicas the current strategy has; 1 where there is none.

    Returns:
        Integer.

    Example:

    ```python
    num_replicas()  # 1
    ```
    """
    if keras.backend.backend() != "tensorflow":
        return 1
    import tensorflow as tf

    return tf.distribute.get_strategy().num_replicas_in_sync


def sum_over_replicas(values):
    """The sums of values over all replicas.

    As with any loss in Keras, the mean over the replicas of the gradients is
    the gradient for the whole batch. So a loss that is made of such sums is
    that of the whole batch, and its gradient, too.

    Args:
        values: List of float tensors, computed by every replica from its own
            share of the batch.

    Returns:
        List of tensors of the same shapes, the same on every replica.

    Example:

    ```python
    total, count = sum_over_replicas([ops.sum(errors), ops.sum(known)])
    ```
    """
    if num_replicas() == 1 or not values:
        return values
    import tensorflow as tf

    context = tf.distribute.get_replica_context()
    if context is None:
        return values
    count = context.num_replicas_in_sync

    @tf.custom_gradient
    def summed(*tensors):
        totals = context.all_reduce(tf.distribute.ReduceOp.SUM, list(tensors))
        return totals, lambda *upstream: [count * dy for dy in upstream]

    return summed(*values)


def from_first_replica(value):
    """A tensor as the first replica has it, such as one of random numbers.

    Args:
        value: Float tensor.

    Returns:
        Tensor of the same shape, the same on every replica.

    Example:

    ```python
    weights = from_first_replica(keras.random.normal((3,)))
    ```
    """
    if num_replicas() == 1:
        return value
    import tensorflow as tf

    context = tf.distribute.get_replica_context()
    first = tf.cast(context.replica_id_in_sync_group == 0, value.dtype)
    return sum_over_replicas([first * value])[0]
