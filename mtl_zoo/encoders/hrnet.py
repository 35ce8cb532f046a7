"""HRNet, an encoder that keeps a high resolution all the way.

Wang et al., "Deep High-Resolution Representation Learning for Visual
Recognition", arXiv 1908.07919.
"""

import keras

from mtl_zoo.layers import BottleneckBlock
from mtl_zoo.layers import ConvUnit
from mtl_zoo.layers import HRModule

# Batch normalisation of the published HRNet keeps more of the past than that
# of the heads (PyTorch momentum 0.01).
MOMENTUM = 0.99

VARIANTS = {
    # What the public multi-task configurations call hrnet_w18.
    "hrnet_w18_small_v2": {
        "width": 18,
        "stage_1_blocks": 2,
        "modules": (1, 3, 2),
        "blocks": 2,
    },
    "hrnet_w18": {
        "width": 18,
        "stage_1_blocks": 4,
        "modules": (1, 4, 3),
        "blocks": 4,
    },
    "hrnet_w32": {
        "width": 32,
        "stage_1_blocks": 4,
        "modules": (1, 4, 3),
        "blocks": 4,
    },
    "hrnet_w48": {
        "width": 48,
        "stage_1_blocks": 4,
        "modules": (1, 4, 3),
        "blocks": 4,
    },
}


@keras.saving.register_keras_serializable(package="mtl_zoo")
class HRNet(keras.Model):
    """HRNet as a feature pyramid at strides 4, 8, 16, 32.

    Args:
        width: Integer C. The branches have C, 2C, 4C and 8C channels.
        stage_1_blocks: Integer. Bottleneck blocks of the first stage.
        modules: Three integers. Modules of the stages with two, three and four
            branches.
        blocks: Integer. Basic blocks per branch and module.
        name: String. Defaults to `"hrnet"`.
        dtype: Dtype policy. Defaults to the global one.
        trainable: Boolean, whether all of it learns. Defaults to `None`, as
            its layers do.

    Input shape: `(batch, height, width, 3)`, a normalised image.

    Returns: dict `{"P2", "P3", "P4", "P5"}` of tensors with C, 2C, 4C and 8C
    channels at strides 4, 8, 16 and 32.

    Reference: Wang et al., arXiv 1908.07919.

    Example:

    ```python
    encoder = mtl_zoo.encoders.get("hrnet_w18_small_v2")
    features = encoder(np.zeros((1, 96, 128, 3)))
    features["P2"].shape  # (1, 24, 32, 18)
    ```
    """

    family = "hrnet"
    normalization = "imagenet"

    def __init__(
        self,
        width,
        stage_1_blocks,
        modules,
        blocks,
        name="hrnet",
        dtype=None,
        trainable=None,
    ):
        # === Functional model ===
        unit = {"momentum": MOMENTUM, "dtype": dtype}
        image = keras.Input((None, None, 3), name="image")
        x = ConvUnit(64, strides=2, name="stem_1", **unit)(image)
        x = ConvUnit(64, strides=2, name="stem_2", **unit)(x)
        for i in range(stage_1_blocks):
            x = BottleneckBlock(256, name=f"stage_1_block_{i}", **unit)(x)
        branches = [x]
        for stage, count in enumerate(modules, start=2):
            branches = self._transition(branches, width, stage, unit)
            for i in range(count):
                branches = HRModule(
                    blocks, name=f"stage_{stage}_module_{i}", **unit
                )(branches)
        pyramid = {f"P{i + 2}": x for i, x in enumerate(branches)}
        super().__init__(
            inputs=image, outputs=pyramid, name=name, trainable=trainable
        )

        # === Config ===
        self.pyramid_outputs = pyramid
        self.config = {
            "width": width,
            "stage_1_blocks": stage_1_blocks,
            "modules": tuple(modules),
            "blocks": blocks,
            "dtype": dtype,
        }

    @staticmethod
    def _transition(branches, width, stage, unit):
        """One more branch, and every branch at the width of its place."""
        outputs = []
        for i in range(stage):
            strides = 1 if i < len(branches) else 2
            x = branches[min(i, len(branches) - 1)]
            if strides == 2 or x.shape[-1] != width * 2**i:
                x = ConvUnit(
                    width * 2**i,
                    strides=strides,
                    name=f"transition_{stage - 1}_branch_{i}",
                    **unit,
                )(x)
            outputs.append(x)
        return outputs

    def get_config(self):
        return {"name": self.name, "trainable": self.trainable, **self.config}

    @classmethod
    def from_config(cls, config, custom_objects=None):
        return cls(**config)
