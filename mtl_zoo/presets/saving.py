"""Save a model, or an encoder alone, as a preset."""

import datetime
import json

import keras

from mtl_zoo.encoders import family
from mtl_zoo.presets import card
from mtl_zoo.presets import configs
from mtl_zoo.presets import folder as layout
from mtl_zoo.presets import weights
from mtl_zoo.utils.files import atomic_path
from mtl_zoo.utils.files import digest
from mtl_zoo.utils.files import user_path
from mtl_zoo.utils.text import unknown
from mtl_zoo.utils.version import __version__

_WEIGHTS_DTYPES = ("float32", "float16")


def save(model, directory, metadata=None, weights_dtype="float32"):
    """Save a model as a preset, whole or not at all.

    Args:
        model: A `mtl_zoo.models.MultiTaskModel`.
        directory: String or path. A new folder, or a preset to replace.
        metadata: Dict of JSON values that `metadata.json` gets besides its
            own, such as `"description"`, `"metrics"`, `"dataset"`,
            `"recipe"`, `"license"`, `"paper"`. Defaults to `None`.
        weights_dtype: String, `"float32"`: weights as they are; or
            `"float16"`: kernels as float16, half the size. Models compute as
            before. Defaults to `"float32"`.

    Raises:
        ValueError: If the folder holds something else than a preset, the model
            contains classes that a preset may not name, or an argument is
            wrong.

    Example:

    ```python
    mtl_zoo.presets.save(model, "my_preset", {"license": "Apache-2.0"})
    ```
    """
    objects = {
        layout.ENCODER_CONFIG: model.encoder,
        layout.TASK_CONFIG: model,
    }
    description = {
        "model": type(model).__name__,
        "encoder": model.encoder.name,
        "parameter_count": model.count_params(),
        "tasks": [
            {
                "name": task.name,
                "channels": task.channels,
                "class_names": getattr(task, "class_names", None),
                "unit": getattr(task, "unit", None),
            }
            for task in model.tasks
        ],
    }
    # The configuration is their home; here people and tools read them.
    if model.working_size is not None:
        description["working_size"] = list(model.working_size)
    if model.field_of_view is not None:
        description["camera"] = {"field_of_view": model.field_of_view}
    _write(directory, objects, description, metadata, weights_dtype)


def save_encoder(encoder, directory, metadata=None, weights_dtype="float32"):
    """Save an encoder alone as a preset, for training to start from.

    Args:
        encoder: `keras.Model`, see `mtl_zoo.encoders.get`.
        directory: As for `save`.
        metadata: As for `save`.
        weights_dtype: As for `save`.

    Raises:
        ValueError: As `save`.

    Example:

    ```python
    encoder = mtl_zoo.encoders.get("hrnet_w18_small_v2")
    mtl_zoo.presets.save_encoder(encoder, "my_encoder")
    ```
    """
    description = {
        "model": None,
        "encoder": encoder.name,
        "parameter_count": encoder.count_params(),
        "tasks": [],
        # A model of Keras's layers has no place for them in its configuration.
        "family": family(encoder),
        "normalization": getattr(encoder, "normalization", "imagenet"),
    }
    objects = {layout.ENCODER_CONFIG: encoder}
    _write(directory, objects, description, metadata, weights_dtype)


def _write(directory, objects, description, metadata, weights_dtype):
    """Write a preset: configurations and weights of one or two objects."""
    directory = user_path(directory).resolve()
    if weights_dtype not in _WEIGHTS_DTYPES:
        raise unknown("weights_dtype", weights_dtype, _WEIGHTS_DTYPES)
    layout.check_replaceable(directory)
    texts = {}
    for name, value in objects.items():
        config = keras.saving.serialize_keras_object(value)
        # Better found now than by who loads it.
        configs.check_config(config, f"Model {value.name!r}")
        texts[name] = _to_json(config, name)
    content = {
        **_versions(),
        **description,
        "weights_dtype": weights_dtype,
        "files": {},
        **_checked(metadata),
    }

    with atomic_path(directory) as folder:
        folder.mkdir()
        for name, text in texts.items():
            (folder / name).write_text(text, encoding="utf-8")
        if layout.TASK_CONFIG in objects:
            model = objects[layout.TASK_CONFIG]
            weights.save_weights(model, folder, weights_dtype)
        else:
            encoder = objects[layout.ENCODER_CONFIG]
            weights.save_encoder_weights(encoder, folder, weights_dtype)
        content["files"] = {
            path.name: digest(path) for path in sorted(folder.iterdir())
        }
        texts = {
            layout.METADATA: _to_json(content, layout.METADATA),
            layout.CARD: card.model_card(content, directory.name),
        }
        for name, text in texts.items():
            (folder / name).write_text(text, encoding="utf-8")
        # What would not be loaded again is not saved.
        layout.read_metadata(folder / layout.METADATA)


def _versions():
    now = datetime.datetime.now(datetime.UTC)
    return {
        "format_version": layout.FORMAT_VERSION,
        "keras_version": keras.__version__,
        "mtl_zoo_version": __version__,
        "date_saved": now.isoformat(timespec="seconds"),
    }


def _checked(metadata):
    """The caller's entries, unless they would hide the preset's own."""
    reserved = (
        "camera date_saved encoder family files format_version keras_version "
        "model mtl_zoo_version normalization parameter_count tasks "
        "weights_dtype "
        "working_size"
    ).split()
    metadata = dict(metadata or {})
    _to_json(metadata, "metadata")
    taken = sorted(set(metadata) & set(reserved))
    if taken:
        raise ValueError(
            f"metadata can't set {', '.join(taken)}: the preset sets them."
        )
    return metadata


def _to_json(content, name):
    try:
        text = json.dumps(
            content, indent=2, ensure_ascii=False, allow_nan=False
        )
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name} can't be written as JSON: {error}") from None
    return text + "\n"
