"""Initial predictions of MTI-Net: what each task sees at one scale.

Vandenhende et al., "MTI-Net: Multi-Scale Task Interaction Networks for
Multi-Task Learning", arXiv 2001.06902, section 3.2.
"""

import keras

from mtl_zoo.layers.heads import PredictionConv
from mtl_zoo.layers.residual import BasicBlock


@keras.saving.register_keras_serializable(package="mtl_zoo")
class InitialPrediction(keras.layers.Layer):
    """Task features at one scale, and the prediction that supervises them.

    Two basic blocks to `filters` give the features F_{s,a}; a 1×1 convolution
    of them gives the initial prediction.

    Args:
        channels: Integer. Channels of the task.
        filters: Integer. Width of the task features.

    Input shape: `(batch, height, width, any)`.

    Returns: pair of task features `(batch, height, width, filters)` and
    float32 prediction `(batch, height, width, channels)`.

    Example:

    ```python
    layer = mtl_zoo.layers.InitialPrediction(channels=1, filters=18)
    features, depth = layer(np.zeros((1, 4, 4, 54)))
    ```
    """

    def __init__(self, channels, filters, **kwargs):
        super().__init__(**kwargs)
        self.channels = channels
        self.filters = filters
        self.blocks = [
            BasicBlock(filters, dtype=self.dtype_policy, name=f"block_{i + 1}")
            for i in range(2)
        ]
        self.prediction = PredictionConv(channels, name="prediction")

    def build(self, input_shape):
        for block in self.blocks:
            block.build(input_shape)
            input_shape = block.compute_output_shape(input_shape)
        self.prediction.build(input_shape)

    def call(self, x, training=None):
        for block in self.blocks:
            x = block(x, training=training)
        return x, self.prediction(x)

    def compute_output_spec(self, x, training=None):
        shape = tuple(x.shape[:-1])
        return (
            keras.KerasTensor((*shape, self.filters), self.compute_dtype),
            keras.KerasTensor((*shape, self.channels), "float32"),
        )

    def get_config(self):
        return {
            **super().get_config(),
            "channels": self.channels,
            "filters": self.filters,
        }
