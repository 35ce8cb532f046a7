"""`folder`: your own images and labels, in one plain layout.

```
my_data/
  classes.txt          names of the classes of semseg, a line each
  train/               also validation/ and test/, as many as you have
    image/             0001.jpg, …: any picture
    semseg/            0001.png
    depth/             0001.png or 0001.npy
    …
```

A label has the name of its image and lies in a folder with the name of its
task. Every task may be missing, and so may be the labels of single images: what
is not there is unknown, and counts neither in losses nor in metrics. Labels are
as large as their images. `.npy` files hold labels as `mtl_zoo.tasks` describes
them, pictures (`.png`) hold them so:

| task | `.png` | `.npy` |
| --- | --- | --- |
| `semseg` | 8 bit: class, from 0 in the order of `classes.txt`; 255 not labelled | the same, or -1 |
| `human_parts` | 8 bit: 0…6 as in `mtl_zoo.tasks.HumanParts`; 255 not labelled | the same, or -1 |
| `depth` | 16 bit: millimetres, 0 unknown | metres, 0 unknown |
| `disparity` | 16 bit: 65536 times what the `.npy` holds, 0 unknown | inverse depth, 0 unknown |
| `normals` | 8 bit RGB: `(n + 1) · 127.5`, grey (128, 128, 128) unknown | unit vectors `(height, width, 3)`, zero unknown; x right, y down |
| `edge`, `saliency` | 8 bit: black no, white (255) yes, grey (128) not labelled | 0, 1, 255 not labelled |

Files are read anew whenever they are needed: change them as you like.
"""  # noqa: E501

from mtl_zoo.datasets import files
from mtl_zoo.datasets.reader import Reader
from mtl_zoo.tasks.registry import BY_NAME
from mtl_zoo.utils import read_image

SPLITS = ("train", "validation", "test")


class Folder(Reader):
    """Reads a user's own data set; see `Reader`."""

    name = "folder"
    sizes_differ = True
    recipe = "rooms"
    folders = ("folder",)
    instructions = (
        "A folder of your own has train/image/ with pictures in it; "
        "docs/datasets.md describes the layout."
    )

    def __init__(self, data_dir, num_classes=None, own_tasks=()):
        super().__init__(data_dir)
        self._listed = {}
        own_tasks = {task.name: task for task in own_tasks}
        present = [
            key
            for key in dict.fromkeys([*BY_NAME, *own_tasks])
            if any((self.folder / s / key).is_dir() for s in self.splits())
        ]
        self._tasks = {
            key: own_tasks.get(key) or self._task(BY_NAME[key])
            for key in present
        }

    def _task(self, kind):
        """The task of a class of tasks, with its classes if it needs them."""
        if not kind.has_own_classes:
            return kind.with_channels()
        path = self.folder / "classes.txt"
        names = files.read_lines(path) if path.is_file() else []
        if not names:
            raise FileNotFoundError(
                f"{path}: write the names of the classes of semseg there, a "
                "line each."
            )
        return kind(len(names), names)

    def tasks(self, num_classes=None):
        return list(self._tasks.values())

    @classmethod
    def is_root(cls, folder):
        return any((folder / split / "image").is_dir() for split in SPLITS)

    def splits(self):
        return [s for s in SPLITS if (self.folder / s / "image").is_dir()]

    def _files(self, split, key):
        """The files of a folder by their names without suffix."""
        if (split, key) not in self._listed:
            self._listed[split, key] = self._list(split, key)
        return self._listed[split, key]

    def _list(self, split, key):
        folder = self.folder / split / key
        found = {}
        for path in sorted(folder.glob("[!.]*")) if folder.is_dir() else ():
            if path.stem in found:
                raise ValueError(
                    f"{path}: {found[path.stem].name} has the same name."
                )
            found[path.stem] = path
        return found

    def list_ids(self, split):
        return list(self._files(split, "image"))

    def unused(self, split):
        """Label files that no image has the name of."""
        images = self._files(split, "image")
        return [
            path
            for key in self.label_names()
            for name, path in self._files(split, key).items()
            if name not in images
        ]

    def path(self, split, image_id, key):
        return self._files(split, key).get(image_id)

    def read(self, split, image_id, key):
        path = self.path(split, image_id, key)
        if key == "image":
            return read_image(path)
        if path is None:
            return None
        if path.suffix == ".npy":
            array, picture = files.read_npy(path), False
        elif path.suffix == ".png":
            array, picture = files.read_pixels(path), True
        else:
            raise ValueError(f"{path}: labels are .png or .npy files.")
        return self._tasks[key].read_label(array, path, picture)
