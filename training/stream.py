"""The training images in their order, from any step of any epoch on.

This module calls TensorFlow, for `tf.data`.
"""

import math

import numpy as np

from mtl_zoo.datasets.order import order


class Stream:
    """The batches of every epoch, each of which can be begun anywhere.

    Every pass over the data has an order and an augmentation of its own, which
    depend on the seed and the pass alone: a run that is stopped goes on with
    the very batch that would have come next, on any number of devices.

    Args:
        samples: `mtl_zoo.datasets.samples.Samples`.
        batch_size: Integer, images per batch, of all devices together.
        steps_per_epoch: Integer, or `None` for as many as show every sample.
            All batches are whole: they go on from one pass to the next, so
            that devices can share each. Defaults to `None`.
        seed: Integer. Defaults to `0`.

    Example:

    ```python
    stream = Stream(load_samples("rooms", "train", augment=True), batch_size=8)
    model.fit(stream.epoch(3, start=100))
    ```
    """

    def __init__(
        self,
        samples,
        batch_size,
        steps_per_epoch=None,
        seed=0,
    ):
        self.samples = samples
        self.batch_size = batch_size
        self.seed = seed
        self.num_samples = len(samples)
        self.steps_per_epoch = steps_per_epoch or math.ceil(
            self.num_samples / batch_size
        )

    def epoch(self, epoch, start=0):
        """The batches of an epoch.

        Args:
            epoch: Integer, from 0.
            start: Integer, the first step, from 0. Defaults to `0`.

        Returns:
            A `tf.data.Dataset` of `steps_per_epoch - start` batches.
        """
        import tensorflow as tf

        # Imported here because it needs TensorFlow.
        from mtl_zoo.datasets.tensorflow_pipeline import read_places

        number, skipped = self.place(epoch, start)
        left = (self.steps_per_epoch - start) * self.batch_size
        places = []
        while left > 0:
            indices = order(self.num_samples, self.seed, number)
            indices = indices[skipped : skipped + left]
            places.append(np.stack([np.full_like(indices, number), indices], 1))
            left -= len(indices)
            number, skipped = number + 1, 0
        data = read_places(self.samples, np.concatenate(places), self.seed)
        data = data.batch(self.batch_size, drop_remainder=True).prefetch(
            tf.data.AUTOTUNE
        )
        data.labels_are_checked = True  # When they were read.
        return data

    def place(self, epoch, step):
        """Where a step lies in the data.

        Args:
            epoch: Integer, from 0.
            step: Integer, from 0.

        Returns:
            A pair of integers: the pass, and the first sample in it.
        """
        sample = (epoch * self.steps_per_epoch + step) * self.batch_size
        return divmod(sample, self.num_samples)


def not_finite(data):
    """Which samples hold numbers that are not finite.

    Args:
        data: `tf.data.Dataset` of single samples, in the order of the data.

    Returns:
        A list of strings such as `"17 (image)"`.

    Example:

    ```python
    not_finite(mtl_zoo.datasets.load("rooms", "train", shuffle=False))  # []
    ```
    """
    found = []
    for i, (image, labels) in enumerate(data.as_numpy_iterator()):
        for name, value in {"image": image, **labels}.items():
            if not np.isfinite(value).all():
                found.append(f"{i} ({name})")
    return found


def shared_batches(data, tasks, batch_size, num_devices):
    """Batches that devices can share equally, the last one too.

    It is filled up with images of which nothing is known, which count in no
    loss of a task and in no metric.

    Args:
        data: `tf.data.Dataset` of single samples, with a length.
        tasks: List of `mtl_zoo.tasks.Task` that the labels are of.
        batch_size: Integer, a multiple of `num_devices`.
        num_devices: Integer.

    Returns:
        A `tf.data.Dataset` of batches.

    Example:

    ```python
    data = mtl_zoo.datasets.load("rooms", "test", tasks)
    model.evaluate(shared_batches(data, tasks, 8, num_devices=2))
    ```
    """
    import tensorflow as tf

    missing = -len(data) % num_devices
    if missing:
        image, _ = data.element_spec
        nothing = (
            np.zeros(image.shape, image.dtype.as_numpy_dtype),
            {task.name: task.empty_label(image.shape[:2]) for task in tasks},
        )
        data = data.concatenate(
            tf.data.Dataset.from_tensors(nothing).repeat(missing)
        )
    return data.batch(batch_size).prefetch(tf.data.AUTOTUNE)
