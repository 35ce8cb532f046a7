"""Metrics of every task, streamed over a split."""

from mtl_zoo.metrics.binary import EdgeMetrics
from mtl_zoo.metrics.binary import SaliencyMetrics
from mtl_zoo.metrics.boundary import BoundaryMetrics
from mtl_zoo.metrics.depth import DepthMetrics
from mtl_zoo.metrics.evaluation import constant_predictor
from mtl_zoo.metrics.evaluation import delta_m
from mtl_zoo.metrics.evaluation import evaluate
from mtl_zoo.metrics.normals import NormalsMetrics
from mtl_zoo.metrics.segmentation import SegmentationMetrics
from mtl_zoo.metrics.streaming import PROTOCOLS
from mtl_zoo.metrics.streaming import StreamingMetric

__all__ = [
    "PROTOCOLS",
    "BoundaryMetrics",
    "DepthMetrics",
    "EdgeMetrics",
    "NormalsMetrics",
    "SaliencyMetrics",
    "SegmentationMetrics",
    "StreamingMetric",
    "constant_predictor",
    "delta_m",
    "evaluate",
]
