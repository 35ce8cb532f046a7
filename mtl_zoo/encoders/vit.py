"""Vision transformer, an encoder whose features have one resolution.

Dosovitskiy et al., "An Image is Worth 16x16 Words: Transformers for Image
Recognition at Scale", ICLR 2021, arXiv 2010.11929, in the layout of timm, so
that its checkpoints load; its features as Ye and Xu, "InvPT", ECCV 2022, arXiv
2203.07997, take them.
"""

import keras

from mtl_zoo.layers import PadToMultiple
from mtl_zoo.layers import PositionEmbedding
from mtl_zoo.layers import TokensToMap
from mtl_zoo.layers import TransformerBlock

FEATURES = ("B0", "B1", "B2", "B3")

# The epsilon of the layer normalisations.
EPSILON = 1e-6

# Five times the deepest that was published: deeper ones take long to build.
_DEEPEST = 256

VARIANTS = {
    "vit_tiny_16": {"embed_dim": 192, "depth": 12, "num_heads": 3},
    "vit_small_16": {"embed_dim": 384, "depth": 12, "num_heads": 6},
    "vit_base_16": {"embed_dim": 768, "depth": 12, "num_heads": 12},
    "vit_large_16": {"embed_dim": 1024, "depth": 24, "num_heads": 16},
}
for _arguments in VARIANTS.values():
    _depth = _arguments["depth"]
    _arguments["feature_blocks"] = (_depth // 4, _depth // 2, 3 * _depth // 4)
    # As the public configurations of InvPT train them.
    _arguments["stochastic_depth"] = 0.15


@keras.saving.register_keras_serializable(package="mtl_zoo")
class ViT(keras.Model):
    """Vision transformer that gives features after four of its blocks.

    An image of any height and width is filled up with zeros below and on the
    right to whole patches; the position embedding is resized to it.

    Args:
        embed_dim: Integer. Width of the tokens.
        depth: Integer. How many blocks, up to 256.
        num_heads: Integer, which divides `embed_dim`.
        patch_size: Integer. Side of a patch in pixels. Defaults to `16`.
        feature_blocks: Three integers, rising. After how many blocks the
            first three features are taken. Defaults to `(6, 12, 18)`.
        image_size: Pair `(height, width)`, the size that the position
            embedding is stored for. Defaults to `(384, 384)`.
        stochastic_depth: Float in 0…1. How often training leaves out a branch
            of the last block; of the others less, in steps from 0. Defaults
            to `0`.
        name: String. Defaults to `"vit"`.
        dtype: Dtype policy. Defaults to the global one.
        trainable: Boolean, whether all of it learns. Defaults to `None`, as
            its layers do.

    Input shape: `(batch, height, width, 3)`, a normalised image.

    Returns: dict of four features `(batch, height / patch_size, width /
    patch_size, embed_dim)`: `"B0"`, `"B1"`, `"B2"` after `feature_blocks`, and
    `"B3"` after the last block and the last layer normalisation.

    Raises:
        ValueError: If `feature_blocks` or `image_size` don't fit.

    Reference: Dosovitskiy et al., arXiv 2010.11929.

    Example:

    ```python
    encoder = mtl_zoo.encoders.get("vit_small_16")
    features = encoder(np.zeros((1, 96, 128, 3)))
    features["B3"].shape  # (1, 6, 8, 384)
    ```
    """

    family = "vit"
    normalization = "imagenet"

    def __init__(
        self,
        embed_dim,
        depth,
        num_heads,
        patch_size=16,
        feature_blocks=(6, 12, 18),
        image_size=(384, 384),
        stochastic_depth=0.0,
        name="vit",
        dtype=None,
        trainable=None,
    ):
        feature_blocks = tuple(feature_blocks)
        image_size = tuple(image_size)
        _check(feature_blocks, depth, image_size, patch_size)

        # === Functional model ===
        image = keras.Input((None, None, 3), name="image")
        x = PadToMultiple(patch_size, name="padding", dtype=dtype)(image)
        patches = keras.layers.Conv2D(
            embed_dim,
            patch_size,
            strides=patch_size,
            data_format="channels_last",
            name="patch_embedding",
            dtype=dtype,
        )(x)
        grid = tuple(n // patch_size for n in image_size)
        x = PositionEmbedding(grid, name="position_embedding", dtype=dtype)(
            patches
        )
        taken = []
        for i in range(depth):
            x = TransformerBlock(
                num_heads,
                epsilon=EPSILON,
                stochastic_depth=stochastic_depth * i / max(depth - 1, 1),
                name=f"block_{i}",
                dtype=dtype,
            )(x)
            if i + 1 in feature_blocks:
                taken.append(x)
        x = keras.layers.LayerNormalization(
            epsilon=EPSILON, name="norm", dtype=dtype
        )(x)
        features = {
            key: TokensToMap(name=key, dtype=dtype)(tokens, patches)
            for key, tokens in zip(FEATURES, [*taken, x], strict=True)
        }
        super().__init__(
            inputs=image, outputs=features, name=name, trainable=trainable
        )

        # === Config ===
        self.config = {
            "embed_dim": embed_dim,
            "depth": depth,
            "num_heads": num_heads,
            "patch_size": patch_size,
            "feature_blocks": feature_blocks,
            "image_size": image_size,
            "stochastic_depth": stochastic_depth,
            "dtype": dtype,
        }

    @property
    def blocks(self):
        """The transformer blocks, in order."""
        return [
            layer
            for layer in self.layers
            if isinstance(layer, TransformerBlock)
        ]

    @property
    def patch_size(self):
        """Side of a patch in pixels, the stride of all features."""
        return self.config["patch_size"]

    @property
    def rematerialize(self):
        """Whether training computes every block once more on the way back.

        That takes a third more time, and the memory of one block instead of
        all. Set it before training; it is not saved.
        """
        return all(block.rematerialize for block in self.blocks)

    @rematerialize.setter
    def rematerialize(self, value):
        for block in self.blocks:
            block.rematerialize = value

    def get_config(self):
        return {"name": self.name, "trainable": self.trainable, **self.config}

    @classmethod
    def from_config(cls, config, custom_objects=None):
        return cls(**config)


def _check(feature_blocks, depth, image_size, patch_size):
    if not 1 <= depth <= _DEEPEST:
        raise ValueError(
            f"depth={depth} is not possible: 1 to {_DEEPEST} blocks are."
        )
    possible = [n for n in feature_blocks if 1 <= n < depth]
    if len(possible) != 3 or tuple(sorted(set(possible))) != feature_blocks:
        raise ValueError(
            f"feature_blocks={feature_blocks} is not possible: three rising "
            f"numbers of 1 to depth - 1 = {depth - 1} are."
        )
    if len(image_size) != 2 or any(
        n < patch_size or n % patch_size for n in image_size
    ):
        raise ValueError(
            f"image_size={image_size} is not possible: height and width are "
            f"multiples of patch_size={patch_size}."
        )
