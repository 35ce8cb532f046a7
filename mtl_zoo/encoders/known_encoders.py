"""Encoders by name."""

import difflib

from mtl_zoo.encoders import keras_cv
from mtl_zoo.encoders.any_model import as_pyramid
from mtl_zoo.encoders.efficientnet_lite import (
    VARIANTS as EFFICIENTNET_LITE_VARIANTS,
)
from mtl_zoo.encoders.efficientnet_lite import EfficientNetLite
from mtl_zoo.encoders.hrnet import VARIANTS as HRNET_VARIANTS
from mtl_zoo.encoders.hrnet import HRNet
from mtl_zoo.encoders.resnet import VARIANTS as RESNET_VARIANTS
from mtl_zoo.encoders.resnet import ResNet
from mtl_zoo.encoders.segnet import VARIANTS as SEGNET_VARIANTS
from mtl_zoo.encoders.segnet import SegNet

# Name → class and arguments.
_BY_NAME = {
    name: (encoder_class, arguments)
    for encoder_class, variants in (
        (HRNet, HRNET_VARIANTS),
        (ResNet, RESNET_VARIANTS),
        (SegNet, SEGNET_VARIANTS),
        (EfficientNetLite, EFFICIENTNET_LITE_VARIANTS),
    )
    for name, arguments in variants.items()
}


# Name → callable that gives the encoder with its trained weights, given a
# dtype policy; filled by `mtl_zoo.presets`, which knows where they lie.
_PRETRAINED = {}


def add_pretrained(name, load):
    """Make an encoder with trained weights known by a name.

    Args:
        name: String.
        load: Callable from a dtype policy (or `None`) to a `keras.Model`.
    """
    _PRETRAINED[name] = load


def list_encoders():
    """Names that `mtl_zoo.encoders.get` knows.

    Returns:
        A list of strings.

    Example:

    ```python
    mtl_zoo.encoders.list_encoders()  # ["hrnet_w18_small_v2", …]
    ```
    """
    return [*_BY_NAME, *_PRETRAINED, *keras_cv.list_names()]


def kind(encoder):
    """What kind of encoder it is, which decides what networks take it.

    Args:
        encoder: String or `keras.Model`, see `get`.

    Returns:
        `"hrnet"`, `"resnet"`, `"segnet"` or `"pyramid"`, any other.

    Raises:
        ValueError: If there is no encoder of that name.

    Example:

    ```python
    kind("resnet18_os8")  # "resnet"
    ```
    """
    kinds = {HRNet: "hrnet", ResNet: "resnet", SegNet: "segnet"}
    if isinstance(encoder, str):
        if keras_cv.is_name(encoder):
            return "pyramid"
        if encoder in _PRETRAINED:
            return "pyramid"
        _check_name(encoder)
        return kinds.get(_BY_NAME[encoder][0], "pyramid")
    for encoder_class, name in kinds.items():
        if isinstance(encoder, encoder_class):
            return name
    return "pyramid"


def get(encoder, dtype=None):
    """An encoder by name, or any model as a pyramid.

    Weights are fresh, but of names that tell where they were trained, such as
    `"efficientnet_lite0_imagenet"`.

    Args:
        encoder: String, one of `mtl_zoo.encoders.list_encoders()`, or
            `"keras_cv:"` and the name of a KerasCV preset, whose weights are
            fetched; or a `keras.Model`, see `mtl_zoo.encoders.as_pyramid`.
        dtype: Dtype policy of a new encoder. Defaults to the global one.

    Returns:
        A `keras.Model` that gives a dict of features at strides 4 to 32, or a
        `mtl_zoo.encoders.SegNet`.

    Raises:
        ValueError: If there is no encoder of that name.

    Example:

    ```python
    encoder = mtl_zoo.encoders.get("hrnet_w18_small_v2")
    ```
    """
    if isinstance(encoder, SegNet):
        return encoder
    if not isinstance(encoder, str):
        return as_pyramid(encoder)
    if keras_cv.is_name(encoder):
        return keras_cv.get(encoder, dtype=dtype)
    if encoder in _PRETRAINED:
        return _PRETRAINED[encoder](dtype)
    _check_name(encoder)
    encoder_class, arguments = _BY_NAME[encoder]
    return encoder_class(**arguments, name=encoder, dtype=dtype)


def _check_name(encoder):
    if encoder not in _BY_NAME:
        close = difflib.get_close_matches(encoder, list_encoders(), 1)
        hint = f" Did you mean {close[0]!r}?" if close else ""
        raise ValueError(
            f"Encoder {encoder!r} is not known; allowed are "
            f"{', '.join(list_encoders())}.{hint}"
        )
