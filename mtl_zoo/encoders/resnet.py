"""ResNet, an encoder that may be dilated to keep its resolution.

He et al., "Deep Residual Learning for Image Recognition", arXiv 1512.03385, in
the layout of torchvision, so that its ImageNet checkpoints load. Dilation as
in Chen et al., "Rethinking Atrous Convolution", arXiv 1706.05587.
"""

import keras

from mtl_zoo.layers import ResNetStage
from mtl_zoo.layers import ResNetStem

DEPTHS = {
    "resnet18": {"block": "basic", "blocks": (2, 2, 2, 2)},
    "resnet34": {"block": "basic", "blocks": (3, 4, 6, 3)},
    "resnet50": {"block": "bottleneck", "blocks": (3, 4, 6, 3)},
    "resnet101": {"block": "bottleneck", "blocks": (3, 4, 23, 3)},
}

OUTPUT_STRIDES = (32, 16, 8)

VARIANTS = {
    name if stride == 32 else f"{name}_os{stride}": {
        **arguments,
        "output_stride": stride,
    }
    for name, arguments in DEPTHS.items()
    for stride in OUTPUT_STRIDES
}


@keras.saving.register_keras_serializable(package="mtl_zoo")
class ResNet(keras.Model):
    """ResNet as a feature pyramid.

    `output_stride` 16 and 8 replace the last strides by dilation: the
    features keep their resolution, and torchvision's weights still fit.

    Args:
        block: String, `"basic"` (ResNet-18, -34) or `"bottleneck"` (ResNet-50,
            -101), which is four times as wide.
        blocks: Four integers. Blocks per stage.
        output_stride: Integer, 32, 16 or 8. Defaults to `32`.
        width: Integer. Width of the stem; the stages have it once, twice, four
            and eight times. Defaults to `64`.
        name: String. Defaults to `"resnet"`.
        dtype: Dtype policy. Defaults to the global one.
        trainable: Boolean, whether all of it learns. Defaults to `None`, as
            its layers do.

    Input shape: `(batch, height, width, 3)`, a normalised image.

    Returns: dict `{"P2", "P3", "P4", "P5"}` of the stages' outputs at strides
    4, 8, 16 and 32; with `output_stride=16` P5 has stride 16, with 8 both P4
    and P5 have stride 8. Also `"P2_before_last"` to `"P5_before_last"`, what
    the last block of each stage sees, for the attention of MTAN; not of a
    stage of one block.

    Raises:
        ValueError: If `output_stride` is another number.

    Reference: He et al., arXiv 1512.03385.

    Example:

    ```python
    encoder = mtl_zoo.encoders.get("resnet50_os8")
    features = encoder(np.zeros((1, 96, 128, 3)))
    features["P5"].shape  # (1, 12, 16, 2048)
    ```
    """

    family = "resnet"
    normalization = "imagenet"

    def __init__(
        self,
        block,
        blocks,
        output_stride=32,
        width=64,
        name="resnet",
        dtype=None,
        trainable=None,
    ):
        if output_stride not in OUTPUT_STRIDES:
            raise ValueError(
                f"output_stride={output_stride!r} is not possible; allowed are "
                f"{', '.join(map(str, OUTPUT_STRIDES))}."
            )

        # === Functional model ===
        image = keras.Input((None, None, 3), name="image")
        x = ResNetStem(width, name="stem", dtype=dtype)(image)
        pyramid, before_last = {}, {}
        stride, dilation = 4, 1
        level_strides = []
        for i, count in enumerate(blocks):
            strides = 1 if i == 0 or stride == output_stride else 2
            first_dilation = dilation
            if i > 0 and strides == 1:
                dilation *= 2
            stride *= strides
            level_strides.append(stride)
            before, x = ResNetStage(
                width * 2**i * (4 if block == "bottleneck" else 1),
                count,
                block,
                strides=strides,
                dilation_rate=dilation,
                first_dilation_rate=first_dilation,
                name=f"stage_{i + 1}",
                dtype=dtype,
            )(x)
            pyramid[f"P{i + 2}"] = x
            if count > 1:  # Else it is the stage before.
                before_last[f"P{i + 2}_before_last"] = before
        super().__init__(
            inputs=image,
            outputs={**pyramid, **before_last},
            name=name,
            trainable=trainable,
        )

        # === Config ===
        self.pyramid_outputs = {**pyramid, **before_last}
        self.level_strides = tuple(level_strides)
        self.config = {
            "block": block,
            "blocks": tuple(blocks),
            "output_stride": output_stride,
            "width": width,
            "dtype": dtype,
        }

    def get_config(self):
        return {"name": self.name, "trainable": self.trainable, **self.config}

    @classmethod
    def from_config(cls, config, custom_objects=None):
        return cls(**config)
