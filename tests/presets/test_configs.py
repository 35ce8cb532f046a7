"""A configuration builds nothing but this library's and Keras's classes."""

import json
import sys

import keras
import pytest

from mtl_zoo import encoders
from mtl_zoo import layers
from mtl_zoo import presets
from mtl_zoo.presets import building
from mtl_zoo.presets.configs import check_config
from mtl_zoo.utils.extras import import_extra
from tests.tiny_encoders import keras_hub_mit

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
    "a package that Keras imports when it is asked for": layer(
        module="keras.src.utils.module_utils.grain", class_name="x"
    ),
    "a module that Keras has not loaded": layer(
        module="keras.src.backend.openvino", class_name="Variable"
    ),
    "ours, in a module that Keras would load": layer(
        module="keras.src.backend.openvino",
        class_name="mtl_zoo>HRNet",
    ),
    "attribute of a module's attribute": layer(
        module="keras.__name__", class_name="upper"
    ),
    "a module of KerasHub that is not loaded": layer(
        module="keras_hub.src.utils.no_such", class_name="Backbone"
    ),
    "a class of KerasHub that computes nothing": layer(
        module="keras_hub.models",
        class_name="Backbone",
        config={"name": "more"},
    ),
    "object that is no class": layer(
        module="keras.src.saving.object_registration",
        class_name="GLOBAL_CUSTOM_OBJECTS",
    ),
    "module's own attribute": layer(module="keras", class_name="__dict__"),
    "module between two dots": layer(module="keras..layers"),
    "tensor of a list as dtype": {
        "class_name": "__tensor__",
        "config": {"value": [1], "dtype": ["float32"]},
    },
    "array of an object as dtype": {
        "class_name": "__numpy__",
        "config": {"value": [1], "dtype": {"a": 1}},
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
    presets.load(preset)  # Imports what any preset needs.
    if "keras_hub" in str(MALICIOUS[name]):
        pytest.importorskip("keras_hub")
    loaded = set(sys.modules)
    CALLS.clear()
    path = preset / "task.json"
    config = json.loads(path.read_text())
    # As deep as a real one would hide: among the encoder's layers.
    config["config"]["encoder"]["config"]["layers"].append(MALICIOUS[name])
    path.write_text(json.dumps(config))
    with pytest.raises(ValueError, match="task.json names .*; a preset may"):
        presets.load(preset, verify=False)
    assert not CALLS
    assert set(sys.modules) == loaded


def test_what_lies_in_the_working_folder_is_no_extra(tmp_path, monkeypatch):
    for name in ("not_installed", "installed", "optional"):
        folder = tmp_path / ("site" if name == "installed" else "working")
        folder.mkdir(exist_ok=True)
        text = "import optional" if name == "installed" else "raise SystemExit"
        (folder / f"{name}.py").write_text(text)
        monkeypatch.syspath_prepend(folder)
    monkeypatch.chdir(folder)
    path = sys.path[:]
    for name, missing in [
        ("not_installed", "not_installed"),
        ("installed", "optional"),
    ]:
        with pytest.raises(ImportError, match=f"Missing for .*: {missing};"):
            import_extra(name, "keras-hub", "this test")
    assert sys.path == path


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
        (lambda c: c.update(working_size=[64, 8193]), "up to 8192 pixels"),
        (lambda c: c.update(working_size=[64, 1e300]), "up to 8192 pixels"),
        (
            lambda c: c["encoder"]["config"]["layers"][2]["config"].update(
                strides=[10**12, 10**12]
            ),
            "whole numbers beyond 1000000",
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


def chain(*makers, times=1):
    """Layers one after the other, each given its input so many times."""

    def put(x):
        for make, count in makers * times:
            x = make()([x] * count if count > 1 else x)
        return x

    return put


def outer_product(x):
    column = keras.layers.Reshape((-1, 1))(x)
    row = keras.layers.Permute((2, 1))(column)
    return keras.layers.Reshape((-1, 64, 3))(
        keras.layers.Multiply()([column, row])
    )


L = keras.layers


def attended_by_many(x):
    return L.MultiHeadAttention(3000, 1)(x, x)


ENLARGING = {
    "UpSampling2D": chain((lambda: L.UpSampling2D(10**5), 1)),
    "ZeroPadding2D": chain((lambda: L.ZeroPadding2D(10**6), 1)),
    "Resizing": chain((lambda: L.Resizing(10**5, 10**5), 1)),
    "pooling to a size": chain((lambda: L.AdaptiveAveragePooling2D(20_000), 1)),
    "PadToMultiple": chain((lambda: layers.PadToMultiple(60_000), 1)),
    "ResizeBy": chain((lambda: layers.ResizeBy(1000), 1)),
    "a small factor many times": chain(
        (lambda: layers.ResizeBy(2), 1), times=12
    ),
    "an image beside itself": chain((lambda: L.Concatenate(1), 2), times=24),
    "channels beside themselves": chain((L.Concatenate, 2), times=14),
    "wide layers many times": chain(
        *[(L.Concatenate, 2)] * 10, *[(L.ReLU, 1)] * 20
    ),
    "every pixel times every other": outer_product,
    "every pixel with every other": chain(
        (lambda: L.Reshape((-1, 3)), 1),
        (lambda: L.Dot(2), 2),
        (lambda: L.Reshape((64, -1, 3)), 1),
    ),
    "dilation": chain(
        (
            lambda: L.DepthwiseConv2D(
                3, dilation_rate=20_000, padding="same", use_bias=False
            ),
            1,
        )
    ),
    # Of what layers compute on the way.
    "every pixel attends to every other": chain(
        (lambda: L.Reshape((-1, 3)), 1),
        (lambda: L.Attention(), 2),
        (lambda: L.Reshape((64, -1, 3)), 1),
    ),
    "the same with heads": chain(
        (lambda: L.Reshape((-1, 3)), 1),
        (lambda: layers.SelfAttention(1), 1),
        (lambda: L.Reshape((64, -1, 3)), 1),
    ),
    "many heads": chain(
        (lambda: L.AveragePooling2D(16), 1),
        (lambda: L.Reshape((-1, 3)), 1),
        (lambda: attended_by_many, 1),
        (lambda: L.Reshape((4, -1, 3)), 1),
    ),
    "a wide hidden layer": chain((lambda: layers.MLP(1400), 1)),
    "a wide bottleneck": chain(
        (lambda: layers.InvertedResidual(3, expansion=1400), 1)
    ),
    "window of a pool": chain(
        (lambda: L.MaxPooling2D(20_001, 1, padding="same"), 1)
    ),
}


@pytest.mark.parametrize("name", ENLARGING)
def test_layers_that_enlarge_an_image_beyond_use(preset, name):
    image = keras.Input((None, None, 3))
    x = keras.layers.GlobalAveragePooling2D(keepdims=True)(
        ENLARGING[name](image)
    )
    x = keras.ops.mean(x, axis=-1, keepdims=True)
    x = keras.layers.Conv2D(6, 1)(keras.layers.Add()([image, x]))
    encoder = keras.saving.serialize_keras_object(keras.Model(image, x))
    change_config(preset, lambda config: config.update(encoder=encoder))
    with pytest.raises(ValueError, match="layer '.*of an image of|over more"):
        presets.load(preset, verify=False, load_weights=False)


def of_keras_hub(depths):
    pytest.importorskip("keras_hub")
    return encoders.KerasHubEncoder, keras_hub_mit(depths)


DEEP = {
    "ViT": lambda n: (
        encoders.ViT,
        {
            "embed_dim": 4,
            "depth": n,
            "num_heads": 2,
            "feature_blocks": [1, 2, 3],
        },
    ),
    "HRNet": lambda n: (
        encoders.HRNet,
        {"width": 4, "modules": [1, 1, 1], "stage_1_blocks": n, "blocks": 1},
    ),
    "KerasHub": lambda n: of_keras_hub([n, 1, 1, 1]),
    "KerasHub, many stages": lambda n: of_keras_hub([n // 1000] * 1000),
}


@pytest.mark.parametrize("depth", [100_000, 20_000_000])
@pytest.mark.parametrize("name", DEEP)
def test_networks_that_are_too_deep(preset, name, depth, monkeypatch):
    kind, arguments = DEEP[name](depth)
    encoder = {
        "module": kind.__module__,
        "class_name": kind.__name__,
        "config": {"name": "deep", **arguments},
        "registered_name": f"mtl_zoo>{kind.__name__}",
    }
    change_config(preset, lambda config: config.update(encoder=encoder))
    monkeypatch.setattr(building, "MAX_LAYERS", 100)
    monkeypatch.setattr(building, "deferred", None)  # Nothing is built.
    with pytest.raises(ValueError, match="task.json .*: at most 300 are"):
        presets.load(preset, verify=False, load_weights=False)


@pytest.mark.one_backend
def test_long_lists():
    """Each entry would become a loop or a layer, whatever it says."""
    for config, message in (
        ({"stackwise_num_repeats": [0] * 301}, "301 stackwise_num_repeats"),
        ({"depths": [1] * 301}, "301 depths"),
        ({"stackwise_filters": [8] * 301}, "301 stackwise_filters"),
        ({"layers": [{}] * 7001}, "7001 layers"),
        ({"deep": {"num_layers": 301}}, "301 num_layers"),
    ):
        with pytest.raises(ValueError, match=f"a.json has {message}: at most"):
            check_config(config, "a.json")
    check_config({"depths": [2, 2, 18, 2], "layers": [{}] * 7000}, "a.json")
    check_config({"depth_divisor": 8, "feature_blocks": [99, 399]}, "a.json")
    check_config({"value": [1] * 301, "names": ["a"] * 301}, "a.json")


def test_variables_that_hold_nothing(monkeypatch):
    monkeypatch.setattr(building, "MAX_VARIABLES", 10)
    with building.deferred(max_elements=0):
        with pytest.raises(ValueError, match="more than 10 variables"):
            for _ in range(20):
                keras.Variable("zeros", shape=(0,), dtype="float32")
