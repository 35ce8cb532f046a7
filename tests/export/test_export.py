"""Exported files agree with the model, in names, order, shapes and numbers."""

import json

import keras
import numpy as np
import pytest

if keras.backend.backend() != "tensorflow":
    pytest.skip("export goes through TensorFlow", allow_module_level=True)
pytest.importorskip("ai_edge_litert")
pytest.importorskip("onnxruntime")

import onnx

import mtl_zoo
from mtl_zoo.export import onnx as onnx_module
from mtl_zoo.export import preparation
from mtl_zoo.export import tflite as tflite_module
from mtl_zoo.export.onnx import ONNXRunner
from mtl_zoo.export.tflite import TFLiteRunner
from mtl_zoo.export.verification import example_images

# The networks whose files are promised so far.
EXPORTED = ["mti_net", "hard_sharing", "single_task"]

# Not in alphabetical order: converters sort names. Two, to be quick.
NAMES = ["semseg", "depth"]
TASKS = ["semseg:5", "depth"]


def photo(size, count=1):
    rng = np.random.default_rng(1)
    return rng.uniform(0, 255, (count, *size, 3)).astype("float32")


def on_segnet(model):
    """Its pool that remembers places works with masks, which are cast."""
    return isinstance(model.encoder, mtl_zoo.encoders.SegNet)


def assert_agrees(model, run, image):
    outputs = run(image)
    assert list(outputs) == [task.name for task in model.tasks]
    for name, expected in model(image, training=False).items():
        expected = keras.ops.convert_to_numpy(expected)
        bound = 1e-4 * np.ptp(expected)
        assert np.abs(outputs[name] - expected).max() <= bound


@pytest.mark.parametrize("name", EXPORTED)
def test_tflite(name, tiny_model, tmp_path):
    size = (64, 96) if name == "single_task" else (65, 97)
    model = tiny_model(name, tasks=TASKS)
    path = tmp_path / "m.tflite"
    report = mtl_zoo.export.export_tflite(model, path, size)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["m.json", path.name]
    assert report == json.loads((tmp_path / "m.json").read_text())
    assert report["largest_deviation"] <= 1e-4
    assert report["operators"]["CONV_2D"] > 10
    # Nothing but what the network needs.
    for operator in ("TRANSPOSE", "VAR_HANDLE", "SHAPE"):
        assert operator not in report["operators"]
    if not on_segnet(model):
        assert "CAST" not in report["operators"]
    assert_agrees(model, TFLiteRunner(path.read_bytes()), photo(size))


@pytest.mark.parametrize("name", EXPORTED)
def test_onnx_of_one_size(name, tiny_model, tmp_path):
    size = (64, 96) if name == "single_task" else (65, 97)
    model = tiny_model(name, tasks=TASKS)
    path = tmp_path / "m.onnx"
    report = mtl_zoo.export.export_onnx(model, path, size)
    assert report == json.loads((tmp_path / "m.json").read_text())
    assert report["opset"] == 17
    assert "Shape" not in report["operators"]
    if not on_segnet(model):
        assert "Cast" not in report["operators"]
        # Convolutions are NCHW: what else is transposed is the network's in-
        # and output, and the softmax of the feature propagation.
        assert report["operators"]["Transpose"] <= 16
    assert_agrees(model, ONNXRunner(path.read_bytes()), photo(size))


@pytest.mark.parametrize("name", ["mti_net", "hard_sharing"])
def test_onnx_of_any_size(name, tiny_model, tmp_path):
    model = tiny_model(name, tasks=TASKS)
    path = tmp_path / "m.onnx"
    report = mtl_zoo.export.export_onnx(model, path)
    run = ONNXRunner(path.read_bytes())
    for size in ((64, 96), (65, 97), (33, 160)):
        assert_agrees(model, run, photo(size, count=2))
    graph = onnx.load(path).graph
    for value in (*graph.input, *graph.output):
        dimensions = value.type.tensor_type.shape.dim
        names = [dimension.dim_param for dimension in dimensions]
        assert names == ["batch", "height", "width", ""]
    assert [output.name for output in graph.output] == NAMES
    assert report["image_size"] is None
    assert report["input"]["shape"] == ["batch", "height", "width", 3]


