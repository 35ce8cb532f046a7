"""`folder`: your own images and labels, in one plain layout.

```
my_data/
  classes.txt          names of the classes of semseg, a line each
  dataset.json         what differs from the table below, if anything
  train/               also validation/ and test/, as many as you have
    image/             0001.jpg, …: any picture
    semseg/            0001.png
    depth/             0001.png or 0001.npy
    …
```

A label has the name of its image and lies in a folder with the name of its
task; both may lie in sub-folders of the same names. Every task may be missing,
and so may be the labels of single images: what is not there is unknown, and
counts neither in losses nor in metrics. Labels are as large as their images.
`.npy` files hold labels as `mtl_zoo.tasks` describes them, pictures (`.png`)
hold them so:

| task | `.png` | `.npy` |
| --- | --- | --- |
| `semseg` | 8 bit: class, from 0 in the order of `classes.txt`; 255 not labelled. One bit, or black and white alone: classes 0 and 1 | the same, or -1 |
| `human_parts` | 8 bit: 0…6 as in `mtl_zoo.tasks.HumanParts`; 255 not labelled | the same, or -1 |
| `depth` | 16 bit: millimetres, 0 and 65535 unknown | metres, 0 unknown |
| `disparity` | 16 bit: 65536 times what the `.npy` holds, 0 and 65535 unknown | inverse depth, 0 unknown |
| `normals` | 8 bit RGB: `(n + 1) · 127.5`, grey (128, 128, 128) or black unknown | unit vectors `(height, width, 3)`, or these as `(n + 1) / 2`; zero unknown; x right, y down |
| `edge`, `saliency` | 8 bit: black no, white (255) yes, grey (128) not labelled; or one bit | 0, 1, 255 not labelled |

`mtl_zoo.datasets.folder_options` describes `dataset.json`. A photograph that
its file says to turn (EXIF) is turned, and so are labels that lie as it is
stored.

Files are read anew whenever they are needed: change them as you like.
"""  # noqa: E501

import collections
import glob
import pathlib

import numpy as np
from PIL import Image

from mtl_zoo.datasets import files
from mtl_zoo.datasets import folder_options
from mtl_zoo.datasets.names import Names
from mtl_zoo.datasets.reader import Reader
from mtl_zoo.datasets.reader import check_same_classes
from mtl_zoo.tasks.registry import BY_NAME
from mtl_zoo.utils import read_image
from mtl_zoo.utils.files import is_foreign

SPLITS = ("train", "validation", "test")
_LABEL_SUFFIXES = (".png", ".npy")
# What else may look like a label, and is refused rather than left out.
_OTHER_LABELS = (
    *(".npz", ".mat", ".exr", ".pfm", ".pgm", ".ppm", ".hdr", ".h5", ".pt"),
    *Image.registered_extensions(),
)
# What Exif says → whether to mirror, then by how many quarters to turn
# counter-clockwise.
_TURNS = {
    2: (True, 0),
    3: (False, 2),
    4: (True, 2),
    5: (True, 1),
    6: (False, 3),
    7: (True, 3),
    8: (False, 1),
}


