"""The neck that makes any feature pyramid equally wide."""

import keras
from keras import ops

from mtl_zoo.layers.convolution import Conv2D
from mtl_zoo.layers.resizing import resize


@keras.saving.register_keras_serializable(package="mtl_zoo")
class FeaturePyramidNeck(keras.layers.Layer):
    """Feature pyramid network: coarse features flow to the finer scales.

    A 1×1 convolution brings every scale to the same width; from the coarsest
    scale to the finest each gets the one before it, resized, added; a 3×3
    convolution of each sum comes out. All convolutions have a bias and, as
    published, nothing after them.

    Args:
        filters: Integer. Width of all scales. Defaults to `128`.

    Call arguments:
        features: List of tensors `(batch, height, width, any)`, finest first.

    Returns: list of tensors `(batch, height, width, filters)` of the same
    sizes.

    Reference: Lin et al., "Feature Pyramid Networks for Object Detection",
    arXiv 1612.03144 (bilinear instead of nearest resizing).

    Example:

    ```python
    fine, coarse = np.zeros((1, 8, 8, 256)), np.zeros((1, 4, 4, 512))
    fine, coarse = mtl_zoo.layers.FeaturePyramidNeck(32)([fine, coarse])
    ```
    """

    def __init__(self, filters=128, **kwargs):
        super().__init__(**kwargs)
        self.filters = filters

    def build(self, features_shape):
        self.lateral, self.output_convolutions = [], []
        for i, shape in enumerate(features_shape):
            lateral = Conv2D(
                self.filters, dtype=self.dtype_policy, name=f"lateral_{i}"
            )
            output = Conv2D(
                self.filters, 3, dtype=self.dtype_policy, name=f"output_{i}"
            )
            lateral.build(shape)
            output.build((*shape[:-1], self.filters))
            self.lateral.append(lateral)
            self.output_convolutions.append(output)

    def call(self, features):
        outputs = []
        coarser = None
        for i in reversed(range(len(features))):
            x = self.lateral[i](features[i])
            if coarser is not None:
                x = x + resize(coarser, ops.shape(x)[1:3])
            coarser = x
            outputs.append(self.output_convolutions[i](x))
        return outputs[::-1]

    def compute_output_shape(self, features_shape):
        return [(*shape[:-1], self.filters) for shape in features_shape]

    def get_config(self):
        return {**super().get_config(), "filters": self.filters}
