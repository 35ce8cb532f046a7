"""Which head reads which encoder's features."""

from mtl_zoo.encoders import HRNet
from mtl_zoo.layers import DeepLabHead
from mtl_zoo.layers import HRNetHead
from mtl_zoo.layers import PyramidHead
from mtl_zoo.layers import ResizeLike

# The coarsest stride at which dilated convolutions still see anything.
DILATED_STRIDE = 16


def predict_from_pyramid(features, task, image, encoder, strides, dtype=None):
    """A task's prediction from its features at four scales.

    HRNet's own head for HRNet, a DeepLab head on the last features of an
    encoder that is dilated, a light pyramid head for all others.

    Args:
        features: List of tensors `(batch, height, width, any)`, P2 to P5.
        task: `mtl_zoo.tasks.Task`.
        image: Tensor, the input image.
        encoder: The encoder, a `keras.Model`.
        strides: Four integers, see `mtl_zoo.encoders.level_strides`.
        dtype: Dtype policy. Defaults to the global one.

    Returns:
        Tensor, the raw prediction at the image's size.
    """
    if isinstance(encoder, HRNet):
        head_class = HRNetHead
    elif strides[-1] <= DILATED_STRIDE:
        head_class, features = DeepLabHead, features[-1]
    else:
        head_class = PyramidHead
    head = head_class(task.channels, name=f"head_{task.name}", dtype=dtype)
    return ResizeLike(name=task.name)(head(features), image)
