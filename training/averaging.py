"""Predictions that are means over a mirrored image and several scales."""

import numpy as np
from keras import ops

from mtl_zoo import tasks as tasks_module
from mtl_zoo.layers import resize


class AveragedPredictor:
    """A model that looks several times at an image.

    Every look is turned back to the image as it is: mirrored maps are
    mirrored, and the x of normals changes its sign; on an image enlarged by s
    what is d away looks as if it were d/s away, so its depth is multiplied by
    s and its disparity divided. Then probabilities, metres, disparities and
    unit normals are averaged.

    Args:
        model: `mtl_zoo.models.MultiTaskModel`.
        flip: Boolean, whether it looks at the mirrored image too. Defaults to
            `False`.
        scales: Iterable of floats above 0, by which the image is enlarged.
            Defaults to `(1.0,)`.

    Raises:
        ValueError: If there is no scale or one is not above 0, or a task is
            not one of the library's.

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
        if len(self.looks) > 1:
            for task in model.tasks:
                _averaging(task)

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
                to_mean, _ = _averaging(task)
                sums[task.name] += to_mean(raw[task.name], scale, mirrored)
        return {
            task.name: _averaging(task)[1](sums[task.name] / len(self.looks))
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


def _averaging(task):
    """Two functions of a task: raw → what is averaged, mean → raw."""
    if isinstance(task, tasks_module.SemanticSegmentation):
        return _softmax, lambda mean: np.log(np.maximum(mean, 1e-12))
    if isinstance(task, (tasks_module.Edges, tasks_module.Saliency)):
        return _sigmoid, _logit
    if isinstance(task, tasks_module.Disparity):
        return lambda raw, scale, _: np.maximum(raw, 0) / scale, _same
    if isinstance(task, tasks_module.Depth) and task.unit == "m":
        return lambda raw, scale, _: np.maximum(raw, 0) * scale, _same
    if isinstance(task, tasks_module.SurfaceNormals):
        return _unit_normals, _same
    raise ValueError(
        f"Task {task.name!r} can't be averaged over flips and scales: only the "
        "library's own tasks can."
    )


def _softmax(raw, scale, mirrored):
    return ops.convert_to_numpy(ops.softmax(raw, axis=-1))


def _sigmoid(raw, scale, mirrored):
    return ops.convert_to_numpy(ops.sigmoid(raw))


def _logit(mean):
    mean = np.clip(mean, 1e-7, 1 - 1e-7)
    return np.log(mean) - np.log1p(-mean)


def _unit_normals(raw, scale, mirrored):
    length = np.linalg.norm(raw, axis=-1, keepdims=True)
    sign = np.float32([-1, 1, 1] if mirrored else [1, 1, 1])
    return raw / np.maximum(length, 1e-12) * sign


def _same(mean):
    return mean
