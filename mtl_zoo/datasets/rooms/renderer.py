"""Renders a scene: the image and, from the same rays, the exact labels.

One ray per pixel finds the surface; every label is read off that hit. Light
comes from area lights: every second pixel sends one shadow ray to one of 8
points of the light, neighbouring pixels to other points, and the pixels around
it that show the same surface are then averaged. Ambient light is dimmed near
other surfaces in the same way. Pixels at outlines get four more rays, coloured
like the neighbour that shows what they hit.
"""

import numpy as np

from mtl_zoo.datasets.rooms.labels import instance_edges
from mtl_zoo.datasets.rooms.labels import salient
from mtl_zoo.datasets.rooms.shading import light_hits
from mtl_zoo.datasets.rooms.tracing import find_surface
from mtl_zoo.datasets.rooms.tracing import trace


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
    hits = find_surface(scene, camera, depth, solid, directions)
    radiance = light_hits(scene, camera, shape, depth, solid, directions, hits)
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
