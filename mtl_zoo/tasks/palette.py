"""Colours for classes that have none of their own, and for depth."""

import functools

import numpy as np

# Ten points of viridis (https://bids.github.io/colormap), which grows evenly
# lighter and is readable with any colour vision.
_VIRIDIS = np.array(
    [
        (68, 1, 84),
        (72, 40, 120),
        (62, 74, 137),
        (49, 104, 142),
        (38, 130, 142),
        (31, 158, 137),
        (53, 183, 121),
        (109, 205, 89),
        (180, 222, 44),
        (253, 231, 37),
    ]
)


@functools.lru_cache
def distinct_colors(num_colors):
    """Colours that are easy to tell apart and none of which glares.

    Each colour is the one that is farthest, in the CIELAB space, from black,
    white and all before it, of those of 4,096 that are neither very dark or
    light nor fully saturated. So they are always the same, and a longer list
    starts with the shorter one.

    Args:
        num_colors: Integer, up to 255.

    Returns:
        Read-only uint8 array `(num_colors, 3)`.
    """
    steps = np.linspace(0, 255, 16).round()
    grid = np.stack(np.meshgrid(steps, steps, steps), -1).reshape(-1, 3)
    places = _to_lab(grid)
    chroma = np.linalg.norm(places[:, 1:], axis=-1)
    mild = (abs(places[:, 0] - 60) < 28) & (chroma < 62)
    grid, places = grid[mild], places[mild]
    taken = _to_lab(np.array([[0, 0, 0], [255, 255, 255]]))
    distance = np.linalg.norm(places[:, None] - taken, axis=-1).min(1)
    colors = np.empty((num_colors, 3), "uint8")
    for i in range(num_colors):
        best = distance.argmax()
        colors[i] = grid[best]
        distance = np.minimum(
            distance, np.linalg.norm(places - places[best], axis=-1)
        )
    colors.setflags(write=False)
    return colors


def viridis(values):
    """The colours of values from 0 to 1.

    Args:
        values: Float array; what is outside is clipped.

    Returns:
        uint8 array of shape `(*values.shape, 3)`.
    """
    places = np.linspace(0, 1, len(_VIRIDIS))
    channels = [np.interp(values, places, channel) for channel in _VIRIDIS.T]
    return np.stack(channels, -1).round().astype("uint8")


def scaled_colors(values):
    """Numbers of any range as red, green and blue, or as greys.

    Args:
        values: Float array `(height, width[, channels])`. Of three channels or
            more the first three are the colours, of fewer the first.

    Returns:
        uint8 array `(height, width, 3)`, 0 for the least of all finite values,
        255 for the greatest.
    """
    values = values.reshape(*values.shape[:2], -1)
    values = values[..., : 3 if values.shape[-1] >= 3 else 1]
    finite = values[np.isfinite(values)]
    if not finite.size:
        return np.zeros((*values.shape[:2], 3), "uint8")
    low, high = finite.min(), finite.max()
    shares = np.nan_to_num((values - low) / max(high - low, 1e-9))
    colors = (255 * shares.clip(0, 1)).round().astype("uint8")
    return np.broadcast_to(colors, (*values.shape[:2], 3))


def _to_lab(rgb):
    """CIELAB of sRGB colours 0…255 (white point D65)."""
    c = rgb / 255.0
    c = np.where(c > 0.04045, ((c + 0.055) / 1.055) ** 2.4, c / 12.92)
    to_xyz = [
        [0.4124, 0.3576, 0.1805],
        [0.2126, 0.7152, 0.0722],
        [0.0193, 0.1192, 0.9505],
    ]
    x = c @ np.transpose(to_xyz) / [0.9505, 1.0, 1.089]
    f = np.where(x > 0.008856, np.cbrt(x), 7.787 * x + 16 / 116)
    return np.stack(
        [
            116 * f[:, 1] - 16,
            500 * (f[:, 0] - f[:, 1]),
            200 * (f[:, 1] - f[:, 2]),
        ],
        -1,
    )
