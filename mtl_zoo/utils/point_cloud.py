"""Points in space, as PLY files that viewers of 3-D scenes open."""

import dataclasses

import numpy as np

from mtl_zoo.utils.camera import focal_length
from mtl_zoo.utils.files import atomic_path


@dataclasses.dataclass(frozen=True)
class PointCloud:
    """Points in the camera's frame: x right, y down, z forward, in metres.

    Attributes:
        points: float32 array `(points, 3)`.
        normals: float32 array `(points, 3)`, or `None`.
        colors: uint8 array `(points, 3)`, RGB, or `None`.
    """

    points: np.ndarray
    normals: np.ndarray | None = None
    colors: np.ndarray | None = None

    def __len__(self):
        return len(self.points)

    def save(self, path):
        """Write the points as binary PLY.

        Args:
            path: String or path, `*.ply`.

        Raises:
            ValueError: If the file is named otherwise.

        Example:

        ```python
        model.predict_image("room.jpg").to_point_cloud().save("room.ply")
        ```
        """
        if not str(path).endswith(".ply"):
            raise ValueError(f"{path}: a point cloud is written as *.ply.")
        columns = [("x y z", "float", "<f4", self.points)]
        if self.normals is not None:
            columns.append(("nx ny nz", "float", "<f4", self.normals))
        if self.colors is not None:
            columns.append(("red green blue", "uchar", "u1", self.colors))
        vertices = np.empty(
            len(self),
            [
                (name, dtype)
                for names, _, dtype, _ in columns
                for name in names.split()
            ],
        )
        header = ["ply", "format binary_little_endian 1.0"]
        header += ["comment x right, y down, z forward, in metres"]
        header += [f"element vertex {len(self)}"]
        for names, kind, _, values in columns:
            for i, name in enumerate(names.split()):
                vertices[name] = values[:, i]
                header.append(f"property {kind} {name}")
        header += ["end_header", ""]
        with atomic_path(path) as temporary, open(temporary, "wb") as file:
            file.write("\n".join(header).encode("ascii"))
            file.write(vertices.tobytes())


def unproject(depth, field_of_view):
    """Where the points of a depth map lie.

    Args:
        depth: Float array `(height, width)`, metres along the camera's axis.
        field_of_view: Float, degrees from the left to the right edge.

    Returns:
        float32 array `(height, width, 3)`: x right, y down, z forward.

    Example:

    ```python
    unproject(np.ones((2, 2)), 90)[0, 0]  # -0.5, -0.5, 1
    ```
    """
    height, width = depth.shape
    focal = focal_length(field_of_view, width)
    x = (np.arange(width, dtype="float32") + 0.5 - width / 2) / focal
    y = (np.arange(height, dtype="float32") + 0.5 - height / 2) / focal
    rays = np.stack([*np.meshgrid(x, y), np.ones_like(depth)], axis=-1)
    return (rays * depth[..., None]).astype("float32")
