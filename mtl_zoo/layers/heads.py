"""What turns features into a task's prediction."""

import keras
from keras import ops

from mtl_zoo.layers.convolution import Conv2D
from mtl_zoo.layers.convolution import ConvUnit
from mtl_zoo.layers.resizing import resize


@keras.saving.register_keras_serializable(package="mtl_zoo")
class PredictionConv(Conv2D):
    """The 1×1 convolution, with bias, that gives a task's raw prediction.

    Always float32, so that losses and decoding never see rounded logits.

    Args:
        filters: Integer. Channels of the task.
        **kwargs: As `keras.layers.Conv2D`, except `dtype`.

    Example:

    ```python
    mtl_zoo.layers.PredictionConv(13)(np.zeros((1, 4, 4, 8)))
    ```
    """

    def __init__(self, filters, **kwargs):
        kwargs["dtype"] = "float32"
        super().__init__(filters, **kwargs)


@keras.saving.register_keras_serializable(package="mtl_zoo")
class HRNetFuse(keras.layers.Layer):
    """HRNet's way to bring scales together.

    All scales are resized to the first one's size and concatenated, then conv
    1×1 with bias of the same width, BN, ReLU.

    Call arguments:
        features: List of tensors `(batch, height, width, channels)`, finest
            first.

    Returns: tensor `(batch, height, width, sum of channels)` at the finest
    scale.

    Reference: Wang et al., "Deep High-Resolution Representation Learning for
    Visual Recognition", arXiv 1908.07919, HRNetV2.

    Example:

    ```python
    fine, coarse = np.zeros((1, 8, 8, 4)), np.zeros((1, 4, 4, 8))
    mtl_zoo.layers.HRNetFuse()([fine, coarse])  # (1, 8, 8, 12)
    ```
    """

    def build(self, features_shape):
        fused = self.compute_output_shape(features_shape)
        self.unit = ConvUnit(
            fused[-1], 1, use_bias=True, dtype=self.dtype_policy, name="unit"
        )
        self.unit.build(fused)

    def call(self, features, training=None):
        size = ops.shape(features[0])[1:3]
        features = [resize(x, size) for x in features]
        return self.unit(ops.concatenate(features, axis=-1), training=training)

    def compute_output_shape(self, features_shape):
        width = sum(shape[-1] for shape in features_shape)
        return (*features_shape[0][:-1], width)


@keras.saving.register_keras_serializable(package="mtl_zoo")
class HRNetHead(keras.layers.Layer):
    """`HRNetFuse`, then a 1×1 convolution to the task's channels.

    Args:
        channels: Integer. Channels of the task.

    Call arguments:
        features: List of tensors `(batch, height, width, channels)`, finest
            first.

    Returns: float32 tensor `(batch, height, width, channels)` at the finest
    scale.

    Reference: Wang et al., arXiv 1908.07919.

    Example:

    ```python
    fine, coarse = np.zeros((1, 8, 8, 4)), np.zeros((1, 4, 4, 8))
    mtl_zoo.layers.HRNetHead(13)([fine, coarse])  # (1, 8, 8, 13)
    ```
    """

    def __init__(self, channels, **kwargs):
        super().__init__(**kwargs)
        self.channels = channels
        self.fuse = HRNetFuse(dtype=self.dtype_policy, name="fuse")
        self.prediction = PredictionConv(channels, name="prediction")

    def build(self, features_shape):
        self.fuse.build(features_shape)
        self.prediction.build(self.fuse.compute_output_shape(features_shape))

    def call(self, features, training=None):
        return self.prediction(self.fuse(features, training=training))

    def compute_output_spec(self, features, training=None):
        shape = (*features[0].shape[:-1], self.channels)
        return keras.KerasTensor(shape, dtype="float32")

    def get_config(self):
        return {**super().get_config(), "channels": self.channels}
