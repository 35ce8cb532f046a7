"""`task.json` and `config.json` that name, nest or ask for too much."""

import copy
import itertools

import keras
import numpy as np

import mtl_zoo
from mtl_zoo import presets
from tests.drills import seeds
from tests.drills.case import Case
from tests.drills.case import canary
from tests.tiny_encoders import keras_hub_mit

# === What a user's program has registered, and a preset must not reach ===


@keras.saving.register_keras_serializable(package="somebody")
class Own(keras.layers.Layer):
    def __init__(self, **kwargs):
        canary("built a registered class")
        super().__init__()


@keras.saving.register_keras_serializable(package="somebody")
def own_function(*args, **kwargs):
    canary("called a registered function")


@keras.saving.register_keras_serializable(package="mtl_zoo")
class Fake(Own):
    pass


keras.saving.get_custom_objects()["bare_function"] = own_function
keras.saving.get_custom_objects()["BareClass"] = Own


def layer(name="Dense", module="keras.layers", registered=None, **config):
    """A serialised layer."""
    return {
        "module": module,
        "class_name": name,
        "config": {"name": "more", **config},
        "registered_name": registered,
    }


def function(name, module="builtins", registered="function"):
    """A serialised function."""
    return {
        "module": module,
        "class_name": "function",
        "config": name,
        "registered_name": registered,
    }


# Every form that Keras resolves to something that may run.
_FOREIGN = {
    "function by bare name": function("bare_function"),
    "function by registered name": function("somebody>own_function"),
    "function by its end": function("own_function"),
    "function with its registered name": function(
        "own_function", registered="somebody>own_function"
    ),
    "function of os": function("system", "os"),
    "function of posix": function("system", "posix", None),
    "function of builtins": function("eval", "builtins", None),
    "function of subprocess": function("run", "subprocess"),
    "function of keras.utils": function("get_file", "keras.utils"),
    "function of numpy": function("load", "numpy"),
    "string, bare name": "bare_function",
    "string, registered name": "somebody>own_function",
    "string, class": "somebody>Own",
    "string, bare class": "BareClass",
    "class, registered": layer("Own", "somebody", "somebody>Own"),
    "class by name alone": {"class_name": "somebody>Own", "config": {}},
    "class by bare name": {"class_name": "BareClass", "config": {}},
    "class posing as Keras's": layer("Dense", registered="somebody>Own"),
    "class posing as ours": layer(
        "Fake", "mtl_zoo.layers", registered="mtl_zoo>Fake"
    ),
    "class posing as ours, bare": {"class_name": "mtl_zoo>Fake", "config": {}},
    "lambda": layer("Lambda", function="lambda x: x"),
    "lambda of source": layer(
        "Lambda",
        "keras.src.layers.core.lambda_layer",
        function={"class_name": "__lambda__", "config": {"value": "4wAAAA=="}},
    ),
    "lambda value": {"class_name": "__lambda__", "config": {"value": "4wAA"}},
    "type of a tensor": {
        "class_name": "__typespec__",
        "spec_name": "TensorSpec",
        "module": "tensorflow",
        "registered_name": None,
        "config": [],
    },
    "SavedModel": layer("TFSMLayer", filepath="/bait"),
    "pickled module": layer("TorchModuleWrapper", module="x"),
    "JAX function": layer("JaxLayer", call_fn="x"),
    "vocabulary": layer("StringLookup", vocabulary="bait"),
    "vocabulary of text": layer("TextVectorization", vocabulary="bait"),
    "optimizer": layer("Adam", "keras.optimizers"),
    "callback": layer("ModelCheckpoint", "keras.callbacks", filepath="x"),
    "data set": layer("PyDataset", "keras.utils"),
    "file": layer("get_file", "keras.utils", origin="http://127.0.0.1:9/"),
    "load_model": layer("load_model", "keras.saving", filepath="bait"),
    "unsafe mode": layer("enable_unsafe_deserialization", "keras.config"),
    "backend's module": layer("Popen", "subprocess", args="id"),
    "dotted name": layer("layers.Lambda", "keras"),
    "dunder": layer("__import__", "builtins"),
    "package that Keras imports late": layer(
        "x", "keras.src.utils.module_utils.grain"
    ),
    "module that is not loaded": layer(
        "Variable", "keras.src.backend.openvino"
    ),
    "ours, of a module that is not loaded": layer(
        "mtl_zoo>HRNet", "keras.src.backend.openvino"
    ),
    "method of a text": layer("upper", "keras.__name__"),
    "object that is no class": layer(
        "GLOBAL_CUSTOM_OBJECTS", "keras.src.saving.object_registration"
    ),
    "array of a list as dtype": {
        "class_name": "__numpy__",
        "config": {"value": [1], "dtype": [1]},
    },
    "tensor of an object as dtype": {
        "class_name": "__tensor__",
        "config": {"value": [1], "dtype": {"a": 1}},
    },
    "module of a module": layer("system", "keras.src.utils.io_utils.os"),
    "preset of KerasHub": layer(
        "Backbone", "keras_hub.models", preset="hf://a/b"
    ),
    "tokenizer of KerasHub": layer(
        "BytePairTokenizer", "keras_hub.tokenizers", vocabulary="bait"
    ),
    "KerasCV from the network": layer(
        "StableDiffusion", "keras_cv.models", img_height=64
    ),
    "number as class": layer(3),
    "list as class": layer(["Dense"]),
    "class without module": {"class_name": "Dense", "config": {"units": 1}},
    "array of objects": {
        "class_name": "__numpy__",
        "config": {"value": [1], "dtype": "O"},
    },
    "huge array": {
        "class_name": "__numpy__",
        "config": {"value": 0, "dtype": "V1000000000"},
    },
}

