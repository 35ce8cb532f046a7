"""Balancing by the name that commands use."""

import inspect
import re

from mtl_zoo.balancing.aligned_mtl import AlignedMTL
from mtl_zoo.balancing.balancing import Balancing
from mtl_zoo.balancing.balancing import Equal
from mtl_zoo.balancing.balancing import Fixed
from mtl_zoo.balancing.cagrad import CAGrad
from mtl_zoo.balancing.cagrad_fast import CAGradFast
from mtl_zoo.balancing.db_mtl import DBMTL
from mtl_zoo.balancing.dual_proj import DualProj
from mtl_zoo.balancing.dynamic_weight_average import DynamicWeightAverage
from mtl_zoo.balancing.excess_mtl import ExcessMTL
from mtl_zoo.balancing.fair_grad import FairGrad
from mtl_zoo.balancing.famo import FAMO
from mtl_zoo.balancing.geometric_loss import GeometricLoss
from mtl_zoo.balancing.grad_drop import GradDrop
from mtl_zoo.balancing.grad_norm import GradNorm
from mtl_zoo.balancing.grad_vac import GradVac
from mtl_zoo.balancing.imtl_g import IMTLG
from mtl_zoo.balancing.imtl_l import IMTLL
from mtl_zoo.balancing.mgda import MGDA
from mtl_zoo.balancing.moco import MoCo
from mtl_zoo.balancing.modo import MoDo
from mtl_zoo.balancing.nash_mtl import NashMTL
from mtl_zoo.balancing.pcgrad import PCGrad
from mtl_zoo.balancing.random_gradient_weighting import RandomGradientWeighting
from mtl_zoo.balancing.random_loss_weighting import RandomLossWeighting
from mtl_zoo.balancing.revised_uncertainty import RevisedUncertainty
from mtl_zoo.balancing.sdm_grad import SDMGrad
from mtl_zoo.balancing.stch import STCH
from mtl_zoo.balancing.uncertainty import Uncertainty
from mtl_zoo.balancing.upgrad import UPGrad
from mtl_zoo.utils.catalogue import Catalogue

BALANCINGS = Catalogue(
    "Balancing",
    {
        "fixed": Fixed,
        "equal": Equal,
        # By the losses.
        "uncertainty": Uncertainty,
        "revised_uncertainty": RevisedUncertainty,
        "imtl_l": IMTLL,
        "dynamic_weight_average": DynamicWeightAverage,
        "random_loss_weighting": RandomLossWeighting,
        "geometric_loss": GeometricLoss,
        "stch": STCH,
        "famo": FAMO,
        # By the gradients.
        "grad_norm": GradNorm,
        "pcgrad": PCGrad,
        "grad_vac": GradVac,
        "grad_drop": GradDrop,
        "mgda": MGDA,
        "imtl_g": IMTLG,
        "cagrad": CAGrad,
        "cagrad_fast": CAGradFast,
        "nash_mtl": NashMTL,
        "fair_grad": FairGrad,
        "aligned_mtl": AlignedMTL,
        "upgrad": UPGrad,
        "dual_proj": DualProj,
        "moco": MoCo,
        "modo": MoDo,
        "sdm_grad": SDMGrad,
        "db_mtl": DBMTL,
        "excess_mtl": ExcessMTL,
        "random_gradient_weighting": RandomGradientWeighting,
    },
)


def list_balancings():
    """Every way of balancing that `mtl_zoo.balancing.get` knows.

    Returns:
        A dict name → what it does, in a line, and the paper.

    Example:

    ```python
    for name, text in mtl_zoo.balancing.list_balancings().items():
        print(name, text)
    ```
    """
    return {name: _describe(known) for name, known in BALANCINGS.items()}


def get(balancing):
    """A balancing by name.

    Args:
        balancing: `None` (the published weights), string, one of
            `mtl_zoo.balancing.list_balancings()`, or a `Balancing`. A method
            by gradients may say what these are taken of, as in
            `"cagrad:features"`, see `mtl_zoo.balancing.GradientBalancing`.

    Returns:
        A `Balancing`.

    Raises:
        ValueError: If there is no balancing of that name.

    Example:

    ```python
    mtl_zoo.balancing.get("equal")
    ```
    """
    if balancing is None:
        return Fixed()
    if isinstance(balancing, Balancing):
        return balancing
    name, _, shared = balancing.partition(":")
    known = BALANCINGS.find(name)
    if not shared:
        return known()
    if not getattr(known, "by_gradients", False):
        raise ValueError(
            f"Balancing {balancing!r}: {name} takes no gradients of the tasks; "
            f"allowed is {name}."
        )
    return known(shared=shared)


def _describe(known):
    text = inspect.getdoc(known) or ""
    paper = re.search(r"^Reference: \[(.*)\]\((.*)\)$", text, re.MULTILINE)
    line = text.partition("\n")[0]
    return f"{line} {paper[1]}, {paper[2]}" if paper else line
