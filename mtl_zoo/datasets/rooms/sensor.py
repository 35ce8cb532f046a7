"""What a cheap colour and depth camera makes of a rendered room.

The image loses some sharpness, gets vignetting, a colour cast and noise; the
depth loses the pixels that a structured-light sensor does not measure. Class,
normals and edges stay exact.
"""

import numpy as np

from mtl_zoo.datasets.rooms.renderer import tone_map

# Metres; a structured-light sensor measures between these.
DEPTH_RANGE = (0.4, 10.0)
_BASELINE = 0.075  # Metres from projector to camera.


def expose(rng, radiance):
    """An 8-bit image of exposed linear radiance of shape `(h, w, 3)`."""
    height, width, _ = radiance.shape
    # Now and then the camera takes lamplight or shade for white.
    strength = rng.choice((1.0, 3.5), p=(0.8, 0.2))
    balance = np.exp(strength * rng.normal(0, (0.035, 0.0, 0.05)))
    balance = balance.astype("float32")
    gain = np.exp(rng.normal(0, 0.12)).astype("float32") * balance
    image = radiance * gain

    y = np.linspace(-1, 1, height, dtype="float32")[:, None]
    x = np.linspace(-1, 1, width, dtype="float32")[None]
    vignette = 1 - rng.uniform(0, 0.12) * (x * x + y * y)
    image = image * vignette[..., None].astype("float32")

    # The lens: a small blur, of a share of a pixel.
    side = np.float32(rng.uniform(0.02, 0.10))
    for axis in (0, 1):
        first = [slice(None)] * 3
        last = [slice(None)] * 3
        first[axis], last[axis] = slice(0, 1), slice(-1, None)
        padded = np.concatenate(
            [image[tuple(first)], image, image[tuple(last)]], axis
        )
        before, after = [slice(None)] * 3, [slice(None)] * 3
        before[axis], after[axis] = slice(0, -2), slice(2, None)
        image = (1 - 2 * side) * image + side * (
            padded[tuple(before)] + padded[tuple(after)]
        )

    shot, read = rng.uniform(0.004, 0.018), rng.uniform(0.001, 0.005)
    deviation = np.sqrt(shot**2 * np.maximum(image, 0) + read**2)
    grain = rng.standard_normal(image.shape, dtype="float32")
    return tone_map(np.maximum(image + deviation * grain, 0))


def _patches(rng, shape, cell):
    """Smooth noise between 0 and 1, in blobs of about `cell` pixels."""
    height, width = shape
    coarse = rng.random((height // cell + 2, width // cell + 2))
    y, x = np.arange(height) / cell, np.arange(width) / cell
    i, j = y.astype(int), x.astype(int)
    y, x = (y - i)[:, None], x - j
    rows = coarse[i] * (1 - y) + coarse[i + 1] * y
    return rows[:, j] * (1 - x) + rows[:, j + 1] * x


def lose_depth(rng, depth, normals, glass, radiance, focal):
    """Sets the depth that a structured-light sensor misses to 0.

    Args:
        rng: `np.random.Generator`.
        depth: array of shape `(h, w)`, exact.
        normals: array of shape `(h, w, 3)`, in the camera's frame.
        glass: bool array of shape `(h, w)`. Panes and screens, which return
            little of the projector's light.
        radiance: array of shape `(h, w, 3)`.
        focal: float. Focal length in pixels.

    Returns:
        Array of shape `(h, w)`.
    """
    height, width = depth.shape
    # Behind an outline lies a strip that the projector, which sits to the
    # right, does not reach: its width is the jump in disparity.
    disparity = _BASELINE * focal / depth
    reach = max(1, int(np.ceil(_BASELINE * focal / DEPTH_RANGE[0])))
    lost = np.zeros(depth.shape, bool)
    for shift in range(1, min(reach, width - 1) + 1):
        jump = disparity[:, shift:] - disparity[:, :-shift]
        lost[:, :-shift] |= jump > np.maximum(shift - 0.5, 0.12)
    # Grazing and dark surfaces, in patches.
    y, x = np.indices(depth.shape)
    ray = np.stack([(x - width / 2) / focal, (y - height / 2) / focal], -1)
    slant = np.abs(
        normals[..., 2] + (normals[..., :2] * ray).sum(-1)
    ) / np.sqrt(1 + (ray * ray).sum(-1))
    fine = rng.random(depth.shape)
    chance = 0.8 * _patches(rng, depth.shape, max(2, width // 20))
    chance += 0.2 * fine
    dark = radiance.mean(-1) < 0.02
    lost |= (slant < 0.14) & (chance > 0.35)
    lost |= dark & (chance > 0.65)
    lost |= glass & (chance > 0.42)
    lost |= (depth < DEPTH_RANGE[0]) | (depth > DEPTH_RANGE[1])
    lost |= (depth > 6) & (chance > 0.75)
    lost |= fine > 0.996
    return np.where(lost, 0, depth).astype("float32")
