"""What comes before every conversion: checks, and the model in float32."""

import contextlib
import importlib
import json
import os
import pathlib

import keras
import numpy as np

INPUT_DTYPES = ("float32", "uint8")

# A converted network starts from float32, whatever it was trained in.
_OTHER_FLOATS = ("float16", "bfloat16", "float64")


def check_arguments(model, path, suffix, image_size, packages):
    """Find bad input before anything heavy starts.

    Args:
        model: What is to be a `mtl_zoo.models.MultiTaskModel`.
        path: String or path of the file to write.
        suffix: String, how the file has to end.
        image_size: Pair `(height, width)`, or `None`.
        packages: Dict of modules that will be imported → what to install.

    Returns:
        Pair of the path as `pathlib.Path` and the size as a tuple of integers
        or `None`.

    Raises:
        ValueError: If Keras doesn't run on TensorFlow, or an argument is
            wrong.
        ImportError: If a package is missing.

    Example:

    ```python
    check_arguments(model, "m.onnx", ".onnx", (96, 128), {"onnx": "onnx"})
    ```
    """
    from mtl_zoo.models import MultiTaskModel

    backend = keras.backend.backend()
    if backend != "tensorflow":
        raise ValueError(
            "Export goes through TensorFlow, and Keras runs on "
            f"{backend!r} here: save the model as a preset, and export it in "
            "a process with KERAS_BACKEND=tensorflow."
        )
    if not isinstance(model, MultiTaskModel):
        raise ValueError(
            "What is exported is a mtl_zoo.models.MultiTaskModel; received "
            f"{type(model).__name__}."
        )
    path = pathlib.Path(path).expanduser()
    if path.suffix != suffix or path.is_dir():
        raise ValueError(
            f"The file to write is named *{suffix} and is no folder; received "
            f"{str(path)!r}."
        )
    _check_folder(path)
    _check_sidecar(path)
    if image_size is not None:
        image_size = _check_size(image_size)
    import_packages(packages, suffix)
    return path, image_size


def _check_sidecar(path):
    sidecar = path.with_suffix(".json")
    if not sidecar.exists():
        return
    try:
        described = json.loads(sidecar.read_text(encoding="utf-8"))["file"]
    except (OSError, ValueError, KeyError, TypeError):
        described = None
    if described is None or (
        described != path.name and path.with_name(described).exists()
    ):
        raise ValueError(
            f"{sidecar} describes {described or 'something else'}, and would "
            f"be overwritten: give {path.name} another name."
        )


def check_choice(name, value, allowed):
    """Raise unless an argument is one of the allowed values.

    Args:
        name: String, how the argument is called.
        value: What was given.
        allowed: Sequence of strings.

    Raises:
        ValueError: If it is not.

    Example:

    ```python
    check_choice("layout", "nhwc", ("nhwc", "nchw"))
    ```
    """
    if value not in allowed:
        raise ValueError(
            f"{name}={value!r} is not known; allowed are {', '.join(allowed)}."
        )


def check_input_dtype(model, input_dtype):
    """Raise unless the file can take images of this dtype.

    Args:
        model: `mtl_zoo.models.MultiTaskModel`.
        input_dtype: String, `"float32"` or `"uint8"`.

    Raises:
        ValueError: If it is neither, or the model takes no values 0…255.

    Example:

    ```python
    check_input_dtype(model, "uint8")
    ```
    """
    check_choice("input_dtype", input_dtype, INPUT_DTYPES)
    if input_dtype == "uint8" and not normalizes(model):
        raise ValueError(
            "A uint8 image needs a model that normalises it; this one was "
            "built with normalization=None."
        )


def normalizes(model):
    """Whether the model takes 0…255 and normalises it by itself.

    Args:
        model: `mtl_zoo.models.MultiTaskModel`.

    Returns:
        A boolean.

    Example:

    ```python
    normalizes(mtl_zoo.models.HardSharing(encoder, tasks))  # True
    ```
    """
    from mtl_zoo.layers import ImageNormalization

    return any(
        isinstance(layer, ImageNormalization) and layer.mode is not None
        for layer in model.layers
    )


def select_tasks(model, names):
    """The tasks that a file is to give, in the model's order.

    Args:
        model: `mtl_zoo.models.MultiTaskModel`.
        names: List of strings, or `None` for all.

    Returns:
        A list of `mtl_zoo.tasks.Task`.

    Raises:
        ValueError: If the model has no such task, or none is named.

    Example:

    ```python
    select_tasks(model, ["depth"])
    ```
    """
    known = [task.name for task in model.tasks]
    if names is None:
        return model.tasks
    unknown = [name for name in names if name not in known]
    if unknown or not names:
        raise ValueError(
            f"tasks={list(names)!r} can't be exported; the model has "
            f"{', '.join(known)}."
        )
    return [task for task in model.tasks if task.name in names]


def _check_folder(path):
    """Find an output that can't be written before minutes are spent on it."""
    folder = next(parent for parent in path.parents if parent.exists())
    if not (folder.is_dir() and os.access(folder, os.W_OK)):
        raise ValueError(f"{path} can't be written: {folder} is not writable.")


