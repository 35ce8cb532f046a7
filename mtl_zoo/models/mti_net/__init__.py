"""MTI-Net (Vandenhende, Georgoulis, Van Gool, arXiv 2001.06902)."""

from mtl_zoo.models.mti_net.mti_net import MTINet

__all__ = ["MTINet"]
