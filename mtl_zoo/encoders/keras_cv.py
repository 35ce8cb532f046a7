"""KerasCV's backbones as encoders, by name.

`"keras_cv:mobilenet_v3_small"` is built from the numbers of its paper, without
weights and without a download; `"keras_cv:mobilenet_v3_small_imagenet"` is a
KerasCV preset, whose weights KerasCV fetches from Kaggle.

`keras_cv` is imported when an encoder is built: it takes seconds, and needs
TensorFlow on any backend. The extra `mtl_zoo[keras-cv]` brings both.
"""

import keras

from mtl_zoo.encoders.backbones import check_data_format
from mtl_zoo.encoders.backbones import limit_momentum
from mtl_zoo.encoders.backbones import policy
from mtl_zoo.encoders.mix_transformer import SQUARE
from mtl_zoo.encoders.mix_transformer import MixTransformer
from mtl_zoo.encoders.pyramid import LEVELS
from mtl_zoo.layers import PadToMultiple
from mtl_zoo.utils.extras import import_extra
from mtl_zoo.utils.text import unknown

PREFIX = "keras_cv:"

# A backbone that takes even sizes only.
EVEN = "CSPDarkNetBackbone"


def _efficientnet_v2(width, depth):
    """EfficientNetV2-B (Tan and Le, arXiv 2104.00298)."""
    return "EfficientNetV2Backbone", {
        "width_coefficient": width,
        "depth_coefficient": depth,
        "stackwise_kernel_sizes": [3] * 6,
        "stackwise_num_repeats": [1, 2, 2, 3, 5, 8],
        "stackwise_input_filters": [32, 16, 32, 48, 96, 112],
        "stackwise_output_filters": [16, 32, 48, 96, 112, 192],
        "stackwise_expansion_ratios": [1, 4, 4, 4, 6, 6],
        "stackwise_squeeze_and_excite_ratios": [0, 0, 0, 0.25, 0.25, 0.25],
        "stackwise_strides": [1, 2, 2, 2, 1, 2],
        "stackwise_conv_types": ["fused"] * 3 + ["unfused"] * 3,
    }


def _csp_darknet(channels, depth):
    """CSPDarkNet (Bochkovskiy et al., arXiv 2004.10934; YOLOX's sizes)."""
    return "CSPDarkNetBackbone", {
        "stackwise_channels": channels,
        "stackwise_depth": depth,
    }


def _densenet(repeats):
    """DenseNet (Huang et al., arXiv 1608.06993)."""
    return "DenseNetBackbone", {"stackwise_num_repeats": repeats}


def _mit(widths, depths):
    """MiT, SegFormer's encoder (Xie et al., arXiv 2105.15203)."""
    return SQUARE, {"embedding_dims": widths, "depths": depths}


def _resnet(block_type, blocks):
    """ResNet (He et al., arXiv 1512.03385) with KerasCV's padding."""
    return "ResNetBackbone", {
        "stackwise_filters": [64, 128, 256, 512],
        "stackwise_blocks": blocks,
        "stackwise_strides": [1, 2, 2, 2],
        "block_type": block_type,
    }


