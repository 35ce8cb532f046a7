"""What a network sees in one picture."""

import collections.abc

import numpy as np
from PIL import Image

from mtl_zoo.utils import atomic_path
from mtl_zoo.utils import read_image
from mtl_zoo.utils.camera import nearness
from mtl_zoo.utils.files import user_path
from mtl_zoo.utils.point_cloud import PointCloud
from mtl_zoo.utils.point_cloud import unproject
from mtl_zoo.utils.zip_files import write_arrays


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

    def __repr__(self):
        maps = []
        for task in self.tasks:
            about = task.unit
            if task.colors is not None:
                about = f"{len(task.colors)} classes"
            maps.append(f"{task.name} ({about})" if about else task.name)
        height, width = self.size
        camera = ""
        if self.field_of_view is not None:
            camera = f", {self.field_of_view_source} field of view "
            camera += f"{self.field_of_view:.0f}°"
        return f"Scene({height}×{width}: {', '.join(maps)}{camera})"

    def save(self, directory):
        """Write the maps, to look at and to compute with.

        Args:
            directory: String or path of a folder; made if it is missing.

        Returns:
            List of `pathlib.Path`: `<task>.png`, a picture in the task's
            colours, for each task, and `maps.npz`, all decoded maps.

        Example:

        ```python
        model.predict_image("photo.jpg").save("seen")
        np.load("seen/maps.npz")["depth"]
        ```
        """
        folder = user_path(directory)
        folder.mkdir(parents=True, exist_ok=True)
        paths = []
        for task in self.tasks:
            paths.append(folder / f"{task.name}.png")
            with atomic_path(paths[-1]) as temporary:
                picture = Image.fromarray(task.colorize(self[task.name]))
                picture.save(temporary, format="png")
        paths.append(folder / "maps.npz")
        with atomic_path(paths[-1]) as temporary:
            write_arrays(temporary, self)
        return paths

    def to_point_cloud(self, image=None, field_of_view=None):
        """The points that the picture shows, in the camera's frame.

        Needs a task in metres. Points have the normals of the scene, if it has
        any.

        Args:
            image: What was looked at, for the points' colours, see
                `mtl_zoo.utils.read_image`. Defaults to `None`, no colours.
            field_of_view: Float, degrees across the picture. Other than that
                of the scene, which is the default, it moves the points along
                the axis as `predict_image` with it would.

        Returns:
            A `mtl_zoo.utils.point_cloud.PointCloud`, whose `save` writes PLY.

        Raises:
            ValueError: If no task is in metres, the field of view is not
                known, or the image is of another size.

        Example:

        ```python
        scene = model.predict_image("photo.jpg")
        scene.to_point_cloud("photo.jpg").save("photo.ply")
        ```
        """
        metric = [task.name for task in self.tasks if task.unit == "m"]
        if not metric:
            raise ValueError(
                "A point cloud needs a task in metres; the scene has "
                f"{', '.join(self)}."
            )
        if field_of_view is None:
            field_of_view = self.field_of_view
        if field_of_view is None:
            raise ValueError(
                "The camera's field of view is not known: give field_of_view="
                "degrees across the picture."
            )
        depth = np.asarray(self[metric[0]], "float32")
        if self.field_of_view is not None:
            depth = depth * nearness(field_of_view, self.field_of_view)
        known = np.isfinite(depth) & (depth > 0)
        normals = [
            task.in_camera_frame(np.asarray(self[task.name]))
            for task in self.tasks
            if task.has_directions
        ]
        if image is not None:
            image = read_image(image)
            if image.shape[:2] != known.shape:
                raise ValueError(
                    f"The image is {image.shape[0]}×{image.shape[1]}, the "
                    f"scene {known.shape[0]}×{known.shape[1]}."
                )
        return PointCloud(
            unproject(depth, field_of_view)[known],
            normals[0][known] if normals else None,
            None if image is None else image[known],
        )
