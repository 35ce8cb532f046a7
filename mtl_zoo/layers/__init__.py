"""Public layers: the blocks of the papers, each once."""

from mtl_zoo.layers.attention import AttentionModule
from mtl_zoo.layers.attention import SABlock
from mtl_zoo.layers.attention import SEBlock
from mtl_zoo.layers.convolution import Conv2D
from mtl_zoo.layers.convolution import ConvUnit
from mtl_zoo.layers.distillation import MultiModalDistillation
from mtl_zoo.layers.feature_propagation import FeaturePropagation
from mtl_zoo.layers.heads import ASPP
from mtl_zoo.layers.heads import DeepLabHead
from mtl_zoo.layers.heads import HRNetFuse
from mtl_zoo.layers.heads import HRNetHead
from mtl_zoo.layers.heads import PredictionConv
from mtl_zoo.layers.heads import PyramidHead
from mtl_zoo.layers.hrnet import HRModule
from mtl_zoo.layers.initial_prediction import InitialPrediction
from mtl_zoo.layers.inverted_residual import InvertedResidual
from mtl_zoo.layers.neck import FeaturePyramidNeck
from mtl_zoo.layers.normalization import BatchNormalization
from mtl_zoo.layers.normalization import ImageNormalization
from mtl_zoo.layers.padding import PadToMultiple
from mtl_zoo.layers.pooling import MaxPoolWithPlaces
from mtl_zoo.layers.pooling import MaxUnpool
from mtl_zoo.layers.residual import BasicBlock
from mtl_zoo.layers.residual import BottleneckBlock
from mtl_zoo.layers.resizing import ResizeLike
from mtl_zoo.layers.resizing import resize
from mtl_zoo.layers.resnet import ResNetStage
from mtl_zoo.layers.resnet import ResNetStem
from mtl_zoo.layers.segnet import SegNetDecoder
from mtl_zoo.layers.segnet import SegNetHead
from mtl_zoo.layers.segnet import segnet_unit
from mtl_zoo.layers.stitching import CrossStitchUnit
from mtl_zoo.layers.stitching import NDDRUnit
from mtl_zoo.layers.task_interaction import TaskInteraction

__all__ = [
    "ASPP",
    "AttentionModule",
    "BasicBlock",
    "BatchNormalization",
    "BottleneckBlock",
    "Conv2D",
    "ConvUnit",
    "CrossStitchUnit",
    "DeepLabHead",
    "FeaturePropagation",
    "FeaturePyramidNeck",
    "HRModule",
    "HRNetFuse",
    "HRNetHead",
    "ImageNormalization",
    "InitialPrediction",
    "InvertedResidual",
    "MaxPoolWithPlaces",
    "MaxUnpool",
    "MultiModalDistillation",
    "NDDRUnit",
    "PadToMultiple",
    "PredictionConv",
    "PyramidHead",
    "ResNetStage",
    "ResNetStem",
    "ResizeLike",
    "SABlock",
    "SEBlock",
    "SegNetDecoder",
    "SegNetHead",
    "TaskInteraction",
    "resize",
    "segnet_unit",
]
