"""What rooms are made of: wood, tiles, carpet, walls."""

import dataclasses

import numpy as np

from mtl_zoo.datasets.rooms.materials.base import Material
from mtl_zoo.datasets.rooms.materials.base import cell_hash
from mtl_zoo.datasets.rooms.materials.base import mix
from mtl_zoo.datasets.rooms.materials.base import noise
from mtl_zoo.datasets.rooms.materials.base import whole


@dataclasses.dataclass
class Wood(Material):
    """Wood grain along the u axis (or v), in planks if `plank` is not 0."""

    plank: float = 0.0
    length: float = 1.2
    upright: bool = False
    contrast: float = 1.0

    def __call__(self, surface):
        u, v = surface.u, surface.v
        if self.upright:
            u, v = v, u
        shade, gap = 1.0, 0.0
        if self.plank:
            row = whole(v / self.plank)
            shift = cell_hash(row, 3, self.seed) * self.length
            column = whole((u + shift) / self.length)
            tone = cell_hash(row, column, self.seed)
            shade = 0.82 + 0.36 * tone
            u = u + 3.7 * tone
            across = v / self.plank - row
            along = (u - 3.7 * tone + shift) / self.length
            along = along - np.floor(along)
            along = np.minimum(along, 1 - along) * self.length
            edge = np.minimum(across, 1 - across) * self.plank
            edge = np.minimum(edge, along)
            gap = 0.6 * surface.line(edge, 0.004)
        grain = noise(u * 0.12, v, 0.16, self.seed)
        fine = noise(u * 0.05, v, 0.03, self.seed + 1)
        grain = 0.09 * grain * surface.fade(0.04)
        grain = grain + 0.05 * fine * surface.fade(0.012)
        value = shade * (1 + self.contrast * grain) * (1 - gap)
        # Darker wood is redder.
        warm = np.array([[0.85], [1.0], [1.2]], "float32")
        return self.color * np.maximum(value, 0.1) ** warm


@dataclasses.dataclass
class Herringbone(Material):
    """Parquet whose planks are laid in zigzags, four times as long as wide."""

    plank: float = 0.09

    def __call__(self, surface):
        # Diagonal to the walls; a cell of the grid is as wide as a plank.
        turn = np.float32(np.sqrt(0.5) / self.plank)
        x, y = (surface.u + surface.v) * turn, (surface.u - surface.v) * turn
        i, j = whole(x), whole(y)
        step = (i - j) % 8
        lying = step < 4
        row = np.where(lying, j, i)
        start = np.where(lying, i - step, j + step - 7)
        tone = cell_hash(start, row * 2 + lying, self.seed)
        across = np.where(lying, y - j, x - i)
        along = np.where(lying, x, y) - start
        edge = np.minimum(across, 1 - across)
        edge = np.minimum(edge, np.minimum(along, 4 - along)) * self.plank
        grain = noise(along * 0.02 + tone, across * 0.09, 0.16, self.seed)
        shade = 0.8 + 0.4 * mix(0.5, tone, surface.fade(self.plank))
        shade = shade * (1 + 0.07 * grain * surface.fade(0.03))
        return self.color * shade * (1 - 0.5 * surface.line(edge, 0.002))


@dataclasses.dataclass
class Concrete(Material):
    """Concrete or plaster with stains, worn and patched."""

    stain: float = 0.16

    def __call__(self, surface):
        u, v = surface.u, surface.v
        stain = noise(u, v, 2.2, self.seed) + 0.5 * noise(u, v, 0.5, self.seed)
        fine = noise(u, v, 0.09, self.seed + 1) * surface.fade(0.03)
        return self.color * np.maximum(
            1 + self.stain * (0.8 * stain + 0.5 * fine), 0.2
        )


@dataclasses.dataclass
class Stone(Material):
    """Polished stone: speckled granite, or veined marble with `veins`."""

    second: np.ndarray | None = None
    veins: bool = False

    def __call__(self, surface):
        u, v = surface.u, surface.v
        if self.veins:
            flow = noise(u, v, 1.1, self.seed)
            weight = np.clip(1 - 7 * np.abs(flow), 0, 1) * 0.5
        else:
            fine = noise(u, v, 0.05, self.seed) * surface.fade(0.012)
            weight = np.clip(0.3 + 0.4 * fine, 0, 1)
        return mix(self.color, self.second, weight)


@dataclasses.dataclass
class Split(Material):
    """Two materials beside each other: one each side of a partition.

    `axis` says what tells the sides apart: `"u"` and `"v"`, the surface's
    coordinates (the second material begins at `at`), or `"front"`, where what
    faces the y axis has the first and the rest the second.
    """

    first: Material | None = None
    second: Material | None = None
    axis: str = "u"
    at: float = 0.0

    def __call__(self, surface):
        if self.axis == "front":
            beyond = surface.normal[1] < 0.5
        else:
            beyond = getattr(surface, self.axis) > self.at
        if not beyond.any():
            return self.first(surface)
        return np.where(beyond, self.second(surface), self.first(surface))


@dataclasses.dataclass
class Tiles(Material):
    """Square tiles with grout, or a chequered floor."""

    size: float = 0.4
    second: np.ndarray | None = None

    def __call__(self, surface):
        i, j = surface.u / self.size, surface.v / self.size
        row, column = whole(i), whole(j)
        tone = cell_hash(row, column, self.seed)
        color = self.color
        if self.second is not None:
            odd = (row + column) & 1
            color = np.where(odd, self.second, color)
            color = mix(
                (self.color + self.second) / 2, color, surface.fade(self.size)
            )
        marble = noise(surface.u + tone, surface.v, 0.5, self.seed)
        color = color * (0.95 + 0.1 * tone + 0.05 * marble)
        i, j = i - row, j - column
        edge = np.minimum(np.minimum(i, 1 - i), np.minimum(j, 1 - j))
        grout = surface.line(edge * self.size, 0.005)
        return color * (1 - 0.45 * grout)


