"""The neck that makes any feature pyramid equally wide."""

import keras
from keras import ops

from mtl_zoo.layers.convolution import Conv2D
from mtl_zoo.layers.resizing import resize


@keras.saving.register_keras_serializable(package="mtl_zoo")
class FeaturePyramidNeck(keras.layers.Layer):
    """Feature pyramid network: coarse features flow to the finer scales.

    A 1×1 convolution brings every scale to its width; from the coarsest scale
    to the finest each gets the one before it, resized, added; a 3×3
    convolution of each sum comes out. Where a scale is of another width than
    the coarser one, a 1×1 convolution of the latter comes between. All
    convolutions have a bias and, as published, nothing after them.

    Args:
        filters: Integer, the width of all scales; or an integer per scale,
            finest first. Defaults to `128`.

    Call arguments:
        features: List of tensors `(batch, height, width, any)`, finest first.

    Returns: list of tensors `(batch, height, width, filters)` of the same
    sizes.

    Raises:
        ValueError: If there are several widths, but not one per scale.

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

    def _widths(self, scales):
        if isinstance(self.filters, int):
            return [self.filters] * scales
        if len(self.filters) != scales:
            raise ValueError(
                f"{scales} scales need one width or {scales}; received "
                f"{list(self.filters)}."
            )
        return list(self.filters)

    def build(self, features_shape):
        self.lateral, self.output_convolutions = [], []
        self.fit = {}
        widths = self._widths(len(features_shape))
        for i, (shape, width) in enumerate(
            zip(features_shape, widths, strict=True)
        ):
            lateral = self._convolution(width, 1, f"lateral_{i}")
            output = self._convolution(width, 3, f"output_{i}")
            lateral.build(shape)
            output.build((*shape[:-1], width))
            self.lateral.append(lateral)
            self.output_convolutions.append(output)
            if i > 0 and width != widths[i - 1]:
                fit = self._convolution(widths[i - 1], 1, f"fit_{i}")
                fit.build((*shape[:-1], width))
                self.fit[str(i)] = fit

    def _convolution(self, filters, kernel_size, name):
        return Conv2D(filters, kernel_size, dtype=self.dtype_policy, name=name)

    def call(self, features):
        outputs = []
        coarser = None
        for i in reversed(range(len(features))):
            x = self.lateral[i](features[i])
            if coarser is not None:
                x = x + resize(coarser, ops.shape(x)[1:3])
            coarser = self.fit[str(i)](x) if str(i) in self.fit else x
            outputs.append(self.output_convolutions[i](x))
        return outputs[::-1]

    def compute_output_shape(self, features_shape):
        widths = self._widths(len(features_shape))
        return [
            (*shape[:-1], width)
            for shape, width in zip(features_shape, widths, strict=True)
        ]

    def get_config(self):
        return {**super().get_config(), "filters": self.filters}