# Where in a configuration it stands.
_PLACES = {
    "encoder": ("config", "encoder"),
    "a layer": ("config", "encoder", "config", "layers", 1),
    "an activation": (
        *("config", "encoder", "config", "layers", 1),
        *("config", "activation"),
    ),
    "an initializer": (
        *("config", "encoder", "config", "layers", 1),
        *("config", "kernel_initializer"),
    ),
    "a task": ("config", "tasks", 0),
    "a loss": ("config", "tasks", 1, "config", "loss"),
    "compilation": ("compile_config", "loss"),
    "an unknown key": ("config", "more", "deeper", "yet"),
}


def _put(content, place, value):
    for key in place[:-1]:
        if isinstance(content, dict):
            content = content.setdefault(key, {})
        else:
            content = content[key]
    content[place[-1]] = value


def _get(content, place):
    for key in place:
        content = content[key]
    return content


# === What is no configuration ===

_ENCODER = ("config", "encoder", "config")
_CONV = (*_ENCODER, "layers", 1, "config")
_HUGE = 10**12


def _hrnet(**config):
    return {
        "module": "mtl_zoo.encoders.hrnet",
        "class_name": "HRNet",
        "config": {
            "name": "hrnet",
            "width": 4,
            "stage_1_blocks": 1,
            "modules": [1, 1, 1],
            "blocks": 1,
            **config,
        },
        "registered_name": "mtl_zoo>HRNet",
    }


def _vit(**config):
    return {
        "module": "mtl_zoo.encoders.vit",
        "class_name": "ViT",
        "config": {
            **{"name": "vit", "patch_size": 16, "embed_dim": 4},
            **{"num_heads": 2, "depth": 4, "feature_blocks": [1, 2, 3]},
            **config,
        },
        "registered_name": "mtl_zoo>ViT",
    }


def _mit(depths):
    return {
        "module": "mtl_zoo.encoders.keras_hub",
        "class_name": "KerasHubEncoder",
        "config": {"name": "mit", **keras_hub_mit(depths)},
        "registered_name": "mtl_zoo>KerasHubEncoder",
    }


