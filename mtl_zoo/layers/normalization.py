"""Image normalisation and batch normalisation.

This module calls TensorFlow on the TensorFlow backend: `keras.ops` has no fused
batch normalisation, and without it a training step is a third slower and its
graph three times as large.
"""

import keras
import numpy as np
from keras import ops

from mtl_zoo.layers import tensorflow_ops
from mtl_zoo.utils.text import unknown

IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)

NORMALIZATIONS = ("imagenet", "unit", "efficientnet_lite", None)


@keras.saving.register_keras_serializable(package="mtl_zoo")
class ImageNormalization(keras.layers.Layer):
    """Turns RGB values 0…255 into what an encoder expects.

    Always computes in float32, so that nothing of the image is lost under a
    mixed precision policy.

    Args:
        mode: String, `None` or dict. `"imagenet"` divides by 255, subtracts
            ImageNet's mean and divides by its standard deviation; `"unit"`
            divides by 255; `"efficientnet_lite"` subtracts 127 and divides by
            128, as EfficientNet-Lite was trained; `None` (or `"none"`) leaves
            the image as it is; `{"scale": …, "offset": …}`, each a number or
            three of red, green and blue, multiplies by the one, then adds the
            other. Defaults to `"imagenet"`.

    Input shape: `(batch, height, width, 3)`, RGB.

    Output shape: the same, float32.

    Example:

    ```python
    image = np.full((1, 4, 4, 3), 255, "uint8")
    mtl_zoo.layers.ImageNormalization("unit")(image)  # ones
    ```
    """

    def __init__(self, mode="imagenet", **kwargs):
        kwargs["dtype"] = "float32"
        super().__init__(**kwargs)
        mode = None if mode == "none" else mode
        if isinstance(mode, dict):
            mode = _standardize(mode)
        elif mode not in NORMALIZATIONS:
            raise unknown("normalization", mode, NORMALIZATIONS)
        self.mode = mode

    def build(self, input_shape):
        if input_shape[-1] != 3:
            raise ValueError(
                "An image needs 3 channels (RGB) in its last axis; received "
                f"shape {tuple(input_shape)}."
            )

    def call(self, image):
        image = ops.cast(image, "float32")
        if self.mode is None:
            return image
        if isinstance(self.mode, dict):
            scale, offset = (
                ops.convert_to_tensor(list(self.mode[key]), "float32")
                for key in ("scale", "offset")
            )
            return image * scale + offset
        if self.mode == "unit":
            return image / 255.0
        if self.mode == "efficientnet_lite":
            return (image - 127.0) / 128.0
        mean = 255.0 * ops.convert_to_tensor(IMAGENET_MEAN, "float32")
        std = 255.0 * ops.convert_to_tensor(IMAGENET_STD, "float32")
        return (image - mean) / std

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        mode = self.mode
        if isinstance(mode, dict):  # Of Keras's own kind.
            mode = {key: list(value) for key, value in mode.items()}
        return {**super().get_config(), "mode": mode}


def _standardize(mode):
    """Scale and offset, each as three numbers."""
    try:
        if set(mode) != {"scale", "offset"}:
            raise ValueError
        return {
            key: np.broadcast_to(np.array(mode[key], "float64"), 3).tolist()
            for key in ("scale", "offset")
        }
    except (TypeError, ValueError):
        raise ValueError(
            f"normalization={mode!r} is not possible: a dict has scale and "
            "offset, each a number or three."
        ) from None


@keras.saving.register_keras_serializable(package="mtl_zoo")
class BatchNormalization(keras.layers.BatchNormalization):
    """Batch normalisation over channels, float32 inside under any policy.

    The same function as `keras.layers.BatchNormalization` (Ioffe and Szegedy,
    arXiv 1502.03167). On TensorFlow it is one fused operation, unless
    `synchronized=True` asks for statistics over all replicas.

    Args:
        momentum: Float in 0…1. Share of the old moving statistics that each
            training step keeps. Defaults to `0.9` (PyTorch's 0.1).
        epsilon: Float. Added to the variance. Defaults to `1e-5`.
        num_statistics: Integer. How many moving statistics there are, for
            layers that several tasks share and whose inputs differ by task;
            `call(…, statistics=i)` says which ones a call takes part in. Scale
            and offset are one. Defaults to `1`.
        **kwargs: As `keras.layers.BatchNormalization`.

    Example:

    ```python
    mtl_zoo.layers.BatchNormalization()(np.ones((2, 4, 4, 8), "float32"))
    ```
    """

    def __init__(self, momentum=0.9, epsilon=1e-5, num_statistics=1, **kwargs):
        super().__init__(momentum=momentum, epsilon=epsilon, **kwargs)
        self.num_statistics = num_statistics

    def build(self, input_shape):
        super().build(input_shape)
        self.moving = [(self.moving_mean, self.moving_variance)]
        for i in range(1, self.num_statistics):
            self.moving.append(
                tuple(
                    self.add_weight(
                        shape=(input_shape[self.axis],),
                        name=f"{name}_{i}",
                        initializer=initializer,
                        trainable=False,
                    )
                    for name, initializer in (
                        ("moving_mean", self.moving_mean_initializer),
                        ("moving_variance", self.moving_variance_initializer),
                    )
                )
            )

    def add_weight(self, *args, **kwargs):
        # Scale and offset stay float32 in mixed precision; moving statistics
        # do in half precision, too, which has no room for most variances.
        kwargs["autocast"] = False
        if self.variable_dtype in ("float16", "bfloat16"):
            kwargs["dtype"] = "float32"
        return super().add_weight(*args, **kwargs)

    def call(self, inputs, training=None, mask=None, statistics=0):
        fused = not (
            keras.backend.backend() != "tensorflow"
            or self.synchronized
            or mask is not None
            or len(inputs.shape) != 4
            or self.axis not in (-1, 3)
            or not (self.center and self.scale)
            # The operation knows no float64.
            or keras.backend.standardize_dtype(inputs.dtype) == "float64"
        )
        if not fused and self.num_statistics == 1:
            return super().call(inputs, training=training, mask=mask)
        training = bool(training) and self.trainable
        normalize = (
            tensorflow_ops.fused_batch_normalization
            if fused
            else self._batch_normalization
        )
        moving = self.moving[statistics]
        outputs, *new = normalize(
            inputs,
            self.gamma.value,
            self.beta.value,
            *(variable.value for variable in moving),
            self.epsilon,
            training,
        )
        if training:
            for variable, value in zip(moving, new, strict=True):
                variable.assign(
                    variable * self.momentum + value * (1.0 - self.momentum)
                )
        return outputs

    def _batch_normalization(
        self, x, gamma, beta, mean, variance, epsilon, training
    ):
        """As `tensorflow_ops.fused_batch_normalization`, on any backend."""
        dtype = keras.backend.standardize_dtype(x.dtype)
        x = ops.cast(x, "float64" if dtype == "float64" else "float32")
        if training:
            mean, variance = ops.moments(
                x, axes=(0, 1, 2), synchronized=self.synchronized
            )
        x = ops.batch_normalization(x, mean, variance, -1, beta, gamma, epsilon)
        return ops.cast(x, dtype), mean, variance

    def get_config(self):
        return {**super().get_config(), "num_statistics": self.num_statistics}
