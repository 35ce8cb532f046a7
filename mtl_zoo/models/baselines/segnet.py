"""Hard parameter sharing on SegNet: encoder and decoder are shared.

As compared with in Liu, Johns, Davison, "MTAN", arXiv 1803.10704.
"""

from mtl_zoo.layers import SegNetDecoder
from mtl_zoo.layers import SegNetHead


def heads_on_segnet(inputs, tasks, dtype=None):
    """One decoder for all tasks, which is the most of this network, and heads.

    Args:
        inputs: `mtl_zoo.models.inputs.Inputs`.
        tasks: List of `mtl_zoo.tasks.Task`.
        dtype: Dtype policy. Defaults to the global one.

    Returns:
        Dict task name → raw prediction at the image's size.
    """
    _, decoded = SegNetDecoder(name="decoder", dtype=dtype)(
        inputs.features["bottleneck"], inputs.features
    )
    return {
        task.name: SegNetHead(
            task.channels, name=f"head_{task.name}", dtype=dtype
        )(decoded[-1])
        for task in tasks
    }
