"""Residual blocks (He et al., arXiv 1512.03385)."""

import keras

from mtl_zoo.layers.convolution import ConvUnit


class _ResidualBlock(keras.layers.Layer):
    """Units one after the other, plus a shortcut, then ReLU.

    The shortcut is the input itself, or a 1×1 convolution with batch
    normalisation where the width or the stride changes.
    """

    def __init__(
        self,
        filters,
        strides=1,
        momentum=0.9,
        dilation_rate=1,
        first_dilation_rate=None,
        num_statistics=1,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.filters = filters
        self.strides = strides
        self.momentum = momentum
        self.dilation_rate = dilation_rate
        self.first_dilation_rate = first_dilation_rate or dilation_rate
        self.num_statistics = num_statistics
        self.projection = None

    def _unit(self, name, filters, kernel_size, **kwargs):
        return ConvUnit(
            filters,
            kernel_size,
            momentum=self.momentum,
            num_statistics=self.num_statistics,
            dtype=self.dtype_policy,
            name=name,
            **kwargs,
        )

    def build(self, input_shape):
        if input_shape[-1] != self.filters or self.strides != 1:
            self.projection = self._unit(
                "projection",
                self.filters,
                1,
                strides=self.strides,
                activation=None,
            )
            self.projection.build(input_shape)
        for unit in self.units:
            unit.build(input_shape)
            input_shape = unit.compute_output_shape(input_shape)

    def call(self, x, training=None, statistics=0):
        arguments = {"training": training, "statistics": statistics}
        shortcut = x
        if self.projection is not None:
            shortcut = self.projection(x, **arguments)
        for unit in self.units:
            x = unit(x, **arguments)
        return keras.ops.relu(x + shortcut)

    def compute_output_shape(self, input_shape):
        for unit in self.units:
            input_shape = unit.compute_output_shape(input_shape)
        return input_shape

    def get_config(self):
        return {
            **super().get_config(),
            "filters": self.filters,
            "strides": self.strides,
            "momentum": self.momentum,
            "dilation_rate": self.dilation_rate,
            "first_dilation_rate": self.first_dilation_rate,
            "num_statistics": self.num_statistics,
        }


@keras.saving.register_keras_serializable(package="mtl_zoo")
class BasicBlock(_ResidualBlock):
    """Two 3×3 convolutions with a shortcut.

    conv 3×3, BN, ReLU, conv 3×3, BN, plus shortcut, ReLU.

    Args:
        filters: Integer. Output channels.
        strides: Integer, of the first convolution. Defaults to `1`.
        momentum: Float in 0…1, of the batch normalisations. Defaults to `0.9`.
        dilation_rate: Integer, of the convolutions. Defaults to `1`.
        first_dilation_rate: Integer, of the first convolution. Defaults to
            `None`, which means `dilation_rate`.
        num_statistics: Integer, see `mtl_zoo.layers.BatchNormalization`.
            Defaults to `1`.

    Input shape: `(batch, height, width, channels)`.

    Output shape: `(batch, ⌈height/strides⌉, ⌈width/strides⌉, filters)`.

    Reference: He et al., "Deep Residual Learning for Image Recognition",
    arXiv 1512.03385.

    Example:

    ```python
    mtl_zoo.layers.BasicBlock(16)(np.zeros((1, 8, 8, 3)))  # (1, 8, 8, 16)
    ```
    """

    def __init__(self, filters, strides=1, momentum=0.9, **kwargs):
        super().__init__(filters, strides, momentum, **kwargs)
        self.units = [
            self._unit(
                "unit_1",
                filters,
                3,
                strides=strides,
                dilation_rate=self.first_dilation_rate,
            ),
            self._unit(
                "unit_2",
                filters,
                3,
                dilation_rate=self.dilation_rate,
                activation=None,
            ),
        ]


@keras.saving.register_keras_serializable(package="mtl_zoo")
class BottleneckBlock(_ResidualBlock):
    """A 3×3 convolution at a quarter of the width, with a shortcut.

    conv 1×1 to `filters // 4`, BN, ReLU, conv 3×3, BN, ReLU, conv 1×1 to
    `filters`, BN, plus shortcut, ReLU. The stride is on the 3×3 convolution,
    as in torchvision.

    Args:
        filters: Integer, divisible by 4. Output channels.
        strides: Integer, of the 3×3 convolution. Defaults to `1`.
        momentum: Float in 0…1, of the batch normalisations. Defaults to `0.9`.
        dilation_rate: Integer, of the 3×3 convolution. Defaults to `1`.
        first_dilation_rate: Integer. Takes the place of `dilation_rate`, so
            that both blocks are called alike. Defaults to `None`.
        num_statistics: Integer, see `mtl_zoo.layers.BatchNormalization`.
            Defaults to `1`.

    Input shape: `(batch, height, width, channels)`.

    Output shape: `(batch, ⌈height/strides⌉, ⌈width/strides⌉, filters)`.

    Reference: He et al., "Deep Residual Learning for Image Recognition",
    arXiv 1512.03385.

    Example:

    ```python
    mtl_zoo.layers.BottleneckBlock(64)(np.zeros((1, 8, 8, 16)))
    ```
    """

    def __init__(self, filters, strides=1, momentum=0.9, **kwargs):
        super().__init__(filters, strides, momentum, **kwargs)
        self.units = [
            self._unit("unit_1", filters // 4, 1),
            self._unit(
                "unit_2",
                filters // 4,
                3,
                strides=strides,
                dilation_rate=self.first_dilation_rate,
            ),
            self._unit("unit_3", filters, 1, activation=None),
        ]
