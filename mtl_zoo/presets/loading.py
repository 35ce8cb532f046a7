"""From a handle to a network, one way: folder, configuration, network, weights.

```
handle → handles.find → folder.Preset   whole, unaltered, its metadata read
       → configs.check_config           names only what it may
       → building.deferred              built within bounds, nothing random
       → weights.load_weights           every variable set, or an error
       → adapting.transfer              where other tasks are wanted
```
"""

import copy
import re

import keras

from mtl_zoo.presets import adapting
from mtl_zoo.presets import building
from mtl_zoo.presets import configs
from mtl_zoo.presets import weights
from mtl_zoo.presets.folder import ENCODER_CONFIG
from mtl_zoo.presets.folder import MAX_TASKS
from mtl_zoo.presets.folder import TASK_CONFIG
from mtl_zoo.presets.handles import find

_BEFORE_CAUSE = re.compile(
    "(?:Exception encountered|Error encountered during deserialization): "
)


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
    mtl_zoo.presets.metadata("mti_net_efficientnet_lite0_rooms")["metrics"]
    ```
    """
    return find(handle).metadata


def load(
    handle,
    expected_class=keras.Model,
    tasks=None,
    num_classes=None,
    dtype=None,
    name=None,
    load_weights=True,
    verify=True,
):
    """Build a model from a preset, for its own or for other tasks.

    Tasks that are kept keep their weights; new ones, and those whose number of
    classes changes, begin with fresh ones where the shape is another. Which
    layers are which is printed then, and is the model's `load_report`.

    Args:
        handle: String or path, see `mtl_zoo.presets.resolve`.
        expected_class: Class that the model must be of. Defaults to
            `keras.Model`.
        tasks: List of `mtl_zoo.tasks.Task` or their string forms; the name of
            a task of the preset means that task. Those that are kept keep the
            preset's order, new ones come last. Defaults to `None`, the
            preset's.
        num_classes: Integer, for the one task that has classes; or dict task
            name → integer. Defaults to `None`, the preset's.
        dtype: Dtype policy. Defaults to `None`, the one it was saved with, or
            the global one where none was given.
        name: String, the model's name. Defaults to `None`, the preset's.
        load_weights: Boolean. `False` gives fresh weights. Defaults to `True`.
        verify: Boolean. Whether size and sha256 of every local file are
            compared. Defaults to `True`.

    Returns:
        A `mtl_zoo.models.MultiTaskModel` with a `load_report`, a
        `mtl_zoo.presets.adapting.LoadReport`.

    Raises:
        ValueError: If there is no such preset, a file is missing or altered,
            the model is of another class, it names classes that it may not,
            or it can't have these tasks or dtype.
        OSError: If a download fails.

    Example:

    ```python
    model = mtl_zoo.presets.load(
        "mti_net_efficientnet_lite0_rooms",
        tasks=["semseg", "depth"],
        num_classes=2,
    )
    print(model.load_report)
    ```
    """
    if dtype is not None:
        _check_dtype(dtype)
    if name is not None and (not isinstance(name, str) or "/" in name):
        raise ValueError(
            f"name={name!r}: a model's name is a string without a '/'."
        )
    preset = find(handle, verify)
    if preset.is_encoder:
        raise ValueError(
            f"Preset {str(handle)!r} holds an encoder alone: give its name to "
            "mtl_zoo.encoders.get, or to a network as its encoder."
        )
    path = preset.file(TASK_CONFIG)
    config = _read_config(preset, TASK_CONFIG, expected_class)
    if dtype is not None:
        _set_dtype(config, dtype, path)
    if name is not None:
        config["config"]["name"] = name
    set_weights = weights.load_weights if load_weights else None
    model, loaded, variables = _build(preset, path, config, set_weights)
    report = adapting.report_of(loaded)
    if tasks is not None or num_classes is not None:
        config = adapting.change_tasks(config, tasks, num_classes)
        source = model
        with building.deferred() as variables:
            model = _deserialize(config, path)
        if load_weights:
            loaded, report = adapting.transfer(source, model)
        print(report)
    _initialize(variables, loaded, path)
    model.load_report = report
    return model


def load_encoder(handle, dtype=None, verify=True):
    """Build the encoder of a preset, with its weights.

    Args:
        handle: String or path, see `mtl_zoo.presets.resolve`; a preset of an
            encoder alone, or of a model.
        dtype: Dtype policy. Defaults to `None`, the one it was saved with, or
            the global one where none was given.
        verify: As for `load`.

    Returns:
        A `keras.Model`, see `mtl_zoo.encoders.get`.

    Raises:
        ValueError: As `load`; or if it can't have another dtype.
        OSError: If a download fails.

    Example:

    ```python
    encoder = mtl_zoo.presets.load_encoder("my_encoder")
    ```
    """
    if dtype is not None:
        _check_dtype(dtype)
    preset = find(handle, verify)
    path = preset.file(ENCODER_CONFIG)
    config = _read_config(preset, ENCODER_CONFIG, keras.Model)
    if dtype is not None:
        _set_dtype(config, dtype, path)
    encoder, loaded, variables = _build(
        preset, path, config, weights.load_encoder_weights
    )
    _initialize(variables, loaded, path)
    if preset.is_encoder:
        for name in ("family", "normalization"):
            if name in preset.metadata:
                setattr(encoder, name, preset.metadata[name])
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
    weights.load_encoder_weights(encoder, find(handle, verify))


def _check_dtype(dtype):
    try:
        keras.dtype_policies.get(dtype)
    except (TypeError, ValueError):
        raise ValueError(
            f"dtype={dtype!r} is no dtype policy; allowed are 'float32', "
            "'mixed_bfloat16', 'mixed_float16' and others of Keras."
        ) from None


def _read_config(preset, file, expected_class):
    """One of a preset's two configurations, checked."""
    path = preset.file(file)
    config = preset.config(file)
    configs.check_config(config, path)
    _check_class(config, expected_class, path)
    for key in ("tasks", "auxiliary_tasks"):
        found = config["config"].get(key)
        if isinstance(found, list) and len(found) > MAX_TASKS:
            raise ValueError(
                f"{path} has {len(found)} {key}; at most {MAX_TASKS} are read."
            )
    return configs.without_states(config)


def _build(preset, path, config, set_weights):
    """Network, variables that were set, all that it was built with."""
    with building.deferred(weights.max_elements(preset)) as variables:
        model = _deserialize(config, path)
    _check_model(model, path)
    loaded = set_weights(model, preset) if set_weights else []
    return model, loaded, variables


def _initialize(variables, loaded, path):
    try:
        variables.initialize(but=loaded)
    except Exception as error:
        raise _not_built(path, error) from None


def _deserialize(config, path):
    # Keras empties parts of it, and puts objects in the place of others.
    config = copy.deepcopy(config)
    try:
        return keras.saving.deserialize_keras_object(config, safe_mode=True)
    except Exception as error:
        raise _not_built(path, error) from None


def _check_model(model, path):
    """Raise where a network has been built that can't be used."""
    for layer in model._flatten_layers():
        if getattr(layer.dtype_policy, "quantization_mode", None):
            raise _not_built(
                path,
                f"layer {layer.name!r} has dtype {layer.dtype_policy.name}",
            )
    try:
        building.check_calls(model)
        building.check_sizes(model)
    except Exception as error:
        raise _not_built(path, error) from None


def _not_built(path, error):
    # What can go wrong in building anything from a wrong configuration is
    # not limited to some types. Keras repeats the whole configuration before
    # it comes to the cause, and colours some of its words.
    reason = _BEFORE_CAUSE.split(str(error))[-1]
    reason = re.sub(r"\x1b\[[\d;]*m", "", reason)
    reason = re.sub(r"[^\x20-\x7e×…]+", " ", reason).strip()
    reason = reason or type(error).__name__
    return ValueError(
        f"{path} can't be built: {' '.join(reason.split())[:150]}"
    )


def _check_class(config, expected_class, path):
    """Raise unless the configuration is of the class, before it is built."""
    name = config.get("class_name")
    found = configs.find_class(config)
    if found is None:
        raise ValueError(
            f"{path} holds a {str(name)[:100]}, which this version of mtl_zoo "
            "does not know."
        )
    if not issubclass(found, expected_class):
        raise ValueError(
            f"{path} holds a {name}, not a {expected_class.__name__}."
        )


def _set_dtype(config, dtype, path):
    inner = config.get("config") if isinstance(config, dict) else None
    if not isinstance(inner, dict) or "dtype" not in inner:
        raise ValueError(
            f"{path} was saved layer by layer and keeps its dtype; load it "
            "without dtype."
        )
    inner["dtype"] = dtype
    # A network's encoder, or the one that a stitched one has per task.
    if isinstance(inner.get("encoder"), dict):
        _set_dtype(inner["encoder"], dtype, path)
