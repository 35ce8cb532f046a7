"""`pascal_context`: PASCAL with five tasks, as ASTMT published it.

4,998 training and 5,105 validation images of many sizes
(https://arxiv.org/abs/1904.08918), resized to 512×512 as published, ids in
`ImageSets/Context/{train,val}.txt`:

| task | file | meaning |
| --- | --- | --- |
| image | `JPEGImages/<id>.jpg` | |
| `semseg` | `semseg/VOC12/<id>.png`, else `semseg/pascal-context/<id>.png` | 21 classes, 255 not labelled |
| `human_parts` | `human_parts/<id>.mat` | PASCAL-Part of all persons, joined to 6 parts and background; an image without a person is not labelled |
| `normals` | `normals_distill/<id>.png` | predictions of a network; known where PASCAL-Context names a class that NYU has too |
| `saliency` | `sal_distill/<id>.png` | predictions of a network, above one half |
| `edge` | `pascal-context/trainval/<id>.mat` | boundaries of the classes of PASCAL-Context, thinned |

Where the authors thin edges as MATLAB's `bwmorph` does (Guo and Hall), here it
is Zhang's and Suen's way, which may keep another pixel of two; see
`mtl_zoo.metrics.BoundaryMetrics`.

Normals keep the axes in which they are published, which are those of the
network that predicted them, trained on `mtl_zoo.datasets.nyud_mt`.
"""  # noqa: E501

import numpy as np
from scipy import ndimage

from mtl_zoo import tasks
from mtl_zoo.datasets import classes
from mtl_zoo.datasets import files
from mtl_zoo.datasets.reader import Reader
from mtl_zoo.metrics.boundary import thin
from mtl_zoo.tasks import reading
from mtl_zoo.utils import read_image
from mtl_zoo.utils.images import resize_nearest

_PERSON = 15
# PASCAL-Part's names of a person's parts.
_PARTS = {
    1: ("hair head lear lebrow leye mouth nose rear rebrow reye").split(),
    2: ("neck torso").split(),
    3: ("luarm ruarm").split(),
    4: ("lhand llarm rhand rlarm").split(),
    5: ("luleg ruleg").split(),
    6: ("lfoot llleg rfoot rlleg").split(),
}
_PART_IDS = {name: part for part, names in _PARTS.items() for name in names}
# Ids of PASCAL-Context's 459 classes whose names NYU's 894 classes have too,
# and tvmonitor: only there did the network that predicted normals know what it
# saw.
_CLASSES_WITH_NORMALS = np.array(
    (
        "3 4 6 9 10 11 13 15 17 18 22 23 29 30 33 34 36 37 38 "
        "39 41 43 46 49 50 51 53 55 56 59 61 62 65 66 68 69 72 "
        "73 78 83 84 85 87 88 94 96 100 104 105 107 111 113 115 "
        "122 124 135 141 142 143 146 150 154 157 158 159 165 172 "
        "174 181 183 184 191 193 195 197 199 202 213 215 216 219 "
        "220 222 224 228 230 232 233 238 239 242 243 246 250 251 "
        "252 255 260 261 263 269 272 273 275 281 283 284 285 286 "
        "287 288 290 291 292 293 295 304 307 309 310 314 315 319 "
        "323 329 330 331 335 342 345 349 350 351 352 355 357 368 "
        "370 371 374 379 380 383 384 397 401 403 405 407 408 411 "
        "412 413 414 417 419 421 423 427 429 430 432 440 441 442 "
        "443 444 446 454 457 "
    ).split(),
    "int32",
)
_LISTS = {"train": "train", "validation": "val"}


