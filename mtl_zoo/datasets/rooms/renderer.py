"""Renders a scene: the image and, from the same rays, the exact labels.

One ray per pixel finds the surface; every label is read off that hit. Light
comes from area lights: every second pixel sends one shadow ray to one of 8
points of the light, neighbouring pixels to other points, and the pixels around
it that show the same surface are then averaged. Ambient light is dimmed near
other surfaces in the same way. Pixels at outlines get four more rays, coloured
like the neighbour that shows what they hit.
"""

import dataclasses

import numpy as np

from mtl_zoo.datasets.rooms import geometry
from mtl_zoo.datasets.rooms.materials import Surface

# Ambient light is dimmed by what is nearer than this, in metres.
AMBIENT_REACH = 0.9
# Free-standing objects that are this much farther than the nearest one are
# salient too.
SALIENCY_REACH = 1.2
# Objects smaller than this share of the image are not salient.
SALIENCY_SHARE = 0.01
_SAMPLES = 8  # Points of a light, directions of ambient light.


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
    for part in scene.parts:
        px, py, pz = camera.project(part.corners)
        if pz.max() < 0.02:
            continue
        if pz.min() > 0.02:
            seen = (x >= px.min()) & (x <= px.max())
            seen &= (y >= py.min()) & (y <= py.max())
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
    # Which rays come near which part's bounding sphere, all at once.
    one = np.ones_like(limits)
    spheres, radii = scene.spheres, scene.sphere_radii[:, None]
    along = spheres[:, :4] @ np.stack(
        [*directions, -(origins * directions).sum(0)]
    )
    outside = spheres @ np.stack(
        [*(-2 * origins), (origins * origins).sum(0), one]
    )
    close = outside < along * along
    close &= along > -radii
    along -= radii
    close &= along < limits
    for index in np.flatnonzero(close.any(1)):
        if index in ignore:
            continue
        part = scene.parts[index]
        at = np.flatnonzero(close[index])
        t = part.distances(*part.to_local(origins[:, at], directions[:, at]))
        nearest[at] = np.minimum(nearest[at], t.min(0))
    nearest[nearest > limits] = np.inf
    return nearest


def _surface(scene, camera, depth, solid, directions):
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


def _albedo(scene, solid, surface):
    """Colour, strength of the highlight and emission of the hits."""
    material = scene.material_of_solid[solid]
    order = np.argsort(material, kind="stable")
    cuts = np.flatnonzero(np.diff(material[order])) + 1
    color = np.empty((3, solid.size), "float32")
    specular = np.empty(solid.size, "float32")
    emission = np.empty(solid.size, "float32")
    for at in np.split(order, cuts):
        paint = scene.materials[material[at[0]]]
        color[:, at] = paint(
            Surface(
                surface.u[at],
                surface.v[at],
                surface.unit[:, at],
                surface.normal[:, at],
                surface.footprint[at],
            )
        )
        specular[at] = paint.specular
        emission[at] = paint.emission
    return np.clip(color, 0.0, 1.0), specular, emission


def _pattern(shape):
    """Which sample each pixel takes, -1 for none.

    Every second pixel takes one, and any 4x4 pixels take all of them.
    """
    order = np.array(
        [[0, -1, 2, -1], [-1, 4, -1, 6], [3, -1, 1, -1], [-1, 7, -1, 5]]
    )
    rows = np.arange(shape[0])[:, None] % 4
    columns = np.arange(shape[1])[None] % 4
    return order[rows, columns].ravel()


def _average(values, known, key, shape, reach):
    """Means over the pixels around each one that show the same surface.

    Args:
        values: array of shape `(c, n)`.
        known: array of shape `(n,)`. 1 where there is a value, else 0.
        key: int array of shape `(n,)`. What makes a surface one.
        shape: pair of ints. The image's height and width.
        reach: `range` of the rows and columns around a pixel.
    """
    height, width = shape
    values = np.concatenate([values * known, known[None]])
    values = values.reshape(-1, height, width)
    key = key.reshape(height, width)
    total = values.copy()
    for dy in reach:
        for dx in reach:
            if dy == dx == 0:
                continue
            here = (
                slice(max(0, -dy), height - max(0, dy)),
                slice(max(0, -dx), width - max(0, dx)),
            )
            there = (
                slice(max(0, dy), height - max(0, -dy)),
                slice(max(0, dx), width - max(0, -dx)),
            )
            same = (key[here] == key[there]).astype("float32")
            total[(slice(None), *here)] += same * values[(slice(None), *there)]
    total = total.reshape(len(total), -1)
    # A pixel alone on its surface that sent no ray has no shadow.
    return (total[:-1] + 1e-6) / (total[-1] + 1e-6)


