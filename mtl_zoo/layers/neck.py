"""Necks: they make any feature pyramid equally wide, or one of one scale."""

import keras
from keras import ops

from mtl_zoo.layers.convolution import Conv2D
from mtl_zoo.layers.resizing import resize
from mtl_zoo.layers.transformer import gelu


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


@keras.saving.register_keras_serializable(package="mtl_zoo")
class SimplePyramidNeck(keras.layers.Layer):
    """A feature pyramid of the one scale that a plain transformer gives.

    From stride 16 a transposed convolution 2×2 leads to stride 8, two with
    layer normalisation and GELU between to stride 4, max pooling to stride 32;
    at each scale follow a 1×1 and a 3×3 convolution without bias, each with
    layer normalisation.

    Args:
        filters: Integer, the width of all scales. Defaults to `256`.

    Call arguments:
        x: Tensor `(batch, rows, columns, channels)` at stride 16.
        image: Tensor `(batch, height, width, …)`, the image that it is of.

    Returns: list of four tensors `(batch, height / s, width / s, filters)`,
    rounded up, for s in 4, 8, 16, 32.

    Reference: Li et al., "Exploring Plain Vision Transformer Backbones for
    Object Detection", arXiv 2203.16527.

    Example:

    ```python
    x, image = np.zeros((1, 4, 6, 32)), np.zeros((1, 64, 96, 3))
    mtl_zoo.layers.SimplePyramidNeck(8)(x, image)[0]  # (1, 16, 24, 8)
    ```
    """

    STRIDES = (4, 8, 16, 32)

    def __init__(self, filters=256, **kwargs):
        super().__init__(**kwargs)
        self.filters = filters

    def build(self, x_shape, image_shape):
        width = x_shape[-1]
        self.enlarging = {}
        for name, channels in (
            ("4_first", width),
            ("4_second", width // 2),
            ("8", width),
        ):
            layer = keras.layers.Conv2DTranspose(
                channels // 2,
                2,
                strides=2,
                data_format="channels_last",
                dtype=self.dtype_policy,
                name=f"enlarging_{name}",
            )
            layer.build((None, None, None, channels))
            self.enlarging[name] = layer
        self.norm = self._norm("norm", width // 2)
        self.convolutions, self.norms = {}, {}
        for stride in self.STRIDES:
            channels = {4: width // 4, 8: width // 2}.get(stride, width)
            for size in (1, 3):
                key = f"{stride}_{size}"
                layer = Conv2D(
                    self.filters,
                    size,
                    use_bias=False,
                    dtype=self.dtype_policy,
                    name=f"convolution_{key}",
                )
                layer.build((None, None, None, channels))
                channels = self.filters
                self.convolutions[key] = layer
                self.norms[key] = self._norm(f"norm_{key}", channels)

    def _norm(self, name, channels):
        layer = keras.layers.LayerNormalization(
            epsilon=1e-6, dtype=self.dtype_policy, name=name
        )
        layer.build((None, None, None, channels))
        return layer

    def call(self, x, image):
        height, width = ops.shape(image)[1:3]
        finest = gelu(self.norm(self.enlarging["4_first"](x)))
        scales = {
            4: self.enlarging["4_second"](finest),
            8: self.enlarging["8"](x),
            16: x,
            32: ops.max_pool(
                x, 2, 2, padding="same", data_format="channels_last"
            ),
        }
        pyramid = []
        for stride, y in scales.items():
            # Whole patches may reach beyond the image.
            y = y[
                :,
                : (height + stride - 1) // stride,
                : (width + stride - 1) // stride,
            ]
            for size in (1, 3):
                key = f"{stride}_{size}"
                y = self.norms[key](self.convolutions[key](y))
            pyramid.append(y)
        return pyramid

    def compute_output_spec(self, x, image):
        return [
            keras.KerasTensor(
                (
                    x.shape[0],
                    *(n if n is None else -(-n // s) for n in image.shape[1:3]),
                    self.filters,
                ),
                self.compute_dtype,
            )
            for s in self.STRIDES
        ]

    def get_config(self):
        return {**super().get_config(), "filters": self.filters}
