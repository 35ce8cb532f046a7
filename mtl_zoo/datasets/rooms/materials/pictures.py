"""What shows a picture: paintings, windows, screens."""

import dataclasses

import numpy as np

from mtl_zoo.datasets.rooms.materials.base import Material
from mtl_zoo.datasets.rooms.materials.base import cell_hash
from mtl_zoo.datasets.rooms.materials.base import mix
from mtl_zoo.datasets.rooms.materials.base import noise
from mtl_zoo.datasets.rooms.materials.base import whole


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
        sky = mix(colors[0], colors[1], np.clip(0.5 - y * 0.7, 0, 1))
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
    return mix(palette[:, index], palette[:, index + 1], level - index)


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
        color = mix(haze, sky, np.clip(y * 0.5 + 0.4, 0, 1))
        cloud = np.clip(noise(x * 0.5, y, 2.0, self.seed) - 0.2, 0, 1)
        color = mix(color, np.float32(1.0), 0.6 * cloud)
        if self.kind == "trees":
            crown = -0.15 + 0.35 * noise(x, 0 * x, 1.8, self.seed + 1)
            leaf = noise(x, y, 0.5, self.seed + 2)
            green = np.array([[0.16], [0.27], [0.08]], "float32")
            color = np.where(
                y < crown, green * np.clip(1 + 0.5 * leaf, 0.2, 2), color
            )
        elif self.kind == "houses":
            block = whole(x * 2.5 + 7)
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
class Blinds(Material):
    """Slats before a window, through whose gaps the day shows."""

    pitch: float = 0.05

    def __call__(self, surface):
        phase = surface.v / self.pitch
        phase = phase - np.floor(phase)
        slat = mix(0.85, 0.7 + 0.3 * phase, surface.fade(self.pitch * 0.5))
        return self.color * slat


@dataclasses.dataclass
class Paper(Material):
    """Printed paper: lines of text and perhaps a picture on white."""

    def __call__(self, surface):
        x, y = surface.unit[0], surface.unit[1]
        flat = np.abs(surface.normal[2]) > 0.5
        y = np.where(flat, y, surface.unit[2])
        text = ((y * 9 + 20) % 1 < 0.4) & (np.abs(x) < 0.8) & (y < 0.6)
        ink = 0.35 * text * surface.fade(0.03)
        block = (np.abs(x - 0.2) < 0.5) & (np.abs(y - 0.35) < 0.35)
        if cell_hash(self.seed) > 0.5:
            return np.where(block, self.color, np.float32(0.82) * (1 - ink))
        return np.float32(0.82) * (1 - ink) * np.ones((3, 1), "float32")