def _repeat(place, count, rename=True):
    """Change: the object at a place stands there so many times."""

    def change(content):
        parent = _get(content, place[:-1])
        one = parent[place[-1]]
        for i in range(count):
            copy_ = copy.deepcopy(one)
            if rename:
                copy_["config"]["name"] = f"more_{i}"
            parent.append(copy_)

    return change


def _nest(count):
    def change(content):
        value = 1
        for _ in range(count):
            value = {"a": value}
        _put(content, ("config", "deep"), value)

    return change


def _laughs(depth, width):
    """A model in a model in a model, each of which is called many times."""

    def change(content):
        inner = content["config"]["encoder"]
        shape = [None, None, None, 3]

        def tensor(name, node):
            return {
                "class_name": "__keras_tensor__",
                "config": {
                    "shape": shape,
                    "dtype": "float32",
                    "keras_history": [name, node, 0],
                },
            }

        def model(level):
            core = (
                model(level - 1)
                if level
                else {
                    **layer("ReLU"),
                    "name": "core",
                    "config": {"name": "core"},
                }
            )
            core = {
                **core,
                "name": "core",
                "config": {**core["config"], "name": "core"},
                "inbound_nodes": [
                    {
                        "args": [
                            tensor("x" if i == 0 else "core", max(i - 1, 0))
                        ],
                        "kwargs": {},
                    }
                    for i in range(width)
                ],
            }
            return {
                "module": "keras.src.models.functional",
                "class_name": "Functional",
                "registered_name": "Functional",
                "config": {
                    "name": f"level_{level}",
                    "trainable": True,
                    "layers": [
                        {
                            "module": "keras.layers",
                            "class_name": "InputLayer",
                            "config": {
                                "batch_shape": shape,
                                "dtype": "float32",
                                "name": "x",
                            },
                            "registered_name": None,
                            "name": "x",
                            "inbound_nodes": [],
                        },
                        core,
                    ],
                    "input_layers": [["x", 0, 0]],
                    "output_layers": [["core", width - 1, 0]],
                },
            }

        bomb = model(depth)
        bomb["name"] = "bomb"
        bomb["config"]["name"] = "bomb"
        image = inner["config"]["layers"][0]["config"]["name"]
        bomb["inbound_nodes"] = [{"args": [tensor(image, 0)], "kwargs": {}}]
        inner["config"]["layers"].insert(1, bomb)

    return change


def _set(place, value):
    return lambda content: _put(content, place, value)


def _drop(place):
    def change(content):
        del _get(content, place[:-1])[place[-1]]

    return change


