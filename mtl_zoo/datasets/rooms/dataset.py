"""`rooms` among the data sets: rendered once, at any size, then read."""

from mtl_zoo import tasks
from mtl_zoo.datasets import files
from mtl_zoo.datasets import rooms
from mtl_zoo.datasets.dataset import DataSet
from mtl_zoo.datasets.prepared import has_tensorflow


class Rooms(DataSet):
    """As many invented rooms as are asked for; see `DataSet`.

    Args:
        data_dir: Path of the folder that what is rendered is kept in.
    """

    name = "rooms"
    recipe = "rooms"
    image_size = (96, 128)
    sizes = "any"
    tells_cameras = True

    def __init__(self, data_dir):
        self._data_dir = data_dir

    @classmethod
    def find_splits(cls, data_dir):
        return list(rooms.SPLITS)

    @classmethod
    def find_tasks(cls, data_dir, channels, own_tasks):
        return [
            tasks.SemanticSegmentation(
                len(rooms.CLASS_NAMES), rooms.CLASS_NAMES, rooms.CLASS_COLORS
            ),
            tasks.Depth(),
            tasks.SurfaceNormals(),
            tasks.Edges(),
            tasks.Saliency(),
        ]

    @classmethod
    def open(cls, data_dir, tasks):
        return cls(data_dir)

    def source(self, split, tasks, image_size, seed, num_examples):
        if has_tensorflow():
            # Imported here because it needs tensorflow_datasets.
            from mtl_zoo.datasets.rooms import builder as cache
        else:
            from mtl_zoo.datasets.rooms import memory_map as cache
        folder = files.made_folder(self._data_dir)
        return cache.load_source(split, image_size, folder, seed, num_examples)
