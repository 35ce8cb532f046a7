"""Pretrained models: find them, check them, load and save them.

A preset is a folder in KerasHub's layout, with sha256 and size of every file
in its `metadata.json`. Nothing of it is parsed before these agree, and its
configurations may name only classes of this library and of Keras.
"""

from mtl_zoo.presets.handles import resolve
from mtl_zoo.presets.registry import list_presets
from mtl_zoo.presets.registry import registry_entry
from mtl_zoo.presets.registry import update_registry
from mtl_zoo.presets.saving import load
from mtl_zoo.presets.saving import load_encoder_weights
from mtl_zoo.presets.saving import metadata
from mtl_zoo.presets.saving import save
from mtl_zoo.presets.saving import save_encoder

__all__ = [
    "list_presets",
    "load",
    "load_encoder_weights",
    "metadata",
    "registry_entry",
    "resolve",
    "save",
    "save_encoder",
    "update_registry",
]
