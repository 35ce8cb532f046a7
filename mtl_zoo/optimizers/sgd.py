"""Gradient descent, with momentum."""

import keras

from mtl_zoo.optimizers.selective_decay import SelectiveDecay


@keras.saving.register_keras_serializable(package="mtl_zoo")
class SGD(SelectiveDecay, keras.optimizers.SGD):
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
