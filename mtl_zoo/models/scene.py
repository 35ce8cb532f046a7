"""What a network sees in one picture."""

import collections.abc


class Scene(collections.abc.Mapping):
    """What a model sees in a picture: task name → decoded map.

    A mapping that also knows its tasks, so that it can be drawn with names,
    units and colours. Maps are brought to the picture's size when they are
    first asked for: a photograph of 12 megapixels whose depth alone is wanted
    costs little more than the network.

    Args:
        raw: Dict task name → float array `(height, width, channels)`, raw
            predictions at the size at which the network ran.
        tasks: List of `mtl_zoo.tasks.Task`, in order.
        size: Pair `(height, width)` of the picture.
        field_of_view: Float, degrees across the picture for which distances
            hold, or `None` where nothing is known of the training camera.
            Defaults to `None`.
        field_of_view_source: String, `"given"`, `"exif"` or `"assumed"`; or
            `None`. Defaults to `None`.
        nearness: Float. How many times as near as it is the scene looked to
            the network, for its camera. Defaults to `1.0`.

    Example:

    ```python
    scene = model.predict_image("photo.jpg")
    scene["depth"].mean(), scene.field_of_view_source
    ```
    """

    def __init__(
        self,
        raw,
        tasks,
        size,
        field_of_view=None,
        field_of_view_source=None,
        nearness=1.0,
    ):
        self.tasks = list(tasks)
        self.size = tuple(size)
        self.field_of_view = field_of_view
        self.field_of_view_source = field_of_view_source
        self._nearness = nearness
        self._raw = raw
        self._decoded = {}

    def __getitem__(self, name):
        if name not in self._decoded:
            task = {task.name: task for task in self.tasks}[name]
            decoded = task.decode_at(self._raw[name], self.size)
            self._decoded[name] = task.zoom(decoded, 1 / self._nearness)
        return self._decoded[name]

    def __iter__(self):
        return (task.name for task in self.tasks)

    def __len__(self):
        return len(self.tasks)

    @property
    def working_size(self):
        """Pair `(height, width)`, at which the network ran."""
        return next(iter(self._raw.values())).shape[:2]
