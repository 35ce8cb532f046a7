"""The tasks of depth and of its inverse, disparity."""

import keras
import numpy as np
from keras import ops

from mtl_zoo.losses import MaskedL1
from mtl_zoo.metrics import DepthMetrics
from mtl_zoo.tasks import reading
from mtl_zoo.tasks.conventions import parse_unit
from mtl_zoo.tasks.palette import viridis
from mtl_zoo.tasks.task import Task
from mtl_zoo.utils.label_maps import known_depth


@keras.saving.register_keras_serializable(package="mtl_zoo")
class Depth(Task):
    """The distance of every pixel along the camera's axis, in metres.

    Labels are float32 `(batch, height, width, 1)`; what is not above 0, or not
    finite, is unknown. Raw predictions `(batch, height, width, 1)` are metres,
    decoded to float32 `(…, height, width)`, at least 0.

    Args:
        name: String. Defaults to `"depth"`.
        loss: `keras.losses.Loss`. Defaults to `mtl_zoo.losses.MaskedL1()`.
        loss_weight: Float. Defaults to `1.0`.

    Example:

    ```python
    mtl_zoo.tasks.Depth().decode(np.full((96, 128, 1), 2.5)).shape  # (96, 128)
    ```
    """

    decoding = "non_negative"
    unit = "m"
    primary_metric = "rmse"
    lower_is_better = True
    errors = ("rmse", "log_rmse", "abs_err", "rel_err", "scaled_rel_err")
    file_options = ("unit",)
    # What 1 in a picture of 16 bits stands for: a millimetre.
    picture_unit = 1 / 1000
    # Where half of the distances of an image may lie without it being said.
    plausible = (0.25, 100)

    def __init__(self, name="depth", loss=None, loss_weight=1.0):
        super().__init__(name, 1, loss or MaskedL1(), loss_weight)

    def metric(self, protocol):
        return DepthMetrics(name=self.name)

    def make_evaluation_metric(self, protocol="survey"):
        return DepthMetrics(name=self.name, scaled=True)

    def known(self, labels):
        return known_depth(labels)

    def convert_label(self, array, source, picture, unit=None):
        if picture:
            array = reading.sixteen_bits(array, source)
        factor = self.picture_unit if picture else 1.0
        factor = factor if unit is None else parse_unit(unit)
        label = reading.distance(array, source) * np.float32(factor)
        if unit is None and self.plausible and label.any():
            median = np.median(label[label > 0])
            if not self.plausible[0] <= median <= self.plausible[1]:
                raise ValueError(
                    f"{source}: half of the distances are beyond {median:.3g} "
                    "m, which is hardly right; say what a stored 1 is in "
                    f'dataset.json, as "{self.name}": {{"unit": "mm"}}.'
                )
        return label

    def check_file_options(self, unit="m"):
        parse_unit(unit)

    def zoom(self, values, scale):
        return values * np.float32(1 / scale)

    def raw_to_vectors(self, raw):
        return ops.maximum(ops.cast(raw, "float32"), 0.0)

    def decode(self, raw):
        return ops.maximum(ops.cast(raw, "float32")[..., 0], 0.0)

    def colorize(self, decoded, low=None, high=None):
        """From the least (dark blue) to the greatest (yellow).

        Unknown is black.

        Args:
            decoded: Float array `(height, width)`.
            low: Float, the value of the first colour. Defaults to the least.
            high: Float, the value of the last colour. Defaults to the
                greatest.

        Returns:
            uint8 array `(height, width, 3)`.
        """
        decoded = np.asarray(decoded, "float32")
        known = np.isfinite(decoded) & (decoded > 0)
        if not known.any():
            return np.zeros((*decoded.shape, 3), "uint8")
        low = decoded[known].min() if low is None else low
        high = decoded[known].max() if high is None else high
        values = (np.where(known, decoded, low) - low) / max(high - low, 1e-9)
        return viridis(values) * known[..., None].astype("uint8")


@keras.saving.register_keras_serializable(package="mtl_zoo")
class Disparity(Depth):
    """The inverse depth of every pixel, as Cityscapes stores it.

    A stereo camera measures disparity, which is proportional to 1 / depth:
    near is large, and what is infinitely far is 0. Labels are float32 `(batch,
    height, width, 1)` in the unit of the data set (see
    `mtl_zoo.datasets.cityscapes`); what is not above 0, or not finite, is
    unknown. Raw predictions `(batch, height, width, 1)` are in that unit,
    decoded to float32 `(…, height, width)`, at least 0.

    It is measured as `Depth` is: `abs_err` and `rel_err` as in MTAN
    (https://arxiv.org/abs/1803.10704), errors in the unit of the labels.

    Args:
        name: String. Defaults to `"disparity"`.
        loss: `keras.losses.Loss`. Defaults to `mtl_zoo.losses.MaskedL1()`.
        loss_weight: Float. Defaults to `1.0`.

    Example:

    ```python
    task = mtl_zoo.tasks.Disparity()
    task.decode(np.full((96, 128, 1), 0.1)).shape  # (96, 128)
    ```
    """

    unit = "inverse depth"
    primary_metric = "abs_err"
    picture_unit = 1 / 65536
    plausible = None

    def __init__(self, name="disparity", loss=None, loss_weight=1.0):
        super().__init__(name, loss, loss_weight)

    def zoom(self, values, scale):
        return values * np.float32(scale)
