"""Colours, noise and the plain material that all others build on."""

import dataclasses
import functools

import numpy as np


def linear(color):
    """Linear RGB of an sRGB colour written as `"#rrggbb"`."""
    value = np.array([int(color[i : i + 2], 16) for i in (1, 3, 5)], "float32")
    value = (value / 255) ** 2.2
    return value.astype("float32")[:, None]


@dataclasses.dataclass
class Surface:
    """Points to find the colour of.

    Attributes:
        u: array of shape `(n,)`. Metres along the surface, horizontally.
        v: array of shape `(n,)`. Metres along the surface, upwards.
        unit: array of shape `(3, n)`. Position in the solid's bounding box,
            -1 to 1 along each axis.
        normal: array of shape `(3, n)`. Normal in the solid's frame.
        footprint: array of shape `(n,)`. Metres that a pixel covers.
    """

    u: np.ndarray
    v: np.ndarray
    unit: np.ndarray
    normal: np.ndarray
    footprint: np.ndarray

    def fade(self, detail):
        """1 where detail of this size (metres) shows, 0 where it is lost."""
        return np.clip(1.6 - self.footprint * (1.2 / detail), 0, 1)

    def line(self, distance, half_width):
        """The share of a pixel that a line covers, at a distance from it."""
        reach = self.footprint / 2
        overlap = np.minimum(distance + reach, half_width)
        overlap = overlap - np.maximum(distance - reach, -half_width)
        return np.clip(overlap / self.footprint, 0, 1)


_NOISE_SIZE = 512


@functools.cache
def _noise_table():
    """A periodic picture of noise with zero mean, octaves from 2 to 64."""
    rng = np.random.default_rng(7)
    spectrum = np.fft.rfft2(rng.standard_normal((_NOISE_SIZE, _NOISE_SIZE)))
    fy = np.fft.fftfreq(_NOISE_SIZE)[:, None] * _NOISE_SIZE
    fx = np.fft.rfftfreq(_NOISE_SIZE)[None] * _NOISE_SIZE
    radius = np.hypot(fx, fy)
    envelope = np.where(radius > 1, 1 / np.maximum(radius, 1) ** 1.1, 0)
    envelope *= np.exp(-((radius / 120) ** 2))
    noise = np.fft.irfft2(spectrum * envelope, (_NOISE_SIZE, _NOISE_SIZE))
    noise = np.clip(noise / noise.std(), -2.5, 2.5)
    return noise.astype("float32")


def noise(u, v, scale, seed=0):
    """Smooth noise, about -2 to 2; `scale` is the size of its largest blobs."""
    step = np.float32(_NOISE_SIZE / 4 / scale)
    row = (v * step + (seed * 97 % 509)).astype("int32") & (_NOISE_SIZE - 1)
    column = (u * step + (seed * 61 % 503)).astype("int32")
    return _noise_table()[row, column & (_NOISE_SIZE - 1)]


@functools.cache
def _hash_table():
    return np.random.default_rng(11).random(4096).astype("float32")


def cell_hash(i, j=0, seed=0):
    """A number in 0 to 1 for each pair of integers."""
    return _hash_table()[(i * 269 + j * 1117 + seed * 733) & 4095]


def whole(x):
    return np.floor(x).astype("int32")


def mix(a, b, weight):
    return a + (b - a) * weight


@dataclasses.dataclass
class Material:
    """A plain, slightly mottled surface; the base of all materials.

    Attributes:
        color: linear RGB of shape `(3, 1)`.
        specular: float. Strength of the highlight.
        emission: float. Radiance that it sends out, per albedo.
        seed: int. Varies the pattern.
    """

    color: np.ndarray
    specular: float = 0.0
    emission: float = 0.0
    seed: int = 0
    mottle: float = 0.03

    def __call__(self, surface):
        shade = noise(surface.u, surface.v, 0.7, self.seed)
        return self.color * (1 + self.mottle * shade)
