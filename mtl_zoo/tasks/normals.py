"""The task of surface normals."""

import keras
import numpy as np

from mtl_zoo.losses import NormalsL1
from mtl_zoo.metrics import NormalsMetrics
from mtl_zoo.tasks import reading
from mtl_zoo.tasks.conventions import parse_axes
from mtl_zoo.tasks.task import Task
from mtl_zoo.utils.label_maps import known_normals
from mtl_zoo.utils.label_maps import unit_vectors
from mtl_zoo.utils.text import unknown


@keras.saving.register_keras_serializable(package="mtl_zoo")
class SurfaceNormals(Task):
    """The direction in which the surface at every pixel faces.

    Labels are unit vectors, float32 `(batch, height, width, 3)`; the zero
    vector is unknown. The axes are those of the data: of `rooms`, x right, y
    down and z forward, so that what faces the camera has z < 0. Raw
    predictions `(batch, height, width, 3)` may have any length, and are
    decoded to unit vectors.

    Args:
        name: String. Defaults to `"normals"`.
        loss: `keras.losses.Loss`. Defaults to `mtl_zoo.losses.NormalsL1()`.
        loss_weight: Float. Defaults to `10.0`.
        z: String, where the third channel points: `"forward"`, so that what
            faces the camera has less than 0, or `"backward"`, as NYUD-v2's are
            published. Defaults to `"forward"`.

    Raises:
        ValueError: If `z` is neither.

    Example:

    ```python
    mtl_zoo.tasks.SurfaceNormals().decode([[[0.0, 0.0, -2.0]]])  # 0, 0, -1
    ```
    """

    titles = {"normals": "Surface normals"}
    hint = "red: right,  green: up,  blue: at the camera"
    has_directions = True
    file_options = ("axes",)
    decoding = "unit_vectors"
    label_channels = 3
    stored_dtype = "int16"
    primary_metric = "mean"
    lower_is_better = True
    errors = ("mean", "median", "rmse")

    def __init__(
        self, name="normals", loss=None, loss_weight=10.0, z="forward"
    ):
        super().__init__(name, 3, loss or NormalsL1(), loss_weight)
        if z not in ("forward", "backward"):
            raise unknown("z", z, ("forward", "backward"))
        self.z = z

    def metric(self, protocol):
        return NormalsMetrics(name=self.name)

    def known(self, labels):
        return known_normals(labels)

    def convert_label(self, array, source, picture, axes=None):
        return reading.own_normals(array, source, axes)

    def check_file_options(self, axes=("right", "down", "forward")):
        parse_axes(axes)

    @property
    def stored_name(self):
        return f"{self.name}_int16"

    def pack(self, label):
        return reading.pack_normals(label)

    def unpack(self, stored):
        return reading.unpack_normals(stored)

    def mirror(self, values):
        return values * np.float32([-1, 1, 1])

    def rotate(self, values, degrees):
        cosine, sine = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
        # Counter-clockwise, with y pointing down.
        turn = np.float32([[cosine, sine, 0], [-sine, cosine, 0], [0, 0, 1]])
        return reading.unit_length(values @ turn.T)

    def raw_to_vectors(self, raw):
        return unit_vectors(raw)

    def decode(self, raw):
        return unit_vectors(raw)

    def colorize(self, decoded):
        """Normals as colours: right is red, up green, at the camera blue.

        That is `((x, -y, -z) + 1) / 2` in the camera's frame, the colours that
        the literature shows; unknown is black.

        Args:
            decoded: Float array `(height, width, 3)`.

        Returns:
            uint8 array `(height, width, 3)`.
        """
        decoded = self.in_camera_frame(np.asarray(decoded, "float32"))
        colors = (decoded * np.float32([1, -1, -1]) + 1) * 127.5
        known = np.any(decoded != 0, axis=-1, keepdims=True)
        return (colors * known).round().clip(0, 255).astype("uint8")

    def in_camera_frame(self, decoded):
        return decoded * np.float32([1, 1, -1 if self.z == "backward" else 1])

    def get_config(self):
        # What earlier versions read, wherever it says all.
        z = {} if self.z == "forward" else {"z": self.z}
        return {**super().get_config(), **z}
