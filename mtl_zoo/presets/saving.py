"""Load a model from a preset, and save it as one."""

import datetime
import json
import pathlib

from mtl_zoo.presets import card
from mtl_zoo.presets import configs
from mtl_zoo.presets import integrity
from mtl_zoo.presets.handles import resolve
from mtl_zoo.utils.files import atomic_path

_WEIGHTS_DTYPES = ("float32", "float16")


def metadata(handle):
    """What a preset says of itself.

    A preset that isn't on this machine yet is downloaded as a whole.

    Args:
        handle: String or path, see `mtl_zoo.presets.resolve`.

    Returns:
        A dict, the preset's `metadata.json`: `"model"`, `"encoder"`,
        `"tasks"`, `"parameter_count"`, `"files"`, and what was given when it
        was saved, such as `"metrics"`, `"dataset"`, `"license"`.

    Raises:
        ValueError: If there is no such preset, or a file is missing or
            altered.
        OSError: If a download fails.

    Example:

    ```python
    mtl_zoo.presets.metadata("mti_net_hrnet_w18_small_v2_rooms")["metrics"]
    ```
    """
    return integrity.read_metadata(resolve(handle))


def load(handle, expected_class=None, load_weights=True, verify=True):
    """Build a model from a preset.

    Args:
        handle: String or path, see `mtl_zoo.presets.resolve`.
        expected_class: Class that the model must be of. Defaults to `None`,
            any.
        load_weights: Boolean. `False` gives fresh weights. Defaults to `True`.
        verify: Boolean. Whether size and sha256 of every local file are
            compared. Defaults to `True`.

    Returns:
        A `mtl_zoo.models.MultiTaskModel`.

    Raises:
        ValueError: If there is no such preset, a file is missing or altered,
            the model is of another class, or it names classes that it may not.
        OSError: If a download fails.

    Example:

    ```python
    model = mtl_zoo.presets.load("mti_net_hrnet_w18_small_v2_rooms")
    ```
    """
    import keras

    folder = resolve(handle, verify)
    if integrity.TASK_CONFIG not in integrity.file_names(folder):
        raise ValueError(
            f"Preset {str(handle)!r} holds an encoder alone: give it to "
            "mtl_zoo.presets.load_encoder_weights."
        )
    path = folder / integrity.TASK_CONFIG
    config = integrity.read_json(path)
    configs.check_config(config, path)
    _check_class(config, expected_class, handle)
    try:
        model = keras.saving.deserialize_keras_object(config, safe_mode=True)
    except Exception as error:
        # What can go wrong in building anything from a wrong configuration is
        # not limited to some types. Keras repeats the whole configuration.
        reason = " ".join(str(error).split())[:300]
        raise ValueError(f"{path} can't be built: {reason}") from error
    if load_weights:
        # Imported here: finding and downloading presets needs no h5py.
        from mtl_zoo.presets import weights

        weights.load_weights(model, folder)
    return model


