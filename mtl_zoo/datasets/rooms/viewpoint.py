"""Finds a place in a room to look from.

Photographs are taken in three ways here: over the furniture of a room, from
near some piece of it, and along the longest free line. Cameras stand at
0.5 to 1.75 m, see 45 to 95 degrees horizontally, and are pitched and, now and
then, rolled.
"""

import dataclasses

import numpy as np

from mtl_zoo.datasets.rooms.camera import Camera
from mtl_zoo.datasets.rooms.tracing import trace

_TRIES = 96
# Of how many of the best places it is looked at what is seen.
_FINALISTS = 4


@dataclasses.dataclass
class Aim:
    """How the camera is held.

    Attributes:
        field: float. Horizontal field of view, radians.
        pitch: float. Radians downwards.
        roll: float. Radians.
        height: float. Metres above the floor.
        manner: `"over"`, `"near"` or `"along"`.
    """

    field: float
    pitch: float
    roll: float
    height: float
    manner: str


def _sample_aim(rng, kind):
    far = 0.7 if kind in ("corridor", "lobby") else 0.3
    manner = str(
        rng.choice(("over", "near", "along"), p=(0.87 - far, 0.13, far))
    )
    field = rng.triangular(45, 60, 95)
    height = rng.uniform(1.15, 1.75)
    pitch = rng.uniform(-2, 10) if rng.random() < 0.3 else rng.uniform(10, 30)
    if rng.random() < 0.2:  # Low down, as a sitting person or a robot sees.
        height, pitch = rng.uniform(0.5, 1.15), rng.uniform(-8, 12)
    if manner == "near":
        pitch = pitch + rng.uniform(0, 15)
    elif manner == "along":
        pitch = rng.uniform(-4, 16)
    roll = rng.normal(0, 5.0 if rng.random() < 0.15 else 1.0)
    return Aim(
        *np.radians((field, pitch, np.clip(roll, -12, 12))), height, manner
    )


def _free_lengths(scene, spots, yaw, height):
    """Metres ahead of each spot to a wall or to furniture of this height."""
    direction = np.stack([np.cos(yaw), np.sin(yaw)], 1)
    inverse = 1 / np.where(np.abs(direction) < 1e-6, 1e-6, direction)
    ahead = np.where(inverse > 0, scene.size[:2] - spots, -spots) * inverse
    free = ahead.min(1)
    for x0, y0, x1, y1, top in scene.footprints:
        if top < height - 0.15:
            continue
        first = (np.array([x0, y0]) - spots) * inverse
        second = (np.array([x1, y1]) - spots) * inverse
        enters = np.minimum(first, second).max(1)
        leaves = np.maximum(first, second).min(1)
        hit = (leaves > enters) & (leaves > 0)
        free = np.where(hit, np.minimum(free, np.maximum(enters, 0)), free)
    return free


def _inside(scene, spots, height):
    """Whether spots are in furniture, or too near to high furniture."""
    inside = np.zeros(len(spots), bool)
    for x0, y0, x1, y1, top in scene.footprints:
        away_x = np.maximum(np.maximum(x0 - spots[:, 0], spots[:, 0] - x1), 0)
        away_y = np.maximum(np.maximum(y0 - spots[:, 1], spots[:, 1] - y1), 0)
        near = 0.25 if top < height - 0.35 else 0.4
        inside |= (np.hypot(away_x, away_y) < near) & (top > 0.05)
    return inside


