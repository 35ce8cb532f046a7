"""TFLite files say what the model says, and say what they are."""

import json

import keras
import numpy as np
import pytest

if keras.backend.backend() != "tensorflow":
    pytest.skip("export goes through TensorFlow", allow_module_level=True)
pytest.importorskip("ai_edge_litert")

import mtl_zoo
from mtl_zoo.export import tflite_file
from mtl_zoo.export import tflite_int8
from mtl_zoo.export.flow import convert
from mtl_zoo.export.graph import in_float32
from mtl_zoo.export.request import Request
from mtl_zoo.export.tflite import TFLite
from tests.tiny_encoders import PAIRS
from tests.tiny_encoders import is_usual

SIZE = (32, 48)


def marked(name, encoder):
    """A pair; of the operations in them, the usual have all."""
    marks = () if is_usual(name, encoder) else pytest.mark.slow
    return pytest.param(name, encoder, marks=marks)


@pytest.mark.parametrize("name, encoder", [marked(*pair) for pair in PAIRS])
def test_every_pair(
    name, encoder, two_task_model, tmp_path, photo, assert_agrees
):
    model = two_task_model(name, encoder=encoder)
    path = tmp_path / "m.tflite"
    report = mtl_zoo.export.export_tflite(model, path, (65, 97))
    assert sorted(p.name for p in tmp_path.iterdir()) == ["m.json", path.name]
    assert report == json.loads((tmp_path / "m.json").read_text())
    assert report["largest_deviation"] <= 1e-4
    assert report["operators"]["CONV_2D"] > 10
    # Nothing but what the network needs.
    for operator in ("TRANSPOSE", "VAR_HANDLE", "SHAPE"):
        if name != "invpt" or operator != "TRANSPOSE":  # Of attention heads.
            assert operator not in report["operators"]
    if not isinstance(model.encoder, mtl_zoo.encoders.SegNet):
        # SegNet's pool that remembers places works with masks.
        assert "CAST" not in report["operators"]
    # Noise in networks that are not trained gives numbers in the thousands.
    run = TFLite(path.read_bytes()).run
    assert_agrees(model, run, photo((65, 97)), bound=2e-4)


@pytest.mark.parametrize(
    "name, encoder", [("hard_sharing", "hrnet"), ("invpt", "vit")]
)
@pytest.mark.parametrize("precision", ["float16", "dynamic", "int8"])
def test_coarser_precisions(
    precision,
    name,
    encoder,
    two_task_model,
    tmp_path,
    pictures,
    photo,
    monkeypatch,
):
    if name == "invpt":  # To be quick: they don't suffice.
        monkeypatch.setattr(tflite_int8, "_SHARES", (0.02,))
    model = two_task_model(name, encoder=encoder)
    path = tmp_path / "m.tflite"
    report = mtl_zoo.export.export_tflite(
        model,
        path,
        SIZE,
        precision,
        calibration_images=pictures,
        max_drop=20,
    )
    assert report["precision"] == precision
    assert report["compared_on"] == "images given"
    graph = tflite_file.to_object(path.read_bytes()).subgraphs[0]
    # TFLite's numbers of dtypes: float16 and int8.
    weights = {"float16": 1}.get(precision, 9)
    kernels = [t for t in graph.tensors if t.type == weights and len(t.shape)]
    assert len(kernels) > 10
    outputs = TFLite(path.read_bytes()).run(photo(SIZE))
    for output in report["outputs"]:
        assert 0 < output["disagreement"] <= 20
        assert "against_labels" not in output
        expected = model(photo(SIZE), training=False)[output["name"]]
        expected = keras.ops.convert_to_numpy(expected)
        error = np.abs(outputs[output["name"]] - expected).mean()
        assert 0 < error < 0.1 * np.ptp(expected)
    if precision == "int8":
        scales = [t.quantization.scale for t in kernels if len(t.shape) == 4]
        assert max(len(s) for s in scales if s is not None) > 1
        # Of a transformer all without weights stays float.
        assert bool(report["float_layers"]) == (name == "invpt")


