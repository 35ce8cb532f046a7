"""InvPT (Ye, Xu, arXiv 2203.07997)."""

from mtl_zoo.models.invpt.invpt import InvPT

__all__ = ["InvPT"]