# Name → class of KerasCV and its arguments.
ARCHITECTURES = {
    # Howard et al., "Searching for MobileNetV3", arXiv 1905.02244, tables 1, 2.
    "mobilenet_v3_small": (
        "MobileNetV3Backbone",
        {
            "stackwise_expansion": [
                *(1, 72 / 16, 88 / 24),
                *(4, 6, 6, 3, 3, 6, 6, 6),
            ],
            "stackwise_filters": [16, 24, 24, 40, 40, 40, 48, 48, 96, 96, 96],
            "stackwise_kernel_size": [3] * 3 + [5] * 8,
            "stackwise_stride": [2, 2, 1, 2, 1, 1, 1, 1, 2, 1, 1],
            "stackwise_se_ratio": [0.25, None, None] + [0.25] * 8,
            "stackwise_activation": ["relu"] * 3 + ["hard_swish"] * 8,
        },
    ),
    "mobilenet_v3_large": (
        "MobileNetV3Backbone",
        {
            "stackwise_expansion": [
                *(1, 4, 3, 3, 3, 3),
                *(6, 2.5, 2.3, 2.3, 6, 6, 6, 6, 6),
            ],
            "stackwise_filters": [
                *(16, 24, 24, 40, 40, 40),
                *(80, 80, 80, 80, 112, 112, 160, 160, 160),
            ],
            "stackwise_kernel_size": [3] * 3 + [5] * 3 + [3] * 6 + [5] * 3,
            "stackwise_stride": [1, 2, 1, 2, 1, 1, 2] + [1] * 5 + [2, 1, 1],
            "stackwise_se_ratio": (
                [None] * 3 + [0.25] * 3 + [None] * 4 + [0.25] * 5
            ),
            "stackwise_activation": ["relu"] * 6 + ["hard_swish"] * 9,
        },
    ),
    "efficientnetv2_b0": _efficientnet_v2(1.0, 1.0),
    "efficientnetv2_b1": _efficientnet_v2(1.0, 1.1),
    "efficientnetv2_b2": _efficientnet_v2(1.1, 1.2),
    "efficientnetv2_b3": _efficientnet_v2(1.2, 1.4),
    "csp_darknet_tiny": _csp_darknet([48, 96, 192, 384], [1, 3, 3, 1]),
    "csp_darknet_s": _csp_darknet([64, 128, 256, 512], [1, 3, 3, 1]),
    "csp_darknet_m": _csp_darknet([96, 192, 384, 768], [2, 6, 6, 2]),
    "densenet121": _densenet([6, 12, 24, 16]),
    "densenet169": _densenet([6, 12, 32, 32]),
    "mit_b0": _mit([32, 64, 160, 256], [2, 2, 2, 2]),
    "mit_b1": _mit([64, 128, 320, 512], [2, 2, 2, 2]),
    "mit_b2": _mit([64, 128, 320, 512], [3, 4, 6, 3]),
    "resnet18": _resnet("basic_block", [2, 2, 2, 2]),
    "resnet34": _resnet("basic_block", [3, 4, 6, 3]),
    "resnet50": _resnet("block", [3, 4, 6, 3]),
}


def list_names():
    """Names of encoders that are built without a download.

    Returns:
        A list of strings.
    """
    return [PREFIX + name for name in ARCHITECTURES]


def is_name(encoder):
    """Whether a string names a KerasCV backbone."""
    return encoder.startswith(PREFIX)


def get(encoder, dtype=None):
    """An encoder by a name that starts with `"keras_cv:"`.

    Args:
        encoder: String, of `list_names()`, or with the name of a KerasCV
            preset.
        dtype: Dtype policy. Defaults to the global one.

    Returns:
        A `KerasCVEncoder`; with a preset's weights it wants the normalisation
        that these were trained with.

    Raises:
        ValueError: If there is no backbone of that name, or its weights can't
            be fetched.
    """
    name = encoder.removeprefix(PREFIX)
    model_name = encoder.replace(":", "_")
    if name in ARCHITECTURES:
        backbone, arguments = ARCHITECTURES[name]
        return KerasCVEncoder(backbone, arguments, name=model_name, dtype=dtype)
    return _from_preset(name, model_name, dtype)


def _from_preset(name, model_name, dtype):
    keras_cv = _import()

    base = keras_cv.models.Backbone
    presets = {
        preset: backbone_class
        for backbone_class in vars(keras_cv.models).values()
        if isinstance(backbone_class, type) and issubclass(backbone_class, base)
        for preset in backbone_class.presets_with_weights
    }
    if name not in presets:
        allowed = [PREFIX + known for known in (*ARCHITECTURES, *presets)]
        raise unknown("Encoder of KerasCV", PREFIX + name, allowed)
    try:
        with policy(dtype):
            backbone = presets[name].from_preset(name, include_rescaling=True)
    except Exception as error:
        raise ValueError(
            f"Encoder {PREFIX + name!r} can't be fetched by KerasCV: "
            f"{str(error).strip().splitlines()[0]} Without weights and "
            f"download there are {', '.join(list_names())}."
        ) from error
    return from_backbone(backbone, model_name, dtype)


