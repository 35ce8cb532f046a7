"""`rooms` as a TensorFlow Datasets builder: rendered once, then read.

```python
from mtl_zoo.datasets.rooms import builder

source = builder.load_source("test")
source[0]["depth"].shape  # (96, 128, 1)
```

The builder is a normal one: with `file_format="array_record"`, which
`load_source` uses, `as_data_source` reads it at random; with
`file_format="tfrecord"` `as_dataset` gives a `tf.data.Dataset`.

`mtl_zoo.datasets.rooms.rendering` says what is stored. The record file
compresses it.
"""

import dataclasses
import functools

import tensorflow_datasets as tfds

from mtl_zoo.datasets import rooms
from mtl_zoo.datasets.prepared import Records
from mtl_zoo.datasets.prepared import prepare_once
from mtl_zoo.datasets.rooms import rendering
from mtl_zoo.datasets.rooms.rendering import NUM_EXAMPLES
from mtl_zoo.utils import cache_folder
from mtl_zoo.utils.files import user_path


@dataclasses.dataclass(kw_only=True)
class RoomsConfig(tfds.core.BuilderConfig):
    """Which rooms: their size in pixels, their seed and their number.

    Attributes:
        image_size: pair of ints. Height and width.
        seed: int. Names the data set.
        num_examples: dict of str to int. Examples of each split; a split
            that is not named, or has 0, is not made.
        first: int. Number of the first example.
    """

    name: str = ""
    description: str = "Invented rooms with exact labels."
    image_size: tuple = (96, 128)
    seed: int = 0
    num_examples: dict = dataclasses.field(
        default_factory=lambda: dict(NUM_EXAMPLES)
    )
    first: int = 0

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
        if self.first:
            self.name += f"_from{self.first}"

    def splits(self):
        """The splits that are made, in order, with their numbers."""
        return {
            split: int(self.num_examples[split])
            for split in rooms.SPLITS
            if self.num_examples.get(split, 0) > 0
        }


class Rooms(tfds.core.GeneratorBasedBuilder):
    """Synthetic rooms with exact labels for five tasks."""

    VERSION = tfds.core.Version(rendering.VERSION)
    RELEASE_NOTES = {
        "1.0.0": "The first rooms.",
        "2.0.0": "Kitchens, offices, corridors and more, rooms behind open "
        "doors, other cameras; the field of view is stored.",
    }
    BUILDER_CONFIGS = [RoomsConfig()]
    # No downloads, no checksums of them to look for among the code.
    url_infos = {}

    def _info(self):
        features = {
            name: tfds.features.Tensor(
                shape=shape, dtype=dtype, encoding="bytes"
            )
            for name, (shape, dtype) in rendering.stored_features(
                self.builder_config.image_size
            ).items()
        }
        return tfds.core.DatasetInfo(
            builder=self,
            description=rooms.__doc__,
            features=tfds.features.FeaturesDict(features),
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
        samples = rendering.render_all(
            split, count, config.seed, config.image_size, config.first
        )
        for index, sample in enumerate(samples):
            yield index, rendering.encode(sample)


def load_source(
    split, image_size=(96, 128), data_dir=None, seed=0, num_examples=None
):
    """The examples of a split, rendered into a cache on first use.

    Only this split is rendered, in parts of 1000. Each part of each size and
    seed has its own folder in the cache, which appears under its name when it
    is complete: a stopped rendering goes on from there.

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
    num_examples = rendering.check_split(split, num_examples)
    data_dir = user_path(data_dir or cache_folder("datasets"))
    data_dir.mkdir(parents=True, exist_ok=True)
    sources = []
    for first, count in rendering.parts(num_examples):
        config = RoomsConfig(
            image_size=tuple(int(size) for size in image_size),
            seed=int(seed),
            num_examples={split: count},
            first=first,
        )
        rooms_builder = prepare_once(
            functools.partial(
                Rooms,
                config=config,
                data_dir=data_dir,
                file_format="array_record",
            ),
            data_dir / f".rooms_{config.name}.lock",
            data_dir / Rooms.name / config.name,
        )
        sources.append(Records(rooms_builder, split))
    return rendering.RoomsSource(sources)
