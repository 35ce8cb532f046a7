"""The inverted residual block of mobile networks.

Sandler et al., "MobileNetV2: Inverted Residuals and Linear Bottlenecks",
CVPR 2018, arXiv 1801.04381.
"""

import keras
from keras import ops

from mtl_zoo.layers.normalization import BatchNormalization


@keras.saving.register_keras_serializable(package="mtl_zoo")
class InvertedResidual(keras.layers.Layer):
    """Wide in the middle, narrow at both ends.

    conv 1×1 to `expansion` times the width, BN, ReLU6 (left out where
    `expansion` is 1); depthwise conv, BN, ReLU6; conv 1×1, BN; plus the input
    where width and size stay. Pads as TensorFlow's `"same"` does, as the
    published networks do.

    Args:
        filters: Integer. Output channels.
        kernel_size: Integer, of the depthwise convolution. Defaults to `3`.
        strides: Integer. Defaults to `1`.
        expansion: Integer. Defaults to `6`.
        momentum: Float in 0…1, of the batch normalisations. Defaults to
            `0.99`.
        epsilon: Float, of the batch normalisations. Defaults to `1e-3`.

    Input shape: `(batch, height, width, channels)`.

    Output shape: `(batch, ⌈height/strides⌉, ⌈width/strides⌉, filters)`.

    Reference: Sandler et al., arXiv 1801.04381.

    Example:

    ```python
    mtl_zoo.layers.InvertedResidual(24, strides=2)(np.zeros((1, 9, 9, 16)))
    ```
    """

    def __init__(
        self,
        filters,
        kernel_size=3,
        strides=1,
        expansion=6,
        momentum=0.99,
        epsilon=1e-3,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.config = {
            "filters": filters,
            "kernel_size": kernel_size,
            "strides": strides,
            "expansion": expansion,
            "momentum": momentum,
            "epsilon": epsilon,
        }
        self.expand = self.expand_normalization = None
        if expansion != 1:
            # How wide is known when the input is.
            self.expand_normalization = self._normalization("expand")
        self.depthwise = keras.layers.DepthwiseConv2D(
            kernel_size,
            strides=strides,
            padding="same",
            use_bias=False,
            depthwise_initializer="he_normal",
            data_format="channels_last",
            dtype=self.dtype_policy,
            name="depthwise",
        )
        self.depthwise_normalization = self._normalization("depthwise")
        self.project = self._convolution(filters, "project")
        self.project_normalization = self._normalization("project")

    def _convolution(self, filters, name):
        return keras.layers.Conv2D(
            filters,
            1,
            use_bias=False,
            kernel_initializer="he_normal",
            data_format="channels_last",
            dtype=self.dtype_policy,
            name=name,
        )

    def _normalization(self, name):
        return BatchNormalization(
            momentum=self.config["momentum"],
            epsilon=self.config["epsilon"],
            dtype=self.dtype_policy,
            name=f"{name}_normalization",
        )

    def build(self, input_shape):
        self.adds = (
            self.config["strides"] == 1
            and input_shape[-1] == self.config["filters"]
        )
        shape = tuple(input_shape)
        if self.config["expansion"] != 1:
            width = shape[-1] * self.config["expansion"]
            self.expand = self._convolution(width, "expand")
            self.expand.build(shape)
            shape = (*shape[:-1], width)
            self.expand_normalization.build(shape)
        self.depthwise.build(shape)
        shape = self.depthwise.compute_output_shape(shape)
        self.depthwise_normalization.build(shape)
        self.project.build(shape)
        self.project_normalization.build((*shape[:-1], self.config["filters"]))

    def call(self, inputs, training=None):
        x = inputs
        if self.expand is not None:
            x = self.expand_normalization(self.expand(x), training=training)
            x = ops.relu6(x)
        x = self.depthwise_normalization(self.depthwise(x), training=training)
        x = self.project(ops.relu6(x))
        x = self.project_normalization(x, training=training)
        return x + inputs if self.adds else x

    def compute_output_shape(self, input_shape):
        shape = self.depthwise.compute_output_shape(input_shape)
        return (*shape[:-1], self.config["filters"])

    def get_config(self):
        return {**super().get_config(), **self.config}
