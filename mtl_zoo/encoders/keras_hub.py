"""KerasHub's backbones as encoders, by name or as objects.

`"keras_hub:resnet_18_imagenet"` is a preset of KerasHub, which it fetches;
after the colon a folder or a handle (`hf://…`, `kaggle://…`) that
`keras_hub.models.Backbone.from_preset` takes may stand as well.

`keras_hub` is imported when an encoder is built: it takes seconds. The extra
`mtl_zoo[keras-hub]` brings it, and TensorFlow, which it needs on any backend.
"""

import pathlib
import re

import keras
import numpy as np

from mtl_zoo.encoders.backbones import check_data_format
from mtl_zoo.encoders.backbones import limit_momentum
from mtl_zoo.encoders.backbones import policy
from mtl_zoo.encoders.mix_transformer import SQUARE
from mtl_zoo.encoders.mix_transformer import MixTransformer
from mtl_zoo.encoders.plain_transformer import FAMILIES as PLAIN
from mtl_zoo.encoders.plain_transformer import PlainTransformer
from mtl_zoo.encoders.plain_transformer import patch_size
from mtl_zoo.encoders.pyramid import LEVELS
from mtl_zoo.encoders.pyramid import STRIDES
from mtl_zoo.encoders.vit import ViT
from mtl_zoo.layers import SimplePyramidNeck
from mtl_zoo.layers import resize_bicubic
from mtl_zoo.layers.normalization import IMAGENET_MEAN
from mtl_zoo.layers.normalization import IMAGENET_STD
from mtl_zoo.utils.extras import import_extra

PREFIX = "keras_hub:"

# How near a converter's numbers are to those of a known normalisation.
_CLOSE = 1e-4


def is_name(encoder):
    """Whether a string names a KerasHub backbone."""
    return encoder.startswith(PREFIX)


def is_backbone(model):
    """Whether a model is one of KerasHub's own backbones."""
    return type(model).__module__.partition(".")[0] == "keras_hub"


def get(encoder, dtype=None):
    """An encoder by a name that starts with `"keras_hub:"`.

    Args:
        encoder: String. After the prefix stands what
            `keras_hub.models.Backbone.from_preset` takes.
        dtype: Dtype policy. Defaults to the global one.

    Returns:
        A `KerasHubEncoder` with the preset's weights, which wants the
        normalisation of the preset's image converter.

    Raises:
        ValueError: If the preset can't be loaded, or is no encoder.
        ImportError: If KerasHub is missing.
    """
    handle = encoder.removeprefix(PREFIX)
    backbone, normalization = _load(handle, dtype)
    return from_backbone(backbone, _name(handle), dtype, normalization)


def from_backbone(backbone, name=None, dtype=None, normalization="imagenet"):
    """An encoder with the architecture and the weights of a backbone.

    Args:
        backbone: `keras_hub.models.Backbone`.
        name: String. Defaults to the backbone's.
        dtype: Dtype policy. Defaults to the global one.
        normalization: What its image was normalised by, see
            `mtl_zoo.layers.ImageNormalization`. Defaults to `"imagenet"`.

    Returns:
        A `KerasHubEncoder`.

    Raises:
        ValueError: If it gives no features at strides 4 to 32.
    """
    arguments = {
        key: value
        for key, value in backbone.get_config().items()
        if key not in ("name", "trainable", "dtype")
    }
    return KerasHubEncoder(
        type(backbone).__name__,
        arguments,
        normalization=normalization,
        weights=backbone.get_weights(),
        name=name or backbone.name,
        dtype=dtype,
    )