def from_backbone(backbone, name=None, dtype=None):
    """An encoder with the architecture and the weights of a backbone.

    Args:
        backbone: `keras_cv.models.Backbone`.
        name: String. Defaults to the backbone's.
        dtype: Dtype policy. Defaults to the global one.

    Returns:
        A `KerasCVEncoder`; it takes normalised images, whatever the backbone
        takes. Of a backbone that divides by 255 itself it wants `"unit"`.
    """
    arguments = {
        key: value
        for key, value in backbone.get_config().items()
        if key not in ("name", "trainable", "dtype", "input_shape")
    }
    encoder = KerasCVEncoder(
        type(backbone).__name__,
        arguments,
        # KerasCV's backbones for images rescale to 0…1, all of them.
        "unit" if arguments.get("include_rescaling") else "imagenet",
        name=name or backbone.name,
        dtype=dtype,
    )
    if type(backbone).__name__ != SQUARE:
        backbone = _features(backbone)
    encoder.set_weights(backbone.get_weights())
    return encoder


def _features(backbone):
    """A KerasCV backbone up to its features, without what comes after."""
    layers = backbone.pyramid_level_inputs
    missing = [level for level in LEVELS if level not in layers]
    if missing:
        raise ValueError(
            f"KerasCV's {type(backbone).__name__} can't be an encoder: it has "
            f"no features {', '.join(missing)}."
        )
    return keras.Model(
        backbone.inputs[0],
        {level: backbone.get_layer(layers[level]).output for level in LEVELS},
        name="backbone",
    )


@keras.saving.register_keras_serializable(package="mtl_zoo")
class KerasCVEncoder(keras.Model):
    """A KerasCV backbone as a feature pyramid.

    Args:
        backbone: String. A backbone class of `keras_cv.models`.
        arguments: Dict. What it is built with, except `include_rescaling`,
            which is `False`: the image is normalised already.
        normalization: How the image is normalised that it wants, see
            `mtl_zoo.layers.ImageNormalization`. Defaults to `"imagenet"`.
        name: String. Defaults to `"keras_cv"`.
        dtype: Dtype policy. Defaults to the global one.
        trainable: Boolean, whether all of it learns. Defaults to `None`, as
            its layers do.

    Input shape: `(batch, height, width, 3)`, a normalised image.

    Returns: dict `{"P2", "P3", "P4", "P5"}` of features at strides 4, 8, 16
    and 32; sizes that the stride does not divide are rounded up or down.

    Raises:
        ValueError: If KerasCV has no such backbone, it has no features at
            these strides, or the global image data format is another.

    Example:

    ```python
    encoder = mtl_zoo.encoders.get("keras_cv:mobilenet_v3_small")
    features = encoder(np.zeros((1, 96, 128, 3)))
    ```
    """

    def __init__(
        self,
        backbone,
        arguments,
        normalization="imagenet",
        name="keras_cv",
        dtype=None,
        trainable=None,
    ):
        keras_cv = _import()

        # The class alone, so that a configuration can't reach other things.
        backbone_class = getattr(keras_cv.models, str(backbone), None)
        if not (
            isinstance(backbone_class, type)
            and issubclass(backbone_class, keras_cv.models.Backbone)
        ):
            raise ValueError(f"KerasCV has no backbone class {backbone!r}.")
        # Keras wraps lists of attributes; KerasCV gets its own ones.
        given = {**arguments, "include_rescaling": False}
        side = 64 if backbone == SQUARE else None
        with policy(dtype):
            model = backbone_class(**given, input_shape=(side, side, 3))
        limit_momentum(model)
        image = keras.Input((None, None, 3), name="image")
        if backbone == SQUARE:
            layer = MixTransformer(model, name="backbone", dtype=dtype)
            pyramid = dict(zip(LEVELS, layer(image), strict=True))
        elif backbone == EVEN:
            even = PadToMultiple(2, name="padding", dtype=dtype)(image)
            pyramid = _features(model)(even)
        else:
            features = _features(model)
            image, pyramid = features.inputs[0], features.output
        super().__init__(
            inputs=image, outputs=pyramid, name=name, trainable=trainable
        )

        # === Config ===
        self.normalization = normalization
        self.pyramid_outputs = pyramid
        self.config = {
            "backbone": backbone,
            "arguments": dict(arguments),
            "normalization": normalization,
            "dtype": dtype,
        }

    def get_config(self):
        return {"name": self.name, "trainable": self.trainable, **self.config}

    @classmethod
    def from_config(cls, config, custom_objects=None):
        return cls(**config)


def _import():
    check_data_format("KerasCV")
    return import_extra("keras_cv", "keras-cv", f"encoders {PREFIX}…")
