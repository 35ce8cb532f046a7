"""The published data sets as TensorFlow Datasets builders.

Their files are read once into records, from which any sample is read in a few
milliseconds. `mtl_zoo.datasets.load` does that by itself;
`tfds.load("nyud_mt/survey", data_dir=…)` works too once this module is
imported, with the files in TFDS's folder of manual downloads.

Stored are an example's name and its labels as their tasks pack them: ids are
8-bit numbers and normals three 16-bit numbers (`normals = normals_int16 /
32767`, exact to 0.003 degrees).
"""

import dataclasses
import functools
import hashlib
import pathlib

import numpy as np
import tensorflow_datasets as tfds

from mtl_zoo.datasets import cityscapes
from mtl_zoo.datasets import files
from mtl_zoo.datasets import nyud_mt
from mtl_zoo.datasets import nyuv2_13
from mtl_zoo.datasets import pascal_context
from mtl_zoo.datasets.prepared import Records
from mtl_zoo.datasets.prepared import named_if_damaged
from mtl_zoo.datasets.prepared import prepare_once
from mtl_zoo.datasets.reader import ReaderSource
from mtl_zoo.utils.files import user_path


@dataclasses.dataclass(kw_only=True)
class CopyConfig(tfds.core.BuilderConfig):
    """One copy of a data set.

    Attributes:
        num_classes: Integer, which of several label sets, or `None`.
    """

    num_classes: int | None = None


class PublishedBuilder(tfds.core.GeneratorBasedBuilder, skip_registration=True):
    """Reads what a `mtl_zoo.datasets.reader.Reader` reads.

    Attributes:
        reader: The `Reader` class.
    """

    VERSION = tfds.core.Version("1.0.0")
    RELEASE_NOTES = {"1.0.0": "As published."}
    # No downloads, no checksums of them to look for among the code.
    url_infos = {}
    reader = None

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        cls.BUILDER_CONFIGS = _configs(cls.reader)
        # TFDS wants some, though all is there by then.
        told = cls.reader.instructions or cls.reader.name
        cls.MANUAL_DOWNLOAD_INSTRUCTIONS = told

    def _info(self):
        features = {"image_id": tfds.features.Text(), "image": _tensor((3,))}
        if self.reader.tells_cameras:
            features["field_of_view"] = tfds.features.Scalar(np.float32)
        for task in self.reader.tasks(self.builder_config.num_classes):
            packed = task.pack(task.empty_label((1, 1)))
            features[task.stored_name] = _tensor(packed.shape[2:], packed.dtype)
        return tfds.core.DatasetInfo(
            builder=self,
            description=self.reader.__doc__,
            features=tfds.features.FeaturesDict(features),
            # Example i is the i-th of the published list.
            disable_shuffling=True,
            # Split → of which files it was made.
            metadata=tfds.core.MetadataDict(),
        )

    def _split_generators(self, dl_manager):
        config = self.builder_config
        reader = self.reader(dl_manager.manual_dir, config.num_classes)
        if not config.name.startswith(reader.variant):
            raise ValueError(
                f"{reader.folder}: is the copy {reader.variant!r} of "
                f"{reader.name}, not {config.name!r}."
            )
        for split in reader.splits():
            self.info.metadata[split] = fingerprint(reader, split)
        return {
            split: self._generate_examples(reader, split)
            for split in reader.splits()
        }

    def _generate_examples(self, reader, split):
        tasks = reader.tasks(reader.num_classes)
        source = ReaderSource(reader, split, tasks)
        for index, image_id in enumerate(reader.ids(split)):
            sample = source[index]
            stored = {"image_id": image_id, **_unlabelled(sample)}
            for task in tasks:
                stored[task.stored_name] = task.pack(sample[task.name])
            yield index, stored


def _unlabelled(sample):
    """What is in a sample besides its labels."""
    return {k: sample[k] for k in ("image", "field_of_view") if k in sample}


def _tensor(channels, dtype=np.uint8):
    return tfds.features.Tensor(
        shape=(None, None, *channels), dtype=dtype, encoding="bytes"
    )


def _config_name(variant, num_classes):
    return variant if num_classes is None else f"{variant}_{num_classes}"


def _configs(reader):
    return [
        CopyConfig(
            name=_config_name(variant, num_classes),
            description=f"The copy {variant!r}.",
            num_classes=num_classes,
        )
        for variant in reader.variants
        for num_classes in reader.label_sets(variant)
    ]


