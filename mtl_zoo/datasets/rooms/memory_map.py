"""`rooms` without TensorFlow: rendered once into a file, then mapped.

The same samples as those of `mtl_zoo.datasets.rooms.builder`, which is the
choice where TensorFlow Datasets can be imported, as its files are a third as
large.
"""

import numpy as np

from mtl_zoo.datasets.prepared import exclusive
from mtl_zoo.datasets.prepared import named_if_damaged
from mtl_zoo.datasets.rooms import rendering
from mtl_zoo.utils import atomic_path
from mtl_zoo.utils import cache_folder
from mtl_zoo.utils.files import user_path


def load_source(
    split, image_size=(96, 128), data_dir=None, seed=0, num_examples=None
):
    """The examples of a split, rendered into a cache on first use.

    Args:
        split: str. `"train"`, `"validation"` or `"test"`.
        image_size: pair of ints. Height and width. Defaults to `(96, 128)`.
        data_dir: path. The folder of the caches. Defaults to that of
            `mtl_zoo.datasets.rooms.builder.load_source`.
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
    count = rendering.check_split(split, num_examples)
    data_dir = user_path(data_dir or cache_folder("datasets"))
    stored = []
    for first, part in rendering.parts(count):
        path = data_dir / _name(split, image_size, seed, first, part)
        if not path.is_file():
            with exclusive(data_dir / f".{path.name}.lock"):
                # Another process may have made it while this one waited.
                if not path.is_file():
                    _render(path, split, part, seed, image_size, first)
        with named_if_damaged(path):
            stored.append(np.load(path, mmap_mode="r"))
    return rendering.RoomsSource(stored)


def _name(split, image_size, seed, first, count):
    height, width = image_size
    place = f"_from{first}" if first else ""
    return (
        f"rooms_{rendering.VERSION}_{height}x{width}_seed{seed}_"
        f"{split}{count}{place}.npy"
    )


def _render(path, split, count, seed, image_size, first):
    dtype = np.dtype(
        [
            (name, kind, shape)
            for name, (shape, kind) in rendering.stored_features(
                image_size
            ).items()
        ]
    )
    with atomic_path(path) as temporary:
        stored = np.lib.format.open_memmap(
            temporary, mode="w+", dtype=dtype, shape=(count,)
        )
        samples = rendering.render_all(split, count, seed, image_size, first)
        for index, sample in enumerate(samples):
            for name, value in rendering.encode(sample).items():
                stored[name][index] = value
        stored.flush()
