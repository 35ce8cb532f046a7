"""What ATI-Net puts between encoder and decoder.

Sinodinos, Armanfard, "Attentive Task Interaction Network for Multi-Task
Learning", ICPR 2022, arXiv 2201.10649.
"""

import keras

from mtl_zoo.layers.convolution import ConvUnit
from mtl_zoo.layers.distillation import MultiModalDistillation
from mtl_zoo.utils.text import unknown

DECODE_FROM = ("distilled", "bottleneck")


@keras.saving.register_keras_serializable(package="mtl_zoo")
class TaskInteraction(keras.layers.Layer):
    """Tasks distil from each other at the bottleneck of a shared network.

    For every auxiliary task 1×1 units narrow the bottleneck down to features
    of the task; multi-modal distillation among them; for every target 1×1
    units widen again; the mean over targets takes the bottleneck's place.

    Units are conv 1×1 with bias, BN, ReLU, and start from Glorot's normal
    distribution, as those of MTAN.

    Args:
        targets: List of strings. Names of the target tasks, all among
            `auxiliary`.
        auxiliary: List of strings. Names of the auxiliary tasks.
        widths: List of integers. Widths of the narrowing units; the widening
            ones have them backwards, and then the bottleneck's.
        decode_from: String, `"distilled"` or `"bottleneck"`, see
            `mtl_zoo.models.ATINet`. Defaults to `"distilled"`.

    Input shape: `(batch, height, width, channels)`.

    Returns: pair of what is to be decoded, of the input's shape, and a list of
    the task features before the distillation `(batch, height, width,
    widths[-1])`, one per auxiliary task.

    Raises:
        ValueError: If `decode_from` is another word.

    Reference: Sinodinos, Armanfard, arXiv 2201.10649.

    Example:

    ```python
    tasks = ["semseg", "depth"]
    layer = mtl_zoo.layers.TaskInteraction(tasks, tasks, [16, 8])
    x, task_features = layer(np.zeros((1, 3, 4, 32)))
    ```
    """

    def __init__(
        self, targets, auxiliary, widths, decode_from="distilled", **kwargs
    ):
        super().__init__(**kwargs)
        if decode_from not in DECODE_FROM:
            raise unknown("decode_from", decode_from, DECODE_FROM)
        self.targets = list(targets)
        self.auxiliary = list(auxiliary)
        self.widths = list(widths)
        self.decode_from = decode_from
        self.distillation = MultiModalDistillation(
            targets,
            auxiliary,
            use_bias=True,
            dtype=self.dtype_policy,
            name="distillation",
        )

    def build(self, input_shape):
        # Flat, because Keras saves no weights of nested ones.
        self.units = {}
        for task in self.auxiliary:
            shape = self._build_units("narrow", task, self.widths, input_shape)
        self.distillation.build([shape] * len(self.auxiliary))
        for task in self.targets:
            widths = [*self.widths[-2::-1], input_shape[-1]]
            self._build_units("widen", task, widths, shape)

    def _build_units(self, way, task, widths, shape):
        for i, width in enumerate(widths):
            name = f"{way}_{task}_{i}"
            unit = ConvUnit(
                width,
                1,
                use_bias=True,
                kernel_initializer="glorot_normal",
                dtype=self.dtype_policy,
                name=name,
            )
            unit.build(shape)
            shape = unit.compute_output_shape(shape)
            self.units[name] = unit
        return shape

    def call(self, x, training=None):
        features = [
            self._run("narrow", task, x, training) for task in self.auxiliary
        ]
        if self.decode_from == "bottleneck":
            return x, features
        distilled = self.distillation(features)
        widened = [
            self._run("widen", task, y, training)
            for task, y in zip(self.targets, distilled, strict=True)
        ]
        return sum(widened) / len(widened), features

    def _run(self, way, task, x, training):
        for i in range(len(self.widths)):
            x = self.units[f"{way}_{task}_{i}"](x, training=training)
        return x

    def compute_output_shape(self, input_shape):
        features = (*input_shape[:-1], self.widths[-1])
        return input_shape, [features] * len(self.auxiliary)

    def get_config(self):
        return {
            **super().get_config(),
            "targets": self.targets,
            "auxiliary": self.auxiliary,
            "widths": self.widths,
            "decode_from": self.decode_from,
        }
