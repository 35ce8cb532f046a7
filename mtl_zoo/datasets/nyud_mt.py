"""`nyud_mt`: NYUD-v2 with 40 classes, depth, normals and edges.

795 training and 654 validation images of indoor scenes (Silberman et al., ECCV
2012), labels for multi-task learning by ASTMT
(https://arxiv.org/abs/1904.08918). Three copies of it are about, told apart by
their files' suffixes:

| copy | size | image | edge | segmentation | normals | depth |
| --- | --- | --- | --- | --- | --- | --- |
| `survey` (Vandenhende et al.) | 480×640 | .jpg | .npy | .png | .npy | .npy |
| `astmt` | 480×640 | .jpg | .png | .mat | .jpg | .mat |
| `atrc` (also InvPT) | 425×560 | .png | .png | .png | .png | .npy |

each `<kind>/<id>.<suffix>`, ids in `gt_sets/{train,val}.txt`. Classes are
stored as 1…40 with 0 for not labelled, here 0…39 and 255. Depth is in metres.
Edges in pictures are 0 or 255; ones in between count from one half on.

Normals keep the axes in which they are published: x right, y down, z towards
the camera, so that what faces the camera has z > 0. The publishers don't write
that down; it is how the authors' own rotation of normals treats x and y, and
how 2D-3D-S (https://arxiv.org/abs/1702.01105) describes NYU's z.
"""

import numpy as np

from mtl_zoo import tasks
from mtl_zoo.datasets import classes
from mtl_zoo.datasets import files
from mtl_zoo.datasets.reader import Reader
from mtl_zoo.tasks import reading
from mtl_zoo.utils import read_image

_FOLDERS = {
    "image": "images",
    "semseg": "segmentation",
    "depth": "depth",
    "normals": "normals",
    "edge": "edge",
}
_SUFFIXES = {
    "survey": {
        "image": ".jpg",
        "semseg": ".png",
        "depth": ".npy",
        "normals": ".npy",
        "edge": ".npy",
    },
    "astmt": {
        "image": ".jpg",
        "semseg": ".mat",
        "depth": ".mat",
        "normals": ".jpg",
        "edge": ".png",
    },
    "atrc": {
        "image": ".png",
        "semseg": ".png",
        "depth": ".npy",
        "normals": ".png",
        "edge": ".png",
    },
}
_LISTS = {"train": "train", "validation": "val"}


class NYUDMT(Reader):
    """Reads any of the three copies; see `Reader`."""

    name = "nyud_mt"
    recorded = True
    counts = {"train": 795, "validation": 654}
    folders = ("NYUD_MT", "NYUDv2")
    variants = tuple(_SUFFIXES)
    instructions = (
        "Get NYUD_MT.tgz (linked by the README of the survey, "
        "github.com/SimonVandenhende/Multi-Task-Learning-PyTorch, or of ASTMT) "
        "or NYUDv2.tar.gz (of ATRC and InvPT), for research, as NYU Depth V2 "
        "is published, and put the archive or its extracted folder into "
        "--data_dir."
    )

    @classmethod
    def tasks(cls, num_classes=None):
        names = classes.NYU_40
        return [
            tasks.SemanticSegmentation(len(names), names),
            tasks.Depth(),
            tasks.SurfaceNormals(z="backward"),
            # The distance that is published for this data set.
            tasks.Edges(max_distance=0.011),
        ]

    @classmethod
    def is_root(cls, folder):
        return (folder / "gt_sets").is_dir() and (folder / "images").is_dir()

    def find_variant(self):
        if any((self.folder / "segmentation").glob("*.mat")):
            return "astmt"
        if any((self.folder / "normals").glob("*.npy")):
            return "survey"
        return "atrc"

    def list_ids(self, split):
        path = self.folder / "gt_sets" / f"{_LISTS[split]}.txt"
        return files.read_lines(path)

    def path(self, split, image_id, key):
        suffix = _SUFFIXES[self.variant][key]
        return self.folder / _FOLDERS[key] / f"{image_id}{suffix}"

    def read(self, split, image_id, key):
        path = self.path(split, image_id, key)
        if key == "image":
            return read_image(path)
        if path.suffix == ".npy":
            array = files.read_npy(path)
        elif path.suffix == ".mat":
            variable = "segmentation" if key == "semseg" else "depth"
            array = files.read_mat(path, variable)
        else:
            array = files.read_pixels(path)
        if key == "semseg":
            return _from_one(reading.classes(array, 41, path))
        if key == "depth":
            return reading.distance(array, path)
        if key == "normals":
            return reading.normals(array, path)
        if path.suffix == ".png":
            array = (array >= 128).astype("uint8")
        return reading.binary(array, path)


def _from_one(ids):
    """Ids 1…40 as 0…39, 0 as 255."""
    return np.where((ids == 0) | (ids == 255), 255, ids - 1).astype("int32")
