"""Public layers: the blocks of the papers, each once."""

from mtl_zoo.layers.attention import AttentionModule
from mtl_zoo.layers.attention import SABlock
from mtl_zoo.layers.attention import SEBlock
from mtl_zoo.layers.convolution import Conv2D
from mtl_zoo.layers.convolution import Conv2DTranspose
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
from mtl_zoo.layers.neck import SimplePyramidNeck
from mtl_zoo.layers.normalization import BatchNormalization
from mtl_zoo.layers.normalization import ImageNormalization
from mtl_zoo.layers.padding import CropLike
from mtl_zoo.layers.padding import PadToMultiple
from mtl_zoo.layers.pooling import MaxPoolWithPlaces
from mtl_zoo.layers.pooling import MaxUnpool
from mtl_zoo.layers.position_embedding import PositionEmbedding
from mtl_zoo.layers.position_embedding import TokensToMap
from mtl_zoo.layers.position_embedding import bicubic_matrix
from mtl_zoo.layers.position_embedding import resize_bicubic
from mtl_zoo.layers.residual import BasicBlock
from mtl_zoo.layers.residual import BottleneckBlock
from mtl_zoo.layers.resizing import ResizeBy
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
from mtl_zoo.layers.task_transformer import CrossTaskAggregation
from mtl_zoo.layers.task_transformer import CrossTaskAttention
from mtl_zoo.layers.task_transformer import CrossTaskBlock
from mtl_zoo.layers.transformer import MLP
from mtl_zoo.layers.transformer import SelfAttention
from mtl_zoo.layers.transformer import TransformerBlock
from mtl_zoo.layers.transformer import attend
from mtl_zoo.layers.transformer import attention_scores
from mtl_zoo.layers.transformer import gelu
from mtl_zoo.layers.transformer import split_heads

__all__ = [
    "ASPP",
    "AttentionModule",
    "BasicBlock",
    "BatchNormalization",
    "BottleneckBlock",
    "Conv2D",
    "Conv2DTranspose",
    "ConvUnit",
    "CropLike",
    "CrossStitchUnit",
    "CrossTaskAggregation",
    "CrossTaskAttention",
    "CrossTaskBlock",
    "DeepLabHead",
    "FeaturePropagation",
    "FeaturePyramidNeck",
    "HRModule",
    "HRNetFuse",
    "HRNetHead",
    "ImageNormalization",
    "InitialPrediction",
    "InvertedResidual",
    "MLP",
    "MaxPoolWithPlaces",
    "MaxUnpool",
    "MultiModalDistillation",
    "NDDRUnit",
    "PadToMultiple",
    "PositionEmbedding",
    "PredictionConv",
    "PyramidHead",
    "ResNetStage",
    "ResNetStem",
    "ResizeBy",
    "ResizeLike",
    "SABlock",
    "SEBlock",
    "SegNetDecoder",
    "SegNetHead",
    "SelfAttention",
    "SimplePyramidNeck",
    "TaskInteraction",
    "TokensToMap",
    "TransformerBlock",
    "attend",
    "attention_scores",
    "bicubic_matrix",
    "gelu",
    "resize",
    "resize_bicubic",
    "segnet_unit",
    "split_heads",
]