class NyudMt(PublishedBuilder):
    """NYUD-v2, see `mtl_zoo.datasets.nyud_mt`."""

    reader = nyud_mt.NYUDMT


class Nyuv2_13(PublishedBuilder):  # noqa: N801 - its name in TFDS comes of it.
    """NYUv2, see `mtl_zoo.datasets.nyuv2_13`."""

    name = "nyuv2_13"
    reader = nyuv2_13.NYUv2


class CityscapesMultiTask(PublishedBuilder):
    """Cityscapes, see `mtl_zoo.datasets.cityscapes`.

    TFDS has a `cityscapes` of its own, whose labels come one at a time.
    """

    reader = cityscapes.Cityscapes


class PascalContext(PublishedBuilder):
    """PASCAL-Context, see `mtl_zoo.datasets.pascal_context`."""

    reader = pascal_context.PASCALContext


_OURS = {
    builder.reader: builder
    for builder in (NyudMt, Nyuv2_13, CityscapesMultiTask, PascalContext)
}


@functools.cache
def _builder_class(reader):
    """The builder of a `Reader` class; of a user's, made on the spot."""
    return _OURS.get(reader) or type(PublishedBuilder)(
        reader.__name__,
        (PublishedBuilder,),
        {"name": reader.name, "reader": reader},
        skip_registration=True,
    )


def load_source(reader, split, tasks, data_dir):
    """The samples of a split, read into records on first use.

    Args:
        reader: `mtl_zoo.datasets.reader.Reader`.
        split: String.
        tasks: Sequence of `mtl_zoo.tasks.Task`, whose labels are read.
        data_dir: Path; the records come into its folder `prepared`, or into
            the library's cache if nothing can be written there.

    Returns:
        A sequence of samples.

    Raises:
        ValueError: If a file can't be read or is not as published, or the
            records are of other files than there are now.
    """
    builder = prepare(reader, data_dir)
    with named_if_damaged(pathlib.Path(builder.data_path)):
        made_of = builder.info.metadata.get(split)
    if made_of != fingerprint(reader, split):
        raise ValueError(
            f"{builder.data_path}: the files of split {split!r} in "
            f"{reader.folder} have changed since this was made of them; delete "
            "it to have it made anew."
        )
    return RecordSource(Records(builder, split), tasks)


def prepare(reader, data_dir):
    """The builder of a data set, whose records are written.

    Args:
        reader: `mtl_zoo.datasets.reader.Reader`.
        data_dir: Path; the records come into its folder `prepared`, or into
            the library's cache if nothing can be written there.

    Returns:
        A `tfds.core.DatasetBuilder`.
    """
    config = _config_name(reader.variant, reader.num_classes)
    builder_class = _builder_class(type(reader))
    folder = user_path(data_dir)
    if not (folder / "prepared" / builder_class.name).is_dir():
        folder = files.made_folder(folder)
    prepared = folder / "prepared"
    return prepare_once(
        lambda: builder_class(
            config=config, data_dir=prepared, file_format="array_record"
        ),
        prepared / f".{reader.name}_{config}.lock",
        prepared / builder_class.name,
        tfds.download.DownloadConfig(manual_dir=reader.folder),
    )


def fingerprint(reader, split):
    """What changes with the files of a split.

    Args:
        reader: `mtl_zoo.datasets.reader.Reader`.
        split: String.

    Returns:
        A string, the checksum of all names, sizes and times of change.
    """
    checksum = hashlib.sha256()
    for image_id in reader.ids(split):
        for key in ("image", *reader.label_names()):
            path = reader.path(split, image_id, key)
            if path.is_file():
                status = path.stat()
                found = f"{key} {status.st_size} {int(status.st_mtime)}"
            else:
                found = f"{key} missing"
            checksum.update(f"{image_id} {found}\n".encode())
    return checksum.hexdigest()


class RecordSource:
    """The samples of a split, read from records.

    Args:
        records: Sequence of what `PublishedBuilder` stores.
        tasks: Sequence of `mtl_zoo.tasks.Task`, whose labels are read.
    """

    def __init__(self, records, tasks):
        self._records = records
        self._tasks = list(tasks)

    def __len__(self):
        return len(self._records)

    def __getitem__(self, index):
        if not -len(self) <= index < len(self):
            raise IndexError(f"There are {len(self)} samples, no {index}.")
        stored = self._records[int(index) % len(self)]
        sample = _unlabelled(stored)
        for task in self._tasks:
            sample[task.name] = task.unpack(stored[task.stored_name])
        return sample
