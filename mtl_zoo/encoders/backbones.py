"""What encoders made of other libraries' backbones share."""

import contextlib

import keras

from mtl_zoo.encoders.hrnet import MOMENTUM


def check_data_format(library):
    """Raise unless another library's backbones take images as encoders do.

    Args:
        library: String, its name.

    Raises:
        ValueError: If the global image data format is another.
    """
    if keras.config.image_data_format() != "channels_last":
        raise ValueError(
            f"{library}'s backbones read the global image data format, which "
            "is 'channels_first'; they work with 'channels_last': call "
            "keras.config.set_image_data_format('channels_last')."
        )


@contextlib.contextmanager
def policy(dtype):
    """A dtype policy for layers that take the global one only."""
    before = keras.config.dtype_policy()
    if dtype is not None:
        keras.config.set_dtype_policy(dtype)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)


def limit_momentum(model):
    """Let moving statistics forget what they began with.

    MobileNet's momentum of 0.999 leaves, after thousands of steps, more of the
    1 that moving variances begin with than depthwise convolutions vary.
    """
    for layer in model._flatten_layers():
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.momentum = min(layer.momentum, MOMENTUM)
