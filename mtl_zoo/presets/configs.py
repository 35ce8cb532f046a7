"""May this configuration be built? Only from what a network is made of.

Decided by a list of what may be named, not of what may not: the classes of
this library, those that the user registered with it, Keras's layers without
files or code of their own, its initialisers and the like, and the backbones of
KerasCV and KerasHub. Nothing that the user's program has registered with Keras
can be reached, whatever the place in the configuration that names it.
"""

import importlib
import inspect
import sys

import keras

from mtl_zoo.utils.catalogue import OWN_CLASSES

PACKAGES = ("mtl_zoo", "keras", "keras_cv", "keras_hub")

# Layers that compute, and nothing else: none reads a file (vocabularies,
# SavedModels), runs code that it brings along, or holds a dynamic shape back.
_KERAS_LAYERS = frozenset(
    """
    Activation AdaptiveAveragePooling2D AdaptiveMaxPooling2D Add Attention
    Average AveragePooling2D BatchNormalization CenterCrop Concatenate Conv1D
    Conv2D Conv2DTranspose Cropping2D Dense DepthwiseConv2D Dot
    Dropout ELU EinsumDense Embedding Flatten Functional GaussianDropout
    GaussianNoise GlobalAveragePooling2D GlobalMaxPooling2D
    GroupNormalization GroupQueryAttention Identity InputLayer
    LayerNormalization LeakyReLU Maximum MaxPooling2D Minimum Model
    MultiHeadAttention Multiply Normalization PReLU Permute RMSNormalization
    ReLU RepeatVector Rescaling Reshape Resizing SeparableConv2D Sequential
    Softmax SpatialDropout2D SpectralNormalization Subtract UnitNormalization
    UpSampling2D ZeroPadding2D
    """.split()
)
_KERAS_KINDS = (
    keras.Initializer,
    keras.Regularizer,
    keras.constraints.Constraint,
    keras.DTypePolicy,
)
# `x + y` and the like of symbolic tensors: none makes a tensor larger than what
# it is given, as `Tile` and `Arange` do.
_OPERATIONS = frozenset(
    """
    Absolute Add Cast Clip Concatenate Divide Exp ExpandDims GetItem HardSigmoid
    HardSilu LeakyRelu Log Log1p Matmul Max Maximum Mean Min Minimum Moveaxis
    Multiply Negative Normalize Power Prod Reciprocal Relu Relu6 Reshape Rsqrt
    Sigmoid Sign Silu Softmax Softplus Split Sqrt Square Squeeze Stack Std
    Subtract Sum Swapaxes Tanh Transpose TrueDivide Var
    """.split()
)
# Of these a few numbers decide how much larger an image becomes.
_ENLARGING = frozenset(
    """
    CenterCrop Conv2DTranspose RepeatVector Resizing UpSampling2D ZeroPadding2D
    """.split()
)
# A network's and its layers' names are put together to paths.
_MAX_TEXT = 1000
# What backends count sides and strides with.
_MAX_NUMBER = 2**31 - 1
# Functions that a layer may be given by name: "relu" and the like.
_FUNCTIONS = frozenset(
    name
    for name, value in vars(keras.activations).items()
    if inspect.isfunction(value)
) - {"get", "serialize", "deserialize"}
# Parts of the packages for backbones that read files or the network.
_REFUSED_MODULES = ("preprocess", "tokeniz", "converter", "utils", "data")
# What Keras writes for plain values.
_VALUES = frozenset(
    """
    __bytes__ __ellipsis__ __keras_tensor__ __numpy__ __slice__ __tensor__
    """.split()
)
_DTYPES = frozenset(
    """
    bool int8 int16 int32 int64 uint8 uint16 uint32 uint64
    bfloat16 float16 float32 float64 string
    """.split()
)


def check_config(config, where):
    """Raise unless a serialised object names only what it may.

    Args:
        config: What `keras.saving.serialize_keras_object` gives.
        where: How the error calls it, such as the file's path.

    Raises:
        ValueError: Naming the class, and what is allowed.

    Example:

    ```python
    check_config(keras.saving.serialize_keras_object(model), "task.json")
    ```
    """
    for value in _inner(config):
        _check_numbers(value, where)
        if isinstance(value, dict) and "class_name" in value:
            _check_object(value, where)
        elif isinstance(value, str):
            if len(value) > _MAX_TEXT:
                raise ValueError(
                    f"{where} holds a text of {len(value)} characters; at most "
                    f"{_MAX_TEXT} are read."
                )
            # Keras looks strings up among registered objects, in many places:
            # activations, initialisers, losses, whole configurations.
            found = keras.saving.get_registered_object(value)
            if found is not None and not _is_allowed(found):
                raise _refused(value, where)


