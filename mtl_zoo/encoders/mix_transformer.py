"""MiT of KerasCV and KerasHub, made for squares of one size, for any images.

MiT is the encoder of SegFormer (Xie et al., arXiv 2105.15203).
"""

import keras
from keras import ops

from mtl_zoo.encoders.pyramid import STRIDES

# A backbone of a single square size.
SQUARE = "MiTBackbone"


@keras.saving.register_keras_serializable(package="mtl_zoo")
class MixTransformer(keras.layers.Layer):
    """The stages of a `MiTBackbone`, run on the image made square.

    The image is padded below and on the right with zeros, and its features
    are cropped. Height and width must be known when the network is traced:
    an exported file has one size.

    Args:
        backbone: `keras_cv.models.MiTBackbone` or that of `keras_hub`.

    Input shape: `(batch, height, width, 3)`, a normalised image.

    Output shape: list of four `(batch, height / s, width / s, channels)` for
    s in 4, 8, 16, 32, rounded up.

    Raises:
        ValueError: When called with an image whose size is not known.
    """

    # Read by `mtl_zoo.models.MultiTaskModel`.
    needs_image_size = True

    def __init__(self, backbone, **kwargs):
        super().__init__(**kwargs)
        self.parts = [
            layer
            for layer in backbone.layers
            if not isinstance(
                layer, (keras.layers.InputLayer, keras.layers.Reshape)
            )
        ]
        # What KerasCV calls embedding_dims, KerasHub calls hidden_dims.
        self.widths = tuple(
            backbone.hidden_dims
            if hasattr(backbone, "hidden_dims")
            else backbone.embedding_dims
        )

    def call(self, x):
        height, width = x.shape[1:3]
        if height is None or width is None:
            raise ValueError(
                "MiT needs to know height and width of the image when it is "
                f"traced; received shape {tuple(x.shape)}."
            )
        side = -(-max(height, width) // STRIDES[-1]) * STRIDES[-1]
        x = ops.pad(x, [(0, 0), (0, side - height), (0, side - width), (0, 0)])
        features, stages = [], iter(STRIDES)
        for layer in self.parts:
            x = layer(x)
            if isinstance(layer, keras.layers.LayerNormalization):
                # The end of a stage: from a sequence to a map.
                stride = next(stages)
                side_here = side // stride
                x = ops.reshape(x, (-1, side_here, side_here, x.shape[-1]))
                features.append(
                    x[:, : -(-height // stride), : -(-width // stride)]
                )
        return features

    def compute_output_shape(self, input_shape):
        batch, height, width, _ = input_shape
        return [
            (
                batch,
                *(n if n is None else -(-n // stride) for n in (height, width)),
                channels,
            )
            for stride, channels in zip(STRIDES, self.widths, strict=True)
        ]

    def compute_output_spec(self, x):
        return [
            keras.KerasTensor(shape, dtype=self.compute_dtype)
            for shape in self.compute_output_shape(x.shape)
        ]
