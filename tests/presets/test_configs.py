"""A configuration builds nothing but this library's and Keras's classes."""

import json

import keras
import pytest

from mtl_zoo import presets
from mtl_zoo.presets.configs import check_config

CALLS = []


@keras.saving.register_keras_serializable(package="somebody")
class Evil(keras.layers.Layer):
    def __init__(self, **kwargs):
        CALLS.append("built")
        super().__init__(**kwargs)


def layer(**config):
    return {
        "module": "keras.layers",
        "class_name": "Dense",
        "config": {"units": 1},
        "registered_name": None,
        **config,
    }


MALICIOUS = {
    "lambda layer": layer(class_name="Lambda"),
    "lambda layer of keras.src": layer(
        module="keras.src.layers.core.lambda_layer", class_name="Lambda"
    ),
    "python lambda": {
        "class_name": "__lambda__",
        "config": {"value": "4wEAAAA="},
    },
    "registered by somebody": layer(
        module="somebody", class_name="Evil", registered_name="somebody>Evil"
    ),
    "registered, posing as Keras's": layer(registered_name="somebody>Evil"),
    "by class name alone": {"class_name": "somebody>Evil", "config": {}},
    "without a module": {"class_name": "Dense", "config": {"units": 1}},
    "module None": layer(module=None),
    "module of a number": layer(module=3),
    "class name of a list": layer(class_name=["Dense"]),
    "foreign module": layer(module="os", class_name="system"),
    "function of a foreign module": layer(
        module="os", class_name="function", config="system"
    ),
    "registered function": layer(
        module="builtins",
        class_name="function",
        config="somebody>Evil",
        registered_name="function",
    ),
    "looks like Keras": layer(module="keras_evil.layers"),
    "looks like ours": layer(registered_name="mtl_zoo_evil>Layer"),
    "builtins": layer(module="builtins", class_name="eval"),
    "type of TensorFlow": {
        "class_name": "__typespec__",
        "spec_name": "TensorSpec",
        "module": "tensorflow",
        "registered_name": None,
        "config": [],
    },
    "pickled module": layer(class_name="TorchModuleWrapper"),
    "SavedModel": layer(class_name="TFSMLayer"),
    "named by a string": "somebody>Evil",
    "a user's function as a function": {
        "module": "builtins",
        "class_name": "function",
        "config": "my_function",
        "registered_name": "function",
    },
    "a user's function as an activation": layer(
        config={"units": 1, "activation": "my_function"}
    ),
    "a user's function as an initializer": layer(
        config={"units": 1, "kernel_initializer": "my_function"}
    ),
    "a user's function in a nested list": {"a": [["my_function"]]},
    "a user's function as a key": {"my_function": 1},
    "a user's function by the end of its name": {
        "module": "builtins",
        "class_name": "function",
        "config": "hidden_function",
        "registered_name": "function",
    },
    "a user's function by its registered name": layer(
        config={"units": 1, "activation": "somebody>hidden_function"}
    ),
    "posing as ours": layer(
        module="mtl_zoo.layers",
        class_name="Fake",
        registered_name="mtl_zoo>Fake",
    ),
    "a vocabulary's file": layer(
        class_name="StringLookup", config={"vocabulary": "/etc/passwd"}
    ),
    "a file's name as Keras's function": layer(
        module="keras.utils", class_name="get_file"
    ),
    "unsafe mode": layer(
        module="keras.config", class_name="enable_unsafe_deserialization"
    ),
    "function of Keras that is no activation": {
        "module": "keras.utils",
        "class_name": "function",
        "config": "get_file",
        "registered_name": None,
    },
    "array of huge items": {
        "class_name": "__numpy__",
        "config": {"value": 0, "dtype": "V1000000000"},
    },
}


@pytest.fixture(autouse=True)
def registered():
    """What a user's program may have registered."""

    @keras.saving.register_keras_serializable(package="somebody")
    def hidden_function(x):
        CALLS.append("called")
        return x

    @keras.saving.register_keras_serializable(package="mtl_zoo")
    class Fake(Evil):
        pass

    with keras.saving.custom_object_scope({"my_function": hidden_function}):
        yield


@pytest.mark.parametrize("name", MALICIOUS)
def test_malicious_config(preset, name):
    CALLS.clear()
    path = preset / "task.json"
    config = json.loads(path.read_text())
    # As deep as a real one would hide: among the encoder's layers.
    config["config"]["encoder"]["config"]["layers"].append(MALICIOUS[name])
    path.write_text(json.dumps(config))
    with pytest.raises(ValueError, match="task.json names .*; a preset may"):
        presets.load(preset, verify=False)
    assert not CALLS


def test_allowed_configs():
    for value in (
        layer(),
        layer(
            module="mtl_zoo.encoders.hrnet",
            class_name="HRNet",
            registered_name="mtl_zoo>HRNet",
        ),
        keras.saving.serialize_keras_object(
            keras.Sequential([keras.Input((3,)), keras.layers.Dense(2, "silu")])
        ),
        {"class_name": "__keras_tensor__", "config": {"shape": [1]}},
        {
            "module": "builtins",
            "class_name": "function",
            "config": "relu",
            "registered_name": "function",
        },
        {"class_names": ["wall", "a > b", "x>"]},
    ):
        check_config({"config": [value]}, "task.json")


def test_deep_config(preset):
    path = preset / "task.json"
    path.write_text('{"a":' * 100_000 + "1" + "}" * 100_000)
    with pytest.raises(ValueError, match="task.json"):
        presets.load(preset, verify=False)


def test_class_that_is_not_a_model(preset):
    (preset / "task.json").write_text(json.dumps(layer()))
    with pytest.raises(ValueError, match="holds a Dense"):
        presets.load(preset, verify=False)


def test_config_that_can_not_be_built(preset):
    path = preset / "task.json"
    config = json.loads(path.read_text())
    config["config"]["encoder"]["config"]["output_layers"] = [["x", 0, 0]]
    path.write_text(json.dumps(config))
    with pytest.raises(ValueError, match="task.json can't be built") as caught:
        presets.load(preset, verify=False)
    assert len(str(caught.value)) < 500