def save(model, directory, metadata=None, weights_dtype="float32"):
    """Save a model as a preset, whole or not at all.

    Args:
        model: A `mtl_zoo.models.MultiTaskModel`.
        directory: String or path. A new folder, or a preset to replace.
        metadata: Dict of JSON values that `metadata.json` and the model card
            get besides their own, such as `"description"`, `"metrics"`,
            `"dataset"`, `"recipe"`, `"license"`, `"paper"`. Defaults to
            `None`.
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
        integrity.ENCODER_CONFIG: model.encoder,
        integrity.TASK_CONFIG: model,
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
    }
    objects = {integrity.ENCODER_CONFIG: encoder}
    _write(directory, objects, description, metadata, weights_dtype)


def load_encoder(handle, dtype=None, verify=True):
    """Build an encoder alone from a preset, with its weights.

    Args:
        handle: String or path, see `mtl_zoo.presets.resolve`; a preset of an
            encoder, or of a model, whose encoder it is then.
        dtype: Dtype policy. Defaults to the global one.
        verify: As for `load`.

    Returns:
        A `keras.Model`, see `mtl_zoo.encoders.get`.

    Raises:
        ValueError: As `load`.
        OSError: If a download fails.

    Example:

    ```python
    mtl_zoo.presets.load_encoder("efficientnet_lite0_imagenet")
    ```
    """
    import keras

    from mtl_zoo.presets import weights

    folder = resolve(handle, verify)
    path = folder / integrity.ENCODER_CONFIG
    config = integrity.read_json(path)
    configs.check_config(config, path)
    if dtype is not None:
        config["config"]["dtype"] = dtype
    encoder = keras.saving.deserialize_keras_object(config, safe_mode=True)
    weights.load_encoder_weights(encoder, folder)
    return encoder


def load_encoder_weights(encoder, handle, verify=True):
    """Set an encoder's weights from those in a preset.

    Args:
        encoder: `keras.Model` of the same architecture as the preset's.
        handle: String or path, see `mtl_zoo.presets.resolve`; a preset of a
            model, or of an encoder alone.
        verify: As for `load`.

    Raises:
        ValueError: If there is no such preset, a file is missing or altered,
            or the weights are those of another encoder.
        OSError: If a download fails.

    Example:

    ```python
    model = mtl_zoo.models.MTINet("hrnet_w18_small_v2", ["depth"])
    mtl_zoo.presets.load_encoder_weights(model.encoder, "my_encoder")
    ```
    """
    from mtl_zoo.presets import weights

    weights.load_encoder_weights(encoder, resolve(handle, verify))


def _write(directory, objects, description, metadata, weights_dtype):
    """Write a preset: configurations and weights of one or two objects."""
    import keras

    from mtl_zoo.presets import weights

    directory = pathlib.Path(directory).expanduser().resolve()
    if weights_dtype not in _WEIGHTS_DTYPES:
        raise ValueError(
            f"weights_dtype is {weights_dtype!r}; allowed are "
            f"{', '.join(_WEIGHTS_DTYPES)}."
        )
    integrity.check_replaceable(directory)
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
    texts[integrity.CARD] = card.model_card(content, directory.name)

    with atomic_path(directory) as folder:
        folder.mkdir()
        for name, text in texts.items():
            (folder / name).write_text(text, encoding="utf-8")
        if integrity.TASK_CONFIG in objects:
            model = objects[integrity.TASK_CONFIG]
            weights.save_weights(model, folder, weights_dtype)
        else:
            encoder = objects[integrity.ENCODER_CONFIG]
            weights.save_encoder_weights(encoder, folder, weights_dtype)
        content["files"] = {
            path.name: integrity.digest(path)
            for path in sorted(folder.iterdir())
        }
        (folder / integrity.METADATA).write_text(
            _to_json(content, integrity.METADATA), encoding="utf-8"
        )


def _check_class(config, expected_class, handle):
    """Raise unless the configuration is of the class, before it is built."""
    import keras

    expected_class = expected_class or keras.Model
    name = config.get("class_name")
    found = keras.saving.get_registered_object(
        config.get("registered_name") or name or ""
    )
    if found is None:
        raise ValueError(
            f"Preset {str(handle)!r} holds a {name}, which this version of "
            "mtl_zoo does not know."
        )
    if not (isinstance(found, type) and issubclass(found, expected_class)):
        raise ValueError(
            f"Preset {str(handle)!r} holds a {name}, not a "
            f"{expected_class.__name__}."
        )


def _versions():
    import keras

    import mtl_zoo

    now = datetime.datetime.now(datetime.UTC)
    return {
        "format_version": integrity.FORMAT_VERSION,
        "keras_version": keras.__version__,
        "mtl_zoo_version": mtl_zoo.__version__,
        "date_saved": now.isoformat(timespec="seconds"),
    }


def _checked(metadata):
    """The caller's entries, unless they would hide the preset's own."""
    reserved = (
        "date_saved encoder files format_version keras_version model "
        "mtl_zoo_version parameter_count tasks weights_dtype"
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
