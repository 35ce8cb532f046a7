"""Which tensor of the authors' public PyTorch code is which variable here."""

from tools.torch_layouts.blocks import Entry
from tools.torch_layouts.checkpoint import read_checkpoint
from tools.torch_layouts.importing import import_checkpoint
from tools.torch_layouts.layout import LAYOUTS
from tools.torch_layouts.layout import Layout
from tools.torch_layouts.layout import recognize

__all__ = [
    "LAYOUTS",
    "Entry",
    "Layout",
    "import_checkpoint",
    "read_checkpoint",
    "recognize",
]
