"""Metrics of every task, streamed over a split.

`evaluate`, `delta_m` and `constant_predictor` go by these names too; they know
of tasks, and live in `mtl_zoo.evaluation`.
"""

import importlib

from mtl_zoo.metrics.binary import EdgeMetrics
from mtl_zoo.metrics.binary import SaliencyMetrics
from mtl_zoo.metrics.boundary import BoundaryMetrics
from mtl_zoo.metrics.depth import DepthMetrics
from mtl_zoo.metrics.normals import NormalsMetrics
from mtl_zoo.metrics.segmentation import SegmentationMetrics
from mtl_zoo.metrics.streaming import PROTOCOLS
from mtl_zoo.metrics.streaming import StreamingMetric

_OF_EVALUATION = ("constant_predictor", "delta_m", "evaluate")

__all__ = [
    "PROTOCOLS",
    "BoundaryMetrics",
    "DepthMetrics",
    "EdgeMetrics",
    "NormalsMetrics",
    "SaliencyMetrics",
    "SegmentationMetrics",
    "StreamingMetric",
    *_OF_EVALUATION,
]


def __getattr__(name):
    # Looked up when asked for: tasks import metrics, not the other way round.
    if name in _OF_EVALUATION:
        return getattr(importlib.import_module("mtl_zoo.evaluation"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
