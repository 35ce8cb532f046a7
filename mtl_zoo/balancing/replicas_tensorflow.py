"""What all replicas of a `tf.distribute` step agree on, in TensorFlow."""

import tensorflow as tf


def num_replicas():
    """As `mtl_zoo.balancing.replicas.num_replicas`."""
    context = tf.distribute.get_replica_context()
    return 1 if context is None else context.num_replicas_in_sync


def sum_over_replicas(tensors):
    """As `mtl_zoo.balancing.replicas.sum_over_replicas`."""
    tensors = tf.nest.map_structure(tf.stop_gradient, tensors)
    context = tf.distribute.get_replica_context()
    return context.all_reduce(tf.distribute.ReduceOp.SUM, tensors)


def from_first_replica(tensor):
    """As `mtl_zoo.balancing.replicas.from_first_replica`."""
    context = tf.distribute.get_replica_context()
    first = tf.cast(context.replica_id_in_sync_group == 0, tensor.dtype)
    return sum_over_replicas(first * tensor)
