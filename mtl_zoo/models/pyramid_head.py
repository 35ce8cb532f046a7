"""Which head reads which encoder's features."""

from mtl_zoo.encoders.pyramid import level_strides
from mtl_zoo.layers import DeepLabHead
from mtl_zoo.layers import HRNetHead
from mtl_zoo.layers import PyramidHead
from mtl_zoo.layers import ResizeLike

# The coarsest stride at which a head of dilated convolutions is of use.
DILATED_STRIDE = 16


def is_dilated(encoder):
    """Whether an encoder keeps a high resolution up to its last level."""
    return level_strides(encoder)[-1] <= DILATED_STRIDE


def predict(inputs, task, features, dtype=None):
    """A task's prediction from its features at four scales.

    The head is `HRNetHead` on HRNet's family; on an encoder that is dilated
    `DeepLabHead`, which reads the last scale only; on all others, and where
    there is a width, the light `PyramidHead`.

    Args:
        inputs: `mtl_zoo.models.inputs.Inputs`.
        task: `mtl_zoo.tasks.Task`.
        features: List of tensors `(batch, height, width, any)`, P2 to P5.
        dtype: Dtype policy. Defaults to the global one.

    Returns:
        Tensor, the raw prediction at the image's size.
    """
    width = inputs.width
    arguments = {"name": f"head_{task.name}", "dtype": dtype}
    if is_dilated(inputs.encoder):
        if width is not None:
            arguments["filters"] = width[-1]
        head, features = DeepLabHead, features[-1]
    elif width is not None:
        head, arguments["filters"] = PyramidHead, width
    else:
        head = HRNetHead if inputs.family == "hrnet" else PyramidHead
    x = head(task.channels, **arguments)(features)
    return ResizeLike(name=task.name)(x, inputs.image)
