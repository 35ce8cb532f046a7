"""Metrics of surface normals: angles between prediction and label.

The statistics of the survey of Vandenhende et al.
(https://arxiv.org/abs/2004.13379) and of MTAN
(https://arxiv.org/abs/1803.10704).
"""

import math

import keras
from keras import ops

from mtl_zoo.metrics.streaming import StreamingMetric
from mtl_zoo.metrics.streaming import count_by_id
from mtl_zoo.metrics.streaming import ratio
from mtl_zoo.utils.label_maps import known_normals
from mtl_zoo.utils.label_maps import to_pair
from mtl_zoo.utils.label_maps import unit_vectors

_LIMITS = (11.25, 22.5, 30.0)
_BINS_PER_DEGREE = 1024
_NUM_BINS = 180 * _BINS_PER_DEGREE


@keras.saving.register_keras_serializable(package="mtl_zoo")
class NormalsMetrics(StreamingMetric):
    """Statistics of the angle error over all pixels of a split.

    `result()` is `{"mean", "median", "rmse", "within_11.25", "within_22.5",
    "within_30"}`: degrees, and shares 0…1 of pixels with an error below. The
    angle is `2 atan2(|p - g|, |p + g|)` of unit vectors, which keeps its
    accuracy at small angles, where the arc cosine loses it.

    The median comes from a histogram with bins of 1/1024 degree, interpolated
    inside the bin: it is less than 0.001 degree off.

    Args:
        name: String. Defaults to `"normals"`.

    Example:

    ```python
    metric = mtl_zoo.metrics.NormalsMetrics()
    metric.update_state([[[[0, 0, -1]]]], [[[[0, 3, 0]]]])
    metric.result()["mean"]  # 90.0
    ```
    """

    def __init__(self, name="normals"):
        super().__init__(name=name)
        self._count = self.add_sum("count")
        self._sums = self.add_sum("sums", (2 + len(_LIMITS),))
        self._histogram = self.add_sum("histogram", (_NUM_BINS,))

    def add_batch(self, y_true, y_pred):
        labels, predictions = to_pair(y_true, y_pred)
        known = known_normals(labels)
        labels = unit_vectors(ops.where(known, labels, 0.0))
        predictions = unit_vectors(predictions)
        known = known[..., 0]
        angle = (360 / math.pi) * ops.arctan2(
            ops.norm(predictions - labels, axis=-1),
            ops.norm(predictions + labels, axis=-1),
        )
        counted = ops.cast(known, "float32")
        values = [
            angle,
            ops.square(angle),
            *(ops.cast(angle < limit, "float32") for limit in _LIMITS),
        ]
        self._count.add(ops.sum(counted))
        self._sums.add(ops.stack([ops.sum(counted * v) for v in values]))
        bins = ops.cast(ops.floor(angle * _BINS_PER_DEGREE), "int32")
        bins = ops.clip(bins, 0, _NUM_BINS - 1)
        self._histogram.add(count_by_id(bins, known, _NUM_BINS))

    def result(self):
        count = self._count.value()
        means = ratio(self._sums.value(), count)
        # Of an even number of angles, the midpoint of the two in the middle.
        lower = self._angle_of_rank(ops.floor((count - 1) / 2))
        median = (lower + self._angle_of_rank(ops.floor(count / 2))) / 2
        return {
            "mean": means[0],
            "median": ops.where(count > 0, median, 0.0),
            "rmse": ops.sqrt(means[1]),
            "within_11.25": means[2],
            "within_22.5": means[3],
            "within_30": means[4],
        }

    def _angle_of_rank(self, rank):
        histogram = self._histogram.value()
        upto = ops.cumsum(histogram)
        bin_ = ops.minimum(
            ops.sum(ops.cast(upto <= rank, "int32")), _NUM_BINS - 1
        )
        inside = ops.take(histogram, bin_)
        before = ops.take(upto, bin_) - inside
        # The angles of a bin are taken to lie evenly in it.
        part = ratio(rank - before + 0.5, inside)
        return (ops.cast(bin_, "float32") + part) / _BINS_PER_DEGREE

    def get_config(self):
        return {"name": self.name}
