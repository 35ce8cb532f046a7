"""Metrics of depth.

`rmse` and `log_rmse` as in the survey of Vandenhende et al.
(https://arxiv.org/abs/2004.13379), `abs_err` and `rel_err` as in MTAN
(https://arxiv.org/abs/1803.10704), `delta_1…3` as in PAD-Net
(https://arxiv.org/abs/1805.04409), `scaled_rel_err` with the scaling by medians
of Zhou et al. (https://arxiv.org/abs/1704.07813).
"""

import keras
import numpy as np
from keras import ops

from mtl_zoo.metrics.streaming import StreamingMetric
from mtl_zoo.metrics.streaming import ratio
from mtl_zoo.utils.label_maps import known_depth
from mtl_zoo.utils.label_maps import to_pair


@keras.saving.register_keras_serializable(package="mtl_zoo")
class DepthMetrics(StreamingMetric):
    """Errors of depth over all pixels of a split.

    `result()` is `{"rmse", "log_rmse", "abs_err", "rel_err", "delta_1",
    "delta_2", "delta_3"}`: `rmse` and `abs_err` in metres, `rel_err` the mean
    of `|p - g| / g`, `delta_k` the share of pixels with `max(p / g, g / p) <
    1.25**k`. Predictions that are not above 0 count as 1e-9 m, as in the
    survey. All are means over pixels; MTAN's code averages the means of
    batches, which depends on how a split is cut into batches.

    Args:
        name: String. Defaults to `"depth"`.
        scaled: Boolean, whether there is `"scaled_rel_err"` too: `rel_err`
            after each image's prediction was multiplied by the median of its
            label over the median of itself, both over labelled pixels. It says
            how good the shape is where the scale may be off, as for pictures
            of an unknown camera; its sorting takes time in a training step.
            Defaults to `False`.

    Example:

    ```python
    metric = mtl_zoo.metrics.DepthMetrics()
    metric.update_state(np.full((1, 2, 2, 1), 2.0), np.full((1, 2, 2, 1), 3.0))
    metric.result()["rel_err"]  # 0.5
    ```
    """

    def __init__(self, name="depth", scaled=False):
        super().__init__(name=name)
        self.scaled = scaled
        self._count = self.add_sum("count")
        self._sums = self.add_sum("sums", (7 + scaled,))

    def add_batch(self, y_true, y_pred):
        labels, predictions = to_pair(y_true, y_pred)
        known = known_depth(labels)
        labels = ops.where(known, labels, 1.0)
        predictions = ops.maximum(predictions, 1e-9)
        error = ops.abs(predictions - labels)
        log_error = ops.abs(ops.log(predictions) - ops.log(labels))
        factor = ops.maximum(predictions / labels, labels / predictions)
        values = [
            ops.square(error),
            ops.square(log_error),
            error,
            error / labels,
            *(ops.cast(factor < 1.25**k, "float32") for k in (1, 2, 3)),
        ]
        if self.scaled:
            scale = _median(labels, known) / _median(predictions, known)
            values.append(ops.abs(scale * predictions - labels) / labels)
        known = ops.cast(known, "float32")
        self._count.add(ops.sum(known))
        self._sums.add(ops.stack([ops.sum(known * v) for v in values]))

    def result(self):
        means = ratio(self._sums.value(), self._count.value())
        return {
            "rmse": ops.sqrt(means[0]),
            "log_rmse": ops.sqrt(means[1]),
            "abs_err": means[2],
            "rel_err": means[3],
            "delta_1": means[4],
            "delta_2": means[5],
            "delta_3": means[6],
            **({"scaled_rel_err": means[7]} if self.scaled else {}),
        }

    def get_config(self):
        return {"name": self.name, "scaled": self.scaled}


def _median(values, known):
    """The median of each image's known pixels, 1 where there is none.

    Args:
        values: Float32 tensor `(batch, height, width, 1)`.
        known: Boolean tensor `(batch, height, width, 1)`.

    Returns:
        Float32 tensor `(batch, 1, 1, 1)`.
    """
    shape = (ops.shape(values)[0], -1)
    last = ops.where(known, values, np.float32(np.inf))
    ordered = ops.sort(ops.reshape(last, shape), axis=1)
    count = ops.sum(ops.reshape(ops.cast(known, "int32"), shape), axis=1)
    # Of an even number, the midpoint of the two in the middle.
    places = ops.stack([ops.maximum(count - 1, 0) // 2, count // 2], axis=1)
    places = ops.minimum(places, ops.shape(ordered)[1] - 1)
    median = ops.mean(ops.take_along_axis(ordered, places, axis=1), axis=1)
    median = ops.where(count > 0, median, 1.0)
    return ops.reshape(median, (-1, 1, 1, 1))
