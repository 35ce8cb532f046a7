"""Convolutions with the padding of the published networks."""

import keras

from mtl_zoo.layers.normalization import BatchNormalization


@keras.saving.register_keras_serializable(package="mtl_zoo")
class Conv2D(keras.layers.Conv2D):
    """Convolution that pads `dilation · (kernel // 2)` zeros on every side.

    That is how all networks of this library pad. It equals Keras's
    `padding="same"` except at stride 2 and even sizes, where Keras pads one
    side only.

    Args:
        filters: Integer. Output channels.
        kernel_size: Integer, odd. Defaults to `1`.
        strides: Integer. Defaults to `1`.
        **kwargs: As `keras.layers.Conv2D`, except `padding` and
            `data_format`.

    Example:

    ```python
    mtl_zoo.layers.Conv2D(8, 3, strides=2)(np.zeros((1, 6, 6, 3)))  # 3 × 3
    ```
    """

    def __init__(self, filters, kernel_size=1, strides=1, **kwargs):
        unit_stride = strides in (1, (1, 1), [1, 1])
        super().__init__(
            filters,
            kernel_size,
            strides=strides,
            padding="same" if unit_stride else "valid",
            data_format="channels_last",
            **kwargs,
        )
        self.explicit_padding = tuple(
            dilation * (size // 2)
            for size, dilation in zip(
                self.kernel_size, self.dilation_rate, strict=True
            )
        )
        self.pads = self.padding == "valid" and any(self.explicit_padding)

    def call(self, inputs):
        return super().call(self._pad(inputs) if self.pads else inputs)

    def _pad(self, inputs):
        vertical, horizontal = self.explicit_padding
        return keras.ops.pad(
            inputs,
            [(0, 0), (vertical, vertical), (horizontal, horizontal), (0, 0)],
        )

    def compute_output_shape(self, input_shape):
        if self.pads:
            batch, *size, channels = input_shape
            size = [
                n if n is None else n + 2 * pad
                for n, pad in zip(size, self.explicit_padding, strict=True)
            ]
            input_shape = (batch, *size, channels)
        return super().compute_output_shape(input_shape)

    def get_config(self):
        config = super().get_config()
        del config["padding"], config["data_format"]
        return config


@keras.saving.register_keras_serializable(package="mtl_zoo")
class Conv2DTranspose(keras.layers.Conv2DTranspose):
    """Transposed convolution 3×3 that doubles height and width.

    Lies as PyTorch's with stride 2, padding 1 and output padding 1: Keras's
    `padding="same"` drops the other edge.

    Args:
        filters: Integer. Output channels.
        **kwargs: As `keras.layers.Conv2DTranspose`, except `kernel_size`,
            `strides`, `padding`, `output_padding`, `dilation_rate` and
            `data_format`.

    Input shape: `(batch, height, width, channels)`.

    Output shape: `(batch, 2 · height, 2 · width, filters)`.

    Example:

    ```python
    mtl_zoo.layers.Conv2DTranspose(8)(np.zeros((1, 3, 4, 16)))  # 6 × 8
    ```
    """

    def __init__(self, filters, **kwargs):
        super().__init__(
            filters, 3, strides=2, data_format="channels_last", **kwargs
        )

    def call(self, inputs):
        return super().call(inputs)[:, 1:, 1:]

    def compute_output_shape(self, input_shape):
        batch, *size, _ = input_shape
        size = [n if n is None else 2 * n for n in size]
        return (batch, *size, self.filters)

    def get_config(self):
        config = super().get_config()
        for key in (
            "kernel_size",
            "strides",
            "padding",
            "output_padding",
            "dilation_rate",
            "data_format",
        ):
            config.pop(key, None)
        return config


@keras.saving.register_keras_serializable(package="mtl_zoo")
class ConvUnit(keras.layers.Layer):
    """Convolution, batch normalisation, activation.

    Convolutions before a ReLU start from He's normal distribution (He et al.,
    arXiv 1502.01852).

    Args:
        filters: Integer. Output channels.
        kernel_size: Integer, odd. Defaults to `3`.
        strides: Integer. Defaults to `1`.
        dilation_rate: Integer. Defaults to `1`.
        activation: String or `None`. Defaults to `"relu"`.
        use_bias: Boolean, whether the convolution has a bias in front of the
            normalisation. Defaults to `False`.
        momentum: Float in 0…1, of the batch normalisation. Defaults to `0.9`.
        kernel_initializer: Defaults to `"he_normal"`.
        num_statistics: Integer, see `mtl_zoo.layers.BatchNormalization`.
            Defaults to `1`.

    Input shape: `(batch, height, width, channels)`.

    Output shape: `(batch, ⌈height/strides⌉, ⌈width/strides⌉, filters)`.

    Example:

    ```python
    mtl_zoo.layers.ConvUnit(16, strides=2)(np.zeros((1, 9, 9, 3)))
    ```
    """

    def __init__(
        self,
        filters,
        kernel_size=3,
        strides=1,
        dilation_rate=1,
        activation="relu",
        use_bias=False,
        momentum=0.9,
        kernel_initializer="he_normal",
        num_statistics=1,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.convolution = Conv2D(
            filters,
            kernel_size,
            strides=strides,
            dilation_rate=dilation_rate,
            use_bias=use_bias,
            kernel_initializer=kernel_initializer,
            dtype=self.dtype_policy,
            name="convolution",
        )
        self.normalization = BatchNormalization(
            momentum=momentum,
            num_statistics=num_statistics,
            dtype=self.dtype_policy,
            name="normalization",
        )
        self.activation = keras.activations.get(activation)
        self.config = {
            "filters": filters,
            "kernel_size": kernel_size,
            "strides": strides,
            "dilation_rate": dilation_rate,
            "activation": activation,
            "use_bias": use_bias,
            "momentum": momentum,
            "kernel_initializer": kernel_initializer,
            "num_statistics": num_statistics,
        }

    def build(self, input_shape):
        self.convolution.build(input_shape)
        self.normalization.build(self.compute_output_shape(input_shape))

    def call(self, x, training=None, statistics=0):
        x = self.normalization(
            self.convolution(x), training=training, statistics=statistics
        )
        return self.activation(x)

    def compute_output_shape(self, input_shape):
        return self.convolution.compute_output_shape(input_shape)

    def get_config(self):
        return {**super().get_config(), **self.config}
