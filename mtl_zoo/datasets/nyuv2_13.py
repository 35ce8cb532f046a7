"""`nyuv2_13`: NYUv2 with 13 classes, as MTAN was trained on it.

795 training and 654 validation images of 288×384, the copy of MTAN
(https://arxiv.org/abs/1803.10704), in
`{train,val}/{image,label,depth,normal}/<i>.npy`: image floats 0…1; label 0…12
and -1 where not labelled (here 255); depth in metres, 0 where unknown; normals
unit vectors, zero where unknown.

Normals keep the axes in which they are published, those of Eigen and Fergus
(https://arxiv.org/abs/1411.4734): x across, whose sign flipping changes, y
along the columns, z along the view. The publishers don't write their signs
down; rotating takes y as pointing down.
"""

from mtl_zoo import losses
from mtl_zoo import tasks
from mtl_zoo.datasets import files
from mtl_zoo.datasets.reader import Reader
from mtl_zoo.datasets.rooms import classes
from mtl_zoo.tasks import reading

SPLIT_FOLDERS = {"train": "train", "validation": "val"}
_FOLDERS = {
    "image": "image",
    "semseg": "label",
    "depth": "depth",
    "normals": "normal",
}


class NYUv2(Reader):
    """Reads the copy of MTAN; see `Reader`."""

    name = "nyuv2_13"
    recorded = True
    counts = {"train": 795, "validation": 654}
    folders = ("nyuv2", "nyuv2_13")
    instructions = (
        "Get nyuv2.zip, linked by the README of github.com/lorenmt/mtan, for "
        "research, as NYU Depth V2 is published, and put the archive or its "
        "extracted folder into --data_dir."
    )

    @classmethod
    def tasks(cls, num_classes=None):
        # `rooms` has these classes too.
        return [
            tasks.SemanticSegmentation(
                len(classes.CLASS_NAMES),
                classes.CLASS_NAMES,
                classes.CLASS_COLORS,
            ),
            tasks.Depth(),
            # As MTAN trains on it.
            tasks.SurfaceNormals(loss=losses.NormalsCosine(), loss_weight=1.0),
        ]

    @classmethod
    def is_root(cls, folder):
        return (folder / "train" / "normal").is_dir()

    def list_ids(self, split):
        return numbered(self.folder / SPLIT_FOLDERS[split] / "image")

    def path(self, split, image_id, key):
        folder = self.folder / SPLIT_FOLDERS[split] / _FOLDERS[key]
        return folder / f"{image_id}.npy"

    def read(self, split, image_id, key):
        path = self.path(split, image_id, key)
        array = files.read_npy(path)
        if key == "image":
            return files.image_of_floats(array, path)
        if key == "semseg":
            return reading.classes(array, len(classes.CLASS_NAMES), path)
        if key == "depth":
            return reading.distance(array, path)
        return reading.normals(array, path)


def numbered(folder):
    """The names of a folder's `.npy` files, in the order of their numbers."""
    if not folder.is_dir():
        raise FileNotFoundError(f"{folder}: no such folder.")
    names = [path.stem for path in folder.glob("*.npy")]
    return sorted(names, key=lambda n: (0, int(n)) if n.isdecimal() else (1, n))
