"""Adam (Kingma and Ba, arXiv 1412.6980), and AdamW (arXiv 1711.05101).

This module calls TensorFlow on the TensorFlow backend.
"""

import keras

from mtl_zoo.optimizers.selective_decay import SelectiveDecay


@keras.saving.register_keras_serializable(package="mtl_zoo")
class Adam(SelectiveDecay, keras.optimizers.Adam):
    """`keras.optimizers.Adam`, one operation per variable on TensorFlow.

    The same update. Networks with a thousand variables spend a sixth of a
    training step, and more than half of the time before the first one, on the
    forty small operations that Keras's own takes for each.

    Args:
        learning_rate: Float or schedule. Defaults to `1e-3`.
        l2: Float. The gradient of every kernel gets this times the kernel
            added: what PyTorch's Adam calls `weight_decay`. Keras's own
            `weight_decay` is that of AdamW. Defaults to `0.0`.
        **kwargs: As `keras.optimizers.Adam`, except `amsgrad`.

    Example:

    ```python
    model.compile(optimizer=Adam(1e-4, l2=1e-4))
    ```
    """

    # What is the same for all variables of a step, while one is made.
    _scalars = None

    def apply(self, grads, trainable_variables=None):
        self._scalars = None
        super().apply(grads, trainable_variables)
        self._scalars = None

    def update(self, gradient, variable, learning_rate):
        if keras.backend.backend() != "tensorflow" or self.amsgrad:
            return super().update(gradient, variable, learning_rate)
        import tensorflow as tf

        if isinstance(gradient, tf.IndexedSlices):
            return super().update(gradient, variable, learning_rate)
        if self._scalars is None:
            step = tf.cast(self.iterations + 1, "float32")
            self._scalars = {
                "beta1_power": tf.pow(self.beta_1, step),
                "beta2_power": tf.pow(self.beta_2, step),
                "beta1": tf.constant(self.beta_1),
                "beta2": tf.constant(self.beta_2),
                "epsilon": tf.constant(self.epsilon),
            }
        index = self._get_variable_index(variable)
        tf.raw_ops.ResourceApplyAdam(
            var=variable.handle,
            m=self._momentums[index].value.handle,
            v=self._velocities[index].value.handle,
            lr=tf.cast(learning_rate, variable.dtype),
            grad=tf.cast(gradient, variable.dtype),
            **{
                name: tf.cast(value, variable.dtype)
                for name, value in self._scalars.items()
            },
        )
        return None
