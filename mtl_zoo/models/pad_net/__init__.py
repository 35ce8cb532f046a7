"""PAD-Net (Xu, Ouyang, Wang, Sebe, arXiv 1805.04409)."""

from mtl_zoo.models.pad_net.pad_net import PADNet

__all__ = ["PADNet"]
