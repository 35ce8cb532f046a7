"""Check a data set's files and prepare them for training.

```
python -m tools.prepare_dataset --name=nyud_mt --data_dir=data
```

Takes the extracted folder or the archive in `--data_dir`, reads every file,
and reports all problems, each with its file's name: missing and broken files,
other counts than published, other shapes, unknown classes, values out of range.
Where there are none, it writes `manifest.json` with the checksum of every file,
and the records that training reads. Nothing is ever half written.
docs/datasets.md says where each data set comes from.
"""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from absl import flags
from keras.utils import Progbar

from mtl_zoo.datasets import verification
from mtl_zoo.datasets.loading import READERS
from mtl_zoo.datasets.prepared import has_tensorflow
from mtl_zoo.utils import cli

cli.define_name("name", None, lambda: list(READERS), "The data set.")
flags.mark_flag_as_required("name")
flags.DEFINE_string(
    "data_dir",
    None,
    "The data set's folder, or the folder in which it or its archive lies.",
    required=True,
)


def main(config):
    reader_class = READERS[config.name]
    reader = reader_class(config.data_dir)
    problems = []
    for num_classes in reader.present_label_sets():
        reader = reader_class(config.data_dir, num_classes)
        report = verify(reader)
        problems += [p for p in report.problems if p not in problems]
    for problem in problems:
        print(problem)
    if problems:
        raise ValueError(
            f"{reader.folder}: {len(problems)} "
            f"{'problem' if len(problems) == 1 else 'problems'}, see above; "
            "nothing was written."
        )
    path = verification.write_manifest(reader, report)
    print(f"All files are as they should be. Checksums: {path}")
    if config.name != "folder" and has_tensorflow():
        from mtl_zoo.datasets import builder

        for num_classes in reader.present_label_sets():
            reader = reader_class(config.data_dir, num_classes)
            records = builder.prepare(reader, config.data_dir).data_path
            print(f"Records to train on: {records}")


def verify(reader):
    """The report of a data set, printed while it is made."""
    labels = f", {reader.num_classes} classes" if reader.num_classes else ""
    print(f"{reader.folder}: {reader.name}, copy {reader.variant!r}{labels}")
    progress = Progbar(None, unit_name="image")

    def show(done, total):
        progress.target = total
        progress.update(done)

    report = verification.verify(reader, show)
    print()
    for split, count in report.counts.items():
        print(f"{split:12}{count:7} images")
    for key, found in report.values.items():
        print(
            f"{key:12}{found['dtype']:>8}  {found['least']} … "
            f"{found['greatest']}, known {found['known']:.1%}"
        )
    return report


if __name__ == "__main__":
    cli.run(main)
