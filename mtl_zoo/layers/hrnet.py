"""The module of HRNet: branches at several resolutions that exchange features.

Wang et al., "Deep High-Resolution Representation Learning for Visual
Recognition", arXiv 1908.07919.
"""

import keras
from keras import ops

from mtl_zoo.layers.convolution import ConvUnit
from mtl_zoo.layers.residual import BasicBlock
from mtl_zoo.layers.resizing import resize


@keras.saving.register_keras_serializable(package="mtl_zoo")
class HRModule(keras.layers.Layer):
    """Basic blocks on every branch, then each branch gets the sum of all.

    Branch i gets ReLU of the sum over j of: itself; from lower resolution conv
    1×1 and BN, resized; from higher resolution a chain of conv 3×3 stride 2
    and BN with ReLU between the links.

    Args:
        blocks: Integer. Basic blocks per branch.
        momentum: Float in 0…1, of the batch normalisations. Defaults to
            `0.99`.

    Call arguments:
        branches: List of tensors `(batch, height, width, channels)`, each of
            half the size of the one before.

    Returns: list of tensors of the same shapes.

    Example:

    ```python
    fine, coarse = np.zeros((1, 8, 8, 18)), np.zeros((1, 4, 4, 36))
    fine, coarse = mtl_zoo.layers.HRModule(blocks=2)([fine, coarse])
    ```
    """

    def __init__(self, blocks, momentum=0.99, **kwargs):
        super().__init__(**kwargs)
        self.blocks = blocks
        self.momentum = momentum

    def build(self, branches_shape):
        widths = [shape[-1] for shape in branches_shape]
        arguments = {"momentum": self.momentum, "dtype": self.dtype_policy}
        # Flat lists and dicts only: Keras saves no weights of nested ones.
        self.basic_blocks = {}
        for i, shape in enumerate(branches_shape):
            for k in range(self.blocks):
                name = f"branch_{i}_block_{k}"
                block = BasicBlock(widths[i], name=name, **arguments)
                block.build(shape)
                self.basic_blocks[name] = block
        self.links = {}
        for i, width in enumerate(widths):
            for j, shape in enumerate(branches_shape):
                if i == j:
                    continue
                for k in range(max(1, i - j)):
                    last = j > i or k == i - j - 1
                    name = f"{j}_to_{i}_{k}"
                    unit = ConvUnit(
                        width if last else widths[j],
                        kernel_size=1 if j > i else 3,
                        strides=1 if j > i else 2,
                        activation=None if last else "relu",
                        name=name,
                        **arguments,
                    )
                    unit.build(shape)
                    shape = unit.compute_output_shape(shape)
                    self.links[name] = unit

    def call(self, branches, training=None):
        branches = list(branches)
        for i, x in enumerate(branches):
            for k in range(self.blocks):
                block = self.basic_blocks[f"branch_{i}_block_{k}"]
                x = block(x, training=training)
            branches[i] = x
        outputs = []
        for i, y in enumerate(branches):
            size = ops.shape(y)[1:3]
            for j, x in enumerate(branches):
                if i == j:
                    continue
                for k in range(max(1, i - j)):
                    x = self.links[f"{j}_to_{i}_{k}"](x, training=training)
                # From higher resolution it has the size already.
                y = y + (resize(x, size) if j > i else x)
            outputs.append(ops.relu(y))
        return outputs

    def compute_output_shape(self, branches_shape):
        return list(branches_shape)

    def get_config(self):
        return {
            **super().get_config(),
            "blocks": self.blocks,
            "momentum": self.momentum,
        }
