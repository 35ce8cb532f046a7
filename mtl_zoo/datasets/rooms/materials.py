"""Procedural materials: what colour a surface has at a point.

A material is called with a `Surface` (many points at once) and answers with
linear RGB albedo of shape `(3, n)`. Fine detail fades with the footprint of a
pixel, so that distant textures turn into their mean instead of into aliasing.
"""

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


def _floor(x):
    return np.floor(x).astype("int32")


def _mix(a, b, weight):
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
            row = _floor(v / self.plank)
            shift = cell_hash(row, 3, self.seed) * self.length
            column = _floor((u + shift) / self.length)
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
class Tiles(Material):
    """Square tiles with grout, or a chequered floor."""

    size: float = 0.4
    second: np.ndarray | None = None

    def __call__(self, surface):
        i, j = surface.u / self.size, surface.v / self.size
        row, column = _floor(i), _floor(j)
        tone = cell_hash(row, column, self.seed)
        color = self.color
        if self.second is not None:
            odd = (row + column) & 1
            color = np.where(odd, self.second, color)
            color = _mix(
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
        color = self.color
        if self.second is not None:
            color = _mix(color, self.second, weight)
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
            weight = _mix(0.5, weight, surface.fade(self.period * 0.4))
            color = _mix(color, self.second, weight)
        elif self.pattern == "damask":
            # Diamonds of which every second one holds a blossom.
            i, j = u / self.period, v / (1.5 * self.period)
            i, j = i + j, i - j
            x, y = i - np.floor(i) - 0.5, j - np.floor(j) - 0.5
            blossom = 0.30 + 0.1 * np.cos(6 * np.arctan2(y, x))
            weight = np.clip((blossom - np.hypot(x, y)) * 9, 0, 1)
            weight = _mix(0.3, weight, surface.fade(self.period / 2.5))
            color = _mix(color, self.second, weight)
        elif self.pattern == "brick":
            row = _floor(v / 0.075)
            shift = (row & 1) * 0.12
            column = _floor((u + shift) / 0.24)
            i, j = (u + shift) / 0.24 - column, v / 0.075 - row
            edge = np.minimum(
                np.minimum(i, 1 - i) * 0.24, np.minimum(j, 1 - j) * 0.075
            )
            joint = surface.line(edge, 0.006)
            tone = 0.8 + 0.4 * cell_hash(row, column, self.seed)
            color = _mix(color * tone, self.second, joint)
        elif self.pattern == "panel":
            low = (v < self.panel_height) * 1.0
            groove = np.abs((u / 0.12) % 1 - 0.5) * 0.12
            wood = self.second * (1 - 0.4 * surface.line(groove, 0.004))
            wood = wood * (1 - 0.4 * (np.abs(v - self.panel_height) < 0.02))
            color = _mix(color, wood, low)
        color = color * (1 + 0.012 * noise(u, v, 1.6, self.seed))
        if self.board is not None:
            low = v < self.board_height
            color = np.where(low, self.board, color)
            line = np.abs(v - self.board_height - 0.004)
            color = color * (1 - 0.35 * surface.line(line, 0.005))
        return color


@dataclasses.dataclass
class Fabric(Material):
    """Woven cloth, plain or patterned."""

    second: np.ndarray | None = None
    pattern: str = "plain"
    period: float = 0.12

    def __call__(self, surface):
        u, v = surface.u, surface.v
        color = self.color
        if self.pattern != "plain" and self.second is not None:
            i, j = u / self.period, v / self.period
            if self.pattern == "stripes":
                weight = (i % 1 < 0.4) * 1.0
            elif self.pattern == "plaid":
                weight = (i % 1 < 0.35) * 0.5 + (j % 1 < 0.35) * 0.5
            elif self.pattern == "dots":
                x, y = i % 1 - 0.5, j % 1 - 0.5
                weight = (x * x + y * y < 0.07) * 1.0
            else:
                # Sprigs: petals around the middle of staggered cells.
                j = j + 0.5 * (_floor(i) & 1)
                turn = 6.28 * cell_hash(_floor(i), _floor(j), self.seed)
                x, y = i % 1 - 0.5, j % 1 - 0.5
                petal = 0.26 + 0.14 * np.cos(5 * np.arctan2(y, x) + turn)
                weight = np.clip((petal - np.hypot(x, y)) * 8, 0, 1)
            weight = _mix(0.35, weight, surface.fade(self.period * 0.35))
            color = _mix(color, self.second, weight)
        weave = 0.07 * noise(u, v, 0.03, self.seed) * surface.fade(0.01)
        fold = 0.07 * noise(u, v, 0.5, self.seed + 2)
        return color * (1 + weave + fold)


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
        index = _floor(u / self.width)
        palette = _book_palette()
        pick = (cell_hash(index, 1, self.seed) * palette.shape[1]).astype(int)
        color = palette[:, pick]
        color = color * (0.7 + 0.6 * cell_hash(index, 2, self.seed))
        across = u / self.width - index
        gap = (np.minimum(across, 1 - across) < 0.1) * 0.6
        gap = _mix(0.12, gap, surface.fade(self.width * 0.6))
        y = surface.unit[2]
        place = cell_hash(index, 5, self.seed) * 0.8 - 0.1
        title = (np.abs(y - place) < 0.22) & (
            cell_hash(index, 4, self.seed) > 0.4
        )
        color = _mix(color, np.float32(0.75), 0.7 * title)
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
        color = _mix(self.color, np.float32(0.8), 0.6 * (label & ~side))
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
        i, j = _floor(x), _floor(z)
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
class Painting(Material):
    """A framed picture: landscape, sea, abstract, portrait or photograph."""

    frame: np.ndarray | None = None
    mat: float = 0.0
    border: float = 0.1
    kind: str = "landscape"
    aspect: float = 1.0
    axis: int = 0
    palette: np.ndarray | None = None

    def __call__(self, surface):
        x, y = surface.unit[self.axis], surface.unit[2]
        bx = self.border / max(self.aspect, 1.0)
        by = self.border / max(1 / self.aspect, 1.0)
        edge = np.maximum(
            (np.abs(x) - 1) / (2 * bx) + 1, (np.abs(y) - 1) / (2 * by) + 1
        )
        inner = 1 - 2 * (1 + self.mat) * max(bx, by)
        inner = max(inner, 0.4)
        art = draw_picture(
            self.kind, x / inner, y / inner, self.palette, self.seed
        )
        art = np.where(edge > -self.mat, np.float32(0.78), art)
        frame = self.frame * (0.75 + 0.4 * np.clip(edge, 0, 1))
        return np.where(edge > 0, frame, art)


def draw_picture(kind, x, y, palette, seed):
    """A painting on -1 to 1 in both directions; `palette` is `(3, 5)`."""
    colors = [palette[:, i, None] for i in range(palette.shape[1])]
    rough = noise(x, y, 0.8, seed)
    if kind in ("landscape", "sea"):
        sky = _mix(colors[0], colors[1], np.clip(0.5 - y * 0.7, 0, 1))
        sky = sky * (1 + 0.1 * noise(x * 0.4, y, 0.7, seed + 3))
        ridge = 0.25 * noise(x, 0 * x, 2.0, seed) + 0.05
        ground = -0.25 + 0.15 * noise(x, 0 * x, 3.0, seed + 1)
        if kind == "sea":
            ridge = ground = -0.1 + 0 * x
        color = np.where(y < ridge, colors[2], sky)
        color = np.where(y < ground, colors[3] * (1 + 0.25 * rough), color)
        sun_x = cell_hash(seed, 1) * 1.4 - 0.7
        sun = (x - sun_x) ** 2 + (y - 0.45) ** 2 < 0.04
        return np.where(sun & (y > ridge), colors[4], color)
    if kind == "abstract":
        color = colors[0] * (1 + 0.08 * rough)
        for i in range(1, 5):
            cx, cy = (cell_hash(seed, 2 * i + k) * 1.6 - 0.8 for k in (0, 1))
            w, h = (
                0.15 + 0.5 * cell_hash(seed, 20 + 2 * i + k) for k in (0, 1)
            )
            if i % 2:
                shape = (np.abs(x - cx) < w) & (np.abs(y - cy) < h)
            else:
                shape = ((x - cx) / w) ** 2 + ((y - cy) / w) ** 2 < 1
            color = np.where(shape, colors[i], color)
        return color
    if kind == "portrait":
        color = colors[0] * (0.8 + 0.25 * y + 0.1 * rough)
        body = (x / 0.75) ** 2 + ((y + 1.05) / 0.75) ** 2 < 1
        hair = (x / 0.36) ** 2 + ((y - 0.22) / 0.47) ** 2 < 1
        face = (x / 0.27) ** 2 + ((y - 0.12) / 0.38) ** 2 < 1
        color = np.where(body, colors[1], color)
        color = np.where(hair, colors[2] * 0.5, color)
        skin = np.array([[0.62], [0.36], [0.25]], "float32")
        return np.where(face, skin * (1 + 0.3 * x), color)
    # Out of focus: broad patches of colour that run into one another.
    flow = noise(x, y, 14.0, seed) + 0.8 * y
    level = np.clip((flow + 1.5) * 1.4, 0, 3.99)
    index = level.astype(int)
    return _mix(palette[:, index], palette[:, index + 1], level - index)


@dataclasses.dataclass
class Outside(Material):
    """The bright view through a window, with the window's bars."""

    kind: str = "trees"
    axis: int = 0
    night: bool = False

    def __call__(self, surface):
        x, y = surface.unit[self.axis], surface.unit[2]
        sky = np.array([[0.55], [0.75], [1.0]], "float32")
        haze = np.array([[0.95], [0.97], [1.0]], "float32")
        color = _mix(haze, sky, np.clip(y * 0.5 + 0.4, 0, 1))
        cloud = np.clip(noise(x * 0.5, y, 2.0, self.seed) - 0.2, 0, 1)
        color = _mix(color, np.float32(1.0), 0.6 * cloud)
        if self.kind == "trees":
            crown = -0.15 + 0.35 * noise(x, 0 * x, 1.8, self.seed + 1)
            leaf = noise(x, y, 0.5, self.seed + 2)
            green = np.array([[0.16], [0.27], [0.08]], "float32")
            color = np.where(
                y < crown, green * np.clip(1 + 0.5 * leaf, 0.2, 2), color
            )
        elif self.kind == "houses":
            block = _floor(x * 2.5 + 7)
            roof = cell_hash(block, 0, self.seed) * 0.9 - 0.5
            wall = np.array([[0.55], [0.45], [0.38]], "float32")
            wall = wall * (0.6 + 0.6 * cell_hash(block, 1, self.seed))
            pane = ((x * 7.5) % 1 < 0.35) & ((y * 3.5) % 1 < 0.45)
            wall = wall * np.where(pane, 0.5, 1)
            color = np.where(y < roof, wall, color)
            lawn = np.array([[0.2], [0.3], [0.1]], "float32")
            color = np.where(y < -0.75, lawn, color)
        if self.night:
            color = color * np.array([[0.03], [0.04], [0.07]], "float32")
        return color


@dataclasses.dataclass
class Screen(Material):
    """A television: dark with a faint sheen, or showing a picture."""

    axis: int = 0
    on: bool = False
    palette: np.ndarray | None = None
    kind: str = "landscape"

    def __call__(self, surface):
        x, y = surface.unit[self.axis], surface.unit[2]
        front = surface.normal[1] > 0.5
        if self.on:
            color = draw_picture(
                self.kind, x / 0.95, y / 0.92, self.palette, self.seed
            )
        else:
            sheen = np.clip(1 - np.abs(x + y - 0.6) * 1.4, 0, 1)
            color = self.color * (1 + 1.2 * sheen)
        rim = (np.abs(x) > 0.965) | (np.abs(y) > 0.94) | ~front
        return np.where(rim, self.color * 0.8, color)


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
