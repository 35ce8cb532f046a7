"""Predictions that are means over a mirrored image and several scales."""

import numpy as np
from keras import ops

from mtl_zoo.layers import resize


class AveragedPredictor:
    """A model that looks several times at an image.

    Every look is turned back to the image as it is, as each task's `mirror`
    and `zoom` say: the x of normals changes its sign; on an image enlarged by
    s what is d away looks as if it were d/s away, so its depth is multiplied
    by s and its disparity divided. Then probabilities, metres, disparities and
    unit normals are averaged.

    Args:
        model: `mtl_zoo.models.MultiTaskModel`.
        flip: Boolean, whether it looks at the mirrored image too. Defaults to
            `False`.
        scales: Iterable of floats above 0, by which the image is enlarged.
            Defaults to `(1.0,)`.

    Raises:
        ValueError: If there is no scale or one is not above 0.

    Example:

    ```python
    predict = AveragedPredictor(model, flip=True, scales=(0.75, 1.0, 1.25))
    predict(images)["depth"]
    ```
    """

    def __init__(self, model, flip=False, scales=(1.0,)):
        scales = tuple(scales)
        if not scales or not all(0 < scale < np.inf for scale in scales):
            raise ValueError(f"Scales are above 0; received {scales}.")
        self.model = model
        self.looks = [
            (scale, mirrored)
            for scale in scales
            for mirrored in ((False, True) if flip else (False,))
        ]

    def __call__(self, images):
        """Raw predictions of a batch.

        Args:
            images: Array `(batch, height, width, 3)`, RGB 0…255.

        Returns:
            A dict task name → array `(batch, height, width, channels)` that
            metrics take for the model's own.
        """
        if self.looks == [(1.0, False)]:
            return self.model.predict_on_batch(images)
        sums = {task.name: 0.0 for task in self.model.tasks}
        for scale, mirrored in self.looks:
            raw = self._look(images, scale, mirrored)
            for task in self.model.tasks:
                values = task.raw_to_vectors(raw[task.name])
                values = ops.convert_to_numpy(values)
                values = task.mirror(values) if mirrored else values
                sums[task.name] += task.zoom(values, 1 / scale)
        return {
            task.name: task.from_mean(sums[task.name] / len(self.looks))
            for task in self.model.tasks
        }

    def _look(self, images, scale, mirrored):
        height, width = images.shape[1:3]
        size = (max(round(height * scale), 1), max(round(width * scale), 1))
        x = ops.convert_to_tensor(images.astype("float32"))
        x = ops.convert_to_numpy(resize(x, size))
        raw = self.model.predict_on_batch(x[:, :, ::-1] if mirrored else x)
        maps = {}
        for name, value in raw.items():
            value = ops.convert_to_tensor(np.asarray(value, "float32"))
            value = ops.convert_to_numpy(resize(value, (height, width)))
            maps[name] = value[:, :, ::-1] if mirrored else value
        return maps
