"""The base class of tasks: everything that is to know about one output."""

import keras
import numpy as np
from keras import ops

from mtl_zoo.metrics.streaming import check_protocol
from mtl_zoo.tasks.labels import Labels
from mtl_zoo.tasks.palette import scaled_colors
from mtl_zoo.utils.resampling import resize_map


class Task(Labels):
    """What a model predicts for every pixel, and how that is judged.

    A task holds no weights: it says how many channels the raw prediction has,
    by what loss and metrics it is judged, which labels are unknown, how labels
    are read, stored and change when the scene is mirrored, turned or nearer,
    what the raw numbers mean (`decode`) and what they look like (`colorize`).
    Nothing else in the library asks for the name of a task.

    Own tasks subclass it, set the attributes below and those of
    `mtl_zoo.tasks.labels.Labels`, and implement `metric`,
    `known` and what else differs from the defaults: `decode` where the raw
    prediction is not the answer, `mirror`, `rotate` and `zoom` where values
    change with the scene, `convert_label` where pictures hold labels.

    Attributes:
        unit: String or `None`, what decoded values are measured in.
        hint: String or `None`, how to read a picture of the task.
        decoding: String or `None`, what `decode` does, in a word for those who
            read exported files: `"classes"` (the greatest channel),
            `"unit_vectors"`, `"non_negative"` or `"probabilities"` (the
            sigmoid). `None` where raw predictions are the answer.
        titles: Dict name of a task → title, where it is not the name itself.
        primary_metric: String, the metric that counts for Δm.
        lower_is_better: Boolean, whether less of it is better.
        errors: Tuple of strings, the other metrics of which less is better.
        has_own_classes: Boolean, whether every data set has classes of its
            own: the task is made as `cls(num_classes, class_names)`.
        has_directions: Boolean, whether decoded values are unit vectors, which
            `in_camera_frame` turns.
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
    hint = None
    decoding = None
    titles = {}
    primary_metric = None
    lower_is_better = False
    errors = ()
    has_own_classes = False
    has_directions = False
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

    @classmethod
    def with_channels(cls, channels=None):
        """The task of a string such as `"depth"` or `"depth:1"`.

        Args:
            channels: Integer, what stands after the colon. Defaults to
                `None`, nothing.

        Returns:
            A `Task`.

        Raises:
            ValueError: If the task has other channels.
        """
        task = cls()
        if channels not in (None, task.channels):
            raise ValueError(
                f"Task {task.name!r} has {task.channels} channels; received "
                f"'{task.name}:{channels}'."
            )
        return task

    @property
    def title(self):
        """String, what stands over a picture of the task."""
        words = self.name.replace("_", " ")
        return self.titles.get(self.name, words[:1].upper() + words[1:])

    # === Judging ===

    def less_is_better(self, metric):
        """Which way a metric of the task goes.

        Args:
            metric: String, a name of `make_metric().result()` or of
                `make_evaluation_metric().result()`, or `"loss"`.

        Returns:
            A boolean.
        """
        if metric == self.primary_metric:
            return self.lower_is_better
        return metric == "loss" or metric in self.errors

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

    # === Means ===

    def to_vectors(self, labels):
        """Per pixel, what has the constant prediction as its mean.

        Args:
            labels: Float32 tensor `(batch, height, width, channels)`.

        Returns:
            Float32 tensor `(batch, height, width, vector)`: the labels, or
            for classes their one-hot code.
        """
        return labels

    def raw_to_vectors(self, raw):
        """What raw predictions say, as something that has a mean.

        Args:
            raw: Tensor or array `(…, height, width, channels)`.

        Returns:
            Float32 tensor `(…, height, width, vector)`: probabilities, metres,
            unit vectors.
        """
        return ops.cast(raw, "float32")

    def from_mean(self, mean):
        """The raw prediction that stands for a mean of vectors.

        Args:
            mean: Float array `(…, vector)`.

        Returns:
            Float array `(…, channels)`.
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

    def decode_at(self, raw, size):
        """What raw predictions of an image say, at another size.

        Raw predictions are enlarged, then decoded: never what is decoded.

        Args:
            raw: Float array `(height, width, channels)`.
            size: Pair `(height, width)`.

        Returns:
            Array `(*size, …)`, as `decode` gives it.
        """
        return ops.convert_to_numpy(self.decode(resize_map(raw, size)))

    def to_label(self, decoded):
        """What a decoded prediction says, as a label would.

        Args:
            decoded: Array, of one or more images.

        Returns:
            Array of the same shape. By default `decoded`.
        """
        return decoded

    def colorize(self, decoded):
        """A picture of a decoded prediction, or of a label like it.

        Args:
            decoded: Array `(height, width[, channels])`.

        Returns:
            uint8 array `(height, width, 3)`. By default the first three
            channels, or the first one, from the least to the greatest value.
        """
        return scaled_colors(np.asarray(decoded, "float32"))

    def in_camera_frame(self, decoded):
        """Directions, in the frame of the camera that sees them.

        Args:
            decoded: Array `(…, 3)`, as `decode` gives it.

        Returns:
            Such an array: x right, y down, z forward.
        """
        return decoded

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
