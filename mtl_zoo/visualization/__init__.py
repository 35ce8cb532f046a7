"""Pictures of what a model sees."""

from mtl_zoo.visualization.panel import panel

__all__ = ["panel"]
