"""Solids and how rays meet them, vectorised over rays.

A piece of furniture is one or more `Part`s. All solids of a part are aligned
with the axes of the part's own frame, so that rays are brought into that frame
once and then tested against all of the part's solids together: that is what
makes NumPy fast enough here. Arrays of vectors have shape `(3, n)`, one
contiguous row per coordinate, in float32. World axes: x and y along the walls,
z up, metres.
"""

import numpy as np

# Solids are told apart from the surface that a ray starts on by this distance.
EPSILON = 1e-3


def yaw_rotation(angle):
    """Rotation about the vertical, by `angle` radians counter-clockwise."""
    cos, sin = np.cos(angle), np.sin(angle)
    return np.array([[cos, -sin, 0], [sin, cos, 0], [0, 0, 1]], "float32")


def tilt_rotation(angle):
    """Rotation about the local x axis, by `angle` radians."""
    cos, sin = np.cos(angle), np.sin(angle)
    return np.array([[1, 0, 0], [0, cos, -sin], [0, sin, cos]], "float32")


class Part:
    """Solids that share one frame, one class and one instance.

    Args:
        instance: int. The instance that the solids belong to.
        origin: array of 3 floats. Origin of the local frame, in the world.
        rotation: array of shape `(3, 3)`. Local to world rotation. Defaults
            to none.
    """

    def __init__(self, instance, origin=(0, 0, 0), rotation=None):
        self.instance = instance
        self.origin = np.asarray(origin, "float32")
        if rotation is None:
            rotation = np.eye(3, dtype="float32")
        self.rotation = np.asarray(rotation, "float32")
        self._boxes, self._frustums, self._ellipsoids = [], [], []

    def box(self, low, high, material, bevel=0.0):
        """Adds the box between the corners `low` and `high`.

        `bevel` is the width in metres over which the *shading* rounds the
        box's edges, as upholstery does; the geometry stays a box.
        """
        self._boxes.append((*low, *high, material, bevel))

    def frustum(self, centre, low, high, radius, material, top_radius=None):
        """Adds a cylinder or cone along z, from `low` to `high`."""
        top = radius if top_radius is None else top_radius
        self._frustums.append((*centre, low, high, radius, top, material))

    def ellipsoid(self, centre, radii, material):
        """Adds an ellipsoid along the local axes."""
        self._ellipsoids.append((*centre, *radii, material))

    def freeze(self, first_solid):
        """Turns the lists into arrays. `first_solid` numbers the solids."""
        self.first_solid = first_solid
        boxes = np.array(self._boxes, "float32").reshape(-1, 8)
        frustums = np.array(self._frustums, "float32").reshape(-1, 7)
        ellipsoids = np.array(self._ellipsoids, "float32").reshape(-1, 7)
        self.num_boxes = len(boxes)
        self.num_frustums = len(frustums)
        self.num_ellipsoids = len(ellipsoids)
        self.num_solids = len(boxes) + len(frustums) + len(ellipsoids)

        x, y, low, high, radius, top = frustums[:, :6].T
        widest = np.maximum(radius, top)
        frustum_low = np.stack([x - widest, y - widest, low], -1)
        frustum_high = np.stack([x + widest, y + widest, high], -1)
        centre, radii = ellipsoids[:, :3], ellipsoids[:, 3:6]
        lows = np.concatenate([boxes[:, :3], frustum_low, centre - radii])
        highs = np.concatenate([boxes[:, 3:6], frustum_high, centre + radii])
        self.centre = (lows + highs) / 2  # Of each solid, (k, 3).
        self.half = np.maximum((highs - lows) / 2, 1e-4)
        self.material = np.concatenate(
            [boxes[:, 6], frustums[:, 6], ellipsoids[:, 6]]
        ).astype("int32")
        self.bevel = np.zeros(self.num_solids, "float32")
        self.bevel[: len(boxes)] = boxes[:, 7]
        slope = (top - radius) / np.maximum(high - low, 1e-6)
        self._frustum = [
            column[:, None] for column in (x, y, low, high, radius, slope)
        ]

        self.low, self.high = lows.min(0), highs.max(0)
        middle = (self.low + self.high) / 2
        self.sphere_centre = self.origin + self.rotation @ middle
        self.sphere_radius = float(np.linalg.norm(self.high - middle))
        corners = np.array(
            [
                [(self.low, self.high)[(i >> axis) & 1][axis] for i in range(8)]
                for axis in range(3)
            ],
            "float32",
        )
        self.corners = self.origin[:, None] + self.rotation @ corners
        return first_solid + self.num_solids

    def to_local(self, origins, directions):
        """Rays in the part's frame."""
        return (
            self.rotation.T @ (origins - self.origin[:, None]),
            self.rotation.T @ directions,
        )

    def meets(self, origins, directions):
        """Whether rays in the part's frame meet the box around all of it."""
        near = np.full(directions.shape[1], EPSILON, "float32")
        far = np.full_like(near, np.inf)
        for axis in range(3):
            direction = directions[axis]
            inverse = 1 / np.where(
                np.abs(direction) < 1e-7, np.float32(1e-7), direction
            )
            first = (self.low[axis] - origins[axis]) * inverse
            second = (self.high[axis] - origins[axis]) * inverse
            np.maximum(near, np.minimum(first, second), out=near)
            np.minimum(far, np.maximum(first, second), out=far)
        return near <= far

    def distances(self, origins, directions):
        """Distance to each solid, along rays in the part's frame.

        Args:
            origins: array of shape `(3, n)`, or `(3, 1)` where all rays start
                at one point.
            directions: array of shape `(3, n)`.

        Returns:
            Array of shape `(k, n)`: where the ray enters each of the part's
            solids, in lengths of `directions`; infinite where it does not.
        """
        found = []
        if self.num_boxes:
            found.append(self._box_distances(origins, directions))
        if self.num_frustums:
            found.append(self._frustum_distances(origins, directions))
        if self.num_ellipsoids:
            found.append(self._ellipsoid_distances(origins, directions))
        return found[0] if len(found) == 1 else np.concatenate(found)

    def _box_distances(self, origins, directions):
        k = self.num_boxes
        near = far = None
        for axis in range(3):
            direction = directions[axis]
            # A direction of exactly 0 would give 0 * inf.
            inverse = 1 / np.where(
                np.abs(direction) < 1e-7, np.float32(1e-7), direction
            )
            middle = self.centre[:k, axis, None] * inverse
            middle -= origins[axis] * inverse
            reach = self.half[:k, axis, None] * np.abs(inverse)
            if near is None:
                near, far = middle - reach, middle + reach
            else:
                reach += middle  # The far side.
                np.minimum(far, reach, out=far)
                middle += middle
                middle -= reach  # The near side.
                np.maximum(near, middle, out=near)
        near[(near > far) | (near <= EPSILON)] = np.inf
        return near

    def _frustum_distances(self, origins, directions):
        x, y, low, high, radius, slope = self._frustum
        ox, oy, oz = origins[0] - x, origins[1] - y, origins[2]
        dx, dy, dz = directions
        at_origin = radius + slope * (oz - low)
        growth = slope * dz
        a = dx * dx + dy * dy - growth * growth
        b = ox * dx + oy * dy - at_origin * growth
        c = ox * ox + oy * oy - at_origin * at_origin
        root = np.sqrt(np.maximum(b * b - a * c, 0))
        hit_side = b * b > a * c
        a = np.where(np.abs(a) < 1e-9, np.float32(1e-9), a)
        nearest = np.full(a.shape, np.inf, "float32")
        for t in ((-b - root) / a, (-b + root) / a):
            z = oz + t * dz
            valid = hit_side & (z >= low) & (z <= high) & (t > EPSILON)
            nearest = np.where(valid & (t < nearest), t, nearest)
        inverse = 1 / np.where(np.abs(dz) < 1e-7, np.float32(1e-7), dz)
        for height in (low, high):
            t = (height - oz) * inverse
            limit = radius + slope * (height - low)
            off = (ox + t * dx) ** 2 + (oy + t * dy) ** 2
            valid = (off <= limit * limit) & (t > EPSILON)
            nearest = np.where(valid & (t < nearest), t, nearest)
        return nearest

    def _ellipsoid_distances(self, origins, directions):
        k = self.num_ellipsoids
        a = b = c = 0
        for axis in range(3):
            radius = self.half[-k:, axis, None]
            offset = (origins[axis] - self.centre[-k:, axis, None]) / radius
            direction = directions[axis] / radius
            a = a + direction * direction
            b = b + offset * direction
            c = c + offset * offset
        discriminant = b * b - a * (c - 1)
        t = (-b - np.sqrt(np.maximum(discriminant, 0))) / a
        return np.where(
            (discriminant > 0) & (t > EPSILON), t, np.float32(np.inf)
        )

    def local_normals(self, points, solid):
        """Outward unit normals in the part's frame.

        Args:
            points: array of shape `(3, n)`, in the part's frame, on solids.
            solid: int array of shape `(n,)`, which of the part's solids.

        Returns:
            The exact normals and the normals to shade with (rounded at the
            edges of solids with a bevel), both of shape `(3, n)`.
        """
        half = self.half[solid].T
        offset = points - self.centre[solid].T
        unit = offset / half
        normal = np.zeros_like(points)
        shading = normal
        is_box = solid < self.num_boxes
        if self.num_boxes:
            axis = np.abs(unit).argmax(0)
            columns = np.arange(points.shape[1])
            normal[axis, columns] = np.sign(unit[axis, columns])
            shading = normal
            bevel = self.bevel[solid]
            if bevel.any():
                # Near an edge the normal leans towards the side beyond it.
                inset = np.abs(offset) - half + bevel
                lean = np.maximum(inset, 0) / np.maximum(bevel, 1e-6)
                shading = normal + 0.9 * lean**2 * np.sign(offset)
                shading /= np.linalg.norm(shading, axis=0)
                shading = np.where(is_box & (bevel > 0), shading, normal)
        if self.num_solids > self.num_boxes:
            k = self.num_boxes + self.num_frustums
            round_normal = unit / half  # Of an ellipsoid.
            if self.num_frustums:
                which = np.clip(solid - self.num_boxes, 0, None)
                which = np.minimum(which, self.num_frustums - 1)
                low, high, slope = (
                    self._frustum[i][which, 0] for i in (2, 3, 5)
                )
                side = offset.copy()
                side[2] = -slope * np.hypot(offset[0], offset[1])
                above, below = high - points[2], points[2] - low
                cap = (np.minimum(above, below) < 1e-4) & (
                    np.abs(side[:2]).max(0) > 0
                )
                # A ray that comes in through a cap lands exactly on it.
                side[:2] *= ~cap
                side[2] = np.where(cap, np.where(above < below, 1, -1), side[2])
                is_frustum = ~is_box & (solid < k)
                round_normal = np.where(is_frustum, side, round_normal)
            length = np.linalg.norm(round_normal, axis=0)
            round_normal /= np.maximum(length, 1e-12)
            shading = np.where(is_box, shading, round_normal)
            normal = np.where(is_box, normal, round_normal)
        return normal, shading


def room_exit(size, origins, directions):
    """Where rays from inside the room's box leave it.

    Args:
        size: array of 3 floats. The room is the box from 0 to `size`.
        origins: array of shape `(3, n)` or `(3, 1)`.
        directions: array of shape `(3, n)`.

    Returns:
        Distances of shape `(n,)` and the plane that is met, as
        `2 * axis + (1 at the high end)`: 0 to 3 walls, 4 floor, 5 ceiling.
    """
    nearest = plane = None
    for axis in range(3):
        direction = directions[axis]
        direction = np.where(
            np.abs(direction) < 1e-7, np.float32(1e-7), direction
        )
        positive = direction > 0
        t = (np.where(positive, size[axis], 0) - origins[axis]) / direction
        side = 2 * axis + positive
        if nearest is None:
            nearest, plane = t, side
        else:
            plane = np.where(t < nearest, side, plane)
            nearest = np.minimum(nearest, t)
    return nearest.astype("float32"), plane