class PASCALContext(Reader):
    """Reads the copy of ASTMT; see `Reader`."""

    name = "pascal_context"
    recorded = True
    counts = {"train": 4998, "validation": 5105}
    image_size = (512, 512)
    recipe = "pascal"
    folders = ("PASCAL_MT", "PASCALContext")
    instructions = (
        "Get PASCAL_MT.tgz, linked by the README of ASTMT "
        "(github.com/facebookresearch/astmt), of the survey or of "
        "github.com/prismformore/Multi-Task-Transformer, for research, as "
        "PASCAL VOC and flickr's terms allow, and put the archive or its "
        "extracted folder into --data_dir."
    )

    @classmethod
    def tasks(cls, num_classes=None):
        names = classes.PASCAL_21
        return [
            tasks.SemanticSegmentation(
                len(names), names, classes.pascal_colors(len(names))
            ),
            tasks.HumanParts(),
            tasks.SurfaceNormals(z="backward"),
            tasks.Saliency(),
            tasks.Edges(),
        ]

    @classmethod
    def is_root(cls, folder):
        return (folder / "ImageSets" / "Context").is_dir()

    def list_ids(self, split):
        name = f"{_LISTS[split]}.txt"
        return files.read_lines(self.folder / "ImageSets" / "Context" / name)

    def path(self, split, image_id, key):
        if key == "semseg":
            path = self.folder / "semseg" / "VOC12" / f"{image_id}.png"
            if not path.is_file():
                path = self.folder / "semseg" / "pascal-context" / path.name
            return path
        folder, suffix = {
            "image": ("JPEGImages", ".jpg"),
            "human_parts": ("human_parts", ".mat"),
            "normals": ("normals_distill", ".png"),
            "saliency": ("sal_distill", ".png"),
            "edge": ("pascal-context/trainval", ".mat"),
        }[key]
        return self.folder / folder / f"{image_id}{suffix}"

    def read(self, split, image_id, key):
        path = self.path(split, image_id, key)
        if key == "image":
            return read_image(path)
        if key == "human_parts":
            return _read_parts(path)
        if key == "edge":
            boundary = ndimage.laplace(_read_context(path), mode="mirror") != 0
            return reading.binary(thin(boundary), path)
        array = files.read_pixels(path)
        if key == "semseg":
            return reading.classes(array, len(classes.PASCAL_21), path)
        if key == "saliency":
            return reading.binary((array >= 128).astype("uint8"), path)
        normals = reading.normals(array, path)
        context = _read_context(self.path(split, image_id, "edge"))
        context = resize_nearest(context, normals.shape[:2])
        known = np.isin(context, _CLASSES_WITH_NORMALS)
        return normals * known[..., None]

    def sample(self, split, image_id, keys):
        # Labels that come from networks have the networks' sizes.
        sample = super().sample(split, image_id, keys)
        size = sample["image"].shape[:2]
        return {
            key: value if key == "image" else resize_nearest(value, size)
            for key, value in sample.items()
        }

    def check_size(self, split, image_id, key, label, image):
        pass  # `sample` makes them alike.


def _read_context(path):
    label_map = files.read_mat(path, "LabelMap")
    if (
        label_map.ndim != 2
        or label_map.dtype.kind not in "uif"
        or not reading.fits(label_map, "uint16")
    ):
        raise ValueError(f"{path}: LabelMap is no map of class ids.")
    return label_map.astype("int32")


def _read_parts(path):
    """The union of the parts of all persons; `None` if there is no person."""
    annotation = files.read_mat(path, "anno")
    try:
        people = [
            thing
            for thing in annotation["objects"][0, 0].ravel()
            if int(thing["class_ind"].item()) == _PERSON and thing["parts"].size
        ]
        if not people:
            return None
        parts = np.zeros(people[0]["mask"].shape, "uint8")
        for person in people:
            for part in person["parts"].ravel():
                name = str(part["part_name"].item())
                if name not in _PART_IDS:
                    raise ValueError(f"unknown part {name!r} of a person")
                parts[part["mask"].astype(bool)] = _PART_IDS[name]
    except (LookupError, TypeError, ValueError) as error:
        raise ValueError(
            f"{path}: not an annotation of PASCAL-Part ({error})."
        ) from error
    return reading.classes(parts, len(_PARTS) + 1, path)
