"""The decoder and the head of SegNet.

Badrinarayanan et al., "SegNet: A Deep Convolutional Encoder-Decoder
Architecture for Image Segmentation", arXiv 1511.00561, as used in Liu et al.,
"MTAN", arXiv 1803.10704, and Sinodinos, Armanfard, "ATI-Net", arXiv 2201.10649.
"""

import keras

from mtl_zoo.layers.convolution import Conv2D
from mtl_zoo.layers.convolution import ConvUnit
from mtl_zoo.layers.heads import PredictionConv
from mtl_zoo.layers.pooling import MaxUnpool

# 3×3 units per stage of the encoder and, the same, of the decoder; the first
# one changes the width.
UNITS = (2, 2, 3, 3, 3)


def segnet_unit(filters, name, dtype=None, **kwargs):
    """The unit that SegNet is made of: conv with bias, BN, ReLU.

    Starts from Glorot's normal distribution, as in the MTAN paper.

    Args:
        filters: Integer. Output channels.
        name: String.
        dtype: Dtype policy. Defaults to the global one.
        **kwargs: As `mtl_zoo.layers.ConvUnit`.

    Returns:
        A `mtl_zoo.layers.ConvUnit`.

    Example:

    ```python
    unit = mtl_zoo.layers.segnet_unit(64, name="unit")
    unit(np.zeros((1, 8, 8, 3))).shape  # (1, 8, 8, 64)
    ```
    """
    return ConvUnit(
        filters,
        use_bias=True,
        kernel_initializer="glorot_normal",
        name=name,
        dtype=dtype,
        **kwargs,
    )


@keras.saving.register_keras_serializable(package="mtl_zoo")
class SegNetDecoder(keras.layers.Layer):
    """Goes back the way of a SegNet encoder, from the deepest stage.

    At every stage: unpool to the places that the encoder's pool took values
    from, then two or three 3×3 units to the width of the stage before.

    Call arguments:
        x: Tensor, what is decoded, of the shape of `features["bottleneck"]`.
        features: Dict as a `mtl_zoo.encoders.SegNet` gives it.

    Returns: pair of lists, both from the deepest stage to the first: the
    unpooled tensors, and the decoded ones. The last decoded one has the
    image's size.

    Reference: Badrinarayanan et al., arXiv 1511.00561.

    Example:

    ```python
    encoder = mtl_zoo.encoders.get("segnet_slim")
    features = encoder(np.zeros((1, 64, 96, 3)))
    unpooled, decoded = mtl_zoo.layers.SegNetDecoder()(
        features["bottleneck"], features
    )
    decoded[-1].shape  # (1, 64, 96, 16)
    ```
    """

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.unpool = MaxUnpool(dtype=self.dtype_policy, name="unpool")

    def build(self, x_shape, features_shape):
        stages = [features_shape[f"stage_{i}"] for i in range(len(UNITS))]
        # Flat, because Keras saves no weights of nested ones.
        self.units = {}
        for i in reversed(range(len(stages))):
            filters = stages[max(0, i - 1)][-1]
            shape = stages[i]
            for k in range(UNITS[i]):
                name = f"stage_{i}_unit_{k}"
                unit = segnet_unit(filters, name, self.dtype_policy)
                unit.build(shape)
                shape = unit.compute_output_shape(shape)
                self.units[name] = unit

    def call(self, x, features, training=None):
        unpooled, decoded = [], []
        for i in reversed(range(len(UNITS))):
            x = self.unpool(
                x, features[f"stage_{i}_places"], features[f"stage_{i}"]
            )
            unpooled.append(x)
            for k in range(UNITS[i]):
                x = self.units[f"stage_{i}_unit_{k}"](x, training=training)
            decoded.append(x)
        return unpooled, decoded

    def compute_output_shape(self, x_shape, features_shape):
        unpooled, decoded = [], []
        for i in reversed(range(len(UNITS))):
            shape = features_shape[f"stage_{i}"]
            width = features_shape[f"stage_{max(0, i - 1)}"][-1]
            unpooled.append(shape)
            decoded.append((*shape[:-1], width))
        return unpooled, decoded


@keras.saving.register_keras_serializable(package="mtl_zoo")
class SegNetHead(keras.layers.Layer):
    """Conv 3×3 with bias, then the 1×1 prediction, nothing between them.

    Starts from Glorot's normal distribution, as in the MTAN paper.

    Args:
        channels: Integer. Channels of the task.

    Input shape: `(batch, height, width, filters)`.

    Output shape: `(batch, height, width, channels)`, float32.

    Reference: Liu et al., arXiv 1803.10704.

    Example:

    ```python
    mtl_zoo.layers.SegNetHead(13)(np.zeros((1, 8, 8, 64)))  # (1, 8, 8, 13)
    ```
    """

    def __init__(self, channels, **kwargs):
        super().__init__(**kwargs)
        self.channels = channels
        self.prediction = PredictionConv(
            channels, kernel_initializer="glorot_normal", name="prediction"
        )

    def build(self, input_shape):
        self.convolution = Conv2D(
            input_shape[-1],
            3,
            kernel_initializer="glorot_normal",
            dtype=self.dtype_policy,
            name="convolution",
        )
        self.convolution.build(input_shape)
        self.prediction.build(input_shape)

    def call(self, x):
        return self.prediction(self.convolution(x))

    def compute_output_spec(self, x):
        shape = (*x.shape[:-1], self.channels)
        return keras.KerasTensor(shape, dtype="float32")

    def get_config(self):
        return {**super().get_config(), "channels": self.channels}
