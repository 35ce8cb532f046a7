"""Task balancing: how the losses of the tasks become one."""

from mtl_zoo.balancing.aligned_mtl import AlignedMTL
from mtl_zoo.balancing.balancing import Balancing
from mtl_zoo.balancing.balancing import Equal
from mtl_zoo.balancing.balancing import Fixed
from mtl_zoo.balancing.cagrad import CAGrad
from mtl_zoo.balancing.dynamic_weight_average import DynamicWeightAverage
from mtl_zoo.balancing.geometric_loss import GeometricLoss
from mtl_zoo.balancing.grad_norm import GradNorm
from mtl_zoo.balancing.gradient_balancing import GradientBalancing
from mtl_zoo.balancing.mgda import MGDA
from mtl_zoo.balancing.nash_mtl import NashMTL
from mtl_zoo.balancing.pcgrad import PCGrad
from mtl_zoo.balancing.random_loss_weighting import RandomLossWeighting
from mtl_zoo.balancing.registry import get
from mtl_zoo.balancing.registry import list_balancings
from mtl_zoo.balancing.uncertainty import Uncertainty

__all__ = [
    "MGDA",
    "AlignedMTL",
    "Balancing",
    "CAGrad",
    "DynamicWeightAverage",
    "Equal",
    "Fixed",
    "GeometricLoss",
    "GradNorm",
    "GradientBalancing",
    "NashMTL",
    "PCGrad",
    "RandomLossWeighting",
    "Uncertainty",
    "get",
    "list_balancings",
]
