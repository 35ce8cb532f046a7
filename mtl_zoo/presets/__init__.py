"""Pretrained models: find them, check them, load and save them.

A preset is a folder in KerasHub's layout, with sha256 and size of every file
in its `metadata.json`. Nothing of it is parsed before these agree, and its
configurations may name only classes of this library and of Keras.
A preset's classes are found by the names that they are registered under, so
nothing here imports the networks.
"""

import functools

from mtl_zoo.encoders.known_encoders import add as add_encoder
from mtl_zoo.presets.handles import find
from mtl_zoo.presets.handles import resolve
from mtl_zoo.presets.loading import load
from mtl_zoo.presets.loading import load_encoder
from mtl_zoo.presets.loading import load_encoder_weights
from mtl_zoo.presets.loading import metadata
from mtl_zoo.presets.registry import list_encoder_presets
from mtl_zoo.presets.registry import list_presets
from mtl_zoo.presets.registry import registry_entry
from mtl_zoo.presets.registry import update_registry
from mtl_zoo.presets.saving import save
from mtl_zoo.presets.saving import save_encoder

__all__ = [
    "find",
    "list_encoder_presets",
    "list_presets",
    "load",
    "load_encoder",
    "load_encoder_weights",
    "metadata",
    "registry_entry",
    "resolve",
    "save",
    "save_encoder",
    "update_registry",
]

for _name, _entry in list_encoder_presets().items():
    add_encoder(
        _name, functools.partial(load_encoder, _name), _entry.get("family")
    )
