"""May this configuration be built? Only from our and Keras's own classes.

Keras's own safe mode refuses what would run code from the file; this check
comes before it and is narrower, so that a preset can't reach the classes and
functions that the user's program has registered either.
"""

import re

PACKAGES = ("mtl_zoo", "keras", "keras_cv", "keras_hub")

# Keras classes that carry code or read other files: pickles, SavedModels.
_REFUSED = {
    "FlaxLayer",
    "JaxLayer",
    "Lambda",
    "TFSMLayer",
    "TorchModuleWrapper",
    "__lambda__",
}
# What Keras writes for plain values.
_VALUES = {
    "__bytes__",
    "__ellipsis__",
    "__keras_tensor__",
    "__numpy__",
    "__slice__",
    "__tensor__",
}
_REGISTERED = re.compile(r"[\w.-]*>\w+")


def check_config(config, where):
    """Raise unless a serialised object names only classes it may.

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
    # A loop, not recursion: the nesting is the file's to choose.
    stack = [config]
    while stack:
        value = stack.pop()
        if isinstance(value, dict):
            if "class_name" in value:
                _check_object(value, where)
            stack.extend(value.keys())
            stack.extend(value.values())
        elif isinstance(value, (list, tuple)):
            stack.extend(value)
        elif isinstance(value, str) and _REGISTERED.fullmatch(value):
            # Keras looks such strings up among all registered objects.
            if not _is_allowed(value.partition(">")[0]):
                raise _refused(value, where)


def _check_object(config, where):
    name = config["class_name"]
    module = config.get("module")
    registered = config.get("registered_name")
    if not isinstance(name, str) or name in _REFUSED:
        raise _refused(name, where)
    if name in _VALUES:
        return
    if module == "builtins" and name == "function":
        # "relu" and the like, which Keras looks for among its own.
        return
    if (
        not (module is None or _is_allowed(module))
        or not (registered in (None, name) or _is_allowed(registered))
        or (module is None and registered in (None, name))
    ):
        full = registered if registered not in (None, name) else name
        if isinstance(module, str):
            full = f"{full} of module {module}"
        raise _refused(full, where)


def _is_allowed(name):
    return isinstance(name, str) and re.split("[.>]", name)[0] in PACKAGES


def _refused(name, where):
    return ValueError(
        f"{where} names {name}; a preset may name only classes of "
        f"{', '.join(PACKAGES)}, and none that carries code such as Lambda. "
        "Keep a model of your own classes with model.save('file.keras')."
    )