def _scores(scene, spots, yaw, aim, interests):
    """How much is seen from each spot."""
    offset = interests[None, :, :2] - spots[:, None]
    distance = np.hypot(offset[..., 0], offset[..., 1])
    angle = np.arctan2(offset[..., 1], offset[..., 0]) - yaw[:, None]
    angle = np.abs((angle + np.pi) % (2 * np.pi) - np.pi)
    seen = np.clip(1.15 - angle / (aim.field / 2) * 0.55, 0, 1)
    seen = seen * (angle < aim.field / 2)
    near, falloff = (0.25, 1.2) if aim.manner == "near" else (0.7, 0.16)
    seen = seen * np.clip(distance - near, 0, 1)
    weighted = seen * interests[:, 3] / (1 + falloff * distance**2)
    free = _free_lengths(scene, spots, yaw, aim.height)
    score = weighted.sum(1) - 4.0 * (free < 0.9)
    for side in (-0.35, 0.35):  # Nor is half of the view a wall close by.
        turned = yaw + side * aim.field
        beside = _free_lengths(scene, spots, turned, aim.height)
        score = score - 2.0 * (beside < 0.6)
    if aim.manner == "along":
        score = 0.2 * score + 1.5 * free
    return score - 100.0 * _inside(scene, spots, aim.height)


def sample_camera(rng, scene, image_size):
    """Finds a place in the room from which much of its furniture is seen.

    Args:
        rng: `np.random.Generator`.
        scene: `Scene`.
        image_size: pair of ints. Height and width.

    Returns:
        A `Camera`. For one state of `rng` it is the same for all sizes, up
        to the number of pixels.
    """
    height, width = image_size
    aim = _sample_aim(rng, scene.kind)
    room = scene.size[:2]
    spots = 0.22 + rng.random((_TRIES, 2)) * (room - 0.44)
    interests = scene.interests
    if not len(interests):
        interests = np.array([[*room / 2, 0.5, 1.0, 0.5]], "float32")
    weight = interests[:, 3] + 1e-3
    target = interests[
        rng.choice(len(interests), _TRIES, p=weight / weight.sum()), :2
    ]
    target = target + rng.normal(0, 0.35, (_TRIES, 2))
    yaw = np.arctan2(*(target - spots).T[::-1])
    noise = rng.random(_TRIES)
    score = _scores(scene, spots, yaw, aim, interests)
    best = np.argsort(-(score + 0.5 * noise))[:_FINALISTS]
    # Low ceilings and what hangs from them stay above the camera.
    z = min(aim.height, float(scene.size[2]) - 0.4)
    focal = float(width / 2 / np.tan(aim.field / 2))
    cameras = [
        Camera(
            np.array([*spots[index], z], "float32"),
            _orientation(yaw[index], aim.pitch, aim.roll),
            (focal, focal),
            (width / 2, height / 2),
        )
        for index in best
    ]
    return max(cameras, key=lambda camera: _interest(scene, camera))


def _interest(scene, camera):
    """How much there is in a view: many things, none of which fills it."""
    centre = camera.principal
    # The same rays for all sizes: so much of the view, in a 4:3 window.
    reach = centre[0] * np.array([[0.95], [0.71]])
    y, x = np.meshgrid(
        centre[1] + reach[1] * np.linspace(-1, 1, 9),
        centre[0] + reach[0] * np.linspace(-1, 1, 12),
        indexing="ij",
    )
    depth, solid, _ = trace(
        scene,
        camera,
        x.ravel().astype("float32"),
        y.ravel().astype("float32"),
    )
    _, counts = np.unique(scene.instance_of_solid[solid], return_counts=True)
    share = counts.max() / counts.sum()
    nearness = (depth < 0.6).mean()
    return len(counts) + np.median(depth) - 15 * share - 20 * nearness


def _orientation(yaw, pitch, roll):
    """World to camera: rows right, down, forward."""
    cos, sin = np.cos(yaw), np.sin(yaw)
    forward = np.array(
        [cos * np.cos(pitch), sin * np.cos(pitch), -np.sin(pitch)]
    )
    right = np.array([sin, -cos, 0.0])
    down = np.cross(forward, right)
    right, down = (
        np.cos(roll) * right + np.sin(roll) * down,
        np.cos(roll) * down - np.sin(roll) * right,
    )
    return np.stack([right, down, forward]).astype("float32")
