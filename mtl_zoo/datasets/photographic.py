"""What cameras do to a picture: light, colour, lens, sensor, compression.

On uint8 arrays `(height, width, 3)`; nothing moves, so that labels stay.
Networks trained on rendered images see photographs better after it.
"""

import io

import numpy as np
from PIL import Image
from PIL import ImageFilter


def photograph(image, rng):
    """A picture as another camera, light or app would have stored it.

    Each of these is drawn at random, most pictures get several: exposure,
    contrast, gamma, white balance, saturation (at times none), vignette, blur,
    sensor noise, JPEG.

    Args:
        image: uint8 array `(height, width, 3)`.
        rng: `numpy.random.Generator`.

    Returns:
        uint8 array of the same shape.

    Example:

    ```python
    photograph(image, np.random.default_rng(0))
    ```
    """
    x = image.astype("float32") / 255.0
    x = _change_tones(x, rng)
    if rng.random() < 0.5:
        x = x * _vignette(x.shape[:2], rng.uniform(0.0, 0.5))
    if rng.random() < 0.3:
        x = _blur(x, rng.uniform(0.3, 1.5))
    if rng.random() < 0.5:
        x = _add_noise(x, rng)
    x = (x.clip(0, 1) * 255).round().astype("uint8")
    if rng.random() < 0.4:
        x = _compress(x, int(rng.integers(25, 90)))
    return x


def _change_tones(x, rng):
    """Exposure, white balance, saturation, contrast and gamma."""
    gains = np.exp(rng.normal(0, 0.2)) * np.exp(rng.normal(0, 0.08, 3))
    x = x * gains.astype("float32")
    grey = x.mean(axis=-1, keepdims=True)
    saturation = 0.0 if rng.random() < 0.08 else rng.uniform(0.6, 1.4)
    x = grey + np.float32(saturation) * (x - grey)
    mean = x.mean()
    x = mean + np.float32(rng.uniform(0.7, 1.4)) * (x - mean)
    return x.clip(0, 1) ** np.float32(np.exp(rng.normal(0, 0.25)))


def _vignette(size, strength):
    y, x = (np.linspace(-1, 1, n, dtype="float32") ** 2 for n in size)
    return (1 - np.float32(strength / 2) * (y[:, None] + x))[..., None]


def _blur(x, radius):
    picture = Image.fromarray((x.clip(0, 1) * 255).astype("uint8"))
    blurred = picture.filter(ImageFilter.GaussianBlur(radius))
    return np.asarray(blurred).astype("float32") / 255.0


def _add_noise(x, rng):
    """Shot noise grows with the light, read noise does not; in colour."""
    shot, read = rng.uniform(0, 0.06), rng.uniform(0, 0.03)
    deviation = np.sqrt(shot**2 * x.clip(0, 1) + read**2)
    return x + deviation * rng.standard_normal(x.shape, dtype="float32")


def _compress(x, quality):
    file = io.BytesIO()
    Image.fromarray(x).save(file, "JPEG", quality=quality)
    return np.asarray(Image.open(file))
