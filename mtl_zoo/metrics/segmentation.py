"""Metrics of class maps: mean intersection over union, pixel accuracy.

As the survey of Vandenhende et al. (https://arxiv.org/abs/2004.13379) and
MTAN (https://arxiv.org/abs/1803.10704, since November 2020) count: one
confusion matrix over the whole split.
"""

import keras
from keras import ops

from mtl_zoo.metrics.streaming import StreamingMetric
from mtl_zoo.metrics.streaming import count_by_id
from mtl_zoo.metrics.streaming import ratio
from mtl_zoo.utils.label_maps import known_classes
from mtl_zoo.utils.label_maps import to_pair

_ABSENT = ("zero", "skip", "skip_unlabelled")


@keras.saving.register_keras_serializable(package="mtl_zoo")
class SegmentationMetrics(StreamingMetric):
    """Mean intersection over union and pixel accuracy of a split.

    `result()` is `{"mIoU", "pixel_accuracy"}`, shares 0…1. Labels are class
    ids `(batch, height, width[, 1])`, predictions logits `(batch, height,
    width, num_classes)`.

    Args:
        num_classes: Integer.
        ignore_label: Integer. The id that means "not labelled"; ids that are
            not in `[0, num_classes)` mean that too. Defaults to `255`.
        absent: String. What a class counts that occurs neither in labels nor
            in predictions: `"zero"`, an IoU of 0, as in the survey, or
            `"skip"`, nothing. `"skip_unlabelled"` leaves out what no label has,
            even where it is predicted: of a few images that show few of the
            classes. Defaults to `"zero"`.
        name: String. Defaults to `"segmentation"`.

    Raises:
        ValueError: If `absent` is something else.

    Example:

    ```python
    metric = mtl_zoo.metrics.SegmentationMetrics(num_classes=2)
    metric.update_state(np.array([[[0, 1]]]), np.array([[[[1, 0], [1, 0]]]]))
    metric.result()  # {"mIoU": 0.25, "pixel_accuracy": 0.5}
    ```
    """

    def __init__(
        self, num_classes, ignore_label=255, absent="zero", name="segmentation"
    ):
        super().__init__(name=name)
        if absent not in _ABSENT:
            raise ValueError(
                f"absent is one of {', '.join(_ABSENT)}; received {absent!r}."
            )
        self.num_classes = num_classes
        self.ignore_label = ignore_label
        self.absent = absent
        self._confusion = self.add_sum("confusion", (num_classes**2,))

    def add_batch(self, y_true, y_pred):
        labels, logits = to_pair(y_true, y_pred, label_channels=1)
        known = known_classes(labels, self.num_classes, self.ignore_label)
        labels = ops.cast(ops.where(known, labels, 0.0), "int32")[..., 0]
        classes = ops.cast(ops.argmax(logits, axis=-1), "int32")
        self._confusion.add(
            count_by_id(
                labels * self.num_classes + classes,
                known[..., 0],
                self.num_classes**2,
            )
        )

    def result(self):
        confusion = ops.reshape(
            self._confusion.value(), (self.num_classes, self.num_classes)
        )
        hits = ops.diagonal(confusion)
        labelled = ops.sum(confusion, 1)
        union = ops.sum(confusion, 0) + labelled - hits
        counted = {
            "zero": ops.ones_like(union),
            "skip": ops.cast(union > 0, "float32"),
            "skip_unlabelled": ops.cast(labelled > 0, "float32"),
        }[self.absent]
        iou = ops.sum(counted * ratio(hits, union))
        return {
            "mIoU": ratio(iou, ops.sum(counted)),
            "pixel_accuracy": ratio(ops.sum(hits), ops.sum(confusion)),
        }

    def get_config(self):
        return {
            "num_classes": self.num_classes,
            "ignore_label": self.ignore_label,
            "absent": self.absent,
            "name": self.name,
        }
