"""Multiplied losses, for float16 (Micikevicius et al., arXiv 1710.03740).

This module calls TensorFlow on the TensorFlow backend.
"""

import keras

from mtl_zoo.utils.tensorflow_replicas import num_replicas


@keras.saving.register_keras_serializable(package="mtl_zoo")
class LossScaleOptimizer(keras.optimizers.LossScaleOptimizer):
    """`keras.optimizers.LossScaleOptimizer`, right on several replicas.

    A step is left out when the gradient of any replica is not finite, not of
    the first one alone.

    Example:

    ```python
    model.compile(optimizer=LossScaleOptimizer(Adam(1e-4)))
    ```
    """

    def check_finite(self, grads):
        finite = super().check_finite(grads)
        if num_replicas() == 1:
            return finite
        import tensorflow as tf

        count = tf.distribute.get_replica_context().all_reduce(
            tf.distribute.ReduceOp.SUM, tf.cast(finite, "float32")
        )
        return tf.equal(count, float(num_replicas()))