def test_a_compact_file_gives_the_same(
    two_task_model, pictures, photo, monkeypatch
):
    compact_file = tflite_file.compact
    monkeypatch.setattr(tflite_file, "compact", lambda content, _: content)
    request = Request(
        TFLite,
        two_task_model("hard_sharing", encoder="hrnet"),
        "m.tflite",
        SIZE,
        "int8",
        calibration_images=pictures,
    )
    content = next(convert(request)).content
    compact = compact_file(content, "hard_sharing")
    # Names and empty buffers are a twentieth of so small a file.
    assert len(compact) < 0.96 * len(content)
    assert compact_file(compact, "hard_sharing") == compact
    before, after = (TFLite(c).run(photo(SIZE)) for c in (content, compact))
    for name in ("semseg", "depth"):
        np.testing.assert_array_equal(after[name], before[name])
    tensors = tflite_file.to_object(compact).subgraphs[0].tensors
    names = [tensor.name for tensor in tensors]
    assert b"hrnet_1/stem_1_1/Relu" in names
    assert not any(b";" in name for name in names if name)


@pytest.mark.parametrize("precision", ["float32", "int8"])
def test_decoded_outputs_of_a_uint8_image(
    precision, tiny_model, tmp_path, pictures, photo
):
    model = tiny_model("hard_sharing")
    path = tmp_path / "m.tflite"
    report = mtl_zoo.export.export_tflite(
        model,
        path,
        SIZE,
        precision,
        decode=True,
        input_dtype="uint8",
        calibration_images=pictures,
        max_drop=100,
    )
    entry = report["input"]
    assert (entry["dtype"], entry["scale"]) == ("uint8", 1.0)
    assert entry["zero_point"] == 0
    image = photo(SIZE).astype("uint8")
    outputs = TFLite(path.read_bytes()).run(image)
    raw = model(image, training=False)
    for task in model.tasks:
        expected = keras.ops.convert_to_numpy(task.decode(raw[task.name]))
        actual = outputs[task.name]
        assert (actual.dtype, actual.shape) == (expected.dtype, expected.shape)
        if precision == "float32" and task.name != "semseg":
            np.testing.assert_allclose(actual, expected, rtol=1e-3, atol=1e-3)
    lengths = np.linalg.norm(outputs["normals"], axis=-1)
    np.testing.assert_allclose(lengths, 1, atol=1e-4)


def test_some_tasks_with_uint8_at_both_ends(tiny_model, tmp_path, pictures):
    model = tiny_model("hard_sharing")
    arguments = {"calibration_images": pictures, "max_drop": 100}
    path = tmp_path / "m.tflite"
    some = mtl_zoo.export.export_tflite(
        model,
        path,
        SIZE,
        "int8",
        tasks=["depth", "semseg"],
        input_dtype="uint8",
        output_dtype="uint8",
        **arguments,
    )
    every = mtl_zoo.export.export_tflite(model, path, SIZE)
    assert [output["name"] for output in some["outputs"]] == ["semseg", "depth"]
    for output in some["outputs"]:
        assert output["dtype"] == "uint8"
        assert 0 < output["scale"] != 1
    # What only the others need is not in the file.
    convolutions = [r["operators"]["CONV_2D"] for r in (some, every)]
    assert convolutions[0] < convolutions[1]


def test_layers_at_uint8_ends_never_stay_float(
    two_task_model, pictures, monkeypatch
):
    monkeypatch.setattr(tflite_int8, "_SHARES", (1.0,))
    request = Request(
        TFLite,
        two_task_model("single_task"),
        "m.tflite",
        SIZE,
        "int8",
        input_dtype="uint8",
        output_dtype="uint8",
        calibration_images=pictures,
    )
    layers = []
    for file in convert(request):
        layers.append(len(file.details["float_layers"]))
        ends = file.tensors()
        assert set(ends) == {"image", "semseg"}
        assert {end["dtype"] for end in ends.values()} == {"uint8"}
    assert len(layers) == 3
    assert 0 == layers[0] < layers[1] < layers[2]


