"""Tasks that ask one question of every pixel: is it an edge, is it salient."""

import keras
import numpy as np
from keras import ops

from mtl_zoo.losses import BalancedBinaryCrossEntropy
from mtl_zoo.metrics import BoundaryMetrics
from mtl_zoo.metrics import EdgeMetrics
from mtl_zoo.metrics import SaliencyMetrics
from mtl_zoo.tasks import reading
from mtl_zoo.tasks.task import Task
from mtl_zoo.utils.label_maps import known_binary


class _BinaryTask(Task):
    decoding = "probabilities"
    hint = "white: certain,  black: certainly not"
    ignore = 255
    stored_dtype = "uint8"

    def known(self, labels):
        return known_binary(labels)

    def find_fault(self, labels):
        labels = np.asarray(ops.convert_to_numpy(labels))
        if labels.dtype == bool:
            return None
        unknown = labels == self.ignore
        known = (labels >= 0) & (labels <= 1)
        strange = labels[~(unknown | known)]
        if strange.size:
            return (
                "are 0 or 1, and 255 where not known; these have "
                f"{strange[0]:g}"
            )
        if unknown.any() and known.any() and not labels[known].any():
            return "are 0 and 255, and 255 means not known: divide them by 255"
        return None

    def convert_label(self, array, source, picture):
        if picture:
            array = reading.yes_or_no(array, source)
        return reading.binary(array, source)

    def raw_to_vectors(self, raw):
        return ops.sigmoid(ops.cast(raw, "float32"))

    def from_mean(self, mean):
        mean = np.clip(mean, 1e-6, 1 - 1e-6)
        return np.log(mean / (1 - mean))

    def decode(self, raw):
        return ops.sigmoid(ops.cast(raw, "float32")[..., 0])

    def to_label(self, decoded):
        return np.round(decoded)

    def colorize(self, decoded):
        """Probabilities as greys, 1 white; labels of 255 are black.

        Args:
            decoded: Float array `(height, width)`.

        Returns:
            uint8 array `(height, width, 3)`.
        """
        decoded = np.asarray(decoded, "float32")
        greys = np.where(decoded <= 1, 255 * decoded.clip(0, 1), 0).round()
        return np.repeat(greys[..., None], 3, axis=-1).astype("uint8")


@keras.saving.register_keras_serializable(package="mtl_zoo")
class Edges(_BinaryTask):
    """Whether a pixel lies on the boundary of an object.

    Labels are 0 or 1, 255 where not labelled, float32 `(batch, height, width,
    1)`. Raw predictions are logits of the same shape, decoded to probabilities
    `(…, height, width)`.

    In training it is measured pixel by pixel (`mtl_zoo.metrics.EdgeMetrics`),
    in evaluation by odsF (`mtl_zoo.metrics.BoundaryMetrics`).

    Args:
        name: String. Defaults to `"edge"`.
        loss: `keras.losses.Loss`. Defaults to
            `mtl_zoo.losses.BalancedBinaryCrossEntropy(0.95)`.
        loss_weight: Float. Defaults to `50.0`.
        max_distance: Float, how far off an edge may lie for odsF, see
            `mtl_zoo.metrics.BoundaryMetrics`. Defaults to `0.0075`.

    Example:

    ```python
    mtl_zoo.tasks.Edges().decode(np.zeros((96, 128, 1)))  # 0.5 everywhere
    ```
    """

    titles = {"edge": "Edges"}
    primary_metric = "odsF"

    def __init__(
        self, name="edge", loss=None, loss_weight=50.0, max_distance=0.0075
    ):
        loss = loss or BalancedBinaryCrossEntropy(0.95)
        super().__init__(name, 1, loss, loss_weight)
        self.max_distance = max_distance

    def metric(self, protocol):
        return EdgeMetrics(name=self.name)

    def make_evaluation_metric(self, protocol="survey"):
        return BoundaryMetrics(self.max_distance)

    def get_config(self):
        return {**super().get_config(), "max_distance": self.max_distance}


@keras.saving.register_keras_serializable(package="mtl_zoo")
class Saliency(_BinaryTask):
    """Whether a pixel belongs to what catches the eye.

    Labels are 0 or 1, 255 where not labelled, float32 `(batch, height, width,
    1)`. Raw predictions are logits of the same shape, decoded to probabilities
    `(…, height, width)`.

    Args:
        name: String. Defaults to `"saliency"`.
        loss: `keras.losses.Loss`. Defaults to
            `mtl_zoo.losses.BalancedBinaryCrossEntropy(None)`.
        loss_weight: Float. Defaults to `5.0`.

    Example:

    ```python
    mtl_zoo.tasks.Saliency().decode(np.zeros((96, 128, 1)))  # 0.5 everywhere
    ```
    """

    primary_metric = "mIoU"

    def __init__(self, name="saliency", loss=None, loss_weight=5.0):
        loss = loss or BalancedBinaryCrossEntropy(None)
        super().__init__(name, 1, loss, loss_weight)

    def metric(self, protocol):
        return SaliencyMetrics(name=self.name)
