"""Cloth."""

import dataclasses

import numpy as np

from mtl_zoo.datasets.rooms.materials.base import Material
from mtl_zoo.datasets.rooms.materials.base import cell_hash
from mtl_zoo.datasets.rooms.materials.base import mix
from mtl_zoo.datasets.rooms.materials.base import noise
from mtl_zoo.datasets.rooms.materials.base import whole


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
            elif self.pattern == "damask":
                # Tendrils: where two flows are both near their middle.
                scale = 6 * self.period
                flow = noise(u, v, scale, self.seed)
                other = noise(v, u, 0.6 * scale, self.seed + 5)
                weight = np.clip(0.5 + 3 * (flow * other + 0.1), 0, 1)
            else:
                # Sprigs: petals around the middle of staggered cells.
                j = j + 0.5 * (whole(i) & 1)
                turn = 6.28 * cell_hash(whole(i), whole(j), self.seed)
                x, y = i % 1 - 0.5, j % 1 - 0.5
                petal = 0.26 + 0.14 * np.cos(5 * np.arctan2(y, x) + turn)
                weight = np.clip((petal - np.hypot(x, y)) * 8, 0, 1)
            weight = mix(0.35, weight, surface.fade(self.period * 0.35))
            color = mix(color, self.second, weight)
        weave = 0.07 * noise(u, v, 0.03, self.seed) * surface.fade(0.01)
        fold = 0.07 * noise(u, v, 0.5, self.seed + 2)
        return color * (1 + weave + fold)