def without_states(config):
    """A configuration without what Keras adds for shapes and training.

    A layer is built when it is called, whatever `build_config` says; a preset
    is not compiled.

    Args:
        config: What `keras.saving.serialize_keras_object` gives. It is changed.

    Returns:
        The same.

    Example:

    ```python
    without_states(keras.saving.serialize_keras_object(model))
    ```
    """
    for value in _inner(config):
        if isinstance(value, dict) and "class_name" in value:
            value.pop("build_config", None)
            value.pop("compile_config", None)
    return config


def enlarges(config):
    """Whether a configuration has layers that can enlarge an image at will.

    Args:
        config: What `keras.saving.serialize_keras_object` gives.

    Returns:
        A boolean.

    Example:

    ```python
    enlarges(keras.saving.serialize_keras_object(model))
    ```
    """
    return any(
        isinstance(value, dict) and value.get("class_name") in _ENLARGING
        for value in _inner(config)
    )


def find_class(config):
    """The class that a serialised object is of.

    Args:
        config: Dict.

    Returns:
        A class, or `None` if there is none that a preset may name.

    Example:

    ```python
    find_class(keras.saving.serialize_keras_object(model))
    ```
    """
    name, module, registered = (
        config.get(key) for key in ("class_name", "module", "registered_name")
    )
    if not isinstance(name, str) or not isinstance(config.get("config"), dict):
        return None
    found = _find(name, module, registered)
    return found if found is not None and _is_allowed(found) else None


def _inner(config):
    """All values within a configuration, it and keys of dicts too."""
    # A loop, not recursion: the nesting is the file's to choose.
    stack = [config]
    while stack:
        value = stack.pop()
        yield value
        if isinstance(value, dict):
            stack.extend(value.keys())
            stack.extend(value.values())
        elif isinstance(value, (list, tuple)):
            stack.extend(value)


def _check_numbers(value, where):
    if isinstance(value, dict):
        # Seeds are no sizes.
        value = [x for key, x in value.items() if key != "seed"]
    if isinstance(value, (list, tuple)) and any(
        isinstance(x, int) and abs(x) > _MAX_NUMBER for x in value
    ):
        raise ValueError(
            f"{where} holds a whole number beyond {_MAX_NUMBER}, as no size is."
        )


def _check_object(config, where):
    name = config["class_name"]
    module = config.get("module")
    registered = config.get("registered_name")
    inner = config.get("config")
    if not isinstance(name, str):
        raise _refused(repr(name), where)
    if name in _VALUES:
        dtype = inner.get("dtype") if isinstance(inner, dict) else None
        if dtype is not None and dtype not in _DTYPES:
            raise _refused(f"{name} of dtype {dtype!r}", where)
        return
    full = registered if registered not in (None, name) else name
    if isinstance(module, str):
        full = f"{full} of module {module}"
    if not all(
        value is None or isinstance(value, str)
        for value in (module, registered)
    ):
        raise _refused(full, where)
    if name == "function":
        if not (
            module in ("builtins", "keras.activations")
            and isinstance(inner, str)
            and inner in _FUNCTIONS
            and registered in (None, name, inner)
        ):
            raise _refused(f"function {inner!r}", where)
        return
    found = _find(name, module, registered)
    if found is None or not _is_allowed(found):
        raise _refused(full, where)


def _find(name, module, registered):
    """The object that Keras would take, looked for as Keras does."""
    found = keras.saving.get_registered_object(registered or name)
    if found is not None:
        return found
    package = (module or "").partition(".")[0]
    if package not in PACKAGES[1:] or registered not in (None, name):
        return None
    try:
        importlib.import_module(package)
    except ImportError:
        return None
    # Modules are not imported by a name that a preset chose.
    return getattr(sys.modules.get(module), name, None) or _attribute(
        module, name
    )


def _attribute(module, name):
    """`keras.layers` and the like, which need not be modules of their own."""
    package, *parts = module.split(".")
    value = sys.modules[package]
    for part in (*parts, name):
        value = getattr(value, part, None)
    return value


def _is_allowed(found):
    """Whether a class or function is one that a preset may name."""
    if found in OWN_CLASSES:
        return True
    package, _, rest = getattr(found, "__module__", "").partition(".")
    if package not in PACKAGES or not isinstance(found, type):
        return False
    if package == "mtl_zoo":
        return True
    if package == "keras":
        if issubclass(found, keras.layers.Layer):
            return found.__name__ in _KERAS_LAYERS
        return issubclass(found, _KERAS_KINDS) or (
            issubclass(found, keras.Operation)
            and rest.startswith(("src.ops.", "ops."))
            and found.__name__ in _OPERATIONS
        )
    return issubclass(found, keras.layers.Layer) and not any(
        part in rest for part in _REFUSED_MODULES
    )


def _refused(name, where):
    return ValueError(
        f"{where} names {str(name)[:100]}; a preset may name only classes of "
        f"{', '.join(PACKAGES)} that a network is made of. "
        "Keep a model of your own classes with model.save('file.keras')."
    )
