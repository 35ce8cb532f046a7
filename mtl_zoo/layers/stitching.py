"""How networks that stand side by side, one per task, exchange features."""

import keras
import numpy as np
from keras import ops

from mtl_zoo.layers.convolution import ConvUnit

# Share of a task's own feature at start; the others share the rest.
OWN = 0.9


@keras.saving.register_keras_serializable(package="mtl_zoo")
class CrossStitchUnit(keras.layers.Layer):
    """Every task's feature becomes a weighted sum of all tasks' features.

    The weights are learned, per channel; they start at 0.9 for a task's own
    feature, and the others share 0.1.

    Call arguments:
        features: List of N tensors `(batch, height, width, channels)`, one per
            task.

    Returns: list of N tensors of that shape.

    Reference: Misra et al., "Cross-Stitch Networks for Multi-Task Learning",
    CVPR 2016, arXiv 1604.03539.

    Example:

    ```python
    x = np.ones((1, 4, 4, 8), "float32")
    semseg, depth = mtl_zoo.layers.CrossStitchUnit()([x, x])
    ```
    """

    def build(self, features_shape):
        self.stitches = self.add_weight(
            shape=(
                len(features_shape),
                len(features_shape),
                features_shape[0][-1],
            ),
            initializer=OwnShare(),
            name="stitches",
        )

    def call(self, features):
        stitches = ops.cast(self.stitches, features[0].dtype)
        return [
            sum(stitches[t, s] * x for s, x in enumerate(features))
            for t in range(len(features))
        ]

    def compute_output_shape(self, features_shape):
        return list(features_shape)


@keras.saving.register_keras_serializable(package="mtl_zoo")
class NDDRUnit(keras.layers.Layer):
    """Every task's feature becomes a 1×1 convolution of all tasks' features.

    Features are concatenated; per task conv 1×1, BN, ReLU. The convolutions
    start as a weighted sum: 0.9 of a task's own channel, and the same channel
    of the others shares 0.1.

    Call arguments:
        features: List of N tensors `(batch, height, width, channels)`, one per
            task.

    Returns: list of N tensors of that shape.

    Reference: Gao et al., "NDDR-CNN: Layerwise Feature Fusing in Multi-Task
    CNNs by Neural Discriminative Dimensionality Reduction", CVPR 2019,
    arXiv 1801.08297.

    Example:

    ```python
    x = np.ones((1, 4, 4, 8), "float32")
    semseg, depth = mtl_zoo.layers.NDDRUnit()([x, x])
    ```
    """

    def build(self, features_shape):
        shape = features_shape[0]
        tasks = len(features_shape)
        self.units = []
        for t in range(tasks):
            unit = ConvUnit(
                shape[-1],
                1,
                kernel_initializer=OwnShare(t),
                dtype=self.dtype_policy,
                name=f"unit_{t}",
            )
            unit.build((*shape[:-1], tasks * shape[-1]))
            self.units.append(unit)

    def call(self, features, training=None):
        x = ops.concatenate(features, axis=-1)
        return [unit(x, training=training) for unit in self.units]

    def compute_output_shape(self, features_shape):
        return list(features_shape)


@keras.saving.register_keras_serializable(package="mtl_zoo")
class OwnShare(keras.initializers.Initializer):
    """0.9 of a task's own feature, 0.1 shared by those of the others.

    Args:
        task: Integer or `None`. Which task a convolution kernel `(1, 1, tasks
            · channels, channels)` is of; `None` for the weights `(tasks,
            tasks, channels)` of all tasks. Defaults to `None`.

    Example:

    ```python
    mtl_zoo.layers.stitching.OwnShare()((2, 2, 4))
    ```
    """

    def __init__(self, task=None):
        self.task = task

    def __call__(self, shape, dtype=None):
        tasks = shape[0] if self.task is None else shape[-2] // shape[-1]
        other = (1 - OWN) / max(1, tasks - 1)
        shares = other + (OWN - other) * np.eye(tasks)
        if self.task is None:
            weights = np.broadcast_to(shares[:, :, None], shape)
        else:
            weights = np.kron(shares[self.task][:, None], np.eye(shape[-1]))
        return ops.convert_to_tensor(
            weights.reshape(shape).astype("float32"), dtype=dtype
        )

    def get_config(self):
        return {"task": self.task}