def test_onnx_nchw_equals_nhwc(tiny_model, tmp_path):
    model = tiny_model("hard_sharing", tasks=TASKS)
    image = photo((65, 97))
    outputs = []
    path = tmp_path / "m.onnx"
    for layout, size in (("nhwc", None), ("nchw", None), ("nchw", (65, 97))):
        report = mtl_zoo.export.export_onnx(model, path, size, layout=layout)
        outputs.append(ONNXRunner(path.read_bytes(), layout)(image))
    assert report["input"]["shape"] == [1, 3, 65, 97]
    assert report["outputs"][0]["shape"] == [1, 5, 65, 97]
    for output in outputs[1:]:
        assert list(output) == NAMES
        for name in NAMES:
            np.testing.assert_allclose(
                output[name], outputs[0][name], rtol=1e-4, atol=1e-5
            )


@pytest.mark.parametrize("opset", [13, 18])
def test_onnx_opsets(opset, tiny_model, tmp_path):
    model = tiny_model("single_task")
    path = tmp_path / "m.onnx"
    mtl_zoo.export.export_onnx(model, path, opset=opset)
    versions = [entry.version for entry in onnx.load(path).opset_import]
    assert max(versions) == opset


def test_report_says_how_to_use_the_file(tiny_encoder, tmp_path):
    classes = ["floor", "wall", "chair"]
    tasks = [
        mtl_zoo.tasks.SemanticSegmentation(3, class_names=classes),
        mtl_zoo.tasks.Depth(),
    ]
    model = mtl_zoo.models.HardSharing(tiny_encoder(), tasks)
    report = mtl_zoo.export.export_tflite(
        model, tmp_path / "m.tflite", (32, 48)
    )
    assert report["model"] == "HardSharing"
    assert report["precision"] == "float32"
    assert report["image_size"] == [32, 48]
    assert report["size"] == (tmp_path / "m.tflite").stat().st_size
    assert report["input"]["name"] == "image"
    assert report["input"]["range"] == [0, 255]
    assert report["input"]["shape"] == [1, 32, 48, 3]
    semseg, depth = report["outputs"]
    assert (semseg["name"], semseg["index"]) == ("semseg", 0)
    assert semseg["class_names"] == classes
    assert semseg["shape"] == [1, 32, 48, 3]
    assert (depth["name"], depth["index"]) == ("depth", 1)
    assert (depth["unit"], depth["scale"]) == ("m", 1.0)
    assert 0 <= depth["deviation"] <= report["largest_deviation"] <= 1e-4
    assert "depth" in mtl_zoo.export.as_text(report)

    # The plain interpreter, without names: order and numbers as reported.
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(model_path=str(tmp_path / "m.tflite"))
    for output, details in zip(
        report["outputs"], interpreter.get_output_details(), strict=True
    ):
        assert output["tensor_index"] == details["index"]
        assert output["tensor_name"] == details["name"]
        assert output["shape"] == details["shape"].tolist()


def test_a_model_without_normalisation_says_so(tiny_model, tmp_path):
    model = tiny_model("single_task", normalization=None)
    report = mtl_zoo.export.export_tflite(
        model, tmp_path / "m.tflite", (32, 48)
    )
    assert report["input"]["range"] is None


@pytest.mark.parametrize("way", ["global", "argument"])
def test_mixed_precision_is_exported_in_float32(way, tiny_encoder, tmp_path):
    dtype = "mixed_bfloat16" if way == "argument" else None
    if way == "global":
        keras.config.set_dtype_policy("mixed_bfloat16")
    model = mtl_zoo.models.HardSharing(tiny_encoder(), ["depth"], dtype=dtype)
    path = tmp_path / "m.tflite"
    mtl_zoo.export.export_tflite(model, path, (32, 48))
    policy = keras.config.dtype_policy().name
    assert policy == ("mixed_bfloat16" if way == "global" else "float32")
    rebuilt = preparation.in_float32(model)
    assert {layer.compute_dtype for layer in rebuilt._flatten_layers()} == {
        "float32"
    }
    assert_agrees(rebuilt, TFLiteRunner(path.read_bytes()), photo((32, 48)))


