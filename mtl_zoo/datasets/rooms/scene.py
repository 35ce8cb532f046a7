"""What the renderer is told of a room: its solids, paints and lights."""

import dataclasses

import numpy as np

from mtl_zoo.datasets.rooms import materials as m


@dataclasses.dataclass
class Light:
    """A light of some extent.

    Attributes:
        kind: `"lamp"` (at a position) or `"sun"` (parallel, through a hole).
        color: linear RGB of shape `(3, 1)`.
        power: float. Radiant intensity, or irradiance for the sun.
        samples: array of shape `(3, 8)`. Offsets of its points (of its
            directions for the sun).
        position: array of 3 floats, for a lamp.
        size: float. Keeps the irradiance finite close to the light.
        normal: array of 3 floats, for a light that faces one way.
        direction: array of 3 floats. Unit vector towards the sun.
        hole: the opening that the sun shines through.
        ignore: numbers of the parts that let the light through.
    """

    kind: str
    color: np.ndarray
    power: float
    samples: np.ndarray
    position: np.ndarray | None = None
    size: float = 0.15
    normal: np.ndarray | None = None
    direction: np.ndarray | None = None
    hole: tuple | None = None
    ignore: tuple = ()


@dataclasses.dataclass
class Scene:
    """All that the renderer needs to know of a room.

    Attributes:
        kind: str. The kind of the room.
        size: array of 3 floats. The room is the box from 0 to `size`.
        parts: list of `Part`. All solids.
        materials: list of `Material`.
        lights: list of `Light`.
        holes: list of `(plane, low, high, bottom, top)`, windows.
        label_of_instance: int array. Class of each instance.
        group_of_instance: int array. Which free-standing object an instance
            belongs to, -1 for the room itself.
        material_of_solid, instance_of_solid, part_of_solid: int arrays.
        interests: array of shape `(n, 5)`. Points to look at, their weight
            and the height of what stands there.
        footprints: list of `(x0, y0, x1, y1, height)`. Where furniture is.
        exposure: float. Brightness of the image.
        ambient: float. Light from everywhere.
        ambient_color: linear RGB of shape `(3, 1)`.
    """

    kind: str
    size: np.ndarray
    parts: list
    materials: list
    lights: list
    holes: list
    label_of_instance: np.ndarray
    group_of_instance: np.ndarray
    material_of_solid: np.ndarray
    instance_of_solid: np.ndarray
    part_of_solid: np.ndarray
    interests: np.ndarray
    footprints: list
    exposure: float
    ambient: float
    ambient_color: np.ndarray

    def __post_init__(self):
        # Bounding spheres as `centre, 1, |centre|^2 - radius^2`, for products.
        centres = np.stack([p.sphere_centre for p in self.parts])
        self.sphere_radii = np.array(
            [p.sphere_radius for p in self.parts], "float32"
        )
        self.corners = np.concatenate([p.corners for p in self.parts], 1)
        power = (centres * centres).sum(1) - self.sphere_radii**2
        self.spheres = np.column_stack(
            [centres, np.ones_like(power), power]
        ).astype("float32")
        glass = [isinstance(x, (m.Outside, m.Screen)) for x in self.materials]
        self.glass_of_solid = np.array(glass)[self.material_of_solid]