def _hemisphere(count):
    """Directions about the z axis, denser towards it, `(3, count)`."""
    i = np.arange(count)
    radius = np.sqrt((i + 0.5) / count)
    angle = i * 2.399963
    return np.stack(
        [radius * np.cos(angle), radius * np.sin(angle), np.sqrt(1 - radius**2)]
    ).astype("float32")


def _ambient_visibility(scene, points, normal, pattern):
    """How free of near surfaces the half-space over each point is."""
    ray = _hemisphere(_SAMPLES)[:, pattern]
    # A frame about the normal (Duff et al. 2017).
    x, y, z = normal
    sign = np.where(z < 0, np.float32(-1), np.float32(1))
    a = -1 / (sign + z)
    b = x * y * a
    first = np.stack([1 + sign * x * x * a, sign * b, -sign * x])
    second = np.stack([b, sign + y * y * a, -y])
    directions = first * ray[0] + second * ray[1] + normal * ray[2]
    origins = points + 2e-3 * normal
    limits = np.full(points.shape[1], AMBIENT_REACH, "float32")
    nearest = occlusion(scene, origins, directions, limits)
    room, _ = geometry.room_exit(scene.size, origins, directions)
    nearest = np.minimum(nearest, np.where(room > 0, room, np.inf))
    return np.minimum(nearest / AMBIENT_REACH, 1) ** 0.7


def _light_visibility(scene, light, points, normal, pattern):
    """Direct light at each point, without and with what is in its way.

    Returns:
        Unshadowed irradiance of shape `(n,)`, the share of the light that
        arrives of shape `(n,)`, and unit directions to the light.
    """
    visible = np.zeros(points.shape[1], "float32")
    if light.kind == "sun":
        towards = np.broadcast_to(light.direction[:, None], points.shape)
        irradiance = light.power * np.maximum((normal * towards).sum(0), 0)
        at = np.flatnonzero((irradiance > 0) & (pattern >= 0))
        # Only what sees the sun through the window's opening.
        plane, low, high, bottom, top = light.hole
        axis = plane // 2
        wall = scene.size[axis] * (plane % 2)
        jitter = light.samples[:, pattern[at]]
        towards = (light.direction[:, None] + jitter).astype("float32")
        t = (wall - points[axis, at]) / towards[axis]
        a = points[1 - axis, at] + t * towards[1 - axis]
        z = points[2, at] + t * towards[2]
        through = (a > low) & (a < high) & (z > bottom) & (z < top) & (t > 0)
        at, t, towards = at[through], t[through], towards[:, through]
        if at.size:
            origins = points[:, at] + 2e-3 * normal[:, at]
            hit = occlusion(scene, origins, towards, t + 0.02, light.ignore)
            visible[at] = np.isinf(hit)
        return irradiance, visible, light.direction[:, None]
    towards = light.position[:, None] - points
    squared = (towards * towards).sum(0)
    towards /= np.sqrt(squared)
    irradiance = np.maximum((normal * towards).sum(0), 0)
    irradiance *= light.power / (squared + light.size**2)
    if light.normal is not None:
        cosine = -(light.normal[:, None] * towards).sum(0)
        irradiance *= np.maximum(cosine, 0.02)
    at = np.flatnonzero((irradiance > 1e-3) & (pattern >= 0))
    origins = points[:, at] + 2e-3 * normal[:, at]
    samples = light.position[:, None] + light.samples
    offset = samples[:, pattern[at]] - origins
    length = np.sqrt((offset * offset).sum(0))
    hit = occlusion(scene, origins, offset / length, length, light.ignore)
    visible[at] = np.isinf(hit)
    return irradiance, visible, towards


