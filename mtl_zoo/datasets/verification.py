"""Whether a data set's files are as published, all problems in one pass."""

import dataclasses
import json

import numpy as np

from mtl_zoo.utils import atomic_path
from mtl_zoo.utils.files import digest

MANIFEST = "manifest.json"
SHEET = "contact_sheet.png"
# Folders that this library writes beside a data set's files.
_OWN_FOLDERS = ("prepared", "extracted")


@dataclasses.dataclass
class Report:
    """What was found in a data set.

    Attributes:
        counts: Dict split → number of images.
        labels: Dict split → dict task name → number of labelled images.
        values: Dict label → dict of its dtype, least and greatest known
            value, the share of pixels that is known, and of classes the share
            that each has of these.
        problems: List of strings, each naming a file or folder.
    """

    counts: dict = dataclasses.field(default_factory=dict)
    labels: dict = dataclasses.field(default_factory=dict)
    values: dict = dataclasses.field(default_factory=dict)
    problems: list = dataclasses.field(default_factory=list)


def verify(reader, progress=None):
    """Reads every file of a data set.

    Args:
        reader: `mtl_zoo.datasets.reader.Reader`.
        progress: Callable that is given how many images were read, of how
            many. Defaults to `None`.

    Returns:
        A `Report`.

    Example:

    ```python
    reader = mtl_zoo.datasets.loading.DATASETS["nyud_mt"]("NYUD_MT")
    verify(reader).problems
    ```
    """
    report = Report()
    ids = {}
    for split in reader.splits():
        try:
            ids[split] = reader.ids(split)
        except (ValueError, OSError) as error:
            report.problems.append(str(error))
            continue
        report.counts[split] = len(ids[split])
        try:
            report.problems += _problems_of_list(reader, split, ids[split])
        except ValueError as error:
            report.problems.append(str(error))
    total, done = sum(map(len, ids.values())), 0
    statistics = {"image": _Statistics(None)} | {
        task.name: _Statistics(task.ignore, task.class_names)
        for task in reader.tasks(reader.num_classes)
    }
    for split, names in ids.items():
        report.labels[split] = dict.fromkeys(reader.label_names(), 0)
        for image_id in names:
            _verify_sample(reader, split, image_id, report, statistics)
            done += 1
            if progress:
                progress(done, total)
    # Several labels may be made of one file.
    report.problems = list(dict.fromkeys(report.problems))
    report.values = {
        key: found.result() for key, found in statistics.items() if found.count
    }
    return report


def write_manifest(reader, report):
    """Writes what a data set consists of, with the checksum of each file.

    Args:
        reader: `mtl_zoo.datasets.reader.Reader`.
        report: `Report` without problems.

    Returns:
        The path of the manifest, `manifest.json` in the data set's folder.
    """
    path = reader.folder / MANIFEST
    files = {}
    for file in sorted(reader.folder.rglob("*")):
        name = file.relative_to(reader.folder)
        if (
            file.is_file()
            and name.parts[0] not in (*_OWN_FOLDERS, MANIFEST, SHEET)
            and not any(part.startswith(".") for part in name.parts)
        ):
            files[name.as_posix()] = digest(file)
    manifest = {
        "dataset": reader.name,
        "copy": reader.variant,
        "counts": report.counts,
        "values": report.values,
        "files": files,
    }
    with atomic_path(path) as temporary:
        temporary.write_text(json.dumps(manifest, indent=1) + "\n")
    return path


def _problems_of_list(reader, split, ids):
    expected = (reader.counts or {}).get(split)
    if expected is not None and len(ids) != expected:
        yield (
            f"{reader.folder}: split {split!r} has {len(ids)} images, as "
            f"published it has {expected}."
        )
    if len(set(ids)) < len(ids):
        yield f"{reader.folder}: split {split!r} lists an image twice."
    yield from reader.problems(split)


def _verify_sample(reader, split, image_id, report, statistics):
    image = None
    for key in ("image", *reader.label_names()):
        try:
            value = reader.read(split, image_id, key)
            if key == "image":
                image = value
            if value is None:
                continue
            if image is not None:
                reader.check_size(split, image_id, key, value, image)
            statistics[key].add(value)
            if key != "image":
                report.labels[split][key] += 1
        except (ValueError, OSError) as error:
            report.problems.append(str(error))


class _Statistics:
    """What values there are.

    Args:
        unknown: The label that means "unknown", or `None`.
        class_names: Sequence of strings, if these are classes. Defaults to
            `None`.
    """

    def __init__(self, unknown, class_names=None):
        self._unknown = unknown
        self._class_names = class_names
        self._pixels = np.zeros(256, "int64")
        self._dtype = None
        self._least, self._most = np.inf, -np.inf
        self._known = self.count = 0

    def add(self, value):
        self._dtype = str(value.dtype)
        known = np.ones(value.shape[:2], bool)
        if self._unknown is not None:
            known = value != self._unknown
            known = known if known.ndim == 2 else known.any(-1)
        self.count += known.size
        self._known += int(known.sum())
        if self._class_names is not None:
            self._pixels += np.bincount(value[known], minlength=256)
        if known.any():
            self._least = min(self._least, float(value[known].min()))
            self._most = max(self._most, float(value[known].max()))

    def result(self):
        shares = {}
        if self._class_names is not None:
            pixels = (self._pixels / max(self._known, 1)).round(4).tolist()
            shares["classes"] = dict(
                zip(self._class_names, pixels, strict=False)
            )
        return {
            **shares,
            "dtype": self._dtype,
            "least": self._least if self._known else None,
            "greatest": self._most if self._known else None,
            "known": round(self._known / self.count, 4),
        }