def test_a_file_beyond_its_bound_is_not_left(
    two_task_model, tmp_path, pictures, monkeypatch
):
    monkeypatch.setattr(tflite_int8, "_SHARES", (0.1, 0.3))
    tried = []
    quantize = tflite_int8.quantize
    monkeypatch.setattr(
        tflite_int8,
        "quantize",
        lambda calibrated, layers=(): (
            tried.append(len(layers)) or quantize(calibrated, layers)
        ),
    )
    with pytest.raises(ValueError, match=r"by .* %; allowed are 0 %"):
        mtl_zoo.export.export_tflite(
            two_task_model("single_task"),
            tmp_path / "m.tflite",
            SIZE,
            "int8",
            calibration_images=pictures,
            max_drop=0,
        )
    assert list(tmp_path.iterdir()) == []
    # Ever more layers stayed float before it gave up, at last those with
    # weights too.
    assert tried[0] == 0 < tried[1]
    assert tried[-2] < tried[-1] == max(tried)


def test_dead_units_do_not_keep_an_int8_file_from_loading(
    two_task_model, pictures, photo
):
    model = two_task_model("mti_net")
    for layer in model._flatten_layers():
        if isinstance(layer, mtl_zoo.layers.SEBlock):
            bias = layer.squeeze.bias
            bias.assign(np.full(bias.shape, -1e6, "float32"))
    request = Request(
        TFLite, model, "m.tflite", SIZE, "int8", calibration_images=pictures
    )
    outputs = next(convert(request)).run(photo(SIZE))
    for name, expected in model(photo(SIZE), training=False).items():
        expected = keras.ops.convert_to_numpy(expected)
        error = np.abs(outputs[name] - expected).mean()
        assert error < 0.2 * np.ptp(expected)


def test_report_says_how_to_use_the_file(tiny_encoder, tmp_path):
    classes = ["floor", "wall", "chair"]
    tasks = [
        mtl_zoo.tasks.SemanticSegmentation(3, class_names=classes),
        mtl_zoo.tasks.Depth(),
    ]
    model = mtl_zoo.models.HardSharing(tiny_encoder(), tasks)
    preset = tmp_path / "preset"
    model.save_to_preset(preset, metadata={"license": "Apache-2.0"})
    path = tmp_path / "m.tflite"
    report = mtl_zoo.export.export_tflite(
        model, path, SIZE, preset=preset, benchmark=True
    )
    content = path.read_bytes()
    assert report["model"] == "HardSharing"
    assert report["preset"]["name"] == "preset"
    assert len(report["preset"]["metadata_sha256"]) == 64
    assert report["license"] == "Apache-2.0"
    assert report["image_size"] == [32, 48]
    assert report["size"] == len(content)
    assert report["input"]["name"] == "image"
    assert report["input"]["range"] == [0, 255]
    assert report["input"]["shape"] == [1, 32, 48, 3]
    semseg, depth = report["outputs"]
    assert (semseg["name"], semseg["index"]) == ("semseg", 0)
    assert semseg["class_names"] == classes
    assert semseg["colors"] == tasks[0].colors.tolist()
    assert semseg["shape"] == [1, 32, 48, 3]
    assert (depth["name"], depth["index"]) == ("depth", 1)
    assert (depth["unit"], depth["scale"]) == ("m", 1.0)
    assert 0 <= depth["deviation"] <= report["largest_deviation"] <= 1e-4
    assert all(seconds > 0 for seconds in report["latency"].values())
    assert report["peak_memory"] > report["size"] / 2
    assert "depth" in mtl_zoo.export.as_text(report)

    # The file itself says the same, without what was measured.
    inside = tflite_file.read_metadata(content)
    assert inside["preset"] == report["preset"]
    assert inside["outputs"][0]["class_names"] == classes
    assert "deviation" not in inside["outputs"][0]

    # The plain interpreter, without names: order and numbers as reported.
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(model_path=str(path))
    assert list(interpreter.get_signature_list()) == ["serving_default"]
    for output, details in zip(
        report["outputs"], interpreter.get_output_details(), strict=True
    ):
        assert output["tensor_index"] == details["index"]
        assert output["tensor_name"] == details["name"]
        assert output["shape"] == details["shape"].tolist()

    # The format wants weights at multiples of 16 bytes.
    file = tflite_file._schema().Model.GetRootAs(content)
    buffers = [file.Buffers(i) for i in range(file.BuffersLength())]
    starts = [
        b._tab.Vector(b._tab.Offset(4)) for b in buffers if b.DataLength()
    ]
    assert len(starts) > 10
    assert all(start % 16 == 0 for start in starts)


