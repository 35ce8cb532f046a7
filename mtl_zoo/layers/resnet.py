"""Stem and stages of ResNet, as torchvision lays them out.

He et al., "Deep Residual Learning for Image Recognition", arXiv 1512.03385;
dilation as in Chen et al., "Rethinking Atrous Convolution", arXiv 1706.05587.
"""

import keras

from mtl_zoo.layers.convolution import ConvUnit
from mtl_zoo.layers.residual import BasicBlock
from mtl_zoo.layers.residual import BottleneckBlock
from mtl_zoo.utils.text import unknown

BLOCKS = {"basic": BasicBlock, "bottleneck": BottleneckBlock}


@keras.saving.register_keras_serializable(package="mtl_zoo")
class ResNetStem(keras.layers.Layer):
    """Convolution 7×7 stride 2, BN, ReLU, max pool 3×3 stride 2.

    The pool sees a border of zeros, which never win: nothing after a ReLU is
    smaller.

    Args:
        filters: Integer. Output channels. Defaults to `64`.

    Input shape: `(batch, height, width, 3)`.

    Output shape: `(batch, ⌈height/4⌉, ⌈width/4⌉, filters)`.

    Reference: He et al., arXiv 1512.03385.

    Example:

    ```python
    mtl_zoo.layers.ResNetStem()(np.zeros((1, 32, 32, 3)))  # (1, 8, 8, 64)
    ```
    """

    def __init__(self, filters=64, **kwargs):
        super().__init__(**kwargs)
        self.filters = filters
        arguments = {"dtype": self.dtype_policy}
        self.unit = ConvUnit(filters, 7, strides=2, name="unit", **arguments)
        self.padding = keras.layers.ZeroPadding2D(
            1, data_format="channels_last", name="padding", **arguments
        )
        self.pool = keras.layers.MaxPooling2D(
            3, 2, data_format="channels_last", name="pool", **arguments
        )

    def build(self, input_shape):
        for layer in (self.unit, self.padding, self.pool):
            layer.build(input_shape)
            input_shape = layer.compute_output_shape(input_shape)

    def call(self, x, training=None):
        return self.pool(self.padding(self.unit(x, training=training)))

    def compute_output_shape(self, input_shape):
        for layer in (self.unit, self.padding, self.pool):
            input_shape = layer.compute_output_shape(input_shape)
        return input_shape

    def get_config(self):
        return {**super().get_config(), "filters": self.filters}


@keras.saving.register_keras_serializable(package="mtl_zoo")
class ResNetStage(keras.layers.Layer):
    """Residual blocks one after the other.

    Gives what its last block sees, too: MTAN's attention is made from it.

    Args:
        filters: Integer. Output channels.
        blocks: Integer. Number of blocks.
        block: String, `"basic"` or `"bottleneck"`.
        strides: Integer, of the first block. Defaults to `1`.
        dilation_rate: Integer, of all 3×3 convolutions but the first one.
            Defaults to `1`.
        first_dilation_rate: Integer, of the first 3×3 convolution. Defaults
            to `None`, which means `dilation_rate`.

    Input shape: `(batch, height, width, channels)`.

    Returns: pair of the input of the last block and its output `(batch,
    ⌈height/strides⌉, ⌈width/strides⌉, filters)`.

    Reference: He et al., arXiv 1512.03385.

    Example:

    ```python
    stage = mtl_zoo.layers.ResNetStage(64, blocks=2, block="basic")
    before_last, x = stage(np.zeros((1, 8, 8, 64)))
    ```
    """

    def __init__(
        self,
        filters,
        blocks,
        block,
        strides=1,
        dilation_rate=1,
        first_dilation_rate=None,
        **kwargs,
    ):
        super().__init__(**kwargs)
        if block not in BLOCKS:
            raise unknown("block", block, BLOCKS)
        self.blocks = [
            BLOCKS[block](
                filters,
                strides=strides if i == 0 else 1,
                dilation_rate=dilation_rate,
                first_dilation_rate=first_dilation_rate if i == 0 else None,
                dtype=self.dtype_policy,
                name=f"block_{i}",
            )
            for i in range(blocks)
        ]
        self.config = {
            "filters": filters,
            "blocks": blocks,
            "block": block,
            "strides": strides,
            "dilation_rate": dilation_rate,
            "first_dilation_rate": first_dilation_rate,
        }

    def build(self, input_shape):
        for block in self.blocks:
            block.build(input_shape)
            input_shape = block.compute_output_shape(input_shape)

    def call(self, x, training=None):
        for block in self.blocks:
            before_last = x
            x = block(x, training=training)
        return before_last, x

    def compute_output_shape(self, input_shape):
        for block in self.blocks:
            before_last = input_shape
            input_shape = block.compute_output_shape(input_shape)
        return before_last, input_shape

    def get_config(self):
        return {**super().get_config(), **self.config}