def vit_from_keras_hub(backbone, image_size=None, name=None, dtype=None):
    """A `mtl_zoo.encoders.ViT` with the weights of a KerasHub ViT.

    For InvPT as published, which reads features after several blocks;
    `"keras_hub:vit_…"` gives a feature pyramid of the last block's, which
    every network takes.

    Args:
        backbone: `keras_hub.models.ViTBackbone`, or string, a name or a folder
            of its presets.
        image_size: Pair `(height, width)`, multiples of the patch size, that
            the position embedding is resized for. Defaults to `None`, the
            backbone's.
        name: String. Defaults to `None`, the backbone's.
        dtype: Dtype policy. Defaults to the global one.

    Returns:
        `mtl_zoo.encoders.ViT`; given a string it wants the normalisation of
        the preset's image converter, else ImageNet's. The epsilon of its layer
        normalisations is 1e-6, whatever the backbone's.

    Raises:
        ValueError: If the backbone is no ViT of the usual form.

    Example:

    ```python
    encoder = mtl_zoo.encoders.vit_from_keras_hub(
        "vit_base_patch16_224_imagenet", image_size=(448, 576)
    )
    model = mtl_zoo.models.InvPT(encoder, ["semseg:40", "depth"])
    ```
    """
    normalization = ViT.normalization
    if isinstance(backbone, str):
        handle = backbone.removeprefix(PREFIX)
        backbone, normalization = _load(handle, dtype)
        name = name or _name(handle)
    config = backbone.get_config()
    width = config.get("hidden_dim")
    usual = {
        "mlp_dim": 4 * width if width else None,
        "use_class_token": True,
        "use_mha_bias": True,
        "use_mlp_bias": True,
        "use_patch_bias": True,
    }
    unusual = {k: config.get(k) for k, v in usual.items() if config.get(k) != v}
    if type(backbone).__name__ != "ViTBackbone" or unusual:
        raise ValueError(
            f"{type(backbone).__name__} {backbone.name!r} can't become a ViT: "
            "a ViTBackbone with a class token, all biases and mlp_dim = 4 "
            f"hidden_dim can; it has {unusual}."
        )
    side, depth = patch_size(backbone), config["num_layers"]
    stored_size = tuple(config["image_shape"][:2])
    encoder = ViT(
        width,
        depth,
        config["num_heads"],
        patch_size=side,
        feature_blocks=(depth // 4, depth // 2, 3 * depth // 4),
        image_size=image_size or stored_size,
        name=name or backbone.name,
        dtype=dtype,
    )
    encoder.normalization = normalization
    _, embeddings, blocks = backbone.layers
    _assign_embeddings(encoder, embeddings, [n // side for n in stored_size])
    for ours, theirs in zip(encoder.blocks, blocks.encoder_layers, strict=True):
        _assign_block(ours, theirs, width)
    _assign(encoder.get_layer("norm"), blocks.layer_norm.get_weights())
    return encoder


def _assign(layer, values):
    layer.set_weights([keras.ops.convert_to_numpy(x) for x in values])


def _assign_embeddings(encoder, embeddings, grid):
    """Weights of the patches' embedding, the class token, the positions."""
    _assign(
        encoder.get_layer("patch_embedding"),
        embeddings.patch_embedding.get_weights(),
    )
    positions = keras.ops.convert_to_numpy(
        embeddings.position_embedding.embeddings
    ).astype("float32")
    layer = encoder.get_layer("position_embedding")
    layer.class_token.assign(embeddings.class_token[0])
    layer.class_position.assign(positions[:1])
    patches = positions[1:].reshape((*grid, -1))
    layer.positions.assign(resize_bicubic(patches, layer.grid))


def _assign_block(ours, theirs, width):
    """Weights of a transformer block: heads are joined, and q, k and v."""
    for norm, source in (
        (ours.attention_norm, theirs.layer_norm_1),
        (ours.mlp_norm, theirs.layer_norm_2),
        (ours.mlp.expand, theirs.mlp.dense_1),
        (ours.mlp.reduce, theirs.mlp.dense_2),
    ):
        _assign(norm, source.get_weights())
    *inner, kernel, bias = theirs.mha.get_weights()
    kernels, biases = inner[0::2], inner[1::2]  # Of query, key and value.
    _assign(
        ours.attention.projection,
        [
            np.concatenate([x.reshape(width, width) for x in kernels], axis=1),
            np.concatenate([x.ravel() for x in biases]),
        ],
    )
    _assign(
        ours.attention.output_projection, [kernel.reshape(width, width), bias]
    )


# === Presets ===


def _import():
    check_data_format("KerasHub")
    return import_extra("keras_hub", "keras-hub", f"encoders {PREFIX}…")


def _name(handle):
    """What an encoder is called: the last part, in letters that Keras takes."""
    return PREFIX.replace(":", "_") + re.sub(
        r"[^A-Za-z0-9_.-]", "_", pathlib.PurePath(handle).name
    )


def _load(handle, dtype):
    """A preset's backbone, and how it wants its image normalised."""
    keras_hub = _import()
    try:
        with policy(dtype):
            backbone = keras_hub.models.Backbone.from_preset(handle)
    except Exception as error:
        raise ValueError(
            f"Encoder {PREFIX + handle!r} can't be loaded by KerasHub: "
            f"{str(error).strip().splitlines()[0][:150]}"
        ) from error
    return backbone, _normalization(keras_hub, handle)


def _normalization(keras_hub, handle):
    """The normalisation of a preset's image converter."""
    try:
        converter = keras_hub.layers.ImageConverter.from_preset(handle)
    except FileNotFoundError:  # It has none.
        return "imagenet"
    scale = 1.0 if converter.scale is None else converter.scale
    offset = 0.0 if converter.offset is None else converter.offset
    found = np.stack([np.broadcast_to(np.ravel(x), 3) for x in (scale, offset)])
    std, mean = np.array(IMAGENET_STD), np.array(IMAGENET_MEAN)
    for name, known in (
        ("imagenet", [1 / (255 * std), -mean / std]),
        ("unit", [[1 / 255] * 3, [0.0] * 3]),
        (None, [[1.0] * 3, [0.0] * 3]),
    ):
        if np.allclose(found, known, rtol=_CLOSE, atol=0):
            return name
    return {"scale": found[0].tolist(), "offset": found[1].tolist()}


# === The encoder ===


@keras.saving.register_keras_serializable(package="mtl_zoo")
class KerasHubEncoder(keras.Model):
    """A KerasHub backbone as a feature pyramid, for images of any size.

    Features are taken where they are at strides 4, 8, 16 and 32, whatever the
    backbone calls them. A plain transformer (ViT, DINOv2, DINOv3) has one at
    stride 16, from which `mtl_zoo.layers.SimplePyramidNeck` makes a pyramid:
    its weights are fresh.

    Args:
        backbone: String. A backbone class of `keras_hub.models`.
        arguments: Dict. What it is built with.
        normalization: How the image is normalised that it wants, see
            `mtl_zoo.layers.ImageNormalization`. Defaults to `"imagenet"`.
        weights: List of arrays, the backbone's weights. Not saved with the
            configuration. Defaults to `None`, fresh ones.
        name: String. Defaults to `"keras_hub"`.
        dtype: Dtype policy. Defaults to the global one.
        trainable: Boolean, whether all of it learns. Defaults to `None`, as
            its layers do.

    Input shape: `(batch, height, width, 3)`, a normalised image.

    Returns: dict `{"P2", "P3", "P4", "P5"}` of features at strides 4, 8, 16
    and 32; sizes that the stride does not divide are rounded up or down.

    Raises:
        ValueError: If KerasHub has no such backbone, it has no features at
            these strides, or the global image data format is another.
        ImportError: If KerasHub is missing.

    Example:

    ```python
    encoder = mtl_zoo.encoders.get("keras_hub:resnet_18_imagenet")
    features = encoder(np.zeros((1, 96, 128, 3)))
    ```
    """

    level_strides = STRIDES

    def __init__(
        self,
        backbone,
        arguments,
        normalization="imagenet",
        weights=None,
        name="keras_hub",
        dtype=None,
        trainable=None,
    ):
        with policy(dtype):
            model = _build(backbone, arguments)
        if weights is not None:
            model.set_weights(weights)
        limit_momentum(model)
        image = keras.Input((None, None, 3), name="image")
        if backbone == SQUARE:
            layer = MixTransformer(model, name="backbone", dtype=dtype)
            pyramid = dict(zip(LEVELS, layer(image), strict=True))
        elif backbone in PLAIN:
            layer = PlainTransformer(model, name="backbone", dtype=dtype)
            neck = SimplePyramidNeck(name="neck", dtype=dtype)
            pyramid = dict(zip(LEVELS, neck(layer(image), image), strict=True))
        else:
            image, pyramid = model.inputs[0], _features(model)
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


def _build(backbone, arguments):
    """A backbone for images of any size, where it can be."""
    models = _import().models
    # The class alone, so that a configuration can't reach other things.
    backbone_class = getattr(models, str(backbone), None)
    if not (
        isinstance(backbone_class, type)
        and issubclass(backbone_class, models.Backbone)
    ):
        raise ValueError(f"KerasHub has no backbone class {backbone!r}.")
    # Keras wraps lists of attributes; KerasHub gets its own ones.
    arguments = dict(arguments)
    if backbone == SQUARE:
        arguments["image_shape"] = (64, 64, 3)
    elif backbone not in PLAIN:
        for key in ("image_shape", "input_shape"):
            if key in arguments:
                arguments[key] = (None, None, 3)
    return backbone_class(**arguments)


def _features(model):
    """Features at strides 4, 8, 16 and 32, by their sizes."""
    # MobileNet has no pyramid outputs, and of others not all names are right.
    candidates = [
        list((getattr(model, "pyramid_outputs", None) or {}).values()),
        [
            layer.output
            for layer in model.layers
            if len(getattr(layer.output, "shape", ())) == 4
        ],
    ]
    if len(model.inputs) == 1 and len(model.inputs[0].shape) == 4:
        for tensors in filter(None, candidates):
            found = dict(zip(_strides(model, tensors), tensors, strict=True))
            if set(STRIDES) <= set(found):
                return {
                    level: found[stride]
                    for level, stride in zip(LEVELS, STRIDES, strict=True)
                }
    raise ValueError(
        f"KerasHub's {type(model).__name__} can't be an encoder: it has no "
        f"features at strides {', '.join(map(str, STRIDES))}."
    )


def _strides(model, tensors):
    """How much smaller than the image each tensor of a model is."""
    side = 256
    image = keras.KerasTensor((1, side, side, 3), model.inputs[0].dtype)
    probe = keras.Model(model.inputs[0], tensors)
    specs = keras.tree.flatten(probe.compute_output_spec(image))
    return [round(side / spec.shape[1]) for spec in specs]
