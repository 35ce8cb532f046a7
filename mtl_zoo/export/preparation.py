"""What comes before every conversion: checks, and the model in float32."""

import importlib
import pathlib

import keras
import numpy as np

# A converted network computes in float32, whatever it was trained in.
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
    if image_size is not None:
        image_size = _check_size(image_size)
    import_packages(packages, suffix)
    return path, image_size


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


def serving_function(model, image_size):
    """The model as a TensorFlow function of one image tensor.

    This function calls TensorFlow.

    Args:
        model: `mtl_zoo.models.MultiTaskModel`, float32.
        image_size: Pair `(height, width)`, which makes the batch one image;
            or `None` for any size and any number of images.

    Returns:
        A `tf.function` with a signature: `"image"`, float32 RGB → dict of
        raw predictions.

    Example:

    ```python
    serving_function(model, (96, 128))(image)["depth"]
    ```
    """
    import tensorflow as tf

    shape = (None, None, None, 3) if image_size is None else (1, *image_size, 3)
    signature = [tf.TensorSpec(shape, "float32", name="image")]

    def serve(image):
        return model(image, training=False)

    return tf.function(serve, input_signature=signature, autograph=False)
