"""Feature propagation of MTI-Net: from a coarse scale to the next finer one.

Vandenhende et al., "MTI-Net: Multi-Scale Task Interaction Networks for
Multi-Task Learning", arXiv 2001.06902, section 3.4.
"""

import keras
from keras import ops

from mtl_zoo.layers.attention import SEBlock
from mtl_zoo.layers.convolution import Conv2D
from mtl_zoo.layers.residual import BasicBlock
from mtl_zoo.utils.text import unknown

GROUPINGS = ("neighbours", "tasks")


@keras.saving.register_keras_serializable(package="mtl_zoo")
class FeaturePropagation(keras.layers.Layer):
    """Feature propagation module (FPM) over the features of all tasks.

    The features of the N tasks are concatenated; a small network turns them
    into a mask per task and channel by a softmax over tasks; what the masks
    let through is reduced to one shared feature, which every task recalibrates
    with its own squeeze and excitation and adds to its own feature.

    Args:
        grouping: String. Which N of the N·c mask channels share a softmax.
            `"neighbours"` takes N adjacent channels, as the authors' public
            code does: the published numbers and checkpoints come from it.
            `"tasks"` takes the same channel of the N tasks, as the paper
            describes. Defaults to `"neighbours"`.

    Call arguments:
        features: List of N tensors `(batch, height, width, c)`.

    Returns: list of N tensors of that shape.

    Example:

    ```python
    x = np.zeros((1, 4, 4, 18), "float32")
    semseg, depth = mtl_zoo.layers.FeaturePropagation()([x, x])
    ```
    """

    def __init__(self, grouping="neighbours", **kwargs):
        super().__init__(**kwargs)
        if grouping not in GROUPINGS:
            raise unknown("grouping", grouping, GROUPINGS)
        self.grouping = grouping

    def build(self, features_shape):
        tasks, shape = len(features_shape), features_shape[0]
        width = shape[-1]
        self.filters = width
        policy = self.dtype_policy
        hidden = tasks * width // 4
        self.mask_blocks = [
            BasicBlock(hidden, dtype=policy, name=f"mask_block_{i + 1}")
            for i in range(2)
        ]
        self.mask_logits = Conv2D(
            tasks * width, dtype=policy, name="mask_logits"
        )
        self.reduce = BasicBlock(width, dtype=policy, name="reduce")
        self.recalibrate = [
            SEBlock(dtype=policy, name=f"recalibrate_{i}") for i in range(tasks)
        ]
        x = joined = (*shape[:-1], tasks * width)
        for layer in (*self.mask_blocks, self.mask_logits):
            layer.build(x)
            x = layer.compute_output_shape(x)
        self.reduce.build(joined)
        for block in self.recalibrate:
            block.build(shape)

    def call(self, features, training=None):
        x = joined = ops.concatenate(features, axis=-1)
        for block in self.mask_blocks:
            x = block(x, training=training)
        masks = self._softmax(self.mask_logits(x), len(features))
        shared = self.reduce(masks * joined, training=training)
        return [
            recalibrate(shared) + x
            for recalibrate, x in zip(self.recalibrate, features, strict=True)
        ]

    def _softmax(self, logits, tasks):
        if self.grouping == "neighbours":
            split, axis = (-1, self.filters, tasks), -1
        else:
            split, axis = (-1, tasks, self.filters), 1
        masks = ops.softmax(
            ops.reshape(ops.cast(logits, "float32"), split), axis=axis
        )
        return ops.cast(ops.reshape(masks, ops.shape(logits)), logits.dtype)

    def compute_output_shape(self, features_shape):
        return list(features_shape)

    def get_config(self):
        return {**super().get_config(), "grouping": self.grouping}
