"""`cityscapes`: street scenes with classes and disparity.

2,975 training and 500 validation images (https://arxiv.org/abs/1604.01685),
from either of

- `npy`: the copy of MTAN, 128×256 or 256×512, in
  `{train,val}/{image,depth,label_2,label_7,label_19}/<i>.npy`: image floats
  0…1, labels with -1 for void (here 255), and in `depth` what is no depth but
  inverse depth, 0…0.4922, 0 where unknown. Of LibMTL's renamed folder `label`
  the ids in it tell which label set it is.
- `official`: `leftImg8bit_trainvaltest.zip`, `gtFine_trainvaltest.zip` and
  `disparity_trainvaltest.zip` of the benchmark's site, 1024×2048, with the map
  from its label ids to the 19 classes that are evaluated.

The task is `disparity`: inverse depth in the unit of the `npy` copy, in which
1 is the disparity of 256 pixels of the 2048 pixels wide image. An official
file holds p = 256 · pixels + 1, 0 where unknown; so disparity is (p - 1) /
65536, at most 0.4922. Depth in metres is baseline · focal length / (256 ·
disparity), 0.209313 m · 2262.52 for most of the benchmark's cars.

`semseg` has 19 classes, or with `tasks=["semseg:7", …]` (or `semseg:2`) those
of the `npy` copy's other labels.
"""

import numpy as np

from mtl_zoo import tasks
from mtl_zoo.datasets import classes
from mtl_zoo.datasets import files
from mtl_zoo.datasets.nyuv2_13 import SPLIT_FOLDERS
from mtl_zoo.datasets.nyuv2_13 import numbered
from mtl_zoo.datasets.reader import Reader
from mtl_zoo.tasks import reading
from mtl_zoo.utils import read_image

_CLASSES = {
    2: classes.CITYSCAPES_2,
    7: classes.CITYSCAPES_7,
    19: tuple(entry[1:] for entry in classes.CITYSCAPES_19),
}
_OFFICIAL = {
    "image": ("leftImg8bit", "leftImg8bit.png"),
    "semseg": ("gtFine", "gtFine_labelIds.png"),
    "disparity": ("disparity", "disparity.png"),
}
# Ids of the label files: 0…33, and -1 (as uint8 255) for the licence plate.
_TO_19 = np.full(256, 255, "uint8")
for _place, (_id, *_) in enumerate(classes.CITYSCAPES_19):
    _TO_19[_id] = _place
_NUM_IDS = 34


class Cityscapes(Reader):
    """Reads either copy; see `Reader`."""

    name = "cityscapes"
    recorded = True
    counts = {"train": 2975, "validation": 500}
    folders = ("cityscapes", "cityscapes2")
    variants = ("npy", "official")
    instructions = (
        "Register at www.cityscapes-dataset.com, whose licence allows "
        "research and no redistribution, get leftImg8bit_trainvaltest.zip, "
        "gtFine_trainvaltest.zip and disparity_trainvaltest.zip, or get "
        "cityscapes.zip or cityscapes2.zip, linked by the README of "
        "github.com/lorenmt/mtan, and put the archives or the extracted folder "
        "into --data_dir."
    )

    label_set_task = "semseg"

    def __init__(self, data_dir, num_classes=None):
        if num_classes is not None:
            self.tasks(num_classes)  # Raises where there are no such classes.
        super().__init__(data_dir)
        present = self.present_label_sets()
        self.num_classes = num_classes or max(present)
        if self.num_classes not in present:
            raise ValueError(
                f"{self.folder}: has labels of {_either(present)} classes, "
                f"not of {num_classes}: ask for "
                f"{_either(f'semseg:{number}' for number in present)}."
            )

    @classmethod
    def tasks(cls, num_classes=None):
        num_classes = num_classes or 19
        if num_classes not in _CLASSES:
            raise ValueError(
                f"Cityscapes has 2, 7 or 19 classes; received {num_classes}."
            )
        names, colors = zip(*_CLASSES[num_classes], strict=True)
        return [
            tasks.SemanticSegmentation(num_classes, names, colors),
            tasks.Disparity(),
        ]

    @classmethod
    def label_sets(cls, variant):
        return (19,) if variant == "official" else tuple(_CLASSES)

    @classmethod
    def is_root(cls, folder):
        return (folder / "leftImg8bit").is_dir() or (
            (folder / "train" / "image").is_dir()
            and any((folder / "train").glob("label*"))
        )

    def present_label_sets(self):
        if self.variant == "official":
            return self.label_sets(self.variant)
        train = self.folder / "train"
        present = [n for n in _CLASSES if (train / f"label_{n}").is_dir()]
        return present or [_label_set_of(train / "label")]

    def find_variant(self):
        official = (self.folder / "leftImg8bit").is_dir()
        return "official" if official else "npy"

    def list_ids(self, split):
        folder = SPLIT_FOLDERS[split]
        if self.variant == "npy":
            return numbered(self.folder / folder / "image")
        suffix = "_leftImg8bit.png"
        paths = (self.folder / "leftImg8bit" / folder).glob(f"*/*{suffix}")
        return sorted(path.name.removesuffix(suffix) for path in paths)

    def path(self, split, image_id, key):
        split = SPLIT_FOLDERS[split]
        if self.variant == "official":
            folder, suffix = _OFFICIAL[key]
            city = image_id.split("_")[0]
            name = f"{image_id}_{suffix}"
            return self.folder / folder / split / city / name
        folder = {"image": "image", "disparity": "depth"}.get(key)
        if folder is None:
            folder = f"label_{self.num_classes}"
            if not (self.folder / split / folder).is_dir():
                folder = "label"
        return self.folder / split / folder / f"{image_id}.npy"

    def read(self, split, image_id, key):
        path = self.path(split, image_id, key)
        if self.variant == "official":
            return _read_official(path, key)
        array = files.read_npy(path)
        if key == "image":
            return files.image_of_floats(array, path)
        if key == "semseg":
            return reading.classes(array, self.num_classes, path)
        return reading.distance(array, path)

    def _archives(self, data_dir):
        official = [
            data_dir / f"{folder}_trainvaltest.zip"
            for folder, _ in _OFFICIAL.values()
        ]
        missing = [path.name for path in official if not path.is_file()]
        if not missing:
            return official
        if len(missing) < len(official):
            raise FileNotFoundError(
                f"{data_dir}: {', '.join(missing)} is missing beside the other "
                "archives."
            )
        return super()._archives(data_dir)


def _label_set_of(folder):
    """The smallest label set that has all ids of the first images."""
    paths = [folder / f"{image_id}.npy" for image_id in numbered(folder)[:20]]
    ids = [reading.classes(files.read_npy(path), 255, path) for path in paths]
    greatest = max(
        (array[array != 255].max(initial=0) for array in ids), default=0
    )
    return next((n for n in _CLASSES if greatest < n), max(_CLASSES))


def _either(values):
    return " or ".join(map(str, values))


def _read_official(path, key):
    if key == "image":
        return read_image(path)
    array = files.read_pixels(path)
    if key == "semseg":
        return _TO_19[reading.classes(array, _NUM_IDS, path)].astype("int32")
    values = array.astype("float32")
    disparity = np.where(values > 0, (values - 1) / 65536, 0)
    return reading.distance(disparity, path)
