"""The one place where feature maps and predictions are resized."""

import keras
import numpy as np
from keras import ops

from mtl_zoo.layers import tensorflow_ops


def resize(x, size, align_corners=False):
    """Bilinear resize with half-pixel centres, or with the corners aligned.

    The rules of PyTorch's `interpolate`; no smoothing when it shrinks. Nothing
    is done where the size is right already.

    Args:
        x: Float tensor `(batch, height, width, channels)`.
        size: Pair `(height, width)` of integers or integer tensors.
        align_corners: Boolean. `False` aligns the borders of the corner
            pixels, `True` their centres. Defaults to `False`.

    Returns:
        Tensor `(batch, *size, channels)` of the dtype of `x`.

    Example:

    ```python
    mtl_zoo.layers.resize(np.zeros((1, 2, 3, 1), "float32"), (5, 7))
    ```
    """
    # A size may be known at run time only: then it can't be compared.
    known = all(isinstance(n, int) for n in size)
    if known and tuple(x.shape[1:3]) == tuple(size):
        return x
    if align_corners:
        for axis in (1, 2):
            x = _resize_axis(x, size[axis - 1], axis)
        return x
    if keras.backend.backend() == "tensorflow" and not isinstance(
        x, keras.KerasTensor
    ):
        return tensorflow_ops.resize_bilinear(x, size)
    return ops.image.resize(
        x, size, interpolation="bilinear", data_format="channels_last"
    )


def _resize_axis(x, new_size, axis):
    """Linear resize of one axis, first and last entry staying where they are.

    New entry i stands at `i · (size - 1) / (new_size - 1)` of the old ones,
    between two of them; integers say exactly which.
    """
    size = ops.shape(x)[axis]
    if isinstance(size, int) and isinstance(new_size, int):
        if size == new_size:
            return x
        position = np.arange(new_size) * (size - 1)
        steps = max(new_size - 1, 1)
    else:
        position = ops.arange(new_size, dtype="int32") * (size - 1)
        steps = ops.maximum(new_size - 1, 1)
    lower = position // steps
    share = ops.cast(position - lower * steps, "float32")
    share = ops.cast(share / ops.cast(steps, "float32"), x.dtype)
    share = ops.reshape(share, [-1 if i == axis else 1 for i in range(4)])
    before = ops.take(x, lower, axis=axis)
    after = ops.take(x, ops.minimum(lower + 1, size - 1), axis=axis)
    return before + share * (after - before)


@keras.saving.register_keras_serializable(package="mtl_zoo")
class ResizeLike(keras.layers.Layer):
    """Resizes a feature map to the height and width of another tensor.

    To the size of the tensor that it meets, never by a fixed factor, so that
    any input size works. See `mtl_zoo.layers.resize` for the rule.

    Args:
        align_corners: Boolean, see `mtl_zoo.layers.resize`. Defaults to
            `False`.

    Call arguments:
        x: Float tensor `(batch, height, width, channels)`.
        reference: Tensor `(batch, new_height, new_width, …)`.

    Output shape: `(batch, new_height, new_width, channels)`, the dtype of `x`.

    Example:

    ```python
    x, image = np.zeros((1, 2, 3, 8)), np.zeros((1, 8, 11, 3))
    mtl_zoo.layers.ResizeLike()(x, image)  # (1, 8, 11, 8)
    ```
    """

    def __init__(self, align_corners=False, **kwargs):
        super().__init__(**kwargs)
        self.align_corners = align_corners
        # Predictions are float32 also in mixed precision, and stay it.
        self.autocast = False

    def call(self, x, reference):
        size = ops.shape(reference)[1:3]
        return resize(x, size, align_corners=self.align_corners)

    def compute_output_spec(self, x, reference):
        shape = (x.shape[0], *reference.shape[1:3], x.shape[-1])
        return keras.KerasTensor(shape, dtype=x.dtype)

    def get_config(self):
        return {**super().get_config(), "align_corners": self.align_corners}


@keras.saving.register_keras_serializable(package="mtl_zoo")
class ResizeBy(keras.layers.Layer):
    """Enlarges a feature map by a whole number, or shrinks it by one.

    See `mtl_zoo.layers.resize` for the rule.

    Args:
        factor: Number, a whole one or 1 by a whole one. By what height and
            width are multiplied, and then rounded down.

    Input shape: `(batch, height, width, channels)`.

    Output shape: `(batch, ⌊factor · height⌋, ⌊factor · width⌋, channels)`,
    the dtype of the input.

    Example:

    ```python
    mtl_zoo.layers.ResizeBy(1 / 2)(np.zeros((1, 6, 8, 3)))  # (1, 3, 4, 3)
    ```
    """

    def __init__(self, factor, **kwargs):
        super().__init__(**kwargs)
        self.factor = factor
        # Predictions are float32 also in mixed precision, and stay it.
        self.autocast = False

    def call(self, x):
        return resize(x, [self._new(n) for n in ops.shape(x)[1:3]])

    def _new(self, size):
        if self.factor < 1:
            return size // round(1 / self.factor)
        return size * round(self.factor)

    def compute_output_spec(self, x):
        batch, *size, channels = x.shape
        size = [n if n is None else self._new(n) for n in size]
        return keras.KerasTensor((batch, *size, channels), dtype=x.dtype)

    def get_config(self):
        return {**super().get_config(), "factor": self.factor}
