"""Books, leaves, cabinet fronts and other things."""

import dataclasses
import functools

import numpy as np

from mtl_zoo.datasets.rooms.materials.base import Material
from mtl_zoo.datasets.rooms.materials.base import cell_hash
from mtl_zoo.datasets.rooms.materials.base import linear
from mtl_zoo.datasets.rooms.materials.base import mix
from mtl_zoo.datasets.rooms.materials.base import noise
from mtl_zoo.datasets.rooms.materials.base import whole


@dataclasses.dataclass
class Leaves(Material):
    """Foliage: strong mottling between two greens."""

    def __call__(self, surface):
        leaf = noise(surface.u, surface.v, 0.16, self.seed)
        return self.color * np.clip(1 + 0.55 * leaf, 0.15, 2.2)


@dataclasses.dataclass
class Books(Material):
    """A row of book spines along u; paper on top."""

    width: float = 0.035

    def __call__(self, surface):
        u = surface.u
        index = whole(u / self.width)
        palette = _book_palette()
        pick = (cell_hash(index, 1, self.seed) * palette.shape[1]).astype(int)
        color = palette[:, pick]
        color = color * (0.7 + 0.6 * cell_hash(index, 2, self.seed))
        across = u / self.width - index
        gap = (np.minimum(across, 1 - across) < 0.1) * 0.6
        gap = mix(0.12, gap, surface.fade(self.width * 0.6))
        y = surface.unit[2]
        place = cell_hash(index, 5, self.seed) * 0.8 - 0.1
        title = (np.abs(y - place) < 0.22) & (
            cell_hash(index, 4, self.seed) > 0.4
        )
        color = mix(color, np.float32(0.75), 0.7 * title)
        color = color * (1 - gap)
        top = np.abs(surface.normal[2]) > 0.5
        return np.where(top, np.float32(0.62) * (1 - gap * 0.5), color)


@functools.cache
def _book_palette():
    colors = (
        "#8c1c13 #1d3557 #2a6041 #e9c46a #f4f1de #264653 #6d597a #b56576"
        " #111111 #d4a373 #457b9d #bc4b32 #ffffff #3a5a40 #9a8c98 #e07a5f"
    )
    return np.concatenate([linear(c) for c in colors.split()], 1)


@dataclasses.dataclass
class Cover(Material):
    """One lying book: a coloured cover, white pages at the sides."""

    def __call__(self, surface):
        side = np.abs(surface.normal[2]) < 0.5
        pages = side & (np.abs(surface.unit[2]) < 0.6)
        label = (np.abs(surface.unit[0]) < 0.55) & (
            np.abs(surface.unit[1] - 0.4) < 0.18
        )
        color = mix(self.color, np.float32(0.8), 0.6 * (label & ~side))
        return np.where(pages, np.float32(0.7), color)


@dataclasses.dataclass
class Doors(Material):
    """Panels, doors or drawers on the front of a cabinet.

    The front is cut into `columns` x `rows`, each with a dark gap around it
    and a lighter bevel, and a knob or a bar.
    """

    base: Material | None = None
    columns: int = 2
    rows: int = 1
    knob: np.ndarray | None = None
    width: float = 1.0
    height: float = 1.0
    inset: bool = True

    def __call__(self, surface):
        color = self.base(surface)
        front = np.abs(surface.normal[1]) > 0.5
        x = (surface.unit[0] * 0.4999 + 0.5) * self.columns
        z = (surface.unit[2] * 0.4999 + 0.5) * self.rows
        i, j = whole(x), whole(z)
        x, z = x - i, z - j
        dx = np.minimum(x, 1 - x) * self.width / self.columns
        dz = np.minimum(z, 1 - z) * self.height / self.rows
        edge = np.minimum(dx, dz)
        tone = 0.95 + 0.1 * cell_hash(i, j, self.seed)
        shade = tone * (1 - 0.85 * surface.line(edge, 0.006))
        if self.inset:
            rim = surface.line(np.abs(edge - 0.07), 0.01)
            shade = shade * (1 - 0.25 * rim)
        color = np.where(front, color * shade, color)
        if self.knob is not None:
            if self.rows >= self.columns:
                wide = np.abs(x - 0.5) * self.width / self.columns
                tall = np.abs(z - 0.6) * self.height / self.rows
                knob = (wide < 0.06) & (tall < 0.014)
            else:
                # Doors open from the middle: handles meet in pairs.
                side = np.where(i & 1, x, 1 - x) * self.width / self.columns
                tall = np.abs(z - 0.5) * self.height
                knob = (np.abs(side - 0.05) < 0.014) & (tall < 0.08)
            color = np.where(front & knob, self.knob, color)
        return color


@dataclasses.dataclass
class Cardboard(Material):
    """A cardboard box with tape and a label."""

    def __call__(self, surface):
        x, z = surface.unit[0], surface.unit[2]
        tape = (np.abs(x) < 0.09) & (
            (np.abs(surface.normal[2]) > 0.5) | (z > 0.55)
        )
        color = self.color * (
            1 + 0.08 * noise(surface.u, surface.v, 0.25, self.seed)
        )
        label = (
            (np.abs(surface.unit[0] - 0.45) < 0.25)
            & (np.abs(z - 0.1) < 0.25)
            & (np.abs(surface.normal[1]) > 0.5)
        )
        color = np.where(tape, color * 1.35 + 0.03, color)
        return np.where(label, np.float32(0.7), color)


@dataclasses.dataclass
class Ball(Material):
    """A ball of two colours in segments."""

    second: np.ndarray | None = None

    def __call__(self, surface):
        x, y, z = surface.unit
        segment = (np.arctan2(y, x) * (3 / np.pi) + 6).astype(int) & 1
        color = np.where(segment & (np.abs(z) < 0.9), self.second, self.color)
        return color


@dataclasses.dataclass
class Labelled(Material):
    """A bottle, can or packet: a band of another colour around its middle."""

    second: np.ndarray | None = None

    def __call__(self, surface):
        z = surface.unit[2]
        band = np.abs(z + 0.2) < 0.35
        mark = noise(surface.u, surface.v, 0.06, self.seed) > 0.9
        label = np.where(mark, self.color, self.second)
        return np.where(band, label, self.color)
