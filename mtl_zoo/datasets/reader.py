"""What reads a data set in the form in which it was published."""

import re

from mtl_zoo.datasets import archives
from mtl_zoo.datasets import files
from mtl_zoo.datasets.dataset import DataSet
from mtl_zoo.datasets.transforms import resize
from mtl_zoo.utils.files import user_path

_PARTS = re.compile(r"[/\\]")


class Reader(DataSet):
    """The files of one data set; subclasses say how to read them.

    Attributes:
        counts: Dict split → number of images, as published; or `None` where
            any number is right, and `splits` tells which splits there are.
        folders: Tuple of strings, what the folder or the archive is called.
        instructions: String, where the data comes from, under which terms, and
            where to put it.
        variants: Tuple of strings, in which copies it is published.
        label_set_task: String, the task of which there are several label sets
            to choose from, or `None`.

    The others are those of `mtl_zoo.datasets.DataSet`.

    Args:
        data_dir: Path of the data set's folder, or of the folder in which it
            or its archive lies.
        num_classes: Integer, which label set, where there are several.
            Defaults to the largest one.

    Raises:
        FileNotFoundError: If the data set is not there.
    """

    counts = None
    folders = ()
    instructions = ""
    variants = ("published",)
    label_set_task = None

    def __init__(self, data_dir, num_classes=None):
        self.folder = self._find(user_path(data_dir))
        self.num_classes = None
        self._ids = {}
        self.variant = self.find_variant()

    # === What subclasses implement ===

    @classmethod
    def tasks(cls, num_classes=None):
        """A list of the `mtl_zoo.tasks.Task` that there are labels for."""
        raise NotImplementedError

    @classmethod
    def label_sets(cls, variant):
        """The numbers of classes to choose from in a copy."""
        return (None,)

    @classmethod
    def is_root(cls, folder):
        """Whether a folder is laid out as the data set's root."""
        return folder.is_dir()

    def find_variant(self):
        """Which of `variants` the folder holds."""
        return self.variants[0]

    def list_ids(self, split):
        """The names of the images of a split, in order."""
        raise NotImplementedError

    def read(self, split, image_id, key):
        """The image (`key="image"`) or a task's label; `None` if unlabelled.

        With `tells_cameras` also `key="field_of_view"`, see `DataSet`.
        Errors are `ValueError` or `FileNotFoundError` and name the file.
        """
        raise NotImplementedError

    def path(self, split, image_id, key):
        """The file of an image or label, for errors to name."""
        return self.folder / split / f"{image_id} ({key})"

    def splits(self):
        """Names of the splits that there are; subclasses without `counts`."""
        if self.counts is None:
            raise NotImplementedError(
                f"{type(self).__name__} has neither counts nor splits()."
            )
        return list(self.counts)

    # === What all share ===

    @classmethod
    def find_splits(cls, data_dir):
        # What is published is known without its files.
        return list(cls.counts) if cls.counts else cls(data_dir).splits()

    @classmethod
    def find_tasks(cls, data_dir, channels, own_tasks):
        return cls.tasks(channels.get(cls.label_set_task))

    @classmethod
    def open(cls, data_dir, tasks):
        channels = {task.name: task.channels for task in tasks}
        return cls(data_dir, channels.get(cls.label_set_task))

    def source(self, split, tasks, image_size, seed, num_examples):
        return ReaderSource(self, split, tasks)

    def ids(self, split):
        """The names of the images of a split, in order; listed once."""
        if split not in self._ids:
            ids = self.list_ids(split)
            if not ids:
                raise ValueError(
                    f"{self.folder}: there is no image of split {split!r}."
                )
            for name in ids:
                # Backslashes, too: they lead elsewhere on Windows.
                if name.startswith(("/", "\\")) or ".." in _PARTS.split(name):
                    raise ValueError(
                        f"{self.folder}: split {split!r} lists {name!r}, which "
                        "lies elsewhere."
                    )
            self._ids[split] = ids
        return self._ids[split]

    def label_names(self):
        """Names of the tasks that this copy has labels for."""
        return [task.name for task in self.tasks(self.num_classes)]

    def problems(self, split, keys=None):
        """What is wrong with the list of files of a split.

        Args:
            split: String.
            keys: Sequence of task names, whose labels are looked at. Defaults
                to all.

        Returns:
            Iterable of strings, each naming a file or folder.
        """
        return ()

    def present_label_sets(self):
        """Those of `label_sets` that the folder has files of."""
        return self.label_sets(self.variant)

    def sample(self, split, image_id, keys):
        """An image and its labels, all of one size.

        Args:
            split: String.
            image_id: String, one of `ids(split)`.
            keys: Sequence of task names.

        Returns:
            A dict of arrays: `image`, `field_of_view` with `tells_cameras`,
            and labels; a task that this image has no label for is not in it.

        Raises:
            ValueError: If a file can't be read, or is not as published.
            FileNotFoundError: If a file is missing.
        """
        sample = {"image": self.read(split, image_id, "image")}
        if self.tells_cameras:
            sample["field_of_view"] = self.read(
                split, image_id, "field_of_view"
            )
        for key in keys:
            label = self.read(split, image_id, key)
            if label is not None:
                self.check_size(split, image_id, key, label, sample["image"])
                sample[key] = label
        return sample

    def check_size(self, split, image_id, key, label, image):
        """Raises `ValueError` unless a label is as large as its image."""
        if label.shape[:2] != image.shape[:2]:
            raise ValueError(
                f"{self.path(split, image_id, key)}: the label is "
                f"{label.shape[0]}×{label.shape[1]}, its image "
                f"{image.shape[0]}×{image.shape[1]}."
            )

    def _find(self, data_dir):
        candidates = [data_dir, *(data_dir / name for name in self.folders)]
        for folder in candidates:
            if self.is_root(folder):
                return folder
        found = self._archives(data_dir)
        if found:
            extracted = files.made_folder(data_dir) / "extracted" / self.name
            if self._root_in(extracted) is None:

                def check(folder):
                    if self._root_in(folder) is None:
                        names = ", ".join(path.name for path in found)
                        raise ValueError(
                            f"{data_dir}: {names} holds no {self.name}. "
                            f"{self.instructions}"
                        )

                archives.extract(found, extracted, check)
            return self._root_in(extracted)
        raise FileNotFoundError(
            f"{data_dir}: holds no {self.name}. {self.instructions}"
        )

    def _root_in(self, extracted):
        """The data set's folder in what was extracted, or `None`."""
        inside = [path for path in extracted.glob("*") if path.is_dir()]
        return next(filter(self.is_root, (extracted, *inside)), None)

    def _archives(self, data_dir):
        for name in self.folders:
            for suffix in archives.SUFFIXES:
                path = data_dir / f"{name}{suffix}"
                if path.is_file():
                    return [path]
        return []


