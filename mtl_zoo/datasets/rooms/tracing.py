"""What rays meet first, and what is in the way of light."""

import numpy as np

from mtl_zoo.datasets.rooms import geometry
from mtl_zoo.datasets.rooms.materials.base import Surface

# Rays that are compared with all parts at once: as many as caches hold.
_CHUNK = 1024


def trace(scene, camera, x, y):
    """What the rays through the image points `x`, `y` hit first.

    Returns:
        z-depths of shape `(n,)`, solids of shape `(n,)` (0 to 5 are the
        room's planes) and ray directions of shape `(3, n)`.
    """
    origin = np.asarray(camera.position, "float32")[:, None]
    directions = camera.directions(x, y)
    depth, solid = geometry.room_exit(scene.size, origin, directions)
    for plane, low, high, bottom, top in scene.holes:
        at = np.flatnonzero(solid == plane)
        along = 1 - plane // 2
        a = origin[along] + depth[at] * directions[along, at]
        z = origin[2] + depth[at] * directions[2, at]
        inside = (a > low) & (a < high) & (z > bottom) & (z < top)
        depth[at[inside]] = np.inf
    px, py, pz = camera.project(scene.corners)
    px, py, pz = (v.reshape(-1, 8) for v in (px, py, pz))
    left, right, above, below = px.min(1), px.max(1), py.min(1), py.max(1)
    nearest, farthest = pz.min(1), pz.max(1)
    before = nearest > 0.02
    met = (left <= x.max()) & (right >= x.min())
    met &= (above <= y.max()) & (below >= y.min())
    for index in np.flatnonzero((farthest >= 0.02) & (met | ~before)):
        part = scene.parts[index]
        if before[index]:
            seen = (x >= left[index]) & (x <= right[index])
            seen &= (y >= above[index]) & (y <= below[index])
            at = np.flatnonzero(seen)
            if not at.size:
                continue
        else:
            at = np.arange(x.size)
        t = part.distances(*part.to_local(origin, directions[:, at]))
        which = t.argmin(0)
        t = t[which, np.arange(at.size)]
        nearer = t < depth[at]
        at = at[nearer]
        depth[at] = t[nearer]
        solid[at] = part.first_solid + which[nearer]
    return depth, solid, directions


def occlusion(scene, origins, directions, limits, ignore=()):
    """Distance to the nearest solid along rays, infinite beyond `limits`.

    Args:
        scene: `Scene`.
        origins: array of shape `(3, n)`.
        directions: array of shape `(3, n)`, of length 1.
        limits: array of shape `(n,)`.
        ignore: parts that let light through.
    """
    nearest = np.full(limits.shape, np.inf, "float32")
    close = _near_spheres(scene, origins, directions, limits)
    for index in np.flatnonzero(close.any(1)):
        if index in ignore:
            continue
        part = scene.parts[index]
        at = np.flatnonzero(close[index])
        rays = part.to_local(origins[:, at], directions[:, at])
        if part.num_solids > 2:
            met = np.flatnonzero(part.meets(*rays))
            at, rays = at[met], [vectors[:, met] for vectors in rays]
        t = part.distances(*rays)
        nearest[at] = np.minimum(nearest[at], t.min(0))
    nearest[nearest > limits] = np.inf
    return nearest


def _near_spheres(scene, origins, directions, limits):
    """Which rays come near which part's bounding sphere, `(parts, n)`."""
    spheres, radii = scene.spheres, scene.sphere_radii[:, None]
    close = np.empty((len(spheres), limits.size), bool)
    foot = -(origins * directions).sum(0)
    squared = (origins * origins).sum(0)
    one = np.ones(_CHUNK, "float32")
    for start in range(0, limits.size, _CHUNK):
        at = slice(start, start + _CHUNK)
        along = spheres[:, :4] @ np.stack([*directions[:, at], foot[at]])
        outside = spheres @ np.stack(
            [*(-2 * origins[:, at]), squared[at], one[: len(foot[at])]]
        )
        inside = close[:, at]
        np.greater(along, -radii, out=inside)
        # How far the ray passes by, from what is left of the two squares.
        outside -= along * along
        inside &= outside < 0
        along -= radii
        inside &= along < limits[at]
    return close


def find_surface(scene, camera, depth, solid, directions):
    """Points, normals and texture coordinates of the hits."""
    points = np.asarray(camera.position, "float32")[:, None]
    points = points + depth * directions
    normal = np.zeros_like(points)
    shading = np.zeros_like(points)
    local_normal = np.zeros_like(points)
    unit = np.zeros_like(points)
    local = points.copy()

    planes = np.flatnonzero(solid < 6)
    axis, high = solid[planes] // 2, solid[planes] % 2
    normal[axis, planes] = 1.0 - 2.0 * high
    shading[:, planes] = local_normal[:, planes] = normal[:, planes]

    order = np.argsort(scene.part_of_solid[solid], kind="stable")
    owners = scene.part_of_solid[solid][order]
    cuts = np.flatnonzero(np.diff(owners)) + 1
    for at in np.split(order, cuts):
        owner = scene.part_of_solid[solid[at[0]]]
        if owner < 0:
            continue
        part = scene.parts[owner]
        inside = part.rotation.T @ (points[:, at] - part.origin[:, None])
        which = solid[at] - part.first_solid
        exact, soft = part.local_normals(inside, which)
        local[:, at] = inside
        unit[:, at] = (inside - part.centre[which].T) / part.half[which].T
        local_normal[:, at] = exact
        normal[:, at] = part.rotation @ exact
        shading[:, at] = part.rotation @ soft
    axis = np.abs(local_normal).argmax(0)
    u = np.where(axis == 0, local[1], local[0])
    v = np.where(axis == 2, local[1], local[2])
    cosine = np.abs((normal * directions).sum(0))
    length = np.sqrt((directions * directions).sum(0))
    slant = np.maximum(cosine / length, 0.2)
    footprint = depth / (abs(camera.focal[0]) * slant)
    texture = Surface(u, v, unit, local_normal, footprint)
    return points, normal, shading, texture