_WRONG = {
    "no config": _drop(("config",)),
    "config of null": _set(("config",), None),
    "config of text": _set(("config",), "text"),
    "config of a list": _set(("config",), [1, 2]),
    "no class": _drop(("class_name",)),
    "no module": _drop(("module",)),
    "no registered name": _drop(("registered_name",)),
    "a list": lambda content: [content],
    "nothing": lambda content: {},
    "no tasks": _drop(("config", "tasks")),
    "tasks of null": _set(("config", "tasks"), None),
    "tasks of text": _set(("config", "tasks"), "depth"),
    "an empty list of tasks": _set(("config", "tasks"), []),
    "tasks of numbers": _set(("config", "tasks"), [1, 2]),
    "tasks that are layers": _set(("config", "tasks"), [layer("ReLU")]),
    "the same task twice": _repeat(("config", "tasks", 1), 1, False),
    "no encoder": _drop(("config", "encoder")),
    "encoder of null": _set(("config", "encoder"), None),
    "encoder of an address": _set(("config", "encoder"), "hf://a/b"),
    "encoder of a folder": _set(("config", "encoder"), "/bait"),
    "encoder of an unknown name": _set(("config", "encoder"), "resnet9000"),
    "encoder that is a layer": _set(("config", "encoder"), layer("ReLU")),
    "encoder that is a task": _set(
        ("config", "encoder"),
        {
            "module": "mtl_zoo.tasks.depth",
            "class_name": "Depth",
            "config": {},
            "registered_name": "mtl_zoo>Depth",
        },
    ),
    "normalization of a number": _set(("config", "normalization"), 3),
    "normalization of text": _set(("config", "normalization"), "bait"),
    "dtype of a number": _set(("config", "dtype"), 3),
    "dtype of text": _set(("config", "dtype"), "float7"),
    "dtype of int8": _set(("config", "dtype"), "int8"),
    "quantized dtype": _set(("config", "dtype"), "int8_from_float32"),
    "an argument too many": _set(("config", "surprise"), 1),
    "name of a number": _set(("config", "name"), 3),
    "name of a list": _set(("config", "name"), ["a"]),
    "name with slashes": _set(("config", "name"), "../../a"),
    "name of a megabyte": _set(("config", "name"), "a" * 10**6),
    "name with escapes": _set(("config", "name"), "\x1b[2J\x1b]0;a\x07"),
    "unknown class with escapes": _set(("class_name",), "\x1b[2J\n" * 30),
    "unknown class of a megabyte": _set(("class_name",), "A" * 10**6),
    "key with escapes": _set(("config", "\x1b[2J"), 1),
    "width of text": _set(("config", "width"), "wide"),
    "width of a list": _set(("config", "width"), [4]),
    "negative width": _set(("config", "width"), -4),
    "width 0": _set(("config", "width"), 0),
    "layers of null": _set((*_ENCODER, "layers"), None),
    "layers of text": _set((*_ENCODER, "layers"), "x"),
    "no layers": _set((*_ENCODER, "layers"), []),
    "layer of a number": _set((*_ENCODER, "layers", 1), 1),
    "layer without config": _drop((*_ENCODER, "layers", 1, "config")),
    "layer of another name": _set((*_ENCODER, "layers", 1, "name"), "x"),
    "no inputs": _set((*_ENCODER, "input_layers"), []),
    "inputs of text": _set((*_ENCODER, "input_layers"), "x"),
    "outputs of a list": _set((*_ENCODER, "output_layers"), [["x", 0, 0]]),
    "outputs of numbers": _set((*_ENCODER, "output_layers"), 3),
    "nodes of text": _set((*_ENCODER, "layers", 1, "inbound_nodes"), "x"),
    "nodes in a circle": _set(
        (*_ENCODER, "layers", 1, "inbound_nodes", 0, "args", 0, "config")
        + ("keras_history",),
        ["P5", 0, 0],
    ),
    "node that is nowhere": _set(
        (*_ENCODER, "layers", 1, "inbound_nodes", 0, "args", 0, "config")
        + ("keras_history",),
        ["nowhere", 10**9, 10**9],
    ),
    "filters of text": _set((*_CONV, "filters"), "x"),
    "filters of null": _set((*_CONV, "filters"), None),
    "filters of true": _set((*_CONV, "filters"), True),
    "filters 0": _set((*_CONV, "filters"), 0),
    "filters -1": _set((*_CONV, "filters"), -1),
    "filters 0.5": _set((*_CONV, "filters"), 0.5),
    "kernel of a list": _set((*_CONV, "kernel_size"), []),
    "kernel of text": _set((*_CONV, "kernel_size"), "3"),
    "strides 0": _set((*_CONV, "strides"), [0, 0]),
    "strides of text": _set((*_CONV, "strides"), "a"),
    "padding of text": _set((*_CONV, "padding"), "bait"),
    "data format of text": _set((*_CONV, "data_format"), "bait"),
    "channels first": _set((*_CONV, "data_format"), "channels_first"),
    "activation that is none": _set((*_CONV, "activation"), "nothing"),
    "activation of a number": _set((*_CONV, "activation"), 3),
    "activation that is a task": _set((*_CONV, "activation"), "mtl_zoo>Depth"),
    "activation that is a layer": _set((*_CONV, "activation"), layer("ReLU")),
    "initializer that is none": _set((*_CONV, "kernel_initializer"), "x"),
    "initializer of a list": _set((*_CONV, "kernel_initializer"), [1]),
    "regularizer that is none": _set((*_CONV, "kernel_regularizer"), "x"),
    "constraint that is none": _set((*_CONV, "kernel_constraint"), "x"),
    "dtype policy that is a layer": _set((*_CONV, "dtype"), layer("ReLU")),
    "dtype policy of text": _set((*_CONV, "dtype"), "float7"),
    "build shape of text": _set((*_ENCODER, "layers", 1, "build_config"), "x"),
    "build shape of another rank": _set(
        (*_ENCODER, "layers", 1, "build_config", "input_shape"), [1]
    ),
    "compilation of text": _set(("compile_config",), "x"),
    "compilation of an optimizer": _set(
        ("compile_config",), {"optimizer": "adam", "loss": "mse"}
    ),
    "classes of text": _set(
        ("config", "tasks", 0, "config", "num_classes"), "x"
    ),
    "classes 0": _set(("config", "tasks", 0, "config", "num_classes"), 0),
    "classes -1": _set(("config", "tasks", 0, "config", "num_classes"), -1),
    "classes of null": _set(
        ("config", "tasks", 0, "config", "num_classes"), None
    ),
    "another number of classes": _set(
        ("config", "tasks", 0, "config", "num_classes"), 4
    ),
    "names of classes of numbers": _set(
        ("config", "tasks", 0, "config", "class_names"), [1, 2, 3]
    ),
    "too few names of classes": _set(
        ("config", "tasks", 0, "config", "class_names"), ["a"]
    ),
    "colors of text": _set(("config", "tasks", 0, "config", "colors"), "red"),
    "colors out of range": _set(
        ("config", "tasks", 0, "config", "colors"), [[999, -1, 0]] * 3
    ),
    "task named by a path": _set(
        ("config", "tasks", 1, "config", "name"), "../../depth"
    ),
    "task without a name": _set(("config", "tasks", 1, "config", "name"), ""),
    "task named by a number": _set(("config", "tasks", 1, "config", "name"), 7),
    "task named with escapes": _set(
        ("config", "tasks", 1, "config", "name"), "\x1b[2J"
    ),
    "loss of null": _set(("config", "tasks", 1, "config", "loss"), None),
    "loss of Keras": _set(("config", "tasks", 1, "config", "loss"), "mse"),
    "loss that is a layer": _set(
        ("config", "tasks", 1, "config", "loss"), layer("ReLU")
    ),
    "loss weight of text": _set(
        ("config", "tasks", 1, "config", "loss_weight"), "x"
    ),
    "infinite loss weight": _set(
        ("config", "tasks", 1, "config", "loss_weight"), float("inf")
    ),
    "HRNet of text": _set(("config", "encoder"), _hrnet(width="x")),
    "HRNet of negative modules": _set(
        ("config", "encoder"), _hrnet(modules=[-1, -1, -1])
    ),
    "HRNet of one module": _set(("config", "encoder"), _hrnet(modules=[1])),
}

