"""Optimizers as the training scripts use them.

Adam: Kingma and Ba, arXiv 1412.6980; AdamW: Loshchilov and Hutter, arXiv
1711.05101. This module calls TensorFlow on the TensorFlow backend.
"""

import keras
from keras import ops

from mtl_zoo.utils.tensorflow_replicas import num_replicas

OPTIMIZERS = ("adam", "adamw", "sgd")


class _Training:
    """What the optimizers here do besides those of Keras.

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
        return self.update(gradient, variable, learning_rate)

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


@keras.saving.register_keras_serializable(package="mtl_zoo")
class Adam(_Training, keras.optimizers.Adam):
    """`keras.optimizers.Adam`, one operation per variable on TensorFlow.

    The same update (Kingma and Ba, arXiv 1412.6980). Networks with a thousand
    variables spend a sixth of a training step, and more than half of the time
    before the first one, on the forty small operations that Keras's own takes
    for each.

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

    def update(self, gradient, variable, learning_rate):
        if keras.backend.backend() != "tensorflow" or self.amsgrad:
            return super().update(gradient, variable, learning_rate)
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


@keras.saving.register_keras_serializable(package="mtl_zoo")
class SGD(_Training, keras.optimizers.SGD):
    """`keras.optimizers.SGD` whose weight decay is in the gradient.

    Args:
        learning_rate: Float or schedule. Defaults to `0.01`.
        l2: Float, see `Adam`. Defaults to `0.0`.
        **kwargs: As `keras.optimizers.SGD`.

    Example:

    ```python
    model.compile(optimizer=SGD(0.01, momentum=0.9, l2=1e-4))
    ```
    """


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


def get(
    name,
    learning_rate,
    weight_decay=0.0,
    momentum=0.9,
    clip_norm=None,
    accumulation_steps=1,
    loss_scaling=False,
    slow_variables=(),
    slow_factor=1.0,
):
    """An optimizer by name.

    Args:
        name: String, one of `OPTIMIZERS`. `"adam"` and `"sgd"` have weight
            decay in the gradient, as PyTorch's and as published; `"adamw"`
            takes it off the weights.
        learning_rate: Float or `keras.optimizers.schedules` schedule.
        weight_decay: Float. Defaults to `0.0`.
        momentum: Float, of `"sgd"`. Defaults to `0.9`.
        clip_norm: Float or `None`, the greatest norm of the gradient of all
            weights together. Defaults to `None`.
        accumulation_steps: Integer. How many batches make one update.
            Defaults to `1`.
        loss_scaling: Boolean, whether the loss is multiplied for float16.
            Defaults to `False`.
        slow_variables: List of `keras.Variable` that learn at another rate.
            Defaults to none.
        slow_factor: Float, of their learning rate. Defaults to `1.0`.

    Returns:
        A `keras.optimizers.Optimizer`.

    Raises:
        ValueError: If there is no optimizer of that name.

    Example:

    ```python
    get("adam", 1e-4, weight_decay=1e-4)
    ```
    """
    if name not in OPTIMIZERS:
        raise ValueError(
            f"Optimizer {name!r} is not known; allowed are "
            f"{', '.join(OPTIMIZERS)}."
        )
    arguments = {
        "learning_rate": learning_rate,
        "global_clipnorm": clip_norm,
        "gradient_accumulation_steps": (
            accumulation_steps if accumulation_steps > 1 else None
        ),
    }
    if name == "adamw":
        optimizer = Adam(weight_decay=weight_decay or None, **arguments)
    elif name == "adam":
        optimizer = Adam(l2=weight_decay, **arguments)
    else:
        optimizer = SGD(momentum=momentum, l2=weight_decay, **arguments)
    if slow_factor != 1:
        optimizer.scale_learning_rate(slow_variables, slow_factor)
    return LossScaleOptimizer(optimizer) if loss_scaling else optimizer
