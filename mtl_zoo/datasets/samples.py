"""What pipelines make batches of: samples, changed randomly and of one size."""

import numpy as np

from mtl_zoo.datasets.augmentation import augment
from mtl_zoo.datasets.transforms import only
from mtl_zoo.datasets.transforms import resize
from mtl_zoo.utils.camera import nearness


class Samples:
    """The samples of a source, each changed randomly, then resized.

    In this order, as published: rotation turns the scene as it was seen, and a
    part of it that is zoomed in on keeps its detail.

    Args:
        source: Sequence of samples.
        tasks: List of `mtl_zoo.tasks.Task`, whose labels are read.
        recipe: `Recipe`, or `None` for no augmentation.
        image_size: Pair `(height, width)`, or `None` where all images are
            as large as the first.
        field_of_view: Float, degrees across the image, of the camera that
            distances are to be for; `None` leaves them. Defaults to `None`.

    Raises:
        ValueError: If there is to be one camera, and the source does not tell
            which one took its images.
    """

    def __init__(
        self,
        source,
        tasks,
        recipe=None,
        image_size=None,
        field_of_view=None,
    ):
        self.keys = ["image", *(task.name for task in tasks)]
        self._source = source
        self._tasks = tasks
        self._recipe = recipe
        self._image_size = image_size
        self._field_of_view = field_of_view
        first = source[0]
        self._first_size = first["image"].shape[:2]
        if field_of_view is not None and "field_of_view" not in first:
            raise ValueError(
                f"field_of_view={field_of_view:g}: this data set does not tell "
                "by which camera its images were taken."
            )

    def __len__(self):
        return len(self._source)

    def read(self, index, seed):
        """A sample.

        Args:
            index: Integer.
            seed: Integer or sequence of integers; the same gives the same
                changes.

        Returns:
            A dict of contiguous arrays, `image` and the labels.

        Raises:
            ValueError: If no size was asked for and this image is not as large
                as the first, or what is in a file is not as it should be.
        """
        try:
            sample = self._source[int(index)]
        except ValueError as error:
            raise ValueError(f"Image {index}: {error}") from error
        if self._field_of_view is not None:
            sample = self._to_one_camera(sample)
        sample = only(sample, self._tasks)
        size = sample["image"].shape[:2]
        if self._image_size is None and size != self._first_size:
            raise ValueError(
                f"Image {index} is {size[0]}×{size[1]}, the first one "
                f"{self._first_size[0]}×{self._first_size[1]}: give image_size "
                "to resize them."
            )
        if self._recipe is not None:
            rng = np.random.default_rng(seed)
            sample = augment(sample, self._tasks, rng, self._recipe)
        if self._image_size is not None:
            sample = resize(sample, self._tasks, self._image_size)
        return {key: np.ascontiguousarray(sample[key]) for key in self.keys}

    def _to_one_camera(self, sample):
        """Labels as if the picture had been taken by the one camera."""
        factor = nearness(float(sample["field_of_view"]), self._field_of_view)
        labels = {
            task.name: task.zoom(sample[task.name], factor)
            for task in self._tasks
        }
        return {**sample, **labels}
