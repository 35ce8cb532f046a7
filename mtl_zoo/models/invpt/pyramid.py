"""InvPT (Ye, Xu, arXiv 2203.07997) on a feature pyramid; not in the paper.

P5 takes the place of a ViT's last feature, P4 and P3 of those of the skips.
"""

from mtl_zoo.encoders.pyramid import level_strides
from mtl_zoo.models.invpt.decoder import decode


def invpt_on_pyramid(
    inputs, stride, tasks, embed_dim, prediction_dim, initial_dim, dtype
):
    """The decoder on the three coarsest levels of a pyramid.

    Args:
        inputs: `mtl_zoo.models.inputs.Inputs`.
        stride: Integer, of the first stage.
        tasks: List of `mtl_zoo.tasks.Task`.
        embed_dim: As for `mtl_zoo.models.invpt.decoder.decode`.
        prediction_dim: Likewise.
        initial_dim: Likewise; `None` is `embed_dim`, as the last level may be
            much wider.
        dtype: Dtype policy.

    Returns:
        As `mtl_zoo.models.invpt.decoder.decode`.
    """
    features = [inputs.features[key] for key in ("P3", "P4", "P5")]
    strides = level_strides(inputs.encoder)[1:]
    widths = (embed_dim, prediction_dim, initial_dim or embed_dim)
    return decode(features, strides, stride, tasks, *widths, dtype)
