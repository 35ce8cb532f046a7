"""Small helpers that several parts of the library share."""

from mtl_zoo.utils.files import atomic_path
from mtl_zoo.utils.files import cache_folder
from mtl_zoo.utils.images import open_image
from mtl_zoo.utils.images import read_image

__all__ = ["atomic_path", "cache_folder", "open_image", "read_image"]