class ReaderSource:
    """The samples of a split, read from the data set's files.

    Args:
        reader: `Reader`.
        split: String.
        tasks: Sequence of `mtl_zoo.tasks.Task`, whose labels are read.

    Raises:
        ValueError: If a label belongs to no image, or no image has a label.
    """

    def __init__(self, reader, split, tasks):
        self._reader = reader
        self._split = split
        self._ids = reader.ids(split)
        self._tasks = list(tasks)
        self._keys = [task.name for task in tasks]
        for problem in reader.problems(split, self._keys):
            raise ValueError(problem)

    def __len__(self):
        return len(self._ids)

    def __getitem__(self, index):
        return self.complete(
            self._reader.sample(self._split, self._ids[index], self._keys)
        )

    def complete(self, sample):
        """The sample with a label of unknowns where it had none."""
        size = sample["image"].shape[:2]
        for task in self._tasks:
            if task.name not in sample:
                sample[task.name] = task.empty_label(size)
        return sample


class ResizedSource:
    """The samples of another source, resized; cameras are told as before.

    Args:
        source: Sequence of samples.
        tasks: Sequence of `mtl_zoo.tasks.Task`, those of the labels.
        image_size: Pair `(height, width)`.
    """

    def __init__(self, source, tasks, image_size):
        self._source = source
        self._tasks = list(tasks)
        self._image_size = tuple(image_size)

    def __len__(self):
        return len(self._source)

    def __getitem__(self, index):
        sample = self._source[index]
        resized = resize(sample, self._tasks, self._image_size)
        if "field_of_view" in sample:
            resized["field_of_view"] = sample["field_of_view"]
        return resized


class FirstOf:
    """The first samples of another source.

    Args:
        source: Sequence of samples.
        count: Integer, at most as many as there are.
    """

    def __init__(self, source, count):
        self._source = source
        self._count = count

    def __len__(self):
        return self._count

    def __getitem__(self, index):
        if not -self._count <= index < self._count:
            raise IndexError(index)
        return self._source[index % self._count]


def check_same_classes(task, known, place):
    """Raise `ValueError` unless a task has the classes that labels have.

    Args:
        task: `mtl_zoo.tasks.Task`, such as that of a preset.
        known: `mtl_zoo.tasks.Task` of the labels.
        place: String or path, what has such labels.
    """
    if task.channels != known.channels:
        raise ValueError(
            f"Task {task.name!r} has {task.channels} channels; {place} has "
            f"labels for {known.channels}."
        )
    # Not every task names its classes.
    names = zip(task.class_names or (), known.class_names or (), strict=False)
    for i, (asked, labelled) in enumerate(names):
        if asked.casefold() != labelled.casefold():
            raise ValueError(
                f"Class {i} of task {task.name!r} is {asked[:40]!r}; in "
                f"{place} it is {labelled[:40]!r}."
            )
