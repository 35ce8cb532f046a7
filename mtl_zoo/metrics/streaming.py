"""What all metrics share: exact sums over a whole split, on any backend."""

import keras
from keras import ops

from mtl_zoo.utils.label_maps import refuse_weights
from mtl_zoo.utils.text import unknown

PROTOCOLS = ("survey", "mtan", "present")


def check_protocol(protocol):
    """Raises `ValueError` unless `protocol` is one of `PROTOCOLS`."""
    if protocol not in PROTOCOLS:
        raise unknown("Protocol", protocol, PROTOCOLS)


class StreamingMetric(keras.metrics.Metric):
    """A metric of sums that stay accurate over any number of pixels.

    A float32 variable stops counting at 16,777,216 pixels, about 55 images of
    480×640, and doubles are not to be had on every accelerator. So each sum
    is two float32 numbers, the rounded sum and what rounding lost: together
    about 48 bits.

    Subclasses call `add_sum` in `__init__` and add to it in `add_batch`;
    `result` gives a dict of float32 scalars, 0 where nothing was labelled.

    Args:
        name: String.

    Raises:
        ValueError: When updated with `sample_weight`.
    """

    def __init__(self, name):
        super().__init__(name=name, dtype="float32")

    def add_sum(self, name, shape=()):
        """A sum that starts at 0.

        Args:
            name: String, the name of its variables.
            shape: Tuple of integers. Defaults to `()`.

        Returns:
            An object with `add(value)` and `value()`.
        """
        return _Sum(self, name, shape)

    def update_state(self, y_true, y_pred, sample_weight=None):
        refuse_weights(sample_weight)
        self.add_batch(y_true, y_pred)

    def add_batch(self, y_true, y_pred):
        """Add what is labelled in a batch to the sums.

        Args:
            y_true: Labels `(batch, height, width[, channels])`.
            y_pred: Raw predictions `(batch, height, width, channels)`.
        """
        raise NotImplementedError


class _Sum:
    def __init__(self, metric, name, shape):
        self._high = metric.add_variable(shape, "zeros", name=f"{name}_high")
        self._low = metric.add_variable(shape, "zeros", name=f"{name}_low")

    def add(self, value):
        # Knuth's two-sum: `lost` is exactly what rounding takes from `total`.
        high = ops.convert_to_tensor(self._high)
        value = ops.cast(value, "float32")
        total = high + value
        added = total - high
        lost = (high - (total - added)) + (value - added)
        self._high.assign(total)
        self._low.assign(self._low + lost)

    def value(self):
        return ops.convert_to_tensor(self._high) + self._low


def count_by_id(ids, counted, num_ids):
    """How often each id occurs.

    Args:
        ids: Integer tensor of any shape, values in `[0, num_ids)`.
        counted: Boolean tensor of the same shape, what counts.
        num_ids: Integer.

    Returns:
        Float32 tensor `(num_ids,)`.
    """
    counts = ops.segment_sum(
        ops.reshape(ops.cast(counted, "int32"), (-1,)),
        ops.reshape(ops.cast(ids, "int32"), (-1,)),
        num_segments=num_ids,
    )
    return ops.cast(counts, "float32")


def ratio(numerator, denominator):
    """`numerator / denominator`, and 0 where the denominator is 0."""
    empty = denominator == 0
    return ops.where(empty, 0.0, numerator / ops.where(empty, 1.0, denominator))