@pytest.mark.parametrize("suffix", [".tflite", ".onnx"])
def test_a_wrong_file_is_not_written(suffix, tiny_model, tmp_path, monkeypatch):
    model = tiny_model("single_task", tasks=["depth"])
    module = tflite_module if suffix == ".tflite" else onnx_module
    convert = module.convert

    def convert_wrongly(*args):
        content = convert(*args)
        bias = model.get_layer("head_depth").prediction.bias
        bias.assign(bias + 1.0)
        return content

    monkeypatch.setattr(module, "convert", convert_wrongly)
    export = getattr(mtl_zoo.export, f"export_{suffix[1:]}")
    with pytest.raises(ValueError, match="'depth' differs by .* 0.0001"):
        export(model, tmp_path / f"m{suffix}", (32, 48))
    assert list(tmp_path.iterdir()) == []


def test_verify_finds_every_kind_of_disagreement(tiny_model):
    model = tiny_model("hard_sharing", tasks=TASKS)
    images = [photo((32, 48))]
    right = {k: np.array(v) for k, v in model(images[0]).items()}

    def verify(**changed):
        return mtl_zoo.export.verify(
            model, lambda image: {**right, **changed}, images
        )

    assert verify() == {"semseg": 0.0, "depth": 0.0}
    step = np.ptp(right["depth"])
    verify(depth=right["depth"] + np.float32(0.5e-4) * step)
    for wrong in (
        right["depth"] + np.float32(1.5e-4) * step,
        right["depth"] * np.nan,
        right["depth"][:, :-1],
    ):
        with pytest.raises(ValueError, match="'depth' differs"):
            verify(depth=wrong)
    with pytest.raises(ValueError, match="the tasks are"):
        verify(edge=right["depth"])
    with pytest.raises(ValueError, match="the tasks are"):
        sorted_names = dict(sorted(right.items()))
        mtl_zoo.export.verify(model, lambda image: sorted_names, images)


@pytest.mark.parametrize(
    "arguments, words",
    [
        ({"path": "m.onnx"}, r"\*\.tflite"),
        ({"image_size": None}, "image_size"),
        ({"image_size": (0, 96)}, "at least 1"),
        ({"image_size": (64.5, 96)}, "integers"),
        ({"image_size": 64}, "two integers"),
        ({"model": keras.Sequential()}, "MultiTaskModel"),
    ],
)
def test_bad_arguments_of_tflite(arguments, words, tiny_model, tmp_path):
    arguments = {
        "model": None,
        "path": "m.tflite",
        "image_size": (64, 96),
        **arguments,
    }
    arguments["model"] = arguments["model"] or tiny_model("single_task")
    arguments["path"] = tmp_path / arguments["path"]
    with pytest.raises(ValueError, match=words):
        mtl_zoo.export.export_tflite(**arguments)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "arguments, words",
    [
        ({"opset": 12}, "13 to 18"),
        ({"opset": "17"}, "13 to 18"),
        ({"layout": "hwc"}, "nhwc, nchw"),
    ],
)
def test_bad_arguments_of_onnx(arguments, words, tiny_model, tmp_path):
    with pytest.raises(ValueError, match=words):
        mtl_zoo.export.export_onnx(
            tiny_model("single_task"), tmp_path / "m.onnx", **arguments
        )


def test_another_backend_is_refused(tiny_model, tmp_path, monkeypatch):
    monkeypatch.setattr(keras.backend, "backend", lambda: "jax")
    with pytest.raises(ValueError, match="KERAS_BACKEND=tensorflow"):
        mtl_zoo.export.export_onnx(None, tmp_path / "m.onnx")


def test_a_missing_package_is_named():
    with pytest.raises(ImportError, match=r"pip install 'mtl_zoo\[export\]'"):
        preparation.import_packages({"no_such_module": "no-such"}, ".tflite")


def test_example_images_are_of_the_size():
    for size in ((5, 3), (65, 97), (500, 700)):
        images = example_images(size)
        assert images.shape == (3, *size, 3)
        assert 0 <= images.min() <= images.max() <= 255
    assert -1 <= example_images((8, 8), normalized=False).min() < 0