_ABSURD = {
    "nested 60 deep": _nest(60),
    "nested 1,000 deep": _nest(900),
    "1,000 tasks": _repeat(("config", "tasks", 1), 1000),
    "20,000 tasks": _repeat(("config", "tasks", 1), 20_000),
    "1,000,000 values": _set(("config", "more"), [0] * 1_000_000),
    "2,000 layers": _repeat((*_ENCODER, "layers", 1), 2000),
    "layers with one name": _repeat((*_ENCODER, "layers", 1), 10, False),
    "filters 10^12": _set((*_CONV, "filters"), _HUGE),
    "filters 10^400": _set((*_CONV, "filters"), 10**400),
    "kernel 10^6": _set((*_CONV, "kernel_size"), [10**6, 10**6]),
    "strides 10^12": _set((*_CONV, "strides"), [_HUGE, _HUGE]),
    "dilation 10^12": _set((*_CONV, "dilation_rate"), [_HUGE, _HUGE]),
    "groups 10^12": _set((*_CONV, "groups"), _HUGE),
    "width 10^9": _set(("config", "width"), 10**9),
    "10^9 classes": _set(
        ("config", "tasks", 0, "config", "num_classes"), 10**9
    ),
    "10^6 classes": _set(
        ("config", "tasks", 0, "config", "num_classes"), 10**6
    ),
    "HRNet of 10^9 blocks": _set(("config", "encoder"), _hrnet(blocks=10**9)),
    "HRNet of 10^9 modules": _set(
        ("config", "encoder"), _hrnet(modules=[10**9, 1, 1])
    ),
    "HRNet of width 10^9": _set(("config", "encoder"), _hrnet(width=10**9)),
    "ViT of 10^9 pixels": _set(
        ("config", "encoder"), _vit(image_size=[10**9, 10**9])
    ),
    "ViT of 10^9 blocks": _set(("config", "encoder"), _vit(depth=10**9)),
    "ViT of 2·10^7 blocks": _set(("config", "encoder"), _vit(depth=2 * 10**7)),
    "ViT of 10^5 blocks": _set(("config", "encoder"), _vit(depth=10**5)),
    "backbone of 2·10^7 blocks": _set(
        ("config", "encoder"), _mit([2 * 10**7, 1, 1, 1])
    ),
    "backbone of 10^5 blocks": _set(
        ("config", "encoder"), _mit([10**5, 1, 1, 1])
    ),
    "working size of 10^9 pixels a side": _set(
        ("config", "working_size"), [10**9, 10**9]
    ),
    "working size of 8,192 pixels a side": _set(
        ("config", "working_size"), [8192, 8192]
    ),
    "10^5 layers": _set((*_ENCODER, "layers"), [layer("ReLU")] * 10**5),
    "backbone of 10^5 stages": _set(("config", "encoder"), _mit([0] * 10**5)),
    "working size of 60,000 pixels a side": _set(
        ("config", "working_size"), [60_000, 60_000]
    ),
    "models in models, 8 times 4": _laughs(8, 4),
    "models in models, 14 times 10": _laughs(14, 10),
    "input of 10^9 channels": _set(
        (*_ENCODER, "layers", 0, "config", "batch_shape"),
        [None, None, None, 10**9],
    ),
    "input of a fixed size": _set(
        (*_ENCODER, "layers", 0, "config", "batch_shape"),
        [10**6, 10**6, 10**6, 3],
    ),
}

