"""Finds a place in a room to look from."""

import numpy as np

from mtl_zoo.datasets.rooms.camera import Camera


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
    count = 96
    field = np.radians(rng.uniform(54, 74))
    pitch = np.radians(
        rng.uniform(-2, 8) if rng.random() < 0.3 else rng.uniform(11, 30)
    )
    roll = np.radians(np.clip(rng.normal(0, 0.8), -2.5, 2.5))
    z = rng.uniform(1.15, 1.7)
    room = scene.size[:2]
    spots = 0.22 + rng.random((count, 2)) * (room - 0.44)
    interests = scene.interests
    if not len(interests):
        interests = np.array([[*room / 2, 0.5, 1.0, 0.5]], "float32")
    weight = interests[:, 3]
    target = interests[
        rng.choice(len(interests), count, p=weight / weight.sum()), :2
    ]
    target = target + rng.normal(0, 0.35, (count, 2))
    yaw = np.arctan2(*(target - spots).T[::-1])
    noise = rng.random(count)

    offset = interests[None, :, :2] - spots[:, None]
    distance = np.hypot(offset[..., 0], offset[..., 1])
    angle = np.arctan2(offset[..., 1], offset[..., 0]) - yaw[:, None]
    angle = np.abs((angle + np.pi) % (2 * np.pi) - np.pi)
    seen = np.clip(1.15 - angle / (field / 2) * 0.55, 0, 1)
    seen = seen * (angle < field / 2) * np.clip(distance - 0.7, 0, 1)
    score = (seen * weight / (1 + 0.16 * distance**2)).sum(1)
    # Not in furniture, and nothing high right in front.
    for x0, y0, x1, y1, top in scene.footprints:
        away_x = np.maximum(np.maximum(x0 - spots[:, 0], spots[:, 0] - x1), 0)
        away_y = np.maximum(np.maximum(y0 - spots[:, 1], spots[:, 1] - y1), 0)
        away = np.hypot(away_x, away_y)
        near = 0.25 if top < z - 0.35 else 0.55
        score = score - 3.0 * (away < near) * (top > 0.05)
        ahead = spots + 0.8 * np.stack([np.cos(yaw), np.sin(yaw)], 1)
        blocked = (
            (ahead[:, 0] > x0 - 0.25)
            & (ahead[:, 0] < x1 + 0.25)
            & (ahead[:, 1] > y0 - 0.25)
            & (ahead[:, 1] < y1 + 0.25)
        )
        score = score - 4.0 * blocked * (top > z - 0.4)
    best = int(np.argmax(score + 0.5 * noise))
    position = np.array([*spots[best], z], "float32")
    cos, sin = np.cos(yaw[best]), np.sin(yaw[best])
    forward = np.array(
        [cos * np.cos(pitch), sin * np.cos(pitch), -np.sin(pitch)]
    )
    right = np.array([sin, -cos, 0.0])
    down = np.cross(forward, right)
    right, down = (
        np.cos(roll) * right + np.sin(roll) * down,
        np.cos(roll) * down - np.sin(roll) * right,
    )
    focal = width / 2 / np.tan(field / 2)
    return Camera(
        position,
        np.stack([right, down, forward]).astype("float32"),
        (float(focal), float(focal)),
        (width / 2, height / 2),
    )
