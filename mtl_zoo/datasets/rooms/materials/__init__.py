"""Procedural materials: what colour a surface has at a point.

A material is called with a `Surface` (many points at once) and answers with
linear RGB albedo of shape `(3, n)`. Fine detail fades with the footprint of a
pixel, so that distant textures turn into their mean instead of into aliasing.
"""

from mtl_zoo.datasets.rooms.materials.base import Material
from mtl_zoo.datasets.rooms.materials.base import cell_hash
from mtl_zoo.datasets.rooms.materials.base import linear
from mtl_zoo.datasets.rooms.materials.base import noise
from mtl_zoo.datasets.rooms.materials.pictures import Blinds
from mtl_zoo.datasets.rooms.materials.pictures import Outside
from mtl_zoo.datasets.rooms.materials.pictures import Painting
from mtl_zoo.datasets.rooms.materials.pictures import Paper
from mtl_zoo.datasets.rooms.materials.pictures import Screen
from mtl_zoo.datasets.rooms.materials.pictures import draw_picture
from mtl_zoo.datasets.rooms.materials.surfaces import Carpet
from mtl_zoo.datasets.rooms.materials.surfaces import Concrete
from mtl_zoo.datasets.rooms.materials.surfaces import Herringbone
from mtl_zoo.datasets.rooms.materials.surfaces import Split
from mtl_zoo.datasets.rooms.materials.surfaces import Stone
from mtl_zoo.datasets.rooms.materials.surfaces import Tiles
from mtl_zoo.datasets.rooms.materials.surfaces import Wall
from mtl_zoo.datasets.rooms.materials.surfaces import Wood
from mtl_zoo.datasets.rooms.materials.textiles import Fabric
from mtl_zoo.datasets.rooms.materials.things import Ball
from mtl_zoo.datasets.rooms.materials.things import Books
from mtl_zoo.datasets.rooms.materials.things import Cardboard
from mtl_zoo.datasets.rooms.materials.things import Cover
from mtl_zoo.datasets.rooms.materials.things import Doors
from mtl_zoo.datasets.rooms.materials.things import Labelled
from mtl_zoo.datasets.rooms.materials.things import Leaves

__all__ = [
    "Labelled",
    "Paper",
    "Blinds",
    "Split",
    "Stone",
    "Concrete",
    "Herringbone",
    "Ball",
    "Books",
    "Cardboard",
    "Carpet",
    "Cover",
    "Doors",
    "Fabric",
    "Leaves",
    "Material",
    "Outside",
    "Painting",
    "Screen",
    "Tiles",
    "Wall",
    "Wood",
    "cell_hash",
    "draw_picture",
    "linear",
    "noise",
]
