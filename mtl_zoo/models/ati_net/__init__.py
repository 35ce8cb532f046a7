"""ATI-Net (Sinodinos, Armanfard, arXiv 2201.10649)."""

from mtl_zoo.models.ati_net.ati_net import ATINet

__all__ = ["ATINet"]
