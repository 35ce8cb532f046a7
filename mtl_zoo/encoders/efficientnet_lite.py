"""EfficientNet-Lite, an encoder for phones that ImageNet's weights ship with.

EfficientNet (Tan and Le, "EfficientNet: Rethinking Model Scaling for
Convolutional Neural Networks", ICML 2019, arXiv 1905.11946) without squeeze and
excitation and with ReLU6, as its authors publish it for devices: what is left
quantizes to int8 at next to no loss.
"""

import math

import keras
from keras import ops

from mtl_zoo.layers import BatchNormalization
from mtl_zoo.layers import InvertedResidual

# Blocks, kernel size, stride, expansion, width of the seven stages of Lite0.
STAGES = (
    (1, 3, 1, 1, 16),
    (2, 3, 2, 6, 24),
    (2, 5, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112),
    (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
)

# After which of these stages each level of the pyramid is taken.
_LEVEL_OF_STAGE = {1: "P2", 2: "P3", 4: "P4", 6: "P5"}

_STEM = 32
_MOMENTUM = 0.99
_EPSILON = 1e-3

VARIANTS = {
    "efficientnet_lite0": {"width": 1.0, "depth": 1.0},
    "efficientnet_lite1": {"width": 1.0, "depth": 1.1},
    "efficientnet_lite2": {"width": 1.1, "depth": 1.2},
}


@keras.saving.register_keras_serializable(package="mtl_zoo")
class EfficientNetLite(keras.Model):
    """EfficientNet-Lite as a feature pyramid.

    The levels are the outputs of its linear bottlenecks; the last one is that
    of the last block (320 channels in Lite0), not the 1280 channels that only
    its classifier reads.

    Args:
        width: Float. Factor of the stages' widths, which are rounded to
            multiples of 8; the stem stays. Defaults to `1.0`.
        depth: Float. Factor of the stages' numbers of blocks, rounded up; the
            first and the last stage stay. Defaults to `1.0`.
        name: String. Defaults to `"efficientnet_lite"`.
        dtype: Dtype policy. Defaults to the global one.
        trainable: Boolean, whether all of it learns. Defaults to `None`, as
            its layers do.

    Input shape: `(batch, height, width, 3)`, an image normalised to
    `(x - 127) / 128` (`mtl_zoo.layers.ImageNormalization` of mode
    `"efficientnet_lite"`, which networks on this encoder take by themselves).

    Returns: dict `{"P2", "P3", "P4", "P5"}` of features at strides 4, 8, 16
    and 32, with 24, 40, 112 and 320 channels in Lite0; and
    `"P2_before_last"` to `"P4_before_last"`, what the last block of a level
    sees, for the attention of MTAN.

    Reference: Tan and Le, arXiv 1905.11946.

    Example:

    ```python
    encoder = mtl_zoo.encoders.get("efficientnet_lite0")
    encoder(np.zeros((1, 96, 128, 3)))["P5"].shape  # (1, 3, 4, 320)
    ```
    """

    family = "pyramid"
    normalization = "efficientnet_lite"
    level_strides = (4, 8, 16, 32)

    def __init__(
        self,
        width=1.0,
        depth=1.0,
        name="efficientnet_lite",
        dtype=None,
        trainable=None,
    ):
        # === Functional model ===
        image = keras.Input((None, None, 3), name="image")
        x = keras.layers.Conv2D(
            _STEM,
            3,
            strides=2,
            padding="same",
            use_bias=False,
            kernel_initializer="he_normal",
            data_format="channels_last",
            dtype=dtype,
            name="stem",
        )(image)
        x = BatchNormalization(
            momentum=_MOMENTUM,
            epsilon=_EPSILON,
            dtype=dtype,
            name="stem_normalization",
        )(x)
        x = ops.relu6(x)
        features = {}
        for i, stage in enumerate(STAGES):
            blocks, kernel_size, strides, expansion, filters = stage
            filters = _round_width(filters * width)
            if 0 < i < len(STAGES) - 1:
                blocks = math.ceil(blocks * depth)
            level = _LEVEL_OF_STAGE.get(i)
            for k in range(blocks):
                if level and 0 < k == blocks - 1:
                    features[f"{level}_before_last"] = x
                x = InvertedResidual(
                    filters,
                    kernel_size,
                    strides=strides if k == 0 else 1,
                    expansion=expansion,
                    momentum=_MOMENTUM,
                    epsilon=_EPSILON,
                    dtype=dtype,
                    name=f"stage_{i + 1}_block_{k}",
                )(x)
            if level:
                features[level] = x
        super().__init__(
            inputs=image, outputs=features, name=name, trainable=trainable
        )

        # === Config ===
        self.pyramid_outputs = features
        self.config = {"width": width, "depth": depth, "dtype": dtype}

    def get_config(self):
        return {"name": self.name, "trainable": self.trainable, **self.config}

    @classmethod
    def from_config(cls, config, custom_objects=None):
        return cls(**config)


def _round_width(filters, divisor=8):
    """The nearest multiple, but never less than 90 % of the width."""
    rounded = max(divisor, int(filters + divisor / 2) // divisor * divisor)
    return rounded + divisor if rounded < 0.9 * filters else rounded
