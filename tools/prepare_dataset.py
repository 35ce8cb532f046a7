"""Check a data set's files and prepare them for training.

```
python -m tools.prepare_dataset --name=nyud_mt --data_dir=data
```

Takes the extracted folder or the archive in `--data_dir`, reads every file,
and reports all problems, each with its file's name: missing and broken files,
other counts than published, other shapes, unknown classes, values out of range.
It tells how many images of each split have each label, which values occur, how
much is known, and which share each class has. Where there are no problems, it
writes `manifest.json` with the checksum of every file, and the records that
training reads; or where it reads the files themselves (`folder`, most data sets
of your own) `contact_sheet.png` with the first labelled images of each split,
to look at. Nothing is ever half written.
docs/datasets.md says where each data set comes from.
"""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from absl import flags
from keras.utils import Progbar

from mtl_zoo.datasets import verification
from mtl_zoo.datasets.loading import DATASETS
from mtl_zoo.datasets.prepared import has_tensorflow
from mtl_zoo.datasets.reader import Reader
from mtl_zoo.datasets.reader import ReaderSource
from mtl_zoo.utils import atomic_path
from mtl_zoo.utils import cli
from mtl_zoo.visualization import contact_sheet


def _list_readers():
    return [name for name, kind in DATASETS.items() if issubclass(kind, Reader)]


cli.define_name("name", None, _list_readers, "The data set.")
flags.mark_flag_as_required("name")
flags.DEFINE_string(
    "data_dir",
    None,
    "The data set's folder, or the folder in which it or its archive lies.",
    required=True,
)


def main(config):
    reader_class = DATASETS[config.name]
    reader = reader_class(config.data_dir)
    problems = []
    for num_classes in reader.present_label_sets():
        reader = reader_class(config.data_dir, num_classes)
        report = verify(reader)
        problems += [p for p in report.problems if p not in problems]
    for problem in problems:
        cli.say(problem)
    if problems:
        raise ValueError(
            f"{reader.folder}: {len(problems)} "
            f"{'problem' if len(problems) == 1 else 'problems'}, see above; "
            "nothing was written."
        )
    path = verification.write_manifest(reader, report)
    cli.say(f"All files are as they should be. Checksums: {path}")
    if not reader.recorded:
        cli.say(f"To look at: {draw_contact_sheet(reader)}")
    elif has_tensorflow():
        from mtl_zoo.datasets import builder

        for num_classes in reader.present_label_sets():
            reader = reader_class(config.data_dir, num_classes)
            records = builder.prepare(reader, config.data_dir).data_path
            cli.say(f"Records to train on: {records}")


def verify(reader):
    """The report of a data set, printed while it is made."""
    labels = f", {reader.num_classes} classes" if reader.num_classes else ""
    cli.say(f"{reader.folder}: {reader.name}, copy {reader.variant!r}{labels}")
    progress = Progbar(None, unit_name="image")

    def show(done, total):
        progress.target = total
        progress.update(done)

    report = verification.verify(reader, show)
    print()
    for split, count in report.counts.items():
        labels = ", ".join(
            f"{number} {key}"
            for key, number in report.labels.get(split, {}).items()
        )
        cli.say(f"{split:12}{count:7} images; labels: {labels or 'none'}")
    for key, found in report.values.items():
        cli.say(
            f"{key:12}{found['dtype']:>8}  {found['least']} … "
            f"{found['greatest']}, known {found['known']:.1%}"
        )
        for name, share in found.get("classes", {}).items():
            cli.say(f"    {share:7.2%} {name}")
    return report


def draw_contact_sheet(reader, count=4, width=240):
    """Draws the first labelled images of each split.

    Args:
        reader: `mtl_zoo.datasets.Reader`.
        count: Integer, how many of each split. Defaults to `4`.
        width: Integer, pixels of a column. Defaults to `240`.

    Returns:
        The path of the picture, `contact_sheet.png` in the data set's folder.
    """
    tasks = reader.tasks(reader.num_classes)
    samples = []
    for split in reader.splits():
        labelled = [
            image_id
            for image_id in reader.ids(split)
            if any(reader.path(split, image_id, t.name) for t in tasks)
        ]
        source = ReaderSource(reader, split, tasks)
        for image_id in labelled[:count]:
            sample = reader.sample(split, image_id, reader.label_names())
            sample = source.complete(sample)
            samples.append((sample["image"], sample))
    path = reader.folder / verification.SHEET
    with atomic_path(path) as temporary:
        contact_sheet(samples, tasks, width).save(temporary)
    return path


if __name__ == "__main__":
    cli.run(main)