def import_packages(packages, suffix):
    """Import what an export needs, or say how to get it.

    Args:
        packages: Dict module → name of the package that brings it.
        suffix: String, the file's suffix.

    Raises:
        ImportError: If a package is missing.

    Example:

    ```python
    import_packages({"onnxruntime": "onnxruntime"}, ".onnx")
    ```
    """
    for name, package in packages.items():
        try:
            importlib.import_module(name)
        except ImportError as error:
            raise ImportError(
                f"Export to {suffix} needs {package}: pip install "
                "'mtl_zoo[export]'."
            ) from error


def _check_size(image_size):
    message = (
        "image_size is (height, width), two integers of at least 1; received "
        f"{image_size!r}."
    )
    try:
        height, width = (int(n) for n in image_size)
    except (TypeError, ValueError):
        raise ValueError(message) from None
    if (height, width) != tuple(image_size) or min(height, width) < 1:
        raise ValueError(message)
    return height, width


def in_float32(model):
    """The model, rebuilt in float32 where it computes in anything else.

    Args:
        model: `mtl_zoo.models.MultiTaskModel`.

    Returns:
        The model itself where it is float32 already, or a new one with the
        same weights.

    Example:

    ```python
    in_float32(mtl_zoo.models.MTINet(encoder, tasks, dtype="mixed_bfloat16"))
    ```
    """
    layers = model._flatten_layers()
    if all(layer.compute_dtype not in _OTHER_FLOATS for layer in layers):
        return model
    policy = keras.config.dtype_policy()
    # Layers without a policy of their own take the global one.
    keras.config.set_dtype_policy("float32")
    try:
        clone = type(model).from_config(_replace_policies(model.get_config()))
    finally:
        keras.config.set_dtype_policy(policy)
    clone.set_weights([np.asarray(w, "float32") for w in model.get_weights()])
    return clone


def _replace_policies(config, key=None):
    """A configuration with float32 in place of every other float policy."""
    if key == "dtype":
        name = config
        if isinstance(name, dict):
            name = name.get("config", {}).get("name")
        name = str(getattr(name, "name", name))
        if name.startswith("mixed_") or name in _OTHER_FLOATS:
            return "float32"
    if isinstance(config, dict):
        return {k: _replace_policies(v, k) for k, v in config.items()}
    if isinstance(config, (list, tuple)):
        return type(config)(_replace_policies(v) for v in config)
    return config


@contextlib.contextmanager
def conversion_errors(model, kind):
    """Turns whatever a converter raises into one line.

    What converters and runtimes raise is not limited to some types, and their
    messages are pages long.

    Args:
        model: `mtl_zoo.models.MultiTaskModel`.
        kind: String, what it is converted to.

    Raises:
        ValueError: If what is done in the context fails.
    """
    try:
        yield
    except Exception as error:
        reason = " ".join(str(error).split())[:300]
        raise ValueError(
            f"{model.name} can't be converted to {kind}: {reason}"
        ) from error


def serving_function(
    model,
    image_size,
    tasks=None,
    decode=False,
    input_dtype="float32",
    batch_size=1,
):
    """The model as a TensorFlow function of one image tensor.

    This function calls TensorFlow.

    Args:
        model: `mtl_zoo.models.MultiTaskModel`, float32.
        image_size: Pair `(height, width)`, or `None` for any size and any
            number of images.
        tasks: List of `mtl_zoo.tasks.Task` that come out. Defaults to
            `None`, all.
        decode: Boolean, whether predictions are decoded. What does that is
            named `"decode/…"` in the graph. Defaults to `False`.
        input_dtype: String, `"float32"` or `"uint8"`, of the image. Defaults
            to `"float32"`.
        batch_size: Integer, or `None` for any. Defaults to `1`.

    Returns:
        A `tf.function` with a signature: `"image"`, RGB → dict of
        predictions.

    Example:

    ```python
    serving_function(model, (96, 128))(image)["depth"]
    ```
    """
    import tensorflow as tf

    shape = (batch_size, *image_size, 3) if image_size else (None,) * 3 + (3,)
    signature = [tf.TensorSpec(shape, input_dtype, name="image")]
    tasks = model.tasks if tasks is None else tasks

    def serve(image):
        raw = model(tf.cast(image, "float32"), training=False)
        if not decode:
            return {task.name: raw[task.name] for task in tasks}
        with tf.name_scope("decode"):
            return {task.name: _decode(task, raw[task.name]) for task in tasks}

    return tf.function(serve, input_signature=signature, autograph=False)


def _decode(task, raw):
    import tensorflow as tf

    from mtl_zoo.tasks import SemanticSegmentation

    if isinstance(task, SemanticSegmentation):
        # `keras.ops.argmax` tells -0.0 from 0.0 by the bits of a number, which
        # no file can.
        return tf.cast(tf.argmax(raw, axis=-1, output_type="int32"), "uint8")
    return task.decode(raw)
