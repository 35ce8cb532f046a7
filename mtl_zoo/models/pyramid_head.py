"""Which head reads which encoder's features."""

from mtl_zoo.encoders import HRNet
from mtl_zoo.encoders.pyramid import level_strides
from mtl_zoo.layers import DeepLabHead
from mtl_zoo.layers import HRNetHead
from mtl_zoo.layers import PyramidHead
from mtl_zoo.layers import ResizeLike

# The coarsest stride at which a head of dilated convolutions is of use.
DILATED_STRIDE = 16


def head_class(encoder):
    """The head that goes with an encoder.

    Args:
        encoder: `keras.Model`.

    Returns:
        `HRNetHead` for HRNet, `DeepLabHead` for an encoder that is dilated,
        the light `PyramidHead` for all others.
    """
    if isinstance(encoder, HRNet):
        return HRNetHead
    if level_strides(encoder)[-1] <= DILATED_STRIDE:
        return DeepLabHead
    return PyramidHead


def predict(features, task, image, head, dtype=None):
    """A task's prediction from its features at four scales.

    Args:
        features: List of tensors `(batch, height, width, any)`, P2 to P5. A
            DeepLab head reads the last one only.
        task: `mtl_zoo.tasks.Task`.
        image: Tensor, the input image.
        head: Class of the head, see `head_class`.
        dtype: Dtype policy. Defaults to the global one.

    Returns:
        Tensor, the raw prediction at the image's size.
    """
    if head is DeepLabHead:
        features = features[-1]
    layer = head(task.channels, name=f"head_{task.name}", dtype=dtype)
    return ResizeLike(name=task.name)(layer(features), image)
