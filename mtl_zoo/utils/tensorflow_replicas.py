"""Sums over the replicas of a `tf.distribute` strategy.

On one device, on other backends and outside of a strategy nothing happens:
JAX's data parallelism sees the whole batch anyway.
"""

import keras


def sum_over_replicas(value):
    """The sum of a value over all replicas, with each replica's own gradient.

    Optimizers add up the gradients of the replicas. So a loss that is made of
    such sums is that of the whole batch, and its gradient, too.

    Args:
        value: Float tensor, computed by every replica from its own share of
            the batch.

    Returns:
        Tensor of the same shape, the same on every replica.

    Example:

    ```python
    count = sum_over_replicas(keras.ops.sum(known))
    ```
    """
    if num_replicas() == 1:
        return value
    import tensorflow as tf

    context = tf.distribute.get_replica_context()
    if context is None:
        return value

    @tf.custom_gradient
    def summed(x):
        return context.all_reduce(tf.distribute.ReduceOp.SUM, x), lambda dy: dy

    return summed(value)


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
