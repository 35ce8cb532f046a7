"""Prediction: raw maps of batches, and what is seen in one picture, decoded."""

import keras

from mtl_zoo.utils import read_image


class Scene(dict):
    """What a model sees in an image: task name → decoded map.

    A dict that also knows its tasks, so that it can be drawn with names, units
    and colours.

    Args:
        maps: Dict task name → NumPy array.
        tasks: List of `mtl_zoo.tasks.Task`, in order.
    """

    def __init__(self, maps, tasks):
        super().__init__(maps)
        self.tasks = tasks


class Prediction:
    """The part of `mtl_zoo.models.MultiTaskModel` that predicts."""

    _traced_size = None

    def predict(self, x, *args, **kwargs):
        self._trace_anew(x)
        # Keras sorts the names on some backends.
        outputs = super().predict(x, *args, **kwargs)
        return self._select(outputs, training=False)

    def predict_on_batch(self, x):
        self._trace_anew(x)
        return super().predict_on_batch(x)

    def _trace_anew(self, x):
        """Have images of another size traced by themselves where it matters.

        At a second size Keras traces a function for any size on TensorFlow.
        """
        size = tuple(getattr(x, "shape", ()))[1:3]
        if size != self._traced_size and any(
            getattr(layer, "needs_image_size", False)
            for layer in self.encoder._flatten_layers()
        ):
            self.predict_function = None
        self._traced_size = size

    def predict_image(self, image):
        """Everything the model sees in one picture, decoded.

        Args:
            image: Path to a picture file, `PIL.Image.Image`, or array
                `(height, width[, channels])` with values 0…255; see
                `mtl_zoo.utils.read_image`.

        Returns:
            A dict task name → NumPy array at the picture's size: class ids
            uint8, depth in metres, unit normals, probabilities. See
            `mtl_zoo.tasks.Task.decode`.

        Raises:
            FileNotFoundError: If there is no such file.
            ValueError: If it is not a picture.

        Example:

        ```python
        scene = model.predict_image("photo.jpg")
        scene["depth"].mean()
        ```
        """
        image = read_image(image)
        raw = self.predict(image[None], verbose=0)
        return Scene(
            {
                task.name: keras.ops.convert_to_numpy(
                    task.decode(raw[task.name])
                )[0]
                for task in self.tasks
            },
            self.tasks,
        )
