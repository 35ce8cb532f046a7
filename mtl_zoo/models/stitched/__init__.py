"""Soft parameter sharing: cross-stitch networks and NDDR-CNN."""

from mtl_zoo.models.stitched.stitched import NDDRCNN
from mtl_zoo.models.stitched.stitched import CrossStitch

__all__ = ["CrossStitch", "NDDRCNN"]