class Folder(Reader):
    """Reads a user's own data set; see `Reader`.

    Args:
        data_dir: Path of the data set's folder, or of the folder it lies in.
        num_classes: Not used.
        own_tasks: Sequence of `mtl_zoo.tasks.Task` to read labels of, besides
            those that the library knows, or in their place.
    """

    name = "folder"
    sizes = "many"
    recipe = "rooms"
    folders = ("folder",)
    instructions = (
        "A folder of your own has train/image/ with pictures in it; "
        "docs/datasets.md describes the layout."
    )

    def __init__(self, data_dir, num_classes=None, own_tasks=()):
        super().__init__(data_dir)
        self._listed = {}
        self._white_masks = {}
        own_tasks = {task.name: task for task in own_tasks}
        present = [
            key
            for key in dict.fromkeys([*BY_NAME, *own_tasks])
            if any((self.folder / s / key).is_dir() for s in self.splits())
        ]
        self._tasks = {
            key: self._task(key, own_tasks.get(key)) for key in present
        }
        self._options = folder_options.read(self.folder, self._tasks)

    def _task(self, key, own):
        """The user's own task of a name, or that of the library."""
        kind = BY_NAME.get(key)
        if kind is None or not kind.has_own_classes:
            return own or kind.with_channels()
        path = self.folder / "classes.txt"
        class_names = files.read_lines(path) if path.is_file() else []
        if not class_names:
            raise FileNotFoundError(
                f"{path}: write the names of the classes of {key} there, a "
                "line each."
            )
        name, count = collections.Counter(class_names).most_common(1)[0]
        if count > 1:
            raise ValueError(f"{path}: class {name!r} is there twice.")
        try:
            listed = kind(len(class_names), class_names)
        except ValueError as error:
            raise ValueError(f"{path}: {error}") from error
        if own is None:
            return listed
        check_same_classes(own, listed, path)
        return own

    @classmethod
    def find_tasks(cls, data_dir, channels, own_tasks):
        return cls(data_dir, own_tasks=own_tasks).tasks()

    @classmethod
    def open(cls, data_dir, tasks):
        return cls(data_dir, own_tasks=tasks)

    def tasks(self, num_classes=None):
        return list(self._tasks.values())

    @classmethod
    def is_root(cls, folder):
        return any((folder / split / "image").is_dir() for split in SPLITS)

    def splits(self):
        return [s for s in SPLITS if (self.folder / s / "image").is_dir()]

    # === Which files there are ===

    def _files(self, split, key):
        """The files of a folder by their names without suffix."""
        if (split, key) not in self._listed:
            self._listed[split, key] = self._list(split, key)
        return self._listed[split, key]

    def _list(self, split, key):
        folder = self.folder / split / key
        suffixes = (
            Image.registered_extensions()
            if key == "image"
            else (*_LABEL_SUFFIXES, *_OTHER_LABELS)
        )
        found = {}
        for path in sorted(folder.rglob("*")) if folder.is_dir() else ():
            place = path.relative_to(folder)
            if (
                path.suffix.lower() not in suffixes
                or any(map(is_foreign, (place, *place.parents[:-1])))
                or path.is_dir()
            ):
                continue
            name = place.with_suffix("").as_posix()
            if name in found:
                raise ValueError(
                    f"{path}: {found[name].name} has the same name."
                )
            found[name] = path
        return found

    def list_ids(self, split):
        return list(self._files(split, "image"))

    def problems(self, split, keys=None):
        images = self._files(split, "image")
        keys = self.label_names() if keys is None else keys
        for key in keys:
            names = Names(images)
            for name, path in self._files(split, key).items():
                if name not in images:
                    yield names.problem(path, name, self._unread(split, name))
        if keys and not any(self._files(split, key) for key in keys):
            yield (
                f"{self.folder / split}: no image has a label of "
                f"{', '.join(keys)}; a label lies in {split}/{keys[0]}/ and "
                "has the name of its image."
            )

    def _unread(self, split, name):
        """A file of an image's name that is no picture known here."""
        found = (self.folder / split / "image" / name).parent.glob(
            f"{glob.escape(pathlib.PurePath(name).name)}.*"
        )
        return next(found, None)

    def path(self, split, image_id, key):
        return self._files(split, key).get(image_id)

    # === What is in them ===

    def read(self, split, image_id, key):
        path = self.path(split, image_id, key)
        if key == "image":
            return read_image(path)
        if path is None:
            return None
        task = self._tasks[key]
        suffix = path.suffix.lower()
        if suffix not in _LABEL_SUFFIXES:
            raise ValueError(
                f"{path}: labels are .png or .npy files, which keep each "
                "number as it is."
            )
        picture = suffix == ".png"
        array = (
            files.read_pixels(path, one_bit=True)
            if picture
            else files.read_npy(path)
        )
        options = self._options.get(key, {})
        if array.dtype == np.uint8 and self._has_white_masks(key, options):
            array = np.where(array == 255, np.uint8(1), array)
        label = task.read_label(array, path, picture, **options)
        return self._turn(
            label, task, path, self.path(split, image_id, "image")
        )

    def _has_white_masks(self, key, options):
        """Whether white is class 1: of two classes, where no file has a 1."""
        task = self._tasks[key]
        if task.channels != 2 or task.ignore != 255:
            return False
        if 255 in options.get("ignore", ()) or "colors" in options:
            return False
        if key not in self._white_masks:
            values = set()
            paths = [
                path
                for split in self.splits()
                for path in self._files(split, key).values()
                if path.suffix.lower() in _LABEL_SUFFIXES
            ]
            for path in paths:
                is_npy = path.suffix.lower() == ".npy"
                read = files.read_npy if is_npy else files.read_pixels
                values |= set(np.unique(read(path)).tolist())
                if values - {0, 255}:
                    break
            self._white_masks[key] = values == {0, 255}
        return self._white_masks[key]

    def _turn(self, label, task, path, image_path):
        """The label as its image is turned, if it lies as that is stored."""
        orientation, stored = files.orientation(image_path)
        if orientation not in _TURNS:
            return label
        follows = self._options.get("labels_follow_exif")
        upright = stored[::-1] if orientation >= 5 else stored
        if follows is None and stored != upright:
            follows = label.shape[:2] == stored
        if follows is None:
            raise ValueError(
                f"{path}: is it upright, or as {image_path.name} is stored, "
                f"which Exif says to turn (orientation {orientation})? Say "
                '"labels_follow_exif": true, if it is as stored, or false in '
                f"{folder_options.NAME}."
            )
        if not follows:
            return label
        mirrored, quarters = _TURNS[orientation]
        if mirrored:
            label = task.mirror(label[:, ::-1])
        if quarters:
            label = task.rotate(np.rot90(label, quarters), 90 * quarters)
        return label
