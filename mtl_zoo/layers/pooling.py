"""Max pooling that remembers where each value came from, and its inverse.

Badrinarayanan et al., "SegNet: A Deep Convolutional Encoder-Decoder
Architecture for Image Segmentation", arXiv 1511.00561, section 3.

Both are made of comparisons, selections and reshapes, which every exporter
has; there is no index arithmetic and no scatter.
"""

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="mtl_zoo")
class MaxPoolWithPlaces(keras.layers.Layer):
    """Max pooling 2×2 that tells which of the four values it took.

    Of equal values the first in row order is taken, as in PyTorch; the
    gradient goes to that one only. A last odd row or column is left out.

    Input shape: `(batch, height, width, channels)`.

    Raises:
        ValueError: If there is only one row or column.

    Returns: pair of the pooled values `(batch, ⌊height/2⌋, ⌊width/2⌋,
    channels)` and the places, int32 of the same shape: 0 and 1 for left and
    right in the upper row, 2 and 3 in the lower row.

    Reference: Badrinarayanan et al., arXiv 1511.00561.

    Example:

    ```python
    x = np.array([[1, 2], [4, 4]], "float32").reshape(1, 2, 2, 1)
    values, places = mtl_zoo.layers.MaxPoolWithPlaces()(x)  # 4 and 2
    ```
    """

    def call(self, x):
        _, height, width, channels = ops.shape(x)
        if 1 in x.shape[1:3] or 0 in x.shape[1:3]:
            raise ValueError(
                "Pooling 2×2 needs two rows and two columns; received shape "
                f"{tuple(x.shape)}. (SegNet takes images of at least 32×32 "
                "pixels.)"
            )
        height, width = height // 2, width // 2
        x = x[:, : 2 * height, : 2 * width]
        # Row pairs along axis 1, column pairs side by side in the channels.
        x = ops.reshape(x, (-1, 2, width, 2 * channels))
        left, right = ops.split(x, 2, axis=-1)
        from_right = right > left
        rows = ops.where(from_right, right, left)
        column = ops.cast(from_right, "int32")
        upper, lower = ops.split(rows, 2, axis=1)
        from_lower = lower > upper
        values = ops.where(from_lower, lower, upper)
        upper, lower = ops.split(column, 2, axis=1)
        places = ops.where(from_lower, lower + 2, upper)
        shape = (-1, height, width, channels)
        return ops.reshape(values, shape), ops.reshape(places, shape)

    def compute_output_spec(self, x):
        batch, height, width, channels = x.shape
        shape = (
            batch,
            None if height is None else height // 2,
            None if width is None else width // 2,
            channels,
        )
        return (
            keras.KerasTensor(shape, x.dtype),
            keras.KerasTensor(shape, "int32"),
        )


@keras.saving.register_keras_serializable(package="mtl_zoo")
class MaxUnpool(keras.layers.Layer):
    """Puts values back to where `MaxPoolWithPlaces` took them; zeros elsewhere.

    Call arguments:
        values: Float tensor `(batch, height, width, channels)`.
        places: int32 tensor of that shape, of `MaxPoolWithPlaces`.
        reference: Tensor `(batch, new_height, new_width, …)` of the size that
            was pooled: twice the values', or one more where it was odd.

    Output shape: `(batch, new_height, new_width, channels)`.

    Reference: Badrinarayanan et al., arXiv 1511.00561.

    Example:

    ```python
    x = np.random.normal(size=(1, 5, 7, 3)).astype("float32")
    values, places = mtl_zoo.layers.MaxPoolWithPlaces()(x)
    sparse = mtl_zoo.layers.MaxUnpool()(values, places, x)  # (1, 5, 7, 3)
    ```
    """

    def call(self, values, places, reference):
        _, height, width, channels = ops.shape(values)
        upper_left, upper_right, lower_left, lower_right = (
            ops.where(places == place, values, 0.0) for place in range(4)
        )
        # As in memory: the upper row of all pairs, then the lower row.
        x = ops.concatenate(
            [
                ops.concatenate([upper_left, upper_right], axis=-1),
                ops.concatenate([lower_left, lower_right], axis=-1),
            ],
            axis=2,
        )
        x = ops.reshape(x, (-1, 2 * height, 2 * width, channels))
        new_height, new_width = ops.shape(reference)[1:3]
        known = None not in (*x.shape[1:3], *reference.shape[1:3])
        if known and x.shape[1:3] == reference.shape[1:3]:
            return x
        # A row and a column too many, then as many as there were: constant
        # padding, so that exporters know the channels.
        x = ops.pad(x, [[0, 0], [0, 1], [0, 1], [0, 0]])
        return x[:, :new_height, :new_width]

    def compute_output_spec(self, values, places, reference):
        shape = (values.shape[0], *reference.shape[1:3], values.shape[-1])
        return keras.KerasTensor(shape, values.dtype)
