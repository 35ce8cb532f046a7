"""MTAN (Liu, Johns, Davison, arXiv 1803.10704)."""

from mtl_zoo.models.mtan.mtan import MTAN

__all__ = ["MTAN"]
