"""Weight decay of kernels alone, and learning rates that differ by variable.

This module calls TensorFlow on the TensorFlow backend.
"""

from keras import ops

from mtl_zoo.utils.tensorflow_replicas import num_replicas


class SelectiveDecay:
    """What the optimizers here do besides those of Keras; put before one.

    Nothing of weight decay, of either kind, touches biases and the scales and
    offsets of normalisation. Under a `tf.distribute` strategy the gradient is
    clipped when it is that of the whole batch.
    """

    def __init__(self, *args, l2=0.0, **kwargs):
        super().__init__(*args, **kwargs)
        self.l2 = l2
        self._rate_factors = {}

    def scale_learning_rate(self, variables, factor):
        """Let some variables learn at another rate, such as a trained encoder.

        Args:
            variables: List of `keras.Variable`.
            factor: Float, of the learning rate.
        """
        for variable in variables:
            self._rate_factors[self._var_key(variable)] = factor

    def build(self, variables):
        if not self.built:
            # Whatever has a single axis is a bias, a scale or an offset.
            self.exclude_from_weight_decay(
                var_list=[v for v in variables if len(v.shape) < 2]
            )
        super().build(variables)

    def update_step(self, gradient, variable, learning_rate):
        factor = self._rate_factors.get(self._var_key(variable))
        if factor is not None:
            learning_rate = learning_rate * factor
        if self.l2 and self._use_weight_decay(variable):
            gradient = gradient + self.l2 * ops.cast(variable, gradient.dtype)
        if self.weight_decay and self._use_weight_decay(variable):
            rate = ops.cast(learning_rate, variable.dtype)
            decay = ops.cast(self.weight_decay, variable.dtype)
            self.assign_sub(variable, variable * decay * rate)
        return self.update(gradient, variable, learning_rate)

    def _apply_weight_decay(self, variables):
        """Nothing: `update_step` does it, at the rate of each variable."""

    def update(self, gradient, variable, learning_rate):
        return super().update_step(gradient, variable, learning_rate)

    def _clip_gradients(self, grads):
        clips = self.clipnorm or self.clipvalue or self.global_clipnorm
        if not clips or num_replicas() == 1:
            return super()._clip_gradients(grads)
        import tensorflow as tf

        grads = tf.distribute.get_replica_context().all_reduce(
            tf.distribute.ReduceOp.SUM, list(grads)
        )
        # Keras adds up what the replicas hand in.
        return [g / num_replicas() for g in super()._clip_gradients(grads)]

    def get_config(self):
        return {**super().get_config(), "l2": self.l2}
