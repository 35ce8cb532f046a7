"""Data sets: images with the labels of several tasks.

Every sample is a dict: `image` uint8 `(height, width, 3)` and labels as
`mtl_zoo.tasks` reads them. docs/datasets.md says where they come from.
"""

from mtl_zoo.datasets import rooms
from mtl_zoo.datasets.augmentation import RECIPES
from mtl_zoo.datasets.augmentation import Recipe
from mtl_zoo.datasets.dataset import DataSet
from mtl_zoo.datasets.loading import check_split
from mtl_zoo.datasets.loading import get_sizes
from mtl_zoo.datasets.loading import get_tasks
from mtl_zoo.datasets.loading import list_datasets
from mtl_zoo.datasets.loading import list_splits
from mtl_zoo.datasets.loading import load
from mtl_zoo.datasets.loading import load_source
from mtl_zoo.datasets.loading import tells_cameras
from mtl_zoo.datasets.reader import Reader

__all__ = [
    "RECIPES",
    "DataSet",
    "Reader",
    "Recipe",
    "check_split",
    "get_sizes",
    "get_tasks",
    "list_datasets",
    "list_splits",
    "load",
    "load_source",
    "tells_cameras",
    "rooms",
]
