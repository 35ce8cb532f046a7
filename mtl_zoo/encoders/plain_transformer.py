"""KerasHub's ViT, DINOv2 and DINOv3, made for one size, for any image size."""

import keras
from keras import ops

from mtl_zoo.layers import PadToMultiple
from mtl_zoo.layers import resize
from mtl_zoo.layers import resize_bicubic

# Pixels of the image that a token stands for.
STRIDE = 16


class PlainTransformer(keras.layers.Layer):
    """The tokens of a KerasHub backbone, as a map.

    The image is filled up with zeros below and on the right to multiples of
    16. Where patches are not of 16 pixels it is resized, so that there is a
    token for every 16 × 16 of its pixels all the same; learned positions are
    resized to as many.

    Args:
        backbone: `keras_hub.models.ViTBackbone`, `DINOV2Backbone` or
            `DINOV3Backbone`.

    Input shape: `(batch, height, width, 3)`, a normalised image.

    Output shape: `(batch, height / 16, width / 16, channels)`, rounded up.
    """

    def __init__(self, backbone, **kwargs):
        super().__init__(**kwargs)
        self.width = backbone.hidden_dim
        self.patch_size = patch_size(backbone)
        self.padding = PadToMultiple(STRIDE, dtype=self.dtype_policy)
        self.family = FAMILIES[type(backbone).__name__]
        self.rope = getattr(backbone, "rope_embedding", None)
        if self.family == "vit":
            _, self.embeddings, self.encoder = backbone.layers
        else:
            self.embeddings, self.encoder = (
                backbone.embeddings,
                backbone.encoder,
            )
            self.norm = backbone.layernorm
        if getattr(backbone, "use_mask_token", False):
            # For training of another kind: it has no gradient here.
            self.embeddings.mask_token.trainable = False
        self.grid = tuple(
            n // self.patch_size for n in backbone.image_shape[:2]
        )

    def call(self, x):
        x = self.padding(x)
        rows, columns = (n // STRIDE for n in ops.shape(x)[1:3])
        if self.patch_size != STRIDE:
            x = resize(x, (rows * self.patch_size, columns * self.patch_size))
        tokens = getattr(self, f"_{self.family}")(x)
        # What stands in front is of the whole image.
        tokens = tokens[:, -rows * columns :]
        return ops.reshape(tokens, (-1, rows, columns, self.width))

    def _vit(self, x):
        embeddings = self.embeddings
        positions = embeddings.position_embedding.embeddings
        tokens = self._patches(
            embeddings.patch_embedding(x), positions[-self._count() :]
        )
        if embeddings.use_class_token:
            first = embeddings.class_token[0] + positions[:1]
            tokens = _in_front(first, tokens)
        return self.encoder(tokens)

    def _dinov2(self, x):
        embeddings = self.embeddings
        positions = embeddings.interpolated_position_embeddings[0]
        tokens = self._patches(
            embeddings.patch_embeddings.projection(x), positions[1:]
        )
        if embeddings.num_register_tokens > 0:
            tokens = _in_front(embeddings.register_tokens[0], tokens)
        tokens = _in_front(embeddings.cls_token[0] + positions[:1], tokens)
        tokens, _ = self.encoder(embeddings.dropout(tokens))
        return self.norm(tokens)

    def _dinov3(self, x):
        embeddings = self.embeddings
        tokens, _ = self.encoder(
            embeddings(x),
            position_embeddings=self.rope(x),
            num_prefix_tokens=1 + embeddings.num_register_tokens,
        )
        return self.norm(tokens)

    def _count(self):
        return self.grid[0] * self.grid[1]

    def _patches(self, x, positions):
        """Tokens of the patches, with their positions."""
        _, rows, columns, width = ops.shape(x)
        positions = ops.reshape(
            ops.cast(positions, "float32"), (*self.grid, width)
        )
        positions = resize_bicubic(positions, (rows, columns))
        x = x + ops.cast(positions, x.dtype)
        return ops.reshape(x, (-1, rows * columns, width))

    def compute_output_shape(self, input_shape):
        batch, *size, _ = input_shape
        size = [n if n is None else -(-n // STRIDE) for n in size]
        return (batch, *size, self.width)

    def compute_output_spec(self, x):
        shape = self.compute_output_shape(x.shape)
        return keras.KerasTensor(shape, dtype=self.compute_dtype)


# Classes of KerasHub → how their tokens are made.
FAMILIES = {
    "ViTBackbone": "vit",
    "DINOV2Backbone": "dinov2",
    "DINOV3Backbone": "dinov3",
}


def patch_size(backbone):
    """Side of a backbone's patches in pixels.

    Args:
        backbone: As for `PlainTransformer`.

    Returns:
        Integer.

    Raises:
        ValueError: If they are no squares.
    """
    size = backbone.patch_size
    sides = {size} if isinstance(size, int) else set(size)
    if len(sides) != 1:
        raise ValueError(
            f"{type(backbone).__name__} with patches of {tuple(size)} can't "
            "be an encoder: they have to be squares."
        )
    return sides.pop()


def _in_front(first, tokens):
    """Tokens that are the same for every image, in front of others."""
    first = ops.cast(first, tokens.dtype)[None]
    first = ops.broadcast_to(first, (ops.shape(tokens)[0], *first.shape[1:]))
    return ops.concatenate([first, tokens], axis=1)
