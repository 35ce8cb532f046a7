"""STUB, to be written by the engineer of ResNet and the pyramids.

Returns predictions, intermediates {"initial.<task>": …} for the names in `initial`.
Layer names that MTAN and ATI-Net share must be equal (ATINet.warm_start).
"""


def pad_net_on_pyramid(features, tasks, auxiliary, initial, image, dtype):
    raise ValueError("This network takes SegNet only for now.")
