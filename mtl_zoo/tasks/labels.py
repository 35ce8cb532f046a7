"""What a label of a task is, and how it changes with the scene."""

import numpy as np

from mtl_zoo.tasks import reading
from mtl_zoo.utils.images import resize_nearest
from mtl_zoo.utils.label_maps import to_maps


class Labels:
    """The half of a `mtl_zoo.tasks.Task` that is about its labels.

    A label is an array `(height, width[, channels])`. On NumPy, except for
    `known` and `valid`, which losses use.

    Attributes:
        ignore: The label that means "unknown".
        label_channels: Integer, channels of a label; `None` for labels
            `(height, width)` without a channel axis.
        label_dtype: String, the dtype of labels.
        stored_dtype: String, the dtype in records; `None` for `label_dtype`.
        file_options: Tuple of strings, what `convert_label` takes.
    """

    ignore = 0
    label_channels = 1
    label_dtype = "float32"
    stored_dtype = None
    file_options = ()

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

    def find_fault(self, labels):
        """What is wrong with labels that would silently count nowhere.

        Graphs can't raise errors about values; this is asked before.

        Args:
            labels: Array or tensor `(batch, height, width[, channels])`.

        Returns:
            String that goes on after "Labels of …", or `None` for nothing. By
            default `None`.

        Example:

        ```python
        mtl_zoo.tasks.Edges().find_fault(np.array([[[0, 255]]]))
        # "are 0 and 255, and 255 means not known: divide them by 255"
        ```
        """
        return None

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

    def read_label(self, array, source, picture=False, ignore=(), **options):
        """A label from what a file holds, checked.

        Args:
            array: NumPy array `(height, width[, channels])`.
            source: Path or string that errors name.
            picture: Boolean, whether `array` holds the numbers of a picture,
                as opposed to those of a `.npy` file. Defaults to `False`.
            ignore: Sequence of values, or of lists with a value per channel,
                that mean "unknown" besides those that always do. Defaults to
                `()`.
            **options: Of `file_options`.

        Returns:
            Array `(height, width[, channels])` of `label_dtype`.

        Raises:
            ValueError: If shape, dtype or values can't be such a label.
        """
        unknown = reading.find(array, ignore)
        if unknown.any():
            array = array.copy()
            array[unknown] = 0
        label = self.convert_label(array, source, picture, **options)
        label[unknown] = self.ignore
        return label

    def convert_label(self, array, source, picture):
        """As `read_label`; subclasses override it. By default `.npy` alone."""
        if picture:
            raise ValueError(
                f"{source}: labels of {self.name} are .npy files, not pictures."
            )
        return reading.numbers(array, self.empty_label((1, 1)), source)

    def check_file_options(self, **options):
        """Raises `ValueError` unless `convert_label` takes these options."""

    @property
    def stored_name(self):
        """String, what a label is called in records."""
        return self.name

    def pack(self, label):
        """A label as records store it.

        Args:
            label: Array `(height, width[, channels])` of `label_dtype`.

        Returns:
            Array of the same shape and `stored_dtype`.
        """
        return label.astype(self.stored_dtype or self.label_dtype)

    def unpack(self, stored):
        """The label that `pack` packed.

        Args:
            stored: Array `(height, width[, channels])` of `stored_dtype`.

        Returns:
            Array of the same shape and `label_dtype`.
        """
        return stored.astype(self.label_dtype)

    def resize_label(self, label, image_size):
        """A label at another size; each pixel is that of the nearest one.

        Args:
            label: Array `(height, width[, channels])`.
            image_size: Pair `(height, width)`.

        Returns:
            Array of that size and the same dtype.
        """
        return resize_nearest(label, image_size)

    # === The scene, seen otherwise ===
    # Pixels are moved by who calls; this is about what they say, in labels and
    # in `to_vectors` and `raw_to_vectors` alike.

    def mirror(self, values):
        """What values are when left and right have changed places.

        Args:
            values: Array `(…, height, width[, channels])`.

        Returns:
            Array of the same shape and dtype. By default `values`.
        """
        return values

    def rotate(self, values, degrees):
        """What values are when the image is turned.

        Args:
            values: Array `(…, height, width[, channels])`.
            degrees: Float, counter-clockwise.

        Returns:
            Array of the same shape and dtype. By default `values`.
        """
        return values

    def zoom(self, values, scale):
        """What values are when everything looks larger, as if it were nearer.

        Args:
            values: Array `(…, height, width[, channels])`.
            scale: Float above 0.

        Returns:
            Array of the same shape and dtype. By default `values`.
        """
        return values
