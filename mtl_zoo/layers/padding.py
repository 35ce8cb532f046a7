"""Padding to sizes that a network can take."""

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="mtl_zoo")
class PadToMultiple(keras.layers.Layer):
    """Adds zeros below and on the right, to the next multiple.

    Args:
        multiple: Integer, what height and width are divisible by after it.

    Input shape: `(batch, height, width, channels)`.

    Output shape: the same, height and width rounded up.

    Example:

    ```python
    mtl_zoo.layers.PadToMultiple(2)(np.ones((1, 5, 8, 3)))  # (1, 6, 8, 3)
    ```
    """

    def __init__(self, multiple, **kwargs):
        super().__init__(**kwargs)
        self.multiple = multiple

    def call(self, x):
        height, width = ops.shape(x)[1:3]
        pads = [(0, 0), (0, -height % self.multiple)]
        pads += [(0, -width % self.multiple), (0, 0)]
        return ops.pad(x, pads)

    def compute_output_shape(self, input_shape):
        batch, *size, channels = input_shape
        size = [n if n is None else n + -n % self.multiple for n in size]
        return (batch, *size, channels)

    def get_config(self):
        return {**super().get_config(), "multiple": self.multiple}
