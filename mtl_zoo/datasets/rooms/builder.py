"""`rooms` as a TensorFlow Datasets builder: rendered once, then read.

```python
from mtl_zoo.datasets.rooms import builder

source = builder.load_source("test")
source[0]["depth"].shape  # (96, 128, 1)
```

The builder is a normal one: with `file_format="array_record"`, which
`load_source` uses, `as_data_source` reads it at random; with
`file_format="tfrecord"` `as_dataset` gives a `tf.data.Dataset`.

Stored are bytes that need no decoding: depth in millimetres (exact to
0.5 mm), each normal as three 16-bit numbers (exact to 0.003 degrees), all else
as 8-bit numbers. The record file compresses them.
"""

import contextlib
import dataclasses
import os
import pathlib
import pickle
import subprocess
import sys

import numpy as np
import tensorflow_datasets as tfds
from absl import logging

from mtl_zoo.datasets import rooms
from mtl_zoo.datasets.rooms import worker

NUM_EXAMPLES = {"train": 4000, "validation": 200, "test": 400}
_NORMAL_SCALE = 32767


@dataclasses.dataclass(kw_only=True)
class RoomsConfig(tfds.core.BuilderConfig):
    """Which rooms: their size in pixels, their seed and their number.

    Attributes:
        image_size: pair of ints. Height and width.
        seed: int. Names the data set.
        num_examples: dict of str to int. Examples of each split; a split
            that is not named, or has 0, is not made.
    """

    name: str = ""
    description: str = "Invented rooms with exact labels."
    image_size: tuple = (96, 128)
    seed: int = 0
    num_examples: dict = dataclasses.field(
        default_factory=lambda: dict(NUM_EXAMPLES)
    )

    def __post_init__(self):
        unknown = set(self.num_examples) - set(rooms.SPLITS)
        if unknown:
            raise ValueError(
                f"`num_examples` must name splits of {rooms.SPLITS}. "
                f"Received: num_examples={self.num_examples}"
            )
        # The name is the folder's: all that changes the content is in it.
        height, width = self.image_size
        counts = "_".join(
            f"{split}{count}" for split, count in self.splits().items()
        )
        self.name = f"{height}x{width}_seed{self.seed}_{counts}"

    def splits(self):
        """The splits that are made, in order, with their numbers."""
        return {
            split: int(self.num_examples[split])
            for split in rooms.SPLITS
            if self.num_examples.get(split, 0) > 0
        }


class Rooms(tfds.core.GeneratorBasedBuilder):
    """Synthetic rooms with exact labels for six tasks."""

    # Counts up whenever `render_room` gives other pictures or labels.
    VERSION = tfds.core.Version("1.0.0")
    RELEASE_NOTES = {"1.0.0": "The first rooms."}
    BUILDER_CONFIGS = [RoomsConfig()]
    # No downloads, no checksums of them to look for among the code.
    url_infos = {}

    def _info(self):
        height, width = self.builder_config.image_size

        def tensor(channels, dtype):
            return tfds.features.Tensor(
                shape=(height, width, *channels), dtype=dtype, encoding="bytes"
            )

        return tfds.core.DatasetInfo(
            builder=self,
            description=rooms.__doc__,
            features=tfds.features.FeaturesDict(
                {
                    "image": tensor((3,), np.uint8),
                    "semseg": tensor((), np.uint8),
                    "depth_millimetres": tensor((1,), np.uint16),
                    "normals_int16": tensor((3,), np.int16),
                    "edge": tensor((1,), np.uint8),
                    "saliency": tensor((1,), np.uint8),
                }
            ),
            # Example i of a split is `render_room(i, split)`.
            disable_shuffling=True,
        )

    def _split_generators(self, dl_manager):
        del dl_manager  # There is nothing to download.
        return {
            split: self._generate_examples(split, count)
            for split, count in self.builder_config.splits().items()
        }

    def _generate_examples(self, split, count):
        config = self.builder_config
        samples = _render_all(split, count, config.seed, config.image_size)
        for index, sample in enumerate(samples):
            yield index, _encode(sample)


def _render_all(split, count, seed, image_size):
    """Yields the examples of a split in order, rendered on all cores."""
    affinity = getattr(os, "sched_getaffinity", None)
    cores = len(affinity(0)) if affinity else os.cpu_count() or 1
    step = min(count, cores)
    environment = dict(
        os.environ,
        OMP_NUM_THREADS="1",
        OPENBLAS_NUM_THREADS="1",
        MKL_NUM_THREADS="1",
        VECLIB_MAXIMUM_THREADS="1",
    )
    with contextlib.ExitStack() as stack:
        processes = []
        for start in range(step):
            arguments = [seed, *image_size, start, count, step]
            process = subprocess.Popen(
                [
                    sys.executable,
                    "-P",  # The folder's modules are no top-level modules.
                    worker.__file__,
                    split,
                    *map(str, arguments),
                ],
                stdout=subprocess.PIPE,
                env=environment,
            )
            stack.callback(_stop, process)
            processes.append(process)
        for index in range(count):
            process = processes[index % step]
            try:
                yield pickle.load(process.stdout)
            except EOFError:
                raise RuntimeError(
                    f"Rendering example {index} of split {split!r} failed; "
                    "the process's own message is above."
                ) from None


