"""A configuration builds nothing but this library's and Keras's classes."""

import json

import keras
import pytest

from mtl_zoo import presets
from mtl_zoo.presets import building
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
    "an operation that makes tensors larger": {
        "module": "keras.src.ops.numpy",
        "class_name": "Tile",
        "config": {"repeats": 10**9},
        "registered_name": "Tile",
    },
    "an operation that makes tensors of nothing": {
        "module": "keras.src.ops.numpy",
        "class_name": "Arange",
        "config": {},
        "registered_name": "Arange",
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
    # The cause, not what Keras says before it.
    with pytest.raises(
        ValueError, match="task.json can't be built: .*'?x'?"
    ) as caught:
        presets.load(preset, verify=False)
    assert len(str(caught.value)) < 500
    assert "deserialized properly" not in str(caught.value)


def change_config(preset, change):
    path = preset / "task.json"
    config = json.loads(path.read_text())
    change(config["config"])
    path.write_text(json.dumps(config))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda c: c.update(name="a" * 1001), "a text of 1001 characters"),
        (lambda c: c.update(name="\x1b[2J"), r"control characters: '\\x1b"),
        (lambda c: c.update(name="\ud800"), "control characters: "),
        (lambda c: c.update({"a\u202e": 1}), "control characters: "),
        (lambda c: c.update(tasks=c["tasks"] * 33), "66 tasks; at most 64"),
        (
            lambda c: c["encoder"]["config"]["layers"][2]["config"].update(
                strides=[10**12, 10**12]
            ),
            "a whole number beyond 2147483647",
        ),
        (
            lambda c: c["encoder"]["config"]["layers"][2]["config"].update(
                dtype="int8_from_float32"
            ),
            "has dtype int8_from_float32",
        ),
    ],
)
def test_config_out_of_bounds(preset, change, message):
    change_config(preset, change)
    with pytest.raises(ValueError, match=message) as caught:
        presets.load(preset, verify=False)
    assert "task.json" in str(caught.value)


def test_what_is_said_of_shapes_and_training_is_left_out(preset):
    expected = presets.load(preset).weights
    path = preset / "task.json"
    config = json.loads(path.read_text())
    convolution = config["config"]["encoder"]["config"]["layers"][2]
    assert convolution["class_name"] == "Conv2D"
    convolution["build_config"] = {"input_shape": "everything"}
    config["compile_config"] = {"optimizer": "adam", "loss": "mse"}
    path.write_text(json.dumps(config))
    model = presets.load(preset, verify=False)
    assert [w.shape for w in model.weights] == [w.shape for w in expected]
    assert getattr(model, "optimizer", None) is None


def test_models_in_models_that_are_called_many_times(preset, monkeypatch):
    def square(x):
        model = x
        for level in range(5):
            inner = model
            image = keras.Input((None, None, 3))
            y = image
            for _ in range(3):
                y = inner(y)
            model = keras.Model(image, y, name=f"level_{level}")
        return model

    image = keras.Input((None, None, 3))
    x = square(keras.layers.ReLU())(image)
    x = keras.layers.Conv2D(6, 1)(x)
    encoder = keras.saving.serialize_keras_object(keras.Model(image, x))
    change_config(preset, lambda config: config.update(encoder=encoder))
    monkeypatch.setattr(building, "MAX_CALLS", 300)
    with pytest.raises(ValueError, match="called more than 300 times"):
        presets.load(preset, verify=False)


@pytest.mark.parametrize(
    "make",
    [
        lambda: keras.layers.UpSampling2D(10**5),
        lambda: keras.layers.ZeroPadding2D(10**6),
        lambda: keras.layers.Resizing(10**6, 10**6),
    ],
)
def test_layer_that_enlarges_an_image_beyond_use(preset, make):
    image = keras.Input((None, None, 3))
    x = keras.layers.MaxPooling2D(10**5)(make()(image))
    x = keras.layers.Conv2D(6, 1)(x)
    encoder = keras.saving.serialize_keras_object(keras.Model(image, x))
    change_config(preset, lambda config: config.update(encoder=encoder))
    with pytest.raises(ValueError, match="of an image of 64×64 pixels|built"):
        presets.load(preset, verify=False, load_weights=False)
