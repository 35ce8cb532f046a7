"""What does a folder of one's own pictures and labels look like?

    python examples/make_own_data.py my_data [train validation test]

writes 30 + 10 pictures to train with and 60 that are held back (or as many as
the numbers say): rooms as a wide camera sees them, 105 degrees across, labelled
with two classes, `room` and `furniture`, and nothing else.
"""

import pathlib
import sys

import numpy as np
from PIL import Image

from mtl_zoo.datasets import rooms
from mtl_zoo.datasets.rooms.sensor import expose

FIELD_OF_VIEW = 105
SIZE = (96, 128)
ROOM = ("ceiling", "floor", "wall", "window")


def see(split, index):
    """A room through the wide camera, and which pixels are furniture."""
    rng = np.random.default_rng([105, rooms.SPLITS.index(split), index])
    scene = rooms.sample_scene(rng)
    camera = rooms.sample_camera(rng, scene, SIZE)
    focal = SIZE[1] / 2 / np.tan(np.radians(FIELD_OF_VIEW / 2))
    camera.focal = (focal, focal)
    sample = rooms.render(scene, camera, SIZE)
    names = np.array(rooms.CLASS_NAMES)[sample["semseg"]]
    image = expose(rng, sample["radiance"])
    return image, (~np.isin(names, ROOM)).astype("uint8")


def main(folder, *counts):
    folder = pathlib.Path(folder)
    counts = [int(count) for count in counts] or [30, 10, 60]
    for split, count in zip(rooms.SPLITS, counts, strict=True):
        for part in ("image", "semseg"):
            (folder / split / part).mkdir(parents=True, exist_ok=True)
        for index in range(count):
            image, label = see(split, index)
            name = f"{index:04d}.png"
            Image.fromarray(image).save(folder / split / "image" / name)
            Image.fromarray(label).save(folder / split / "semseg" / name)
    (folder / "classes.txt").write_text("room\nfurniture\n")
    print(f"{' + '.join(map(str, counts))} pictures in {folder}")


if __name__ == "__main__":
    main(*sys.argv[1:])