@dataclasses.dataclass
class Carpet(Material):
    """Pile with speckle, wear and an optional border or stripes."""

    second: np.ndarray | None = None
    pattern: str = "plain"

    def __call__(self, surface):
        u, v = surface.u, surface.v
        x, y = surface.unit[0], surface.unit[1]
        weight = 0.0
        if self.pattern == "border":
            edge = np.maximum(np.abs(x), np.abs(y))
            weight = ((edge > 0.8) & (edge < 0.92)) * 1.0
            weight = weight + (np.hypot(x, y) < 0.35) * 0.5
        elif self.pattern == "stripes":
            weight = ((x * 5 + 50) % 1 < 0.4) * 1.0
        elif self.pattern == "diamonds":
            weight = (
                (
                    np.abs((x * 3 + 30) % 1 - 0.5) * 2
                    + np.abs((y * 4 + 40) % 1 - 0.5) * 2
                )
                < 0.8
            ) * 1.0
        elif self.pattern == "swirls":
            flow = noise(u, v, 0.9, self.seed)
            weight = np.clip(1 - 5 * np.abs(flow), 0, 1) * surface.fade(0.1)
        color = self.color
        if self.second is not None:
            color = mix(color, self.second, weight)
        pile = 0.10 * noise(u, v, 0.05, self.seed) * surface.fade(0.02)
        wear = 0.06 * noise(u, v, 1.2, self.seed + 1)
        return color * (1 + pile + wear)


@dataclasses.dataclass
class Wall(Material):
    """Plaster or wallpaper, with a baseboard at the floor."""

    second: np.ndarray | None = None
    pattern: str = "plain"
    period: float = 0.3
    height: float = 2.6
    board: np.ndarray | None = None
    board_height: float = 0.09
    panel_height: float = 0.0

    def __call__(self, surface):
        u, v = surface.u, surface.v
        color = self.color
        if self.pattern == "stripes":
            weight = ((u / self.period) % 1 < 0.5) * 1.0
            weight = mix(0.5, weight, surface.fade(self.period * 0.4))
            color = mix(color, self.second, weight)
        elif self.pattern == "damask":
            # Diamonds of which every second one holds a blossom.
            i, j = u / self.period, v / (1.5 * self.period)
            i, j = i + j, i - j
            x, y = i - np.floor(i) - 0.5, j - np.floor(j) - 0.5
            blossom = 0.30 + 0.1 * np.cos(6 * np.arctan2(y, x))
            weight = np.clip((blossom - np.hypot(x, y)) * 9, 0, 1)
            weight = mix(0.3, weight, surface.fade(self.period / 2.5))
            color = mix(color, self.second, weight)
        elif self.pattern == "brick":
            row = whole(v / 0.075)
            shift = (row & 1) * 0.12
            column = whole((u + shift) / 0.24)
            i, j = (u + shift) / 0.24 - column, v / 0.075 - row
            edge = np.minimum(
                np.minimum(i, 1 - i) * 0.24, np.minimum(j, 1 - j) * 0.075
            )
            joint = surface.line(edge, 0.006)
            tone = 0.8 + 0.4 * cell_hash(row, column, self.seed)
            color = mix(color * tone, self.second, joint)
        elif self.pattern == "panel":
            low = (v < self.panel_height) * 1.0
            groove = np.abs((u / 0.12) % 1 - 0.5) * 0.12
            wood = self.second * (1 - 0.4 * surface.line(groove, 0.004))
            wood = wood * (1 - 0.4 * (np.abs(v - self.panel_height) < 0.02))
            color = mix(color, wood, low)
        elif self.pattern == "mouldings":
            # Raised frames, one above the other.
            i, low = u / (3 * self.period), v < self.panel_height
            bottom = np.where(low, self.board_height, self.panel_height)
            top = np.where(low, self.panel_height, 2.35)
            x = np.abs(i - np.floor(i) - 0.5) * 3 * self.period
            x = 1.5 * self.period - 0.1 - x
            y = np.minimum(v - bottom, top - v) - 0.1
            rim = np.minimum(x, y)
            light = surface.line(np.abs(rim), 0.012)
            dark = surface.line(np.abs(rim - 0.02), 0.008)
            color = color * (1 + 0.12 * light - 0.3 * dark)
        elif self.pattern == "tiles":
            i, j = u / self.period, v / (0.5 * self.period)
            edge = np.minimum(
                np.abs(i - np.round(i)) * self.period,
                np.abs(j - np.round(j)) * 0.5 * self.period,
            )
            tone = 0.94 + 0.12 * cell_hash(whole(i), whole(j), self.seed)
            tile = self.second * tone * (1 - 0.3 * surface.line(edge, 0.004))
            color = np.where(v < self.panel_height, tile, color)
        elif self.pattern == "concrete":
            stain = noise(u, v, 1.9, self.seed)
            color = color * np.maximum(1 + 0.16 * stain, 0.2)
        color = color * (1 + 0.012 * noise(u, v, 1.6, self.seed))
        if self.board is not None:
            low = v < self.board_height
            color = np.where(low, self.board, color)
            line = np.abs(v - self.board_height - 0.004)
            color = color * (1 - 0.35 * surface.line(line, 0.005))
        return color
