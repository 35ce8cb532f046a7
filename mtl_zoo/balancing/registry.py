"""Balancing by the name that commands use."""

from mtl_zoo.balancing.aligned_mtl import AlignedMTL
from mtl_zoo.balancing.balancing import Balancing
from mtl_zoo.balancing.balancing import Equal
from mtl_zoo.balancing.balancing import Fixed
from mtl_zoo.balancing.cagrad import CAGrad
from mtl_zoo.balancing.dynamic_weight_average import DynamicWeightAverage
from mtl_zoo.balancing.geometric_loss import GeometricLoss
from mtl_zoo.balancing.grad_norm import GradNorm
from mtl_zoo.balancing.mgda import MGDA
from mtl_zoo.balancing.nash_mtl import NashMTL
from mtl_zoo.balancing.pcgrad import PCGrad
from mtl_zoo.balancing.random_loss_weighting import RandomLossWeighting
from mtl_zoo.balancing.uncertainty import Uncertainty
from mtl_zoo.utils.catalogue import Catalogue

BALANCINGS = Catalogue(
    "Balancing",
    {
        "fixed": Fixed,
        "equal": Equal,
        "uncertainty": Uncertainty,
        "dynamic_weight_average": DynamicWeightAverage,
        "random_loss_weighting": RandomLossWeighting,
        "geometric_loss": GeometricLoss,
        "grad_norm": GradNorm,
        "pcgrad": PCGrad,
        "cagrad": CAGrad,
        "mgda": MGDA,
        "nash_mtl": NashMTL,
        "aligned_mtl": AlignedMTL,
    },
)


def list_balancings():
    """Names that `mtl_zoo.balancing.get` knows.

    Returns:
        A list of strings.

    Example:

    ```python
    mtl_zoo.balancing.list_balancings()  # ["fixed", "equal", …]
    ```
    """
    return list(BALANCINGS)


def get(balancing):
    """A balancing by name.

    Args:
        balancing: `None` (the published weights), string, one of
            `mtl_zoo.balancing.list_balancings()`, or a `Balancing`.

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
    return BALANCINGS.find(balancing)()
