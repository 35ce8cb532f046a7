"""Networks for multi-task dense prediction."""

from mtl_zoo.models.architectures import get
from mtl_zoo.models.architectures import list_models
from mtl_zoo.models.architectures import supported
from mtl_zoo.models.ati_net import ATINet
from mtl_zoo.models.baselines import HardSharing
from mtl_zoo.models.baselines import SingleTask
from mtl_zoo.models.invpt import InvPT
from mtl_zoo.models.mtan import MTAN
from mtl_zoo.models.mti_net import MTINet
from mtl_zoo.models.multi_task_model import MultiTaskModel
from mtl_zoo.models.pad_net import PADNet
from mtl_zoo.models.scene import Scene
from mtl_zoo.models.stitched import NDDRCNN
from mtl_zoo.models.stitched import CrossStitch

__all__ = [
    "ATINet",
    "CrossStitch",
    "HardSharing",
    "InvPT",
    "MTAN",
    "MTINet",
    "MultiTaskModel",
    "NDDRCNN",
    "PADNet",
    "Scene",
    "SingleTask",
    "get",
    "list_models",
    "supported",
]