def _stop(process):
    process.stdout.close()
    process.kill()
    process.wait()


def _encode(sample):
    """What is stored of a sample of `render_room`."""
    return {
        "image": sample["image"],
        "semseg": sample["semseg"].astype("uint8"),
        "depth_millimetres": np.round(sample["depth"] * 1000).astype("uint16"),
        "normals_int16": np.round(sample["normals"] * _NORMAL_SCALE).astype(
            "int16"
        ),
        "edge": sample["edge"].astype("uint8"),
        "saliency": sample["saliency"].astype("uint8"),
    }


def _decode(stored):
    """The sample of `render_room` that was stored."""
    normals = stored["normals_int16"].astype("float32")
    length = np.sqrt(np.einsum("hwc,hwc->hw", normals, normals))
    normals /= np.maximum(length, 1)[..., None]
    return {
        "image": stored["image"],
        "semseg": stored["semseg"].astype("int32"),
        "depth": stored["depth_millimetres"].astype("float32") / 1000,
        "normals": normals,
        "edge": stored["edge"].astype("float32"),
        "saliency": stored["saliency"].astype("float32"),
    }


class RoomsSource:
    """The examples of one split, for reading in any order.

    Args:
        data_source: sequence of stored examples.
    """

    def __init__(self, data_source):
        self._data_source = data_source

    def __len__(self):
        return len(self._data_source)

    def __getitem__(self, index):
        if not -len(self) <= index < len(self):
            raise IndexError(
                f"There are {len(self)} examples. Received: index={index}"
            )
        return _decode(self._data_source[int(index) % len(self)])


@contextlib.contextmanager
def _quiet():
    """Without TFDS's warnings that a cache is new and its config not listed."""
    verbosity = logging.get_verbosity()
    logging.set_verbosity(logging.ERROR)
    try:
        yield
    finally:
        logging.set_verbosity(verbosity)


@contextlib.contextmanager
def _exclusive(path):
    """Lets one process at a time pass, where the system can."""
    try:
        import fcntl
    except ImportError:  # Windows: two processes would both render.
        yield
        return
    with open(path, "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def load_source(
    split, image_size=(96, 128), data_dir=None, seed=0, num_examples=None
):
    """The examples of a split, rendered into a cache on first use.

    Only this split is rendered. Each size, seed and number has its own folder
    in the cache; a folder appears under its name when it is complete.

    Args:
        split: str. `"train"`, `"validation"` or `"test"`.
        image_size: pair of ints. Height and width. Defaults to `(96, 128)`.
        data_dir: path. The folder of the caches. Defaults to
            `~/.cache/mtl_zoo/datasets`, where the environment variable
            `MTL_ZOO_HOME` may replace `~/.cache/mtl_zoo`.
        seed: int. Names the data set. Defaults to 0.
        num_examples: int. How many examples. Defaults to 4000 for
            `"train"`, 200 for `"validation"` and 400 for `"test"`.

    Returns:
        An object with `len()` and `[index]`; example `index` is a dictionary
        as `mtl_zoo.datasets.rooms.render_room(index)` returns it, with depth
        rounded to millimetres.

    Raises:
        ValueError: If `split` is not known or `num_examples` is not positive.
    """
    if split not in rooms.SPLITS:
        raise ValueError(
            f"`split` must be one of {rooms.SPLITS}. Received: split={split!r}"
        )
    if num_examples is None:
        num_examples = NUM_EXAMPLES[split]
    if num_examples < 1:
        raise ValueError(
            "`num_examples` must be positive. "
            f"Received: num_examples={num_examples}"
        )
    if data_dir is None:
        from mtl_zoo.utils import cache_folder

        data_dir = cache_folder("datasets")
    data_dir = pathlib.Path(data_dir).expanduser()
    data_dir.mkdir(parents=True, exist_ok=True)
    config = RoomsConfig(
        image_size=tuple(int(size) for size in image_size),
        seed=int(seed),
        num_examples={split: int(num_examples)},
    )

    def open_builder():
        with _quiet():
            return Rooms(
                config=config, data_dir=data_dir, file_format="array_record"
            )

    rooms_builder = open_builder()
    if not rooms_builder.is_prepared():
        with _exclusive(data_dir / f".rooms_{config.name}.lock"):
            # Another process may have made it while this one waited.
            rooms_builder = open_builder()
            if not rooms_builder.is_prepared():
                rooms_builder.download_and_prepare()
    return RoomsSource(rooms_builder.as_data_source(split))
