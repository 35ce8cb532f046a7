"""SegNet, an encoder that remembers where its pools took their values from.

Badrinarayanan et al., "SegNet: A Deep Convolutional Encoder-Decoder
Architecture for Image Segmentation", arXiv 1511.00561, as used in Liu et al.,
"MTAN", arXiv 1803.10704, and Sinodinos, Armanfard, "ATI-Net", arXiv 2201.10649.
"""

import keras

from mtl_zoo.layers import MaxPoolWithPlaces
from mtl_zoo.layers import segnet_unit
from mtl_zoo.layers.segnet import UNITS

VARIANTS = {
    "segnet": {"widths": (64, 128, 256, 512, 512)},
    # For small devices.
    "segnet_slim": {"widths": (16, 32, 64, 128, 128)},
}


@keras.saving.register_keras_serializable(package="mtl_zoo")
class SegNet(keras.Model):
    """The encoder of SegNet: five stages of 3×3 units, each pooled by two.

    Made for decoding back to the image's size by
    `mtl_zoo.layers.SegNetDecoder`; not a feature pyramid for other decoders.

    Args:
        widths: Five integers. Channels of the stages. Defaults to `(64, 128,
            256, 512, 512)`, as published.
        name: String. Defaults to `"segnet"`.
        dtype: Dtype policy. Defaults to the global one.
        trainable: Boolean, whether all of it learns. Defaults to `None`, as
            its layers do.

    Input shape: `(batch, height, width, 3)`, a normalised image of at least
    32×32 pixels.

    Returns: dict with, for every stage i = 0…4 (strides 1, 2, 4, 8, 16, each
    size rounded down):

    - `"stage_i_first"`: what the stage's first unit gives;
    - `"stage_i"`: what its last unit gives, of the same shape;
    - `"stage_i_places"`: int32, where the pool after it took its values from,
      see `mtl_zoo.layers.MaxPoolWithPlaces`;

    and `"bottleneck"`, the pooled last stage at stride 32.

    Raises:
        ValueError: If there are not five widths.

    Reference: Badrinarayanan et al., arXiv 1511.00561.

    Example:

    ```python
    encoder = mtl_zoo.encoders.get("segnet")
    features = encoder(np.zeros((1, 96, 128, 3)))
    features["bottleneck"].shape  # (1, 3, 4, 512)
    ```
    """

    family = "segnet"
    normalization = "imagenet"

    def __init__(
        self,
        widths=(64, 128, 256, 512, 512),
        name="segnet",
        dtype=None,
        trainable=None,
    ):
        if len(widths) != len(UNITS):
            raise ValueError(
                f"SegNet has {len(UNITS)} stages; received {len(widths)} "
                f"widths: {tuple(widths)}."
            )

        # === Functional model ===
        image = keras.Input((None, None, 3), name="image")
        features = {}
        x = image
        for i, width in enumerate(widths):
            for k in range(UNITS[i]):
                x = segnet_unit(width, f"stage_{i}_unit_{k}", dtype)(x)
                if k == 0:
                    features[f"stage_{i}_first"] = x
            features[f"stage_{i}"] = x
            x, features[f"stage_{i}_places"] = MaxPoolWithPlaces(
                name=f"stage_{i}_pool", dtype=dtype
            )(x)
        features["bottleneck"] = x
        super().__init__(
            inputs=image, outputs=features, name=name, trainable=trainable
        )

        # === Config ===
        self.config = {"widths": tuple(widths), "dtype": dtype}

    def get_config(self):
        return {"name": self.name, "trainable": self.trainable, **self.config}

    @classmethod
    def from_config(cls, config, custom_objects=None):
        return cls(**config)
