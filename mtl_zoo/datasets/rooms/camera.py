"""The pinhole camera."""

import dataclasses

import numpy as np


@dataclasses.dataclass
class Camera:
    """A pinhole camera.

    Attributes:
        position: array of 3 floats, in the world, metres.
        rotation: array of shape `(3, 3)`. World to camera; its rows are the
            camera's right, down and forward axes. A reflection gives the
            mirrored image.
        focal: pair of floats. Focal lengths in pixels, x and y.
        principal: pair of floats. Principal point in pixels, x and y, where
            the centre of the top left pixel is at 0.5, 0.5.
    """

    position: np.ndarray
    rotation: np.ndarray
    focal: tuple
    principal: tuple

    def directions(self, x, y):
        """World directions through image points, with a z-depth of 1.

        Args:
            x: array of shape `(n,)`. Columns, in pixels.
            y: array of shape `(n,)`. Rows, in pixels.

        Returns:
            Array of shape `(3, n)`. The distance along it is the z-depth.
        """
        rays = np.stack(
            [
                (x - self.principal[0]) / self.focal[0],
                (y - self.principal[1]) / self.focal[1],
                np.ones_like(x),
            ]
        )
        # A plain product would mix float64 in and be slow.
        rotation = np.asarray(self.rotation, "float32")
        return rotation.T @ rays.astype("float32")

    def field_of_view(self):
        """The horizontal field of view, in degrees."""
        return float(
            np.degrees(2 * np.arctan(self.principal[0] / abs(self.focal[0])))
        )

    def project(self, points):
        """Image points and z-depth of world points of shape `(3, n)`."""
        offset = points - np.asarray(self.position, "float32")[:, None]
        x, y, z = np.asarray(self.rotation, "float32") @ offset
        depth = np.where(np.abs(z) < 1e-6, 1e-6, z)
        return (
            self.focal[0] * x / depth + self.principal[0],
            self.focal[1] * y / depth + self.principal[1],
            z,
        )
