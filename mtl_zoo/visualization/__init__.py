"""Pictures of what a model sees, and of data sets."""

from mtl_zoo.visualization.contact_sheet import contact_sheet
from mtl_zoo.visualization.panel import panel

__all__ = ["contact_sheet", "panel"]
