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
        # A remainder of positive numbers only: ONNX Runtime gives others a
        # sign of their own.
        below, right = (
            (self.multiple - n % self.multiple) % self.multiple
            for n in ops.shape(x)[1:3]
        )
        # A size may be known at run time only: then it can't be compared.
        if isinstance(below, int) and isinstance(right, int):
            if below == right == 0:
                return x
        return ops.pad(x, [(0, 0), (0, below), (0, right), (0, 0)])

    def compute_output_shape(self, input_shape):
        batch, *size, channels = input_shape
        size = [n if n is None else n + -n % self.multiple for n in size]
        return (batch, *size, channels)

    def get_config(self):
        return {**super().get_config(), "multiple": self.multiple}


@keras.saving.register_keras_serializable(package="mtl_zoo")
class CropLike(keras.layers.Layer):
    """Leaves out what is below and on the right of another tensor's size.

    Call arguments:
        x: Tensor `(batch, height, width, channels)`, of any dtype, which it
            keeps.
        reference: Tensor `(batch, new_height, new_width, …)`, not larger.

    Output shape: `(batch, new_height, new_width, channels)`.

    Example:

    ```python
    x, image = np.zeros((1, 64, 64, 8)), np.zeros((1, 60, 40, 3))
    mtl_zoo.layers.CropLike()(x, image)  # (1, 60, 40, 8)
    ```
    """

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        # Predictions are float32 also in mixed precision, and stay it.
        self.autocast = False

    def call(self, x, reference):
        if None not in x.shape and x.shape[1:3] == reference.shape[1:3]:
            return x
        height, width = ops.shape(reference)[1:3]
        return x[:, :height, :width]

    def compute_output_spec(self, x, reference):
        shape = (x.shape[0], *reference.shape[1:3], x.shape[-1])
        return keras.KerasTensor(shape, dtype=x.dtype)
