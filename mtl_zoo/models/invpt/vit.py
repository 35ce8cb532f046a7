"""InvPT on a ViT, as published (Ye, Xu, arXiv 2203.07997)."""

from mtl_zoo.models.invpt.decoder import decode


def invpt_on_vit(inputs, stride, tasks, *arguments):
    """The decoder on what a ViT gives after some of its blocks.

    Args:
        inputs: `mtl_zoo.models.inputs.Inputs`.
        stride: Integer, of the first stage.
        tasks: List of `mtl_zoo.tasks.Task`.
        *arguments: As of `mtl_zoo.models.invpt.decoder.decode`.

    Returns:
        As `mtl_zoo.models.invpt.decoder.decode`.
    """
    features = [inputs.features[key] for key in ("B0", "B1", "B3")]
    strides = [inputs.encoder.patch_size] * 3
    return decode(features, strides, stride, tasks, *arguments)
