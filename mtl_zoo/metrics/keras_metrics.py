"""Metrics of Keras, over labelled pixels."""

import inspect

import keras
from keras import ops

from mtl_zoo.metrics.streaming import StreamingMetric
from mtl_zoo.utils.label_maps import to_maps


class KerasMetrics(keras.metrics.Metric):
    """Several metrics of one task as one, which counts labelled pixels.

    Args:
        metrics: List of `keras.metrics.Metric`. Those that take a
            `sample_weight` get 0 for pixels without labels; the others see the
            labels as they are, and so do the library's own.
        known: Callable of labels that tells where there are any, see
            `mtl_zoo.tasks.Task.known`.
        name: String.

    Example:

    ```python
    task = mtl_zoo.tasks.Depth()
    metric = KerasMetrics(
        [keras.metrics.MeanAbsoluteError()], task.known, "depth"
    )
    metric.update_state(np.array([[[[2.0], [0.0]]]]), np.zeros((1, 1, 2, 1)))
    metric.result()  # {"mean_absolute_error": 2.0}
    ```
    """

    def __init__(self, metrics, known, name):
        super().__init__(name=name, dtype="float32")
        self.parts = list(metrics)
        self._known = known

    def update_state(self, y_true, y_pred):
        labels, raw = to_maps(y_true), to_maps(y_pred)
        known = self._known(labels)
        of_known = ops.where(known, labels, 0.0)
        for metric in self.parts:
            if _takes_weights(metric):
                weight = ops.cast(known[..., 0], metric.dtype)
                metric.update_state(of_known, raw, sample_weight=weight)
            else:
                metric.update_state(y_true, y_pred)

    def result(self):
        results = {}
        for metric in self.parts:
            value = metric.result()
            results |= (
                value if isinstance(value, dict) else {metric.name: value}
            )
        return results

    def reset_state(self):
        for metric in self.parts:
            metric.reset_state()


def _takes_weights(metric):
    arguments = inspect.signature(metric.update_state).parameters
    return "sample_weight" in arguments and not isinstance(
        metric, StreamingMetric
    )