# A layer in the encoder's path that makes too much of an image.
_GROWING = {
    "UpSampling2D": {"size": [10**5, 10**5]},
    "ZeroPadding2D": {"padding": [[10**6, 10**6], [10**6, 10**6]]},
    "Resizing": {"height": 10**6, "width": 10**6},
    "CenterCrop": {"height": 10**6, "width": 10**6},
    "AdaptiveAveragePooling2D": {"output_size": 20_000},
    "MaxPooling2D": {"pool_size": 20_001, "strides": 1, "padding": "same"},
    "DepthwiseConv2D": {
        **{"kernel_size": 3, "dilation_rate": 20_000, "padding": "same"},
    },
    "PadToMultiple": {"multiple": 60_000},
    "ResizeBy": {"factor": 1000},
    "Conv2DTranspose": {"filters": 3, "kernel_size": 1, "strides": 10**5},
}


def _grow(name):
    def change(content):
        layers = content["config"]["encoder"]["config"]["layers"]
        node = copy.deepcopy(layers[1]["inbound_nodes"])
        ours = hasattr(mtl_zoo.layers, name)
        grown = layer(
            name,
            "mtl_zoo.layers" if ours else "keras.layers",
            f"mtl_zoo>{name}" if ours else None,
            **_GROWING[name],
        )
        layers[1]["inbound_nodes"][0]["args"][0]["config"]["keras_history"] = [
            "more",
            0,
            0,
        ]
        layers.insert(1, {**grown, "name": "more", "inbound_nodes": node})

    return change


