"""A room while it is being furnished.

A `Plan` draws chances, mixes paints that go together, knows where floor and
walls are still free, and collects parts, materials and lights.
"""

import contextlib

import numpy as np

from mtl_zoo.datasets.rooms import materials as m
from mtl_zoo.datasets.rooms.classes import CLASS_NAMES
from mtl_zoo.datasets.rooms.geometry import Part
from mtl_zoo.datasets.rooms.geometry import tilt_rotation
from mtl_zoo.datasets.rooms.geometry import yaw_rotation
from mtl_zoo.datasets.rooms.scene import Light

LABEL = {name: number for number, name in enumerate(CLASS_NAMES)}

WOODS = (
    "#a8754a #8a5a34 #5e3d28 #c79d6b #d9bd92 #3a2a22 #74482c #b98a5a #6b5344"
).split()
PAINTS = "#efece6 #e4e2dd #d8d2c5 #35383d #5d6b74 #7d8c84 #2f2b2a".split()
WALLS = (
    "#f1ede4 #e9e2d2 #dfe3e4 #e6dcc6 #d5dde0 #cfd8cc #e8d8c8 #c9d3dc #f3efe9"
    " #dcd3c4 #e9dfa8 #b9c6bd #d8c0b0"
).split()
ACCENTS = (
    "#5f7f95 #7c8f77 #a3553f #3d4f63 #b58b4c #8b6f80 #6e7f86 #c2a25e #94543f"
).split()
FLOORS = "#a97c50 #8c5e3a #c29a6c #6a4630 #b98f66 #94714f #d3b48c".split()
CARPETS = "#b9ab97 #8f8a84 #a39a8a #6f7681 #8a6f5e #c5bba8 #77806f".split()
TILES = "#d6cfc2 #b8b3aa #e2ded6 #9a948c #c4a98a".split()
FABRICS = (
    "#8c8f94 #b7a58f #4f5d6b #7b3f34 #6b7a55 #d2c6b1 #3c4450 #a56a43 #54443b"
    " #9aa7ad #2f5d62 #b3a2b0 #c9a94f #7d2f3b #34507a"
).split()
DARKS = "#1f1e20 #2d2b36 #3a1f22 #23302c #3b3128 #1f2a44 #4a1f24".split()
LINENS = "#f4f1ea #e6e9ee #efe4d6 #dfe6e0 #ffffff #e3d6df".split()
BRIGHTS = (
    "#c8352b #2b62b5 #e0a526 #2f8f5b #7a3fa0 #e27a35 #1d9aa8 #d94f7c #f0efe8"
    " #222429"
).split()
ARTS = (
    "#bcd7ea #eef3f2 #5f7f6a #3f6b35 #f6d36b",
    "#f3c68a #f7e8c8 #8a5a6b #3b3a5c #fff2c0",
    "#1d3557 #457b9d #a8dadc #f1faee #e63946",
    "#f4f1de #e07a5f #3d405b #81b29a #f2cc8f",
    "#222222 #555555 #888888 #bbbbbb #eeeeee",
    "#d8e2dc #ffcab1 #9d8189 #6d6875 #ffe5d9",
    "#fefae0 #dda15e #606c38 #283618 #bc6c25",
    "#a7c4d4 #dfe9ee #4f7ca0 #1f4e79 #ffffff",
)


class Frame:
    """A place and an orientation to build something in."""

    def __init__(self, origin, rotation):
        self.origin = np.asarray(origin, "float32")
        self.rotation = rotation

    def at(self, x, y, z, yaw=0.0, tilt=0.0):
        """A frame within this one."""
        rotation = self.rotation
        if yaw:
            rotation = rotation @ yaw_rotation(yaw)
        if tilt:
            rotation = rotation @ tilt_rotation(tilt)
        point = np.array([x, y, z], "float32")
        return Frame(self.origin + self.rotation @ point, rotation)


# The yaw that turns a piece's back to each of the walls x=0, x=W, y=0, y=D.
WALL_YAW = (-np.pi / 2, np.pi / 2, 0.0, np.pi)


