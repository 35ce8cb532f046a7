"""Metrics of saliency and edges, pixel by pixel, over thresholds.

Saliency as in the survey of Vandenhende et al.
(https://arxiv.org/abs/2004.13379). The F-measure of edges here has no
tolerance for place and is for watching a training; what is published is
`mtl_zoo.metrics.BoundaryMetrics`.
"""

import keras
import numpy as np
from keras import ops

from mtl_zoo.metrics.streaming import StreamingMetric
from mtl_zoo.metrics.streaming import count_by_id
from mtl_zoo.metrics.streaming import ratio
from mtl_zoo.utils.label_maps import known_binary
from mtl_zoo.utils.label_maps import to_pair

_SALIENCY_THRESHOLDS = np.linspace(0.2, 0.9, 15).astype("float32")
_EDGE_THRESHOLDS = (np.arange(1, 100) / 100).astype("float32")


@keras.saving.register_keras_serializable(package="mtl_zoo")
class SaliencyMetrics(StreamingMetric):
    """Intersection over union and F-measure at the best of 15 thresholds.

    `result()` is `{"mIoU", "maxF"}`, shares 0…1. At each threshold 0.2, 0.25,
    …, 0.9 every image gives its intersection over union (1 where neither label
    nor prediction has a salient pixel), precision and recall. They are
    averaged over the images with labels; `mIoU` is the best mean, `maxF` the
    best harmonic mean of mean precision and mean recall.

    Labels are 0 or 1, 255 where not labelled, predictions logits, both
    `(batch, height, width, 1)`.

    Args:
        name: String. Defaults to `"saliency"`.

    Example:

    ```python
    metric = mtl_zoo.metrics.SaliencyMetrics()
    metric.update_state([[[[0], [1]]]], [[[[-9.0], [9.0]]]])
    metric.result()  # {"mIoU": 1.0, "maxF": 1.0}
    ```
    """

    def __init__(self, name="saliency"):
        super().__init__(name=name)
        self._images = self.add_sum("images")
        self._sums = self.add_sum("sums", (3, len(_SALIENCY_THRESHOLDS)))

    def add_batch(self, y_true, y_pred):
        hits, found, there, count = _counts(
            y_true, y_pred, _SALIENCY_THRESHOLDS
        )
        union = found + there - hits
        labelled = ops.cast(count > 0, "float32")
        per_image = ops.stack(
            [
                ops.where(union == 0, 1.0, ratio(hits, union)),
                ratio(hits, found),
                ratio(hits, there),
            ]
        )
        self._images.add(ops.sum(labelled))
        self._sums.add(ops.sum(per_image * labelled, axis=1))

    def result(self):
        iou, precision, recall = ops.unstack(
            ratio(self._sums.value(), self._images.value()), 3
        )
        f = ratio(2 * precision * recall, precision + recall)
        return {"mIoU": ops.max(iou), "maxF": ops.max(f)}

    def get_config(self):
        return {"name": self.name}


@keras.saving.register_keras_serializable(package="mtl_zoo")
class EdgeMetrics(StreamingMetric):
    """F-measure of edge pixels at the best of 99 thresholds.

    `result()` is `{"pixel_maxF", "pixel_precision", "pixel_recall"}`, shares
    0…1 at the best of the thresholds 0.01, 0.02, …, 0.99, counted over the
    whole split. An edge that lies one pixel off is wrong here, so these are far
    below the `odsF` of `mtl_zoo.metrics.BoundaryMetrics`; but they can be
    computed in the training step.

    Labels are 0 or 1, 255 where not labelled, predictions logits, both
    `(batch, height, width, 1)`.

    Args:
        name: String. Defaults to `"edge"`.

    Example:

    ```python
    metric = mtl_zoo.metrics.EdgeMetrics()
    metric.update_state([[[[0], [1]]]], [[[[-9.0], [9.0]]]])
    metric.result()["pixel_maxF"]  # 1.0
    ```
    """

    def __init__(self, name="edge"):
        super().__init__(name=name)
        self._counts = self.add_sum("counts", (3, len(_EDGE_THRESHOLDS)))

    def add_batch(self, y_true, y_pred):
        hits, found, there, _ = _counts(y_true, y_pred, _EDGE_THRESHOLDS)
        there = ops.broadcast_to(there, ops.shape(hits))
        self._counts.add(ops.sum(ops.stack([hits, found, there]), axis=1))

    def result(self):
        hits, found, there = ops.unstack(self._counts.value(), 3)
        f = ratio(2 * hits, found + there)
        best = ops.argmax(f)
        return {
            "pixel_maxF": ops.max(f),
            "pixel_precision": ops.take(ratio(hits, found), best),
            "pixel_recall": ops.take(ratio(hits, there), best),
        }

    def get_config(self):
        return {"name": self.name}


def _counts(y_true, y_pred, thresholds):
    """Per image and threshold: hits, found; per image: there, labelled.

    Returns:
        Float32 tensors `(batch, thresholds)` twice and `(batch, 1)` twice.
    """
    labels, logits = to_pair(y_true, y_pred)
    known = known_binary(labels)
    positive = ops.logical_and(known, labels >= 0.5)
    batch, levels = ops.shape(labels)[0], len(thresholds) + 1
    # The level of a pixel is how many thresholds lie below its probability.
    level = ops.searchsorted(
        thresholds, ops.reshape(ops.sigmoid(logits), (-1,)), side="left"
    )
    level = ops.reshape(ops.cast(level, "int32"), ops.shape(labels))
    offsets = ops.reshape(levels * ops.arange(batch), (-1, 1, 1, 1))
    ids = level + ops.cast(offsets, "int32")

    def at_or_above(counted):
        counts = count_by_id(ids, counted, levels * batch)
        counts = ops.reshape(counts, (-1, levels))
        return ops.flip(ops.cumsum(ops.flip(counts, 1), axis=1), 1)

    hits, found = at_or_above(positive), at_or_above(known)
    return hits[:, 1:], found[:, 1:], hits[:, :1], found[:, :1]
