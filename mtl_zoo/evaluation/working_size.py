"""Predictions at the size that a network works at, for images of any size."""

import numpy as np

from mtl_zoo.utils.resampling import resize_map
from mtl_zoo.utils.resampling import resize_picture


class WorkingSizePredictor:
    """Looks at images at a model's working size, as `predict_image` does.

    Args:
        model: `mtl_zoo.models.MultiTaskModel`.
        predict: Callable from a batch of images to raw predictions. Defaults
            to that of the model.

    Example:

    ```python
    predict = WorkingSizePredictor(model)
    predict(np.zeros((1, 480, 640, 3), "uint8"))["depth"].shape
    ```
    """

    def __init__(self, model, predict=None):
        self._model = model
        self._predict = predict or model.predict_on_batch

    def __call__(self, images):
        """Raw predictions of a batch.

        Args:
            images: uint8 array `(batch, height, width, 3)`.

        Returns:
            A dict task name → float array `(batch, height, width, channels)`.
        """
        size = images.shape[1:3]
        working_size = self._model.size_for(size)
        if working_size == size:
            return self._predict(images)
        seen = np.stack([resize_picture(x, working_size) for x in images])
        return {
            name: np.stack([resize_map(x, size) for x in np.asarray(maps)])
            for name, maps in self._predict(seen).items()
        }