class Plan:
    """A room while it is being furnished.

    Args:
        rng: `np.random.Generator`.
        kind: str. The kind of the room.
        size: sequence of 3 floats, metres.
        night: bool. Whether it is dark outside.
    """

    def __init__(self, rng, kind, size, night):
        self.rng = rng
        self.kind = kind
        self.size = np.array(size, "float32")
        self.night = night
        self.parts, self.materials, self.lights, self.holes = [], [], [], []
        self.labels, self.groups = [], []
        self.footprints = []
        self.wall_spans = [[] for _ in range(4)]
        self.interests = []
        self.group = -1
        self.num_groups = 0
        # A room's furniture goes together: few woods, few colours.
        self.woods = [self.pick(WOODS), self.pick(WOODS)]
        if rng.random() < 0.35:
            self.woods[1] = self.pick(PAINTS)
        self.accent = self.pick(ACCENTS)
        self.window_glow = self.uniform(1.8, 3.6)
        self.chair_style = int(rng.integers(4))
        self.chair_cloth = self.fabric(plain=0.5)

    # --- Chance ---

    def uniform(self, low, high):
        """A number between `low` and `high`, whichever is the larger."""
        return float(low + (high - low) * self.rng.random())

    def chance(self, p):
        """True with probability `p`."""
        return self.rng.random() < p

    def pick(self, values):
        """One of the values, all equally likely."""
        return values[self.rng.integers(len(values))]

    def choose(self, values, weights):
        """One of the values, by weight."""
        total = np.cumsum(weights)
        return values[
            int(np.searchsorted(total, self.rng.random() * total[-1]))
        ]

    def seed(self):
        """A seed for a pattern."""
        return int(self.rng.integers(1000))

    # --- Paint ---

    def paint(self, material):
        """Adds a material; returns its number."""
        self.materials.append(material)
        return len(self.materials) - 1

    def color(self, value, spread=0.08):
        """A linear colour near the sRGB colour `value`."""
        shift = 1 + self.rng.uniform(-spread, spread, (3, 1)) * 0.5
        return m.linear(value) * (
            shift * (1 + self.uniform(-spread, spread))
        ).astype("float32")

    def plain(self, value, **kwargs):
        """A material of one colour."""
        return self.paint(
            m.Material(self.color(value), seed=self.seed(), **kwargs)
        )

    def wood_material(self, which=0, upright=False):
        """The room's first or second wood, or the paint in its place."""
        value = self.woods[which]
        if value in PAINTS:
            return m.Material(
                self.color(value, 0.03),
                specular=0.1,
                seed=self.seed(),
                mottle=0.012,
            )
        return m.Wood(
            self.color(value, 0.05),
            specular=0.12,
            seed=self.seed(),
            upright=upright,
        )

    def wood(self, which=0, upright=False):
        """`wood_material`, added."""
        return self.paint(self.wood_material(which, upright))

    def metal(self):
        """A shiny material."""
        value = self.pick(("#8d9094", "#2a2b2d", "#c9b27a", "#b9bcc0"))
        return self.plain(value, specular=0.5)

    def fabric(self, value=None, plain=0.5):
        """Cloth; plain with probability `plain`.

        Without a `value` it is often in the room's accent, or dark.
        """
        given = value is not None
        value = value or self.pick(FABRICS)
        if not given and self.chance(0.25):
            value = self.accent
        elif not given and self.chance(0.2):
            value = self.pick(DARKS)
        pattern = "plain"
        if not self.chance(plain):
            pattern = self.pick(
                ("stripes", "plaid", "dots", "leaves", "damask", "damask")
            )
        return self.paint(
            m.Fabric(
                self.color(value),
                seed=self.seed(),
                second=self.color(self.pick(LINENS + FABRICS)),
                pattern=pattern,
                period=self.uniform(0.07, 0.18),
            )
        )

    def palette(self):
        """Five colours that go together, of shape `(3, 5)`."""
        return np.concatenate([m.linear(c) for c in self.pick(ARTS).split()], 1)

    # --- Room for things ---

    @contextlib.contextmanager
    def beyond(self, kind, size, offset):
        """Furnishes another room, which lies at `offset` from this one.

        Within the context the plan is that room's: its kind, size, floor and
        walls. Afterwards what was made is moved to its place.
        """
        own = ("kind", "size", "footprints", "wall_spans", "interests")
        before = {name: getattr(self, name) for name in own}
        parts, lights = len(self.parts), len(self.lights)
        holes = len(self.holes)
        self.kind, self.size = kind, np.array(size, "float32")
        self.footprints, self.interests = [], []
        self.wall_spans = [[] for _ in range(4)]
        yield
        x, y = offset
        move = np.array([x, y, 0], "float32")
        for part in self.parts[parts:]:
            part.origin = part.origin + move
        for light in self.lights[lights:]:
            light.position = light.position + move
        self.holes[holes:] = [
            (
                wall,
                low + offset[1 - wall // 2],
                high + offset[1 - wall // 2],
                *z,
            )
            for wall, low, high, *z in self.holes[holes:]
        ]
        found = [
            (a + x, b + y, c + x, d + y, top)
            for a, b, c, d, top in self.footprints
        ]
        seen = [(a + x, b + y, *rest) for a, b, *rest in self.interests]
        for name, value in before.items():
            setattr(self, name, value)
        self.footprints = self.footprints + found
        self.interests = self.interests + seen

    def part(self, label, frame, instance=None):
        """A new part, of a new instance unless one is given."""
        if instance is None:
            self.labels.append(LABEL[label])
            built_in = label in ("wall", "floor", "window", "picture")
            self.groups.append(-1 if built_in else self.group)
            instance = len(self.labels) - 1
        part = Part(instance, frame.origin, frame.rotation)
        self.parts.append(part)
        return part

    def new_group(self):
        """From here on parts belong to another free-standing object."""
        self.group = self.num_groups
        self.num_groups += 1

    def free(self, rect, gap=0.04):
        """Whether a floor rectangle is in the room and nothing is on it."""
        x0, y0, x1, y1 = rect
        if x0 < 0 or y0 < 0 or x1 > self.size[0] or y1 > self.size[1]:
            return False
        return not any(
            x0 < b[2] + gap
            and x1 > b[0] - gap
            and y0 < b[3] + gap
            and y1 > b[1] - gap
            for b in self.footprints
        )

    def claim(self, rect, height, weight, label_height=None):
        """Takes a floor rectangle; `weight` is how much it is to be seen."""
        self.footprints.append((*rect, height))
        if weight:
            self.interests.append(
                (
                    (rect[0] + rect[2]) / 2,
                    (rect[1] + rect[3]) / 2,
                    (label_height or height) * 0.6,
                    weight,
                    height,
                )
            )

    def wall_frame(self, wall, along, out=0.0, z=0.0):
        """A frame at a wall; x is along the wall, y into the room."""
        origin = np.zeros(3)
        axis = wall // 2
        origin[axis] = out if wall % 2 == 0 else self.size[axis] - out
        origin[1 - axis] = along
        origin[2] = z
        return Frame(origin, yaw_rotation(WALL_YAW[wall]))

    def along(self, wall, frame, x=0.0):
        """Where on a wall the point `x` of a frame at that wall is."""
        return float(frame.at(x, 0, 0).origin[1 - wall // 2])

    def wall_free(self, wall, low, high, bottom, top):
        """Whether nothing is on or before this part of a wall."""
        return not any(
            low < b and high > a and bottom < d and top > c
            for a, b, c, d in self.wall_spans[wall]
        )

    def at_wall(
        self, width, depth, height, weight=1.0, walls=None, clear=0.0, out=0.02
    ):
        """Finds a place against a wall.

        Returns:
            The frame and the wall, or None where nothing is free.
        """
        for _ in range(14):
            wall = self.pick(walls if walls is not None else (0, 1, 2, 3))
            length = self.size[1 - wall // 2]
            if length < width + 0.1:
                continue
            along = self.uniform(width / 2 + 0.03, length - width / 2 - 0.03)
            if self.chance(0.3):
                along = self.pick((width / 2 + 0.05, length - width / 2 - 0.05))
            low, high = along - width / 2, along + width / 2
            if not self.wall_free(wall, low, high, 0.05, height):
                continue
            rect = self.rect(wall, along, width, depth, out)
            if clear and not self.free(
                self.rect(wall, along, width, depth + clear, out)
            ):
                continue
            if not self.free(rect):
                continue
            self.claim(rect, height, weight)
            if height > 0.5:
                self.wall_spans[wall].append((low, high, 0.0, height + 0.05))
            return self.wall_frame(wall, along, out), wall
        return None

    def rect(self, wall, along, width, depth, out=0.0):
        """The floor rectangle in front of a wall."""
        axis = wall // 2
        low, high = out, out + depth
        if wall % 2:
            low, high = self.size[axis] - high, self.size[axis] - low
        rect = [0.0] * 4
        rect[axis], rect[axis + 2] = low, high
        rect[1 - axis], rect[3 - axis] = along - width / 2, along + width / 2
        return tuple(rect)

    def on_floor(self, radius, height, weight, tries=12, margin=0.05):
        """Finds a place anywhere; returns its middle or None."""
        for _ in range(tries):
            x = self.uniform(radius + margin, self.size[0] - radius - margin)
            y = self.uniform(radius + margin, self.size[1] - radius - margin)
            rect = (x - radius, y - radius, x + radius, y + radius)
            if self.free(rect):
                self.claim(rect, height, weight)
                return x, y
        return None

    # --- Light ---

    def add_lamp(self, position, power, radius, color, ignore=(), normal=None):
        """Adds a light that shines all around from a ball of this radius."""
        samples = self.rng.standard_normal((3, 8))
        samples *= radius / np.linalg.norm(samples, axis=0)
        self.lights.append(
            Light(
                "lamp",
                m.linear(color),
                power,
                samples.astype("float32"),
                position=np.asarray(position, "float32"),
                ignore=ignore,
                normal=normal,
            )
        )