def _radiance(scene, camera, shape, depth, solid, directions, hits):
    """Linear RGB of shape `(3, n)` before exposure."""
    points, normal, shading, surface = hits
    pattern = _pattern(shape)
    axis = np.abs(surface.normal).argmax(0)
    key = solid * 3 + axis
    albedo, specular, emission = _albedo(scene, solid, surface)
    lights, visibilities = [], []
    for light in scene.lights:
        irradiance, visible, towards = _light_visibility(
            scene, light, points, shading, pattern
        )
        lights.append((light, irradiance, towards))
        visibilities.append(visible)
    known = (pattern >= 0).astype("float32")
    at = np.flatnonzero(known)
    ambient = np.zeros_like(depth)
    ambient[at] = _ambient_visibility(
        scene, points[:, at], normal[:, at], pattern[at]
    )
    visibilities.append(ambient)
    # 4x4 pixels hold all samples; 3x3 more hide that these are few.
    visible = _average(np.stack(visibilities), known, key, shape, range(-1, 3))
    known = np.ones_like(depth)
    visibilities = _average(visible, known, key, shape, range(-1, 2))

    view = -directions / np.sqrt((directions * directions).sum(0))
    direct = np.zeros_like(albedo)
    shine = np.zeros_like(albedo)
    glossy = np.flatnonzero(specular > 0)
    for (light, irradiance, towards), visible in zip(
        lights, visibilities[:-1], strict=True
    ):
        arriving = irradiance * visible
        direct += light.color * arriving
        if glossy.size:
            towards = np.broadcast_to(towards, points.shape)[:, glossy]
            middle = towards + view[:, glossy]
            middle = middle / np.sqrt((middle * middle).sum(0))
            gloss = np.maximum((middle * shading[:, glossy]).sum(0), 0) ** 40
            gloss = gloss * specular[glossy] * arriving[glossy]
            shine[:, glossy] += light.color * gloss
    # What the room's surfaces send on to each other, on average.
    bounce = (albedo * direct).mean(1, keepdims=True)
    bounce = 0.35 * bounce + 0.65 * bounce.mean()
    ambient = scene.ambient * scene.ambient_color + 1.9 * bounce
    # Floors are brighter than the ceilings that see them.
    tilt = 0.93 + 0.12 * shading[2] + 0.05 * shading[0]
    ambient = ambient * (visibilities[-1] * tilt)
    return albedo * (direct + ambient + emission) + shine


def _smooth_outlines(scene, camera, shape, radiance, solid, x, y):
    """Averages four subpixels where a pixel's neighbour is another solid."""
    height, width = shape
    image = solid.reshape(shape)
    differs = np.zeros(shape, bool)
    for axis in (0, 1):
        change = np.diff(image, axis=axis) != 0
        first = [slice(None)] * 2
        second = [slice(None)] * 2
        first[axis], second[axis] = slice(None, -1), slice(1, None)
        differs[tuple(first)] |= change
        differs[tuple(second)] |= change
    at = np.flatnonzero(differs.ravel())
    if not at.size:
        return radiance
    offsets = (
        (-0.125, -0.375),
        (0.375, -0.125),
        (0.125, 0.375),
        (-0.375, 0.125),
    )
    sub_x = np.concatenate([x[at] + dx for dx, _ in offsets])
    sub_y = np.concatenate([y[at] + dy for _, dy in offsets])
    _, seen, _ = trace(scene, camera, sub_x, sub_y)
    row, column = at // width, at % width
    row, column = np.tile(row, 4), np.tile(column, 4)
    source = np.tile(at, 4)
    lost = np.flatnonzero(seen != solid[source])
    right = np.where(sub_x[lost] > column[lost] + 0.5, 1, -1)
    below = np.where(sub_y[lost] > row[lost] + 0.5, 1, -1)
    # Neighbours on the subpixel's side last, so that they win.
    for dy, dx in (
        (-1, -1),
        (-1, 1),
        (1, -1),
        (1, 1),
        (0, -1),
        (-1, 0),
        (0, 1),
        (1, 0),
    ):
        r = np.clip(row[lost] + dy * below, 0, height - 1)
        c = np.clip(column[lost] + dx * right, 0, width - 1)
        neighbour = r * width + c
        match = solid[neighbour] == seen[lost]
        source[lost[match]] = neighbour[match]
    # Highlights and windows would outweigh the rest of the pixel.
    colors = np.minimum(radiance[:, source], 3.0)
    radiance = radiance.copy()
    radiance[:, at] = colors.reshape(3, 4, -1).mean(1)
    return radiance


