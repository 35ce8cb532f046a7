"""Measuring models: a split's metrics, Δm, several looks, operations."""

from mtl_zoo.evaluation.averaging import AveragedPredictor
from mtl_zoo.evaluation.measuring import constant_predictor
from mtl_zoo.evaluation.measuring import delta_m
from mtl_zoo.evaluation.measuring import evaluate
from mtl_zoo.evaluation.operations import count_flops
from mtl_zoo.evaluation.working_size import WorkingSizePredictor

__all__ = [
    "AveragedPredictor",
    "WorkingSizePredictor",
    "constant_predictor",
    "count_flops",
    "delta_m",
    "evaluate",
]
