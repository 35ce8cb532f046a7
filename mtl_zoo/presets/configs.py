"""May this configuration be built? Only from what a network is made of.

Decided by a list of what may be named, not of what may not: the classes of
this library, those that the user registered with it, Keras's layers without
files or code of their own, its initialisers and the like, and the backbones of
KerasCV and KerasHub. Nothing that the user's program has registered with Keras
can be reached, whatever the place in the configuration that names it.
"""

import inspect
import re
import sys
import types

import keras
from keras.src.api_export import get_symbol_from_name

from mtl_zoo.presets.building import MAX_LAYERS
from mtl_zoo.utils.catalogue import OWN_CLASSES
from mtl_zoo.utils.extras import import_extra

# Packages of backbones, and the extras that bring them.
_BACKBONES = {"keras_cv": "keras-cv", "keras_hub": "keras-hub"}
PACKAGES = ("mtl_zoo", "keras", *_BACKBONES)

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
# A network's and its layers' names are put together to paths.
_MAX_TEXT = 1000
# Whole numbers say how wide, deep, large something is. Some become a loop, or a
# list, before any layer is built: those of one list count together.
_MAX_NUMBER = 1_000_000
# How often blocks are repeated in a network, by what its arguments are called,
# or by how many whole numbers it is given; EfficientNet-B7 has 55 of them,
# DenseNet-201 98.
_REPEATS = re.compile(r"(?:.*_)?(?:blocks|depths?|layers|modules|repeats)")
_MAX_REPEATS = 300
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
    if not isinstance(config.get("config"), dict) or not _has_names(config):
        return None
    found = _find(config)
    return found if _is_allowed(found) else None


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
        for key, x in value.items():
            _check_repeats(key, x, where)
        # Seeds are no sizes, and the values of an array are none.
        numbers = [
            x if key != "value" and isinstance(x, (list, tuple)) else [x]
            for key, x in value.items()
            if key != "seed"
        ]
    elif isinstance(value, (list, tuple)):
        numbers = [[x] for x in value]
    else:
        return
    for some in numbers:
        if sum(abs(x) for x in some if isinstance(x, int)) > _MAX_NUMBER:
            raise ValueError(
                f"{where} holds whole numbers beyond {_MAX_NUMBER}, as no size "
                "is."
            )


def _check_repeats(key, value, where):
    """Raise where a network would have more blocks or layers than any has."""
    listed = value if isinstance(value, (list, tuple)) else [value]
    # What is listed, each for a block or layer.
    found = len(listed)
    if key != "feature_blocks" and _REPEATS.fullmatch(str(key)):
        found = sum(max(abs(x), 1) if isinstance(x, int) else 1 for x in listed)
    elif key == "value" or not all(isinstance(x, int) for x in listed):
        return
    most = MAX_LAYERS if key == "layers" else _MAX_REPEATS
    if found > most:
        raise ValueError(
            f"{where} has {found} {str(key)[:40]}: at most {most} are built."
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
        if dtype is not None and str(dtype) not in _DTYPES:
            raise _refused(f"{name} of dtype {dtype!r}", where)
        return
    full = registered if registered not in (None, name) else name
    if isinstance(module, str):
        full = f"{full} of module {module}"
    if not _has_names(config):
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
    if not _is_allowed(_find(config)):
        raise _refused(full, where)


def _has_names(config):
    """Whether what Keras looks objects up by are texts."""
    return isinstance(config.get("class_name"), str) and all(
        value is None or isinstance(value, str)
        for value in (config.get("module"), config.get("registered_name"))
    )


def _find(config):
    """The object that Keras would take, looked for as Keras does.

    In its tables and in modules that are loaded, nowhere else: a preset must
    not choose what is imported, be it by a module's name or by an attribute
    that imports when it is asked for.
    """
    name, module = config["class_name"], config.get("module")
    registered = config.get("registered_name", name)
    found = keras.saving.get_registered_object(registered)
    if found is not None:
        return found
    package = (module or "").partition(".")[0]
    if package not in PACKAGES[1:] or registered not in (None, name):
        return None
    if package in _BACKBONES:
        try:
            import_extra(package, _BACKBONES[package], "presets that name it")
        except ImportError:
            return None
    else:
        found = get_symbol_from_name(f"{module}.{name}")
        if found is not None:
            return found
    loaded = sys.modules.get(module)
    # Of another type, it may load itself when it is looked into.
    return vars(loaded).get(name) if type(loaded) is types.ModuleType else None


def _is_allowed(found):
    """Whether what was found is a class that a preset may name."""
    if not isinstance(found, type):
        return False
    if found in OWN_CLASSES:
        return True
    package, _, rest = found.__module__.partition(".")
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
    return (
        package in _BACKBONES
        and issubclass(found, keras.layers.Layer)
        and not any(part in rest for part in _REFUSED_MODULES)
        # Where both keep the class that their backbones are subclasses of,
        # which computes nothing itself.
        and not rest.endswith(".backbone")
    )


def _refused(name, where):
    return ValueError(
        f"{where} names {str(name)[:100]}; a preset may name only classes of "
        f"{', '.join(PACKAGES)} that a network is made of. "
        "Keep a model of your own classes with model.save('file.keras')."
    )