def tone_map(radiance):
    """8-bit sRGB-like values of exposed linear radiance."""
    # A shoulder towards white: windows and lamps saturate softly.
    value = radiance * (1 + radiance / 9.0) / (1 + 0.45 * radiance)
    value = np.clip(value, 0, 1) ** (1 / 2.2)
    return (value * 255 + 0.5).astype("uint8")


def instance_edges(instance):
    """1 where one of the four neighbours belongs to another instance."""
    edge = np.zeros(instance.shape, bool)
    rows = instance[1:] != instance[:-1]
    columns = instance[:, 1:] != instance[:, :-1]
    edge[1:] |= rows
    edge[:-1] |= rows
    edge[:, 1:] |= columns
    edge[:, :-1] |= columns
    return edge


def salient(scene, depth, instance):
    """The nearest free-standing objects.

    An object is a piece of furniture, a ball, a lamp ... that stands in the
    room, with what stands or lies on it. It is salient when it covers at least
    1 % of the image and its nearest visible point (the 5th percentile of
    depth) is at most 1.2 times as far as that of the nearest such object. Where
    none is that large, the largest one is salient.
    """
    group = scene.group_of_instance[instance]
    best, candidates = None, []
    for number in np.unique(group[group >= 0]):
        inside = group == number
        area = inside.mean()
        if best is None or area > best[0]:
            best = (area, number)
        if area >= SALIENCY_SHARE:
            candidates.append((np.percentile(depth[inside], 5), number))
    if not candidates:
        chosen = [] if best is None else [best[1]]
    else:
        limit = SALIENCY_REACH * min(candidates)[0]
        chosen = [number for near, number in candidates if near <= limit]
    return np.isin(group, chosen)


def render(scene, camera, image_size):
    """Renders the image and its labels, without the sensor's faults.

    Args:
        scene: `Scene`.
        camera: `Camera`, for this image size.
        image_size: pair of ints. Height and width.

    Returns:
        A dictionary of arrays: `image` uint8 `(h, w, 3)`; `radiance` float32
        `(h, w, 3)`, what `image` was tone-mapped from; `semseg` int32
        `(h, w)`; `depth` float32 `(h, w, 1)`, metres along the camera's z
        axis; `normals` float32 `(h, w, 3)`, in the camera's frame; `edge` and
        `saliency` float32 `(h, w, 1)`, 0 or 1; `instance` int32 `(h, w)`;
        `glass` bool `(h, w)`, panes and screens.
    """
    shape = height, width = tuple(image_size)
    y, x = np.meshgrid(
        np.arange(height, dtype="float32") + 0.5,
        np.arange(width, dtype="float32") + 0.5,
        indexing="ij",
    )
    x, y = x.ravel(), y.ravel()
    depth, solid, directions = trace(scene, camera, x, y)
    hits = _surface(scene, camera, depth, solid, directions)
    radiance = _radiance(scene, camera, shape, depth, solid, directions, hits)
    luminance = np.array([0.25, 0.65, 0.1], "float32") @ radiance
    key = np.exp(np.log(np.clip(luminance, 1e-3, 4)).mean()) / scene.exposure
    # As a camera does: rather a dark room than a burnt-out wall.
    key = max(key, np.percentile(luminance[::7], 85) / 0.95)
    radiance = radiance / key
    radiance = _smooth_outlines(scene, camera, shape, radiance, solid, x, y)
    radiance = radiance.T.reshape(height, width, 3)

    instance = scene.instance_of_solid[solid].reshape(shape)
    rotation = np.asarray(camera.rotation, "float32")
    normals = (rotation @ hits[1]).T
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    depth = depth.reshape(shape)
    return {
        "image": tone_map(radiance),
        "radiance": radiance,
        "semseg": scene.label_of_instance[instance].astype("int32"),
        "depth": depth[..., None].astype("float32"),
        "normals": normals.reshape(height, width, 3).astype("float32"),
        "edge": instance_edges(instance)[..., None].astype("float32"),
        "saliency": salient(scene, depth, instance)[..., None].astype(
            "float32"
        ),
        "instance": instance.astype("int32"),
        "glass": scene.glass_of_solid[solid].reshape(shape),
    }