def _beside_itself(axis, times):
    """Change: the image is laid beside itself, and that again, and again."""

    def change(content):
        layers = content["config"]["encoder"]["config"]["layers"]
        first = layers[1]["inbound_nodes"][0]["args"][0]
        for i in range(times):
            tensor = copy.deepcopy(first)
            if i:
                tensor["config"]["keras_history"] = [f"more_{i - 1}", 0, 0]
            grown = layer("Concatenate", axis=axis)
            grown["name"] = grown["config"]["name"] = f"more_{i}"
            grown["inbound_nodes"] = [{"args": [[tensor] * 2], "kwargs": {}}]
            layers.insert(1 + i, grown)
        first["config"]["keras_history"] = [f"more_{times - 1}", 0, 0]

    return change


# === Texts that are no JSON ===

_TEXTS = {
    "empty": b"",
    "cut": None,
    "no UTF-8": b'{"a": "\xff\xfe"}',
    "UTF-16": '{"a": 1}'.encode("utf-16"),
    "NUL": b"\0" * 1000,
    "a number": b"3",
    "null": b"null",
    "text": b'"text"',
    "a list": b"[1]",
    "NaN": b'{"class_name": NaN}',
    "Infinity": b'{"config": {"a": Infinity}}',
    "a number of a megabyte": b'{"a": ' + b"9" * 10**6 + b"}",
    "1e999": b'{"a": 1e999}',
    "brackets": b"[" * 10**6,
    "braces": b'{"a":' * 10**5 + b"1" + b"}" * 10**5,
    "9 MB": b'{"a": "' + b"a" * 9_000_000 + b'"}',
    "surrogates": b'{"class_name": "\\ud800", "config": {}}',
    "keys twice": b'{"class_name": "HardSharing", "class_name": "Lambda"}',
    "a pickle": b"\x80\x04\x95\x0b\x00\x00\x00\x00\x00\x00\x00\x8c\x02os.",
}


def _case(name, change, good=False, file="task.json", says=None):
    def make(folder):
        kind = "hard_sharing" if file == "task.json" else "encoder"
        preset = seeds.preset(folder, kind)
        if callable(change):
            seeds.edit(preset / file, change)
        else:
            content = (preset / file).read_bytes()
            (preset / file).write_bytes(
                content[: len(content) // 2] if change is None else change
            )
        seeds.seal(preset)
        return lambda: load(preset, file)

    return Case(f"{file}: {name}", make, says or r"preset/\w+\.", good)


def load(preset, file="task.json"):
    """Load a preset, and use it if that went well."""
    if file == "config.json":
        presets.load_encoder(preset)(np.zeros((1, 64, 64, 3), "float32"))
    else:
        model = presets.load(preset)
        model.predict_image(np.zeros((64, 64, 3), "uint8"))


def cases():
    """All of this kind."""
    seeds.make("hard_sharing", "encoder")
    for what, where in itertools.product(_FOREIGN, _PLACES):
        yield _case(
            f"{what} as {where}",
            _set(_PLACES[where], _FOREIGN[what]),
            # What is compiled is left out altogether.
            None if where == "compilation" else False,
        )
    for what in _FOREIGN:
        yield _case(
            f"{what} as a layer",
            _set(("config", "layers", 1), _FOREIGN[what]),
            file="config.json",
        )
    for name, change in _WRONG.items():
        yield _case(name, change, None)
    for name, change in _ABSURD.items():
        yield _case(name, change, None)
    yield _case("an image beside itself", _beside_itself(1, 24), False)
    yield _case("channels beside themselves", _beside_itself(-1, 14), False)
    for name in _GROWING:
        yield _case(f"{name} of an absurd size", _grow(name), False)
    for name, text in _TEXTS.items():
        for file in ("task.json", "config.json"):
            yield _case(name, text, file=file)
    yield _case("as it was", lambda content: None, True)
    yield _case("as it was", lambda content: None, True, "config.json")
