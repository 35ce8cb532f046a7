"""The base class of tasks: everything that is to know about one output."""

import keras
import numpy as np
from keras import ops

from mtl_zoo.losses.labels import to_maps
from mtl_zoo.metrics.streaming import check_protocol


class Task:
    """What a model predicts for every pixel, and how that is judged.

    A task holds no weights: it says how many channels the raw prediction has,
    by what loss and metrics it is judged, which labels are unknown, what the
    raw numbers mean (`decode`) and what they look like (`colorize`).

    Own tasks subclass it, set the attributes below and implement `metric`,
    `known` and, where the raw prediction is not the answer, `decode` and
    `colorize`.

    Attributes:
        unit: String or `None`, what decoded values are measured in.
        ignore: The label that means "unknown".
        label_channels: Integer, channels of a label; `None` for labels
            `(height, width)` without a channel axis.
        label_dtype: String, the dtype of labels.
        primary_metric: String, the metric that counts for Δm.
        lower_is_better: Boolean, whether less of it is better.
        class_names: Tuple of strings, or `None`.
        colors: uint8 array `(classes, 3)`, or `None`.

    Args:
        name: String, the key of the task in labels and predictions.
        channels: Integer, channels of the raw prediction.
        loss: `keras.losses.Loss` of labels and raw predictions.
        loss_weight: Float. The published weight of the loss beside those of
            other tasks. Defaults to `1.0`.

    Raises:
        ValueError: If `loss_weight` is negative, or `name` is not a word of
            letters, digits and underscores.

    Example:

    ```python
    @keras.saving.register_keras_serializable(package="mine")
    class Albedo(mtl_zoo.tasks.Task):
        primary_metric = "mae"
        lower_is_better = True
        label_channels = 3

        def __init__(self, name="albedo", loss=None, loss_weight=1.0):
            loss = loss or keras.losses.MeanAbsoluteError()
            super().__init__(name, 3, loss, loss_weight)

        def metric(self, protocol):
            return AlbedoMetrics()  # result() is {"mae": ...}

        def known(self, labels):
            return keras.ops.all(labels >= 0, axis=-1, keepdims=True)

        def colorize(self, decoded):
            return (255 * decoded.clip(0, 1)).astype("uint8")
    ```
    """

    unit = None
    ignore = 0
    label_channels = 1
    label_dtype = "float32"
    primary_metric = None
    lower_is_better = False
    class_names = None
    colors = None

    def __init__(self, name, channels, loss, loss_weight=1.0):
        # A name is also that of layers, of log entries and of files.
        if not (isinstance(name, str) and name.isidentifier()):
            raise ValueError(
                "A task's name is a word of letters, digits and underscores; "
                f"received {name!r}."
            )
        if not loss_weight >= 0:
            raise ValueError(
                f"loss_weight of task {name!r} is at least 0; received "
                f"{loss_weight!r}."
            )
        self.name = name
        self.channels = channels
        self.loss = loss
        self.loss_weight = loss_weight

    # === Judging ===

    def metric(self, protocol):
        """The metric of a task; subclasses implement it.

        Args:
            protocol: String, one of `mtl_zoo.metrics.PROTOCOLS`.

        Returns:
            A `keras.metrics.Metric` whose `result()` is a dict of scalars.
        """
        raise NotImplementedError

    def make_metric(self, protocol="survey"):
        """A fresh metric of labels and raw predictions.

        It works inside a compiled training step.

        Args:
            protocol: String, one of `mtl_zoo.metrics.PROTOCOLS`. Defaults to
                `"survey"`.

        Returns:
            A `keras.metrics.Metric` whose `result()` is a dict of scalars.

        Raises:
            ValueError: If the protocol is not known.

        Example:

        ```python
        metric = mtl_zoo.tasks.Depth().make_metric()
        metric.update_state(labels, raw)
        metric.result()["rmse"]
        ```
        """
        check_protocol(protocol)
        return self.metric(protocol)

    def make_evaluation_metric(self, protocol="survey"):
        """A fresh metric for measuring a finished model.

        The same as `make_metric` gives, except where what is published can't
        be computed inside a training step.

        Args:
            protocol: String, one of `mtl_zoo.metrics.PROTOCOLS`. Defaults to
                `"survey"`.

        Returns:
            An object with `update_state(labels, raw)`, `result()` and
            `reset_state()`.
        """
        return self.make_metric(protocol)

    # === Labels ===

    def known(self, labels):
        """Where there are labels; subclasses implement it.

        Args:
            labels: Float32 tensor `(batch, height, width, channels)`.

        Returns:
            Boolean tensor `(batch, height, width, 1)`.
        """
        raise NotImplementedError

    def valid(self, y_true):
        """Where there are labels.

        Args:
            y_true: Labels `(batch, height, width[, channels])`.

        Returns:
            Boolean tensor `(batch, height, width, 1)`.
        """
        return self.known(to_maps(y_true))

    def empty_label(self, size):
        """The label of an image of which nothing is known.

        Args:
            size: Pair `(height, width)`.

        Returns:
            Array `(height, width[, channels])` full of `ignore`.

        Example:

        ```python
        mtl_zoo.tasks.Depth().empty_label((96, 128))  # zeros (96, 128, 1)
        ```
        """
        channels = (self.label_channels,) if self.label_channels else ()
        return np.full((*size, *channels), self.ignore, self.label_dtype)

    def to_vectors(self, labels):
        """Per pixel, what has the constant prediction as its mean.

        Args:
            labels: Float32 tensor `(batch, height, width, channels)`.

        Returns:
            Float32 tensor `(batch, height, width, vector)`: the labels, or
            for classes their one-hot code.
        """
        return labels

    def from_mean(self, mean):
        """The raw prediction that stands for a mean of `to_vectors`.

        Args:
            mean: Float array `(vector,)`.

        Returns:
            Float array `(channels,)`.
        """
        return mean

    # === Predictions ===

    def decode(self, raw):
        """What raw predictions say.

        Args:
            raw: Tensor or array `(…, height, width, channels)`.

        Returns:
            Float32 tensor of the same shape.
        """
        return ops.cast(raw, "float32")

    def colorize(self, decoded):
        """A picture of a decoded prediction, or of a label like it.

        Args:
            decoded: Array `(height, width[, channels])`.

        Returns:
            uint8 array `(height, width, 3)`.
        """
        raise NotImplementedError

    # === Serialisation ===

    def get_config(self):
        return {
            "name": self.name,
            "loss": keras.saving.serialize_keras_object(self.loss),
            "loss_weight": self.loss_weight,
        }

    @classmethod
    def from_config(cls, config):
        config = dict(config)
        if isinstance(config.get("loss"), dict):
            config["loss"] = keras.saving.deserialize_keras_object(
                config["loss"]
            )
        return cls(**config)

    def __repr__(self):
        return f"{type(self).__name__}({self.name!r}, {self.channels})"
