"""The graph that files are converted from: a model with fixed weights.

This module calls TensorFlow.
"""

import keras
import numpy as np

# A converted network starts from float32, whatever it was trained in.
_OTHER_FLOATS = ("float16", "bfloat16", "float64")


def freeze(request):
    """The model as a TensorFlow function whose weights are constants.

    Then a converter can fold normalisation into convolutions and lay kernels
    out beforehand. Left as variables, they reach a TFLite file uninitialised,
    and it gives NaN.

    Args:
        request: `mtl_zoo.export.request.Request`.

    Returns:
        A `tf.function` with a signature: `"image"`, RGB → dict of
        predictions.

    Example:

    ```python
    freeze(request)(image)["depth"]
    ```
    """
    import tensorflow as tf
    from tensorflow.python.framework import convert_to_constants

    serve = serving_function(
        request.model,
        request.input_shape,
        request.tasks,
        request.decode,
        request.format.graph_dtype(request),
    )
    concrete = serve.get_concrete_function()
    names = sorted(concrete.structured_outputs)
    frozen = convert_to_constants.convert_variables_to_constants_v2(concrete)

    @tf.function(input_signature=serve.input_signature, autograph=False)
    def constant(image):
        return dict(zip(names, frozen(image), strict=True))

    return constant


def serving_function(
    model, shape, tasks=None, decode=False, input_dtype="float32"
):
    """The model as a TensorFlow function of one image tensor.

    Args:
        model: `mtl_zoo.models.MultiTaskModel`, float32.
        shape: Tuple, the image's, NHWC, `None` where anything goes.
        tasks: List of `mtl_zoo.tasks.Task` that come out. Defaults to
            `None`, all.
        decode: Boolean, whether predictions are decoded. What does that is
            named `"decode/…"` in the graph. Defaults to `False`.
        input_dtype: String, `"float32"` or `"uint8"`, of the image. Defaults
            to `"float32"`.

    Returns:
        A `tf.function` with a signature: `"image"`, RGB → dict of
        predictions.

    Example:

    ```python
    serving_function(model, (1, 96, 128, 3))(image)["depth"]
    ```
    """
    import tensorflow as tf

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

    if task.decoding == "classes":
        # `keras.ops.argmax` tells -0.0 from 0.0 by the bits of a number, which
        # no file can.
        return tf.cast(tf.argmax(raw, axis=-1, output_type="int32"), "uint8")
    return task.decode(raw)


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
