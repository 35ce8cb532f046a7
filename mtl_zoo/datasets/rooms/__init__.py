"""`rooms`: pictures of invented rooms with exact labels, made by NumPy alone.

The data set needs no download: `render_room` makes any of its images from a
seed and a number, `mtl_zoo.datasets.rooms.builder` renders them once into a
TensorFlow Datasets cache. Importing this module imports no TensorFlow.

Rooms are bedrooms, living and dining rooms, studies, kitchens, offices,
basements, corridors, halls and bathrooms; a third to a half of them show
another room through an open door or a wide passage. What they look like was
drawn up beside photographs. Measured on 200 rooms (train, seed 0, 96x128),
version 2 beside version 1, with exact depth:

| | version 1 | version 2 |
| --- | --- | --- |
| depth: 10th, 50th, 90th percentile | 1.4, 2.6, 4.1 m | 1.4, 2.8, 5.1 m |
| pixels of furniture, objects, wall | 6, 4, 38 % | 14, 6, 35 % |
| bed, sofa, chair, table | 7, 5, 6, 3 % | 3, 3, 4, 2 % |
| floor, ceiling, window, picture | 15, 2, 7, 3 % | 18, 6, 5, 2 % |
| books, television | 3, 2 % | 2, 1 % |
| camera height: 10th, 50th, 90th | 1.2, 1.4, 1.6 m | 0.8, 1.4, 1.7 m |
| field of view: least, median, most | 54, 63, 74 degrees | 45, 65, 93 degrees |
| roll: largest | 2 degrees | 12 degrees |
| mean of the image: least, median, most | 110, 145, 172 | 81, 142, 172 |

Example:

```python
from mtl_zoo.datasets import rooms

sample = rooms.render_room(0, split="test", image_size=(240, 320))
sample["image"].shape  # (240, 320, 3)
```
"""

import numpy as np

from mtl_zoo.datasets.rooms.camera import Camera
from mtl_zoo.datasets.rooms.classes import CLASS_COLORS
from mtl_zoo.datasets.rooms.classes import CLASS_NAMES
from mtl_zoo.datasets.rooms.layout.scenes import sample_scene
from mtl_zoo.datasets.rooms.renderer import render
from mtl_zoo.datasets.rooms.sensor import expose
from mtl_zoo.datasets.rooms.sensor import lose_depth
from mtl_zoo.datasets.rooms.viewpoint import sample_camera

__all__ = [
    "CLASS_COLORS",
    "CLASS_NAMES",
    "Camera",
    "SPLITS",
    "render",
    "render_room",
    "sample_camera",
    "sample_scene",
]

SPLITS = ("train", "validation", "test")


def render_room(index, split="train", seed=0, image_size=(96, 128)):
    """Renders one example of the data set.

    The room depends on `seed`, `split` and `index` alone, so that the splits
    share no room and any number of examples is the start of a longer set.

    Args:
        index: int. Number of the example, from 0.
        split: str. One of `SPLITS`. Defaults to `"train"`.
        seed: int. Names the data set. Defaults to 0.
        image_size: pair of ints. Height and width. Defaults to `(96, 128)`.

    Returns:
        A dictionary of arrays: `image` uint8 `(h, w, 3)`, RGB; `semseg` int32
        `(h, w)`, places in `CLASS_NAMES`; `depth` float32 `(h, w, 1)`, metres
        along the camera's z axis, 0 where the sensor has none; `normals`
        float32 `(h, w, 3)`, unit vectors in the camera's frame (x right, y
        down, z forward); `edge` float32 `(h, w, 1)`, 1 at the boundaries
        between instances and between the room's planes; `saliency` float32
        `(h, w, 1)`, 1 on the nearest free-standing objects (see
        `mtl_zoo.datasets.rooms.labels.salient`); `field_of_view` float32 of
        shape `()`, the camera's horizontal field of view in degrees: what
        tells a large thing that is far from a small one that is near.

    Raises:
        ValueError: If `split` is not in `SPLITS` or `index` is negative.
    """
    if split not in SPLITS:
        raise ValueError(
            f"`split` must be one of {SPLITS}. Received: split={split!r}"
        )
    if index < 0:
        raise ValueError(
            f"`index` must not be negative. Received: index={index}"
        )
    rng = np.random.default_rng([seed, SPLITS.index(split), index])
    scene = sample_scene(rng)
    camera = sample_camera(rng, scene, image_size)
    sample = render(scene, camera, image_size)
    radiance = sample.pop("radiance")
    del sample["instance"]
    sample["field_of_view"] = np.array(camera.field_of_view(), "float32")
    sample["image"] = expose(rng, radiance)
    sample["depth"] = lose_depth(
        rng,
        sample["depth"][..., 0],
        sample["normals"],
        sample.pop("glass"),
        radiance,
        camera.focal[0],
    )[..., None]
    return sample
