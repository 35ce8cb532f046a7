"""What all replicas of a `tf.distribute` step agree on.

JAX computes one step over all devices, so that there is nothing to agree on;
PyTorch trains on one device.
"""

import keras


def num_replicas():
    """How many replicas compute a step together: 1 without `tf.distribute`."""
    if keras.backend.backend() != "tensorflow":
        return 1
    from mtl_zoo.balancing import replicas_tensorflow

    return replicas_tensorflow.num_replicas()


def sum_over_replicas(tensors):
    """The sums over all replicas.

    No gradient passes through.

    Args:
        tensors: A tensor or list of tensors.

    Returns:
        The like of `tensors`.
    """
    if num_replicas() == 1:
        return tensors
    from mtl_zoo.balancing import replicas_tensorflow

    return replicas_tensorflow.sum_over_replicas(tensors)


def from_first_replica(tensor):
    """A tensor as the first replica has it, such as one of random numbers."""
    if num_replicas() == 1:
        return tensor
    from mtl_zoo.balancing import replicas_tensorflow

    return replicas_tensorflow.from_first_replica(tensor)
