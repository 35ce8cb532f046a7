"""Encoders by name."""

import dataclasses
import functools
from collections.abc import Callable

from mtl_zoo.encoders import keras_cv
from mtl_zoo.encoders import keras_hub
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
from mtl_zoo.encoders.vit import VARIANTS as VIT_VARIANTS
from mtl_zoo.encoders.vit import ViT
from mtl_zoo.utils.catalogue import Catalogue
from mtl_zoo.utils.text import unknown

# What encoders give, by family; networks say which families they decode.
FAMILIES = {
    "segnet": "features and the places that its pools took values from",
    "resnet": "features at four strides, from stages that can be told apart",
    "hrnet": "features at strides 4, 8, 16 and 32, none of them wide",
    "pyramid": "features at strides 4, 8, 16 and 32",
    "vit": "four features at one stride, after some of its blocks",
}

# The families that give a dict of P2, P3, P4 and P5.
PYRAMIDS = ("resnet", "hrnet", "pyramid")


@dataclasses.dataclass(frozen=True)
class _Entry:
    """How an encoder is made, given a dtype policy, and its family."""

    make: Callable
    family: str


_BY_NAME = Catalogue(
    "Encoder",
    {
        name: _Entry(
            functools.partial(encoder_class, **arguments, name=name),
            encoder_class.family,
        )
        for encoder_class, variants in (
            (HRNet, HRNET_VARIANTS),
            (ResNet, RESNET_VARIANTS),
            (SegNet, SEGNET_VARIANTS),
            (EfficientNetLite, EFFICIENTNET_LITE_VARIANTS),
            (ViT, VIT_VARIANTS),
        )
        for name, arguments in variants.items()
    },
)


def add(name, make, family=None):
    """Make an encoder known by a name, see `mtl_zoo.register.encoder`.

    Args:
        name: String.
        make: Callable from a dtype policy (or `None`) to a `keras.Model`.
        family: String, one of `FAMILIES`. Defaults to `None`: what `make`
            says by an attribute `family`, as a class may, else `"pyramid"`.

    Raises:
        ValueError: If the name is taken, or there is no such family.
    """
    family = family or getattr(make, "family", "pyramid")
    if family not in FAMILIES:
        raise unknown("Family of encoders", family, FAMILIES)
    _BY_NAME.add(name, _Entry(make, family))


def list_encoders():
    """Names that `mtl_zoo.encoders.get` knows.

    Returns:
        A list of strings.

    Example:

    ```python
    mtl_zoo.encoders.list_encoders()  # ["hrnet_w18_small_v2", …]
    ```
    """
    return [*_BY_NAME, *keras_cv.list_names()]


def family(encoder):
    """The family of an encoder, which decides what networks take it.

    Args:
        encoder: String or `keras.Model`, see `get`; a model may say it by an
            attribute `family`.

    Returns:
        String, one of `FAMILIES`; `"pyramid"` where none is said.

    Raises:
        ValueError: If there is no encoder of that name.

    Example:

    ```python
    mtl_zoo.encoders.family("resnet18_os8")  # "resnet"
    ```
    """
    if not isinstance(encoder, str):
        return getattr(encoder, "family", "pyramid")
    if keras_cv.is_name(encoder) or keras_hub.is_name(encoder):
        return "pyramid"
    return _find(encoder).family


def get(encoder, dtype=None, **arguments):
    """An encoder by name, or any model as a pyramid.

    Weights are fresh, but of names that tell where they were trained, such as
    `"efficientnet_lite0_imagenet"`.

    Args:
        encoder: String, one of `mtl_zoo.encoders.list_encoders()`, or
            `"keras_cv:"` and the name of a KerasCV preset, or `"keras_hub:"`
            and a name, folder or handle of a KerasHub preset, whose weights
            are fetched; or a `keras.Model`, see `mtl_zoo.encoders.as_pyramid`.
        dtype: Dtype policy of a new encoder. Defaults to the global one.
        **arguments: Of the class of a named encoder, in place of those that
            its name stands for.

    Returns:
        A `keras.Model` that gives a dict of features at strides 4 to 32, or a
        `mtl_zoo.encoders.SegNet` or `mtl_zoo.encoders.ViT`.

    Raises:
        ValueError: If there is no encoder of that name, or it can't take the
            arguments.

    Example:

    ```python
    encoder = mtl_zoo.encoders.get("hrnet_w18_small_v2")
    encoder = mtl_zoo.encoders.get("vit_base_16", image_size=(448, 576))
    ```
    """
    for package in (keras_cv, keras_hub):
        if isinstance(encoder, str) and package.is_name(encoder):
            _refuse(arguments, encoder)
            return package.get(encoder, dtype=dtype)
    if isinstance(encoder, str):
        return _make(encoder, dtype, arguments)
    _refuse(arguments, getattr(encoder, "name", encoder))
    return as_pyramid(encoder) if family(encoder) in PYRAMIDS else encoder


def _make(name, dtype, arguments):
    """A new encoder, of the family that its name is known to be of."""
    entry = _find(name)
    try:
        encoder = entry.make(dtype=dtype, **arguments)
    except TypeError as error:
        if not arguments:
            raise
        raise ValueError(
            f"Encoder {name!r} can't take {', '.join(arguments)}: {error}."
        ) from error
    if entry.family in PYRAMIDS:
        encoder = as_pyramid(encoder)
    encoder.family = entry.family
    return encoder


def _refuse(arguments, name):
    if arguments:
        raise ValueError(
            f"Encoder {name!r} takes no {', '.join(arguments)}: these are "
            "arguments of encoders that list_encoders() names."
        )


def _find(name):
    if name not in _BY_NAME:
        raise unknown("Encoder", name, list_encoders())
    return _BY_NAME[name]
