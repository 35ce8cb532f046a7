"""Baselines: hard parameter sharing and single-task networks."""

from mtl_zoo.models.baselines.hard_sharing import HardSharing
from mtl_zoo.models.baselines.hard_sharing import SingleTask

__all__ = ["HardSharing", "SingleTask"]
