"""What turns features into a task's prediction."""

import keras
from keras import ops

from mtl_zoo.layers.convolution import Conv2D
from mtl_zoo.layers.convolution import ConvUnit
from mtl_zoo.layers.neck import FeaturePyramidNeck
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
        finest, *coarser = features
        size = ops.shape(finest)[1:3]
        features = [finest, *(resize(x, size) for x in coarser)]
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


@keras.saving.register_keras_serializable(package="mtl_zoo")
class ASPP(keras.layers.Layer):
    """Atrous spatial pyramid pooling: the same place at several dilations.

    conv 1×1, conv 3×3 at each dilation rate, and the mean over the image with
    conv 1×1, each with BN and ReLU; concatenated, conv 1×1, BN, ReLU, dropout.

    Args:
        filters: Integer. Width of all convolutions. Defaults to `256`.
        dilation_rates: Integers. Defaults to `(12, 24, 36)`.
        dropout: Float in 0…1, rate in training. Defaults to `0.5`.

    Input shape: `(batch, height, width, channels)`.

    Output shape: `(batch, height, width, filters)`.

    Reference: Chen et al., "Rethinking Atrous Convolution for Semantic Image
    Segmentation", arXiv 1706.05587.

    Example:

    ```python
    mtl_zoo.layers.ASPP(16)(np.zeros((1, 8, 8, 32)))  # (1, 8, 8, 16)
    ```
    """

    def __init__(
        self, filters=256, dilation_rates=(12, 24, 36), dropout=0.5, **kwargs
    ):
        super().__init__(**kwargs)
        self.filters = filters
        self.dilation_rates = tuple(dilation_rates)
        self.dropout_rate = dropout
        policy = self.dtype_policy
        self.branches = [
            ConvUnit(filters, 1, dtype=policy, name="point"),
            *(
                ConvUnit(
                    filters,
                    dilation_rate=rate,
                    dtype=policy,
                    name=f"dilated_{rate}",
                )
                for rate in self.dilation_rates
            ),
        ]
        self.pooled = ConvUnit(filters, 1, dtype=policy, name="pooled")
        self.project = ConvUnit(filters, 1, dtype=policy, name="project")
        self.dropout = keras.layers.Dropout(
            dropout, dtype=policy, name="dropout"
        )

    def build(self, input_shape):
        batch, *size, channels = input_shape
        for branch in self.branches:
            branch.build(input_shape)
        self.pooled.build((batch, 1, 1, channels))
        width = self.filters * (len(self.branches) + 1)
        self.project.build((batch, *size, width))

    def call(self, x, training=None):
        outputs = [branch(x, training=training) for branch in self.branches]
        # The mean over many places needs float32's precision.
        mean = ops.mean(ops.cast(x, "float32"), axis=(1, 2), keepdims=True)
        pooled = self.pooled(ops.cast(mean, x.dtype), training=training)
        outputs.append(resize(pooled, ops.shape(x)[1:3]))
        x = self.project(ops.concatenate(outputs, axis=-1), training=training)
        return self.dropout(x, training=training)

    def compute_output_shape(self, input_shape):
        return (*input_shape[:-1], self.filters)

    def get_config(self):
        return {
            **super().get_config(),
            "filters": self.filters,
            "dilation_rates": self.dilation_rates,
            "dropout": self.dropout_rate,
        }


@keras.saving.register_keras_serializable(package="mtl_zoo")
class DeepLabHead(keras.layers.Layer):
    """`ASPP`, conv 3×3, BN, ReLU, then 1×1 to the task's channels.

    For features that dilation has kept at stride 8 or 16.

    Args:
        channels: Integer. Channels of the task.
        filters: Integer. Width of the head. Defaults to `256`.

    Input shape: `(batch, height, width, any)`.

    Output shape: `(batch, height, width, channels)`, float32.

    Reference: Chen et al., arXiv 1706.05587.

    Example:

    ```python
    mtl_zoo.layers.DeepLabHead(13)(np.zeros((1, 8, 8, 32)))  # (1, 8, 8, 13)
    ```
    """

    def __init__(self, channels, filters=256, **kwargs):
        super().__init__(**kwargs)
        self.channels = channels
        self.filters = filters
        self.aspp = ASPP(filters, dtype=self.dtype_policy, name="aspp")
        self.unit = ConvUnit(filters, dtype=self.dtype_policy, name="unit")
        self.prediction = PredictionConv(channels, name="prediction")

    def build(self, input_shape):
        self.aspp.build(input_shape)
        shape = self.aspp.compute_output_shape(input_shape)
        self.unit.build(shape)
        self.prediction.build(shape)

    def call(self, x, training=None):
        x = self.unit(self.aspp(x, training=training), training=training)
        return self.prediction(x)

    def compute_output_spec(self, x, training=None):
        shape = (*x.shape[:-1], self.channels)
        return keras.KerasTensor(shape, dtype="float32")

    def get_config(self):
        return {
            **super().get_config(),
            "channels": self.channels,
            "filters": self.filters,
        }


@keras.saving.register_keras_serializable(package="mtl_zoo")
class PyramidHead(keras.layers.Layer):
    """A light head for any feature pyramid, however wide.

    `FeaturePyramidNeck` to a narrow width, then `HRNetHead`.

    Args:
        channels: Integer. Channels of the task.
        filters: Integer, or one per scale. Width of the neck. Defaults to
            `64`.

    Call arguments:
        features: List of tensors `(batch, height, width, any)`, finest first.

    Returns: float32 tensor `(batch, height, width, channels)` at the finest
    scale.

    Reference: Lin et al., "Feature Pyramid Networks for Object Detection",
    arXiv 1612.03144.

    Example:

    ```python
    fine, coarse = np.zeros((1, 8, 8, 24)), np.zeros((1, 4, 4, 576))
    mtl_zoo.layers.PyramidHead(13)([fine, coarse])  # (1, 8, 8, 13)
    ```
    """

    def __init__(self, channels, filters=64, **kwargs):
        super().__init__(**kwargs)
        self.channels = channels
        self.filters = filters
        self.neck = FeaturePyramidNeck(
            filters, dtype=self.dtype_policy, name="neck"
        )
        self.head = HRNetHead(channels, dtype=self.dtype_policy, name="head")

    def build(self, features_shape):
        self.neck.build(features_shape)
        self.head.build(self.neck.compute_output_shape(features_shape))

    def call(self, features, training=None):
        return self.head(self.neck(features), training=training)

    def compute_output_spec(self, features, training=None):
        shape = (*features[0].shape[:-1], self.channels)
        return keras.KerasTensor(shape, dtype="float32")

    def get_config(self):
        return {
            **super().get_config(),
            "channels": self.channels,
            "filters": self.filters,
        }
