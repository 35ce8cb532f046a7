"""Optimizers as the training scripts use them.

This module calls TensorFlow on the TensorFlow backend.
"""

import keras


@keras.saving.register_keras_serializable(package="mtl_zoo")
class Adam(keras.optimizers.Adam):
    """`keras.optimizers.Adam`, one operation per variable on TensorFlow.

    The same update (Kingma and Ba, arXiv 1412.6980). Networks with a thousand
    variables spend a sixth of a training step, and more than half of the time
    before the first one, on the forty small operations that Keras's own takes
    for each.

    Args:
        learning_rate: Float or schedule. Defaults to `1e-3`.
        **kwargs: As `keras.optimizers.Adam`, except `amsgrad`.

    Example:

    ```python
    model.compile(optimizer=Adam(1e-4))
    ```
    """

    def update_step(self, gradient, variable, learning_rate):
        if keras.backend.backend() != "tensorflow" or self.amsgrad:
            return super().update_step(gradient, variable, learning_rate)
        import tensorflow as tf

        index = self._get_variable_index(variable)
        step = tf.cast(self.iterations + 1, variable.dtype)
        tf.raw_ops.ResourceApplyAdam(
            var=variable.handle,
            m=self._momentums[index].value.handle,
            v=self._velocities[index].value.handle,
            beta1_power=tf.pow(self.beta_1, step),
            beta2_power=tf.pow(self.beta_2, step),
            lr=tf.cast(learning_rate, variable.dtype),
            beta1=self.beta_1,
            beta2=self.beta_2,
            epsilon=self.epsilon,
            grad=tf.cast(gradient, variable.dtype),
        )
        return None
