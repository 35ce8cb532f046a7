"""The light that hits send to the camera."""

import numpy as np

from mtl_zoo.datasets.rooms import geometry
from mtl_zoo.datasets.rooms.materials.base import Surface
from mtl_zoo.datasets.rooms.tracing import occlusion

# Ambient light is dimmed by what is nearer than this, in metres.
AMBIENT_REACH = 0.9


NUM_SAMPLES = 8  # Points of a light, directions of ambient light.


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
    ray = _hemisphere(NUM_SAMPLES)[:, pattern]
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


def light_hits(scene, camera, shape, depth, solid, directions, hits):
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
