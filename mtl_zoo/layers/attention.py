"""Attention: over places (SABlock), channels (SEBlock) and both (MTAN's)."""

import keras
from keras import ops

from mtl_zoo.layers.convolution import Conv2D
from mtl_zoo.layers.convolution import ConvUnit


@keras.saving.register_keras_serializable(package="mtl_zoo")
class SABlock(keras.layers.Layer):
    """Spatial attention: conv 3×3 times the sigmoid of another conv 3×3.

    The two convolutions read the same input, so they are one convolution here:
    its first `filters` outputs are the values, the others the gates.

    Args:
        filters: Integer. Output channels.
        use_bias: Boolean, whether the convolutions have a bias. Defaults to
            `False`.

    Input shape: `(batch, height, width, channels)`.

    Output shape: `(batch, height, width, filters)`.

    Reference: Xu et al., "PAD-Net", arXiv 1805.04409, section 3.3.

    Example:

    ```python
    mtl_zoo.layers.SABlock(8)(np.zeros((1, 4, 4, 16)))
    ```
    """

    def __init__(self, filters, use_bias=False, **kwargs):
        super().__init__(**kwargs)
        self.filters = filters
        self.use_bias = use_bias
        self.values_and_gates = Conv2D(
            2 * filters,
            3,
            use_bias=use_bias,
            dtype=self.dtype_policy,
            name="values_and_gates",
        )

    def build(self, input_shape):
        self.values_and_gates.build(input_shape)

    def call(self, x):
        values, gates = ops.split(self.values_and_gates(x), 2, axis=-1)
        return values * ops.sigmoid(gates)

    def compute_output_shape(self, input_shape):
        return (*input_shape[:-1], self.filters)

    def get_config(self):
        return {
            **super().get_config(),
            "filters": self.filters,
            "use_bias": self.use_bias,
        }


@keras.saving.register_keras_serializable(package="mtl_zoo")
class SEBlock(keras.layers.Layer):
    """Squeeze and excitation: every channel weighted by the whole image.

    Global mean, 1×1 convolution to `max(1, channels // ratio)`, ReLU, 1×1
    convolution back, sigmoid, multiply.

    Args:
        ratio: Integer. Reduction of the width between. Defaults to `16`.

    Input and output shape: `(batch, height, width, channels)`.

    Reference: Hu et al., "Squeeze-and-Excitation Networks", arXiv 1709.01507.

    Example:

    ```python
    mtl_zoo.layers.SEBlock()(np.zeros((1, 4, 4, 32)))
    ```
    """

    def __init__(self, ratio=16, **kwargs):
        super().__init__(**kwargs)
        self.ratio = ratio

    def build(self, input_shape):
        channels = input_shape[-1]
        squeezed = max(1, channels // self.ratio)
        self.squeeze = Conv2D(
            squeezed,
            activation="relu",
            kernel_initializer="he_normal",
            dtype=self.dtype_policy,
            name="squeeze",
        )
        self.excite = Conv2D(
            channels,
            activation="sigmoid",
            dtype=self.dtype_policy,
            name="excite",
        )
        self.squeeze.build((input_shape[0], 1, 1, channels))
        self.excite.build((input_shape[0], 1, 1, squeezed))

    def call(self, x):
        # The mean over many places needs float32's precision.
        mean = ops.mean(ops.cast(x, "float32"), axis=(1, 2), keepdims=True)
        return x * self.excite(self.squeeze(ops.cast(mean, x.dtype)))

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        return {**super().get_config(), "ratio": self.ratio}


@keras.saving.register_keras_serializable(package="mtl_zoo")
class AttentionModule(keras.layers.Layer):
    """MTAN's attention: a mask in 0…1 for every place and channel.

    conv 1×1 with bias to `middle`, BN, ReLU, conv 1×1 with bias to `filters`,
    BN, sigmoid. A task multiplies the shared features with it.

    The convolutions start from Glorot's normal distribution, as in the paper.

    Args:
        middle: Integer. Width between the convolutions: `filters` on SegNet, a
            quarter of it on ResNet.
        filters: Integer. Output channels, the width of the shared features.

    Input shape: `(batch, height, width, channels)`.

    Output shape: `(batch, height, width, filters)`.

    Reference: Liu, Johns, Davison, "End-to-End Multi-Task Learning with
    Attention", arXiv 1803.10704, section 3.2.

    Example:

    ```python
    mtl_zoo.layers.AttentionModule(4, 16)(np.zeros((1, 8, 8, 32)))
    ```
    """

    def __init__(self, middle, filters, **kwargs):
        super().__init__(**kwargs)
        self.middle = middle
        self.filters = filters
        arguments = {
            "kernel_size": 1,
            "use_bias": True,
            "kernel_initializer": "glorot_normal",
            "dtype": self.dtype_policy,
        }
        self.squeeze = ConvUnit(middle, name="squeeze", **arguments)
        self.mask = ConvUnit(
            filters, activation="sigmoid", name="mask", **arguments
        )

    def build(self, input_shape):
        self.squeeze.build(input_shape)
        self.mask.build(self.squeeze.compute_output_shape(input_shape))

    def call(self, x, training=None):
        x = self.squeeze(x, training=training)
        return self.mask(x, training=training)

    def compute_output_shape(self, input_shape):
        return (*input_shape[:-1], self.filters)

    def get_config(self):
        return {
            **super().get_config(),
            "middle": self.middle,
            "filters": self.filters,
        }
