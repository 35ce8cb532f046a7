"""Flags that the training scripts share, and their checks.

Everything is checked before anything heavy starts.
"""

import json

from absl import flags

from mtl_zoo.utils import atomic_path

SPLITS = ("train", "validation", "test")


def define_data_flags():
    """Flags that say which data is read, and how."""
    flags.DEFINE_string("dataset", "rooms", "Name of the data set.")
    flags.DEFINE_string(
        "data_dir",
        None,
        "Folder that holds data sets. Default: the library's cache.",
    )
    flags.DEFINE_list("image_size", None, "Height,width of the images.")
    flags.DEFINE_integer("batch_size", 8, "Images per batch.", lower_bound=1)


def parse_size(value, flag="image_size"):
    """`["96", "128"]` as `(96, 128)`; `None` stays `None`."""
    if value is None:
        return None
    try:
        height, width = (int(part) for part in value)
    except ValueError:
        height = width = 0
    if height < 1 or width < 1:
        raise ValueError(
            f"--{flag}={','.join(value)}: give height,width in pixels, for "
            "example 96,128."
        )
    return height, width


def write_json(path, value):
    """Write JSON beside its place, then rename."""
    with atomic_path(path) as temporary:
        temporary.write_text(json.dumps(value, indent=2) + "\n")
