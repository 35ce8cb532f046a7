"""Tasks that name the class of every pixel."""

import numbers

import keras
import numpy as np
from keras import ops

from mtl_zoo.losses import SparseCrossEntropy
from mtl_zoo.metrics import SegmentationMetrics
from mtl_zoo.tasks import reading
from mtl_zoo.tasks.palette import distinct_colors
from mtl_zoo.tasks.task import Task
from mtl_zoo.utils.label_maps import known_classes
from mtl_zoo.utils.resampling import largest_channel
from mtl_zoo.utils.text import cut

# What a class that does not occur counts, by protocol.
_ABSENT = {"survey": "zero", "mtan": "skip", "present": "skip_unlabelled"}


@keras.saving.register_keras_serializable(package="mtl_zoo")
class SemanticSegmentation(Task):
    """The class of every pixel.

    Labels are ids `(batch, height, width[, 1])` from 0, 255 where not
    labelled; an id that is no class counts as not labelled too. Raw
    predictions are logits `(batch, height, width, num_classes)`, decoded to
    uint8 ids `(…, height, width)`.

    Args:
        num_classes: Integer from 1 to 255.
        class_names: Sequence of `num_classes` strings. Defaults to `None`.
        colors: `num_classes` RGB triples 0…255. Defaults to `None`, colours
            that are as distinct as possible and always the same.
        name: String. Defaults to `"semseg"`.
        loss: `keras.losses.Loss`. Defaults to
            `mtl_zoo.losses.SparseCrossEntropy()`.
        loss_weight: Float. Defaults to `1.0`.

    Raises:
        ValueError: If `num_classes` is out of range, or there are not as many
            names or colours as classes.

    Example:

    ```python
    task = mtl_zoo.tasks.SemanticSegmentation(13)
    task.decode(np.zeros((96, 128, 13))).shape  # (96, 128)
    ```
    """

    decoding = "classes"
    titles = {"semseg": "Semantic segmentation"}
    ignore = 255
    label_channels = None
    label_dtype = "int32"
    stored_dtype = "uint8"
    file_options = ("colors",)
    has_own_classes = True
    primary_metric = "mIoU"

    def __init__(
        self,
        num_classes,
        class_names=None,
        colors=None,
        name="semseg",
        loss=None,
        loss_weight=1.0,
    ):
        if not (
            isinstance(num_classes, numbers.Integral)
            and 1 <= num_classes <= self.ignore
        ):
            raise ValueError(
                f"num_classes is from 1 to {self.ignore} ({self.ignore} means "
                f"not labelled); received {num_classes!r}."
            )
        super().__init__(
            name, num_classes, loss or SparseCrossEntropy(), loss_weight
        )
        self.num_classes = num_classes
        self._given_colors = colors is not None
        if class_names is not None:
            self.class_names = self._parse_names(class_names)
        if colors is None:
            self.colors = np.array(distinct_colors(num_classes), "uint8")
        else:
            self.colors = self._parse_colors(colors)

    @classmethod
    def with_channels(cls, channels=None):
        if channels is None:
            name = cls(1).name
            raise ValueError(
                f"Task {name!r} needs its number of classes, such as "
                f"'{name}:13'."
            )
        return cls(channels)

    def _parse_names(self, names):
        """The names of the classes, as a tuple."""
        try:
            names = (names,) if isinstance(names, str) else tuple(names)
        except TypeError:
            names = (names,)
        for name in names:
            if not (isinstance(name, str) and name.isprintable()):
                raise ValueError(
                    f"class_names of {self.name} are strings that can be "
                    f"printed; received {cut(ascii(name), 60)}."
                )
        if len(names) != self.num_classes:
            raise ValueError(
                f"class_names has {len(names)} entries for {self.num_classes} "
                "classes."
            )
        return names

    def metric(self, protocol):
        return SegmentationMetrics(
            self.num_classes,
            self.ignore,
            absent=_ABSENT[protocol],
            name=self.name,
        )

    def known(self, labels):
        return known_classes(labels, self.num_classes, self.ignore)

    def convert_label(self, array, source, picture, colors=None):
        if array.ndim == 3 and array.shape[-1] == 3:
            if colors is not None:
                colors = self._parse_colors(colors)
                array = reading.ids_of_colors(array, colors, source)
            elif (array == array[..., :1]).all():
                array = array[..., 0]
            else:
                raise ValueError(
                    f"{source}: a mask of colours; say which class has which "
                    f'in dataset.json, as "{self.name}": {{"colors": …}}.'
                )
        return reading.classes(array, self.num_classes, source)

    def check_file_options(self, colors=None):
        if colors is not None:
            self._parse_colors(colors)

    def _parse_colors(self, colors):
        """The colours of masks in the order of the classes."""
        if isinstance(colors, dict):
            names = self.class_names or ()
            unknown = sorted(set(colors) ^ set(names), key=str)
            if unknown:
                raise ValueError(
                    f"colors name each class of {self.name} once; see "
                    f"{cut(ascii(unknown[0]), 60)}."
                )
            colors = [colors[name] for name in names]
        try:
            given = np.asarray(colors)
        except ValueError:  # Lists of other lengths.
            given = np.zeros(0)
        if (
            given.shape != (self.num_classes, 3)
            or given.dtype.kind not in "uif"
            or not reading.fits(given, "uint8")
        ):
            raise ValueError(
                f"colors of {self.name} are {self.num_classes} lists of red, "
                "green and blue, 0…255."
            )
        return given.astype("uint8")

    def raw_to_vectors(self, raw):
        return ops.softmax(ops.cast(raw, "float32"), axis=-1)

    def to_vectors(self, labels):
        ids = ops.clip(labels[..., 0], 0, self.num_classes - 1)
        return ops.one_hot(ops.cast(ids, "int32"), self.num_classes)

    def from_mean(self, mean):
        return np.log(mean + 1e-9)

    def decode(self, raw):
        return ops.cast(ops.argmax(raw, axis=-1), "uint8")

    def decode_at(self, raw, size):
        return largest_channel(raw, size).astype("uint8")

    def colorize(self, decoded):
        # Ids beyond the classes, such as 255, are black.
        colors = np.zeros((256, 3), "uint8")
        colors[: self.num_classes] = self.colors
        return colors[decoded]

    def get_config(self):
        config = super().get_config()
        config["num_classes"] = self.num_classes
        config["class_names"] = self.class_names and list(self.class_names)
        config["colors"] = self.colors.tolist() if self._given_colors else None
        return config


@keras.saving.register_keras_serializable(package="mtl_zoo")
class HumanParts(SemanticSegmentation):
    """The part of the human body that every pixel shows.

    The seven classes of ASTMT (https://arxiv.org/abs/1904.08918) on PASCAL:
    background, head, torso, upper and lower arms, upper and lower legs. Labels
    and predictions are as those of `SemanticSegmentation`.

    Args:
        name: String. Defaults to `"human_parts"`.
        loss: `keras.losses.Loss`. Defaults to
            `mtl_zoo.losses.SparseCrossEntropy()`.
        loss_weight: Float. Defaults to `2.0`.

    Example:

    ```python
    mtl_zoo.tasks.HumanParts().class_names[1]  # "head"
    ```
    """

    has_own_classes = False
    class_names = (
        "background",
        "head",
        "torso",
        "upper arms",
        "lower arms",
        "upper legs",
        "lower legs",
    )

    def __init__(self, name="human_parts", loss=None, loss_weight=2.0):
        super().__init__(
            len(self.class_names), None, None, name, loss, loss_weight
        )

    @classmethod
    def with_channels(cls, channels=None):
        return Task.with_channels.__func__(cls, channels)

    def get_config(self):
        return Task.get_config(self)
