"""Task balancing: how the losses of the tasks become one."""

from mtl_zoo.balancing.aligned_mtl import AlignedMTL
from mtl_zoo.balancing.balancing import Balancing
from mtl_zoo.balancing.balancing import Equal
from mtl_zoo.balancing.balancing import Fixed
from mtl_zoo.balancing.cagrad import CAGrad
from mtl_zoo.balancing.cagrad_fast import CAGradFast
from mtl_zoo.balancing.coordinate_balancing import CoordinateBalancing
from mtl_zoo.balancing.db_mtl import DBMTL
from mtl_zoo.balancing.double_sampling import DoubleSampling
from mtl_zoo.balancing.dual_proj import DualProj
from mtl_zoo.balancing.dynamic_weight_average import DynamicWeightAverage
from mtl_zoo.balancing.excess_mtl import ExcessMTL
from mtl_zoo.balancing.fair_grad import FairGrad
from mtl_zoo.balancing.famo import FAMO
from mtl_zoo.balancing.geometric_loss import GeometricLoss
from mtl_zoo.balancing.grad_drop import GradDrop
from mtl_zoo.balancing.grad_norm import GradNorm
from mtl_zoo.balancing.grad_vac import GradVac
from mtl_zoo.balancing.gradient_balancing import GradientBalancing
from mtl_zoo.balancing.imtl_g import IMTLG
from mtl_zoo.balancing.imtl_l import IMTLL
from mtl_zoo.balancing.mgda import MGDA
from mtl_zoo.balancing.moco import MoCo
from mtl_zoo.balancing.modo import MoDo
from mtl_zoo.balancing.nash_mtl import NashMTL
from mtl_zoo.balancing.pcgrad import PCGrad
from mtl_zoo.balancing.random_gradient_weighting import RandomGradientWeighting
from mtl_zoo.balancing.random_loss_weighting import DISTRIBUTIONS
from mtl_zoo.balancing.random_loss_weighting import RandomLossWeighting
from mtl_zoo.balancing.registry import get
from mtl_zoo.balancing.registry import list_balancings
from mtl_zoo.balancing.revised_uncertainty import RevisedUncertainty
from mtl_zoo.balancing.sdm_grad import SDMGrad
from mtl_zoo.balancing.stch import STCH
from mtl_zoo.balancing.uncertainty import Uncertainty
from mtl_zoo.balancing.upgrad import UPGrad

__all__ = [
    "DISTRIBUTIONS",
    "AlignedMTL",
    "Balancing",
    "CAGrad",
    "CAGradFast",
    "CoordinateBalancing",
    "DBMTL",
    "DoubleSampling",
    "DualProj",
    "DynamicWeightAverage",
    "Equal",
    "ExcessMTL",
    "FAMO",
    "FairGrad",
    "Fixed",
    "GeometricLoss",
    "GradDrop",
    "GradNorm",
    "GradVac",
    "GradientBalancing",
    "IMTLG",
    "IMTLL",
    "MGDA",
    "MoCo",
    "MoDo",
    "NashMTL",
    "PCGrad",
    "RandomGradientWeighting",
    "RandomLossWeighting",
    "RevisedUncertainty",
    "SDMGrad",
    "STCH",
    "UPGrad",
    "Uncertainty",
    "get",
    "list_balancings",
]