def test_a_model_without_normalisation_says_so(tiny_model, tmp_path):
    model = tiny_model("single_task", normalization=None)
    report = mtl_zoo.export.export_tflite(model, tmp_path / "m.tflite", SIZE)
    assert report["input"]["range"] is None
    with pytest.raises(ValueError, match="normalization=None"):
        mtl_zoo.export.export_tflite(
            model, tmp_path / "n.tflite", SIZE, input_dtype="uint8"
        )


@pytest.mark.parametrize("way", ["global", "argument"])
def test_mixed_precision_is_exported_in_float32(
    way, tiny_encoder, tmp_path, photo, assert_agrees
):
    dtype = "mixed_bfloat16" if way == "argument" else None
    if way == "global":
        keras.config.set_dtype_policy("mixed_bfloat16")
    model = mtl_zoo.models.HardSharing(tiny_encoder(), ["depth"], dtype=dtype)
    path = tmp_path / "m.tflite"
    mtl_zoo.export.export_tflite(model, path, SIZE)
    policy = keras.config.dtype_policy().name
    assert policy == ("mixed_bfloat16" if way == "global" else "float32")
    rebuilt = in_float32(model)
    assert {layer.compute_dtype for layer in rebuilt._flatten_layers()} == {
        "float32"
    }
    assert_agrees(rebuilt, TFLite(path.read_bytes()).run, photo(SIZE))


@pytest.mark.parametrize(
    "arguments, words",
    [
        ({"path": "m.onnx"}, r"\*\.tflite"),
        ({"path": "a_file/m.tflite"}, "not writable"),
        ({"image_size": None}, "image_size"),
        ({"image_size": (0, 96)}, "at least 1"),
        ({"image_size": (64.5, 96)}, "integers"),
        ({"image_size": 64}, "two integers"),
        ({"model": keras.Sequential()}, "MultiTaskModel"),
        ({"precision": "int4"}, "float32, float16, dynamic, int8"),
        ({"tasks": ["edge"]}, "the model has semseg"),
        ({"tasks": []}, "the model has semseg"),
        ({"input_dtype": "int8"}, "float32, uint8"),
        ({"output_dtype": "uint8"}, "int8 files of raw"),
        ({"calibration_images": [0] * 7}, "7 calibration images; at least 8"),
        ({"max_drop": -1}, "max_drop"),
        ({"num_images": 0}, "num_images"),
        ({"preset": "no_such_preset"}, "no_such_preset"),
    ],
)
def test_bad_arguments(arguments, words, tiny_model, tmp_path):
    (tmp_path / "a_file").touch()
    arguments = {"path": "m.tflite", "image_size": (64, 96), **arguments}
    arguments.setdefault("model", tiny_model("single_task"))
    arguments["path"] = tmp_path / arguments["path"]
    with pytest.raises(ValueError, match=words):
        mtl_zoo.export.export_tflite(**arguments)
    assert [path.name for path in tmp_path.iterdir()] == ["a_file"]
