"""Encoders: networks that turn an image into a feature pyramid.

An encoder is a Keras model that takes a normalised image and gives a dict of
features `{"P2", "P3", "P4", "P5"}` at strides 4, 8, 16 and 32. `SegNet` and
`ViT` are the exceptions: see there what they give.
"""

from mtl_zoo.encoders.any_model import as_pyramid
from mtl_zoo.encoders.efficientnet_lite import EfficientNetLite
from mtl_zoo.encoders.hrnet import HRNet
from mtl_zoo.encoders.keras_cv import KerasCVEncoder
from mtl_zoo.encoders.keras_hub import KerasHubEncoder
from mtl_zoo.encoders.keras_hub import vit_from_keras_hub
from mtl_zoo.encoders.known_encoders import FAMILIES
from mtl_zoo.encoders.known_encoders import PYRAMIDS
from mtl_zoo.encoders.known_encoders import family
from mtl_zoo.encoders.known_encoders import get
from mtl_zoo.encoders.known_encoders import list_encoders
from mtl_zoo.encoders.resnet import ResNet
from mtl_zoo.encoders.segnet import SegNet
from mtl_zoo.encoders.stitched import StitchedResNet
from mtl_zoo.encoders.vit import ViT

__all__ = [
    "FAMILIES",
    "PYRAMIDS",
    "EfficientNetLite",
    "HRNet",
    "KerasCVEncoder",
    "KerasHubEncoder",
    "ResNet",
    "SegNet",
    "StitchedResNet",
    "ViT",
    "as_pyramid",
    "family",
    "get",
    "list_encoders",
    "vit_from_keras_hub",
]
