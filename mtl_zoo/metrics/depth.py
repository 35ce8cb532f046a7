"""Metrics of depth.

`rmse` and `log_rmse` as in the survey of Vandenhende et al.
(https://arxiv.org/abs/2004.13379), `abs_err` and `rel_err` as in MTAN
(https://arxiv.org/abs/1803.10704), `delta_1…3` as in PAD-Net
(https://arxiv.org/abs/1805.04409).
"""

import keras
from keras import ops

from mtl_zoo.losses.labels import known_depth
from mtl_zoo.losses.labels import to_pair
from mtl_zoo.metrics.streaming import StreamingMetric
from mtl_zoo.metrics.streaming import ratio


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

    Example:

    ```python
    metric = mtl_zoo.metrics.DepthMetrics()
    metric.update_state(np.full((1, 2, 2, 1), 2.0), np.full((1, 2, 2, 1), 3.0))
    metric.result()["rel_err"]  # 0.5
    ```
    """

    def __init__(self, name="depth"):
        super().__init__(name=name)
        self._count = self.add_sum("count")
        self._sums = self.add_sum("sums", (7,))

    def update_state(self, y_true, y_pred, sample_weight=None):
        labels, predictions = to_pair(y_true, y_pred)
        known = known_depth(labels)
        labels = ops.where(known, labels, 1.0)
        predictions = ops.maximum(predictions, 1e-9)
        known = ops.cast(known, "float32")
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
        }

    def get_config(self):
        return {"name": self.name}
