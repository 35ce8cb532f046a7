"""Tasks: what a model predicts for every pixel, and how that is judged."""

from mtl_zoo.tasks.binary import Edges
from mtl_zoo.tasks.binary import Saliency
from mtl_zoo.tasks.depth import Depth
from mtl_zoo.tasks.depth import Disparity
from mtl_zoo.tasks.normals import SurfaceNormals
from mtl_zoo.tasks.registry import get
from mtl_zoo.tasks.registry import get_all
from mtl_zoo.tasks.segmentation import HumanParts
from mtl_zoo.tasks.segmentation import SemanticSegmentation
from mtl_zoo.tasks.task import Task

__all__ = [
    "Depth",
    "Disparity",
    "Edges",
    "HumanParts",
    "Saliency",
    "SemanticSegmentation",
    "SurfaceNormals",
    "Task",
    "get",
    "get_all",
]
