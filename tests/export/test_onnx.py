"""ONNX files say what the model says, in every opset, layout and precision."""

import json

import keras
import numpy as np
import pytest

if keras.backend.backend() != "tensorflow":
    pytest.skip("export goes through TensorFlow", allow_module_level=True)
pytest.importorskip("onnxruntime")

import onnx

import mtl_zoo
from mtl_zoo.export import onnx_conversion
from mtl_zoo.export.onnx import ONNX
from tests.tiny_encoders import TINY_ENCODERS

SIZES = ((64, 96), (65, 97), (33, 160))


def opset_of(file):
    return max(entry.version for entry in file.opset_import)


@pytest.mark.parametrize("name", mtl_zoo.models.list_models())
def test_every_model_at_any_size(
    name, two_task_model, tmp_path, photo, assert_agrees
):
    model = two_task_model(name)
    path = tmp_path / "m.onnx"
    report = mtl_zoo.export.export_onnx(model, path)
    assert report == json.loads((tmp_path / "m.json").read_text())
    run = ONNX(path.read_bytes()).run
    for size in SIZES:
        assert_agrees(model, run, photo(size, count=2))
    graph = onnx.load(path).graph
    assert {node.domain for node in graph.node} <= {"", "ai.onnx"}
    for value in (*graph.input, *graph.output):
        dimensions = value.type.tensor_type.shape.dim
        names = [dimension.dim_param for dimension in dimensions]
        assert names == ["batch", "height", "width", ""]
    assert report["image_size"] is None
    assert report["input"]["shape"] == ["batch", "height", "width", 3]


def test_constants_have_the_same_names_and_order_in_every_file():
    def graph(first, second):
        """(x + 1) * 2 + 1, its constants called and sorted at will."""
        helper, kind = onnx.helper, onnx.TensorProto.FLOAT
        nodes = [
            helper.make_node("Add", ["x", first], ["a:0"], "a"),
            helper.make_node("Mul", ["a:0", second], ["b:0"], "b"),
            helper.make_node("Add", [first, "b:0"], ["y"], "c"),
        ]
        ends = [helper.make_tensor_value_info(name, kind, [1]) for name in "xy"]
        values = {first: 1.0, second: 2.0, "unread": 3.0}
        constants = [
            helper.make_tensor(
                name, onnx.TensorProto.FLOAT, [1], [values[name]]
            )
            for name in sorted(values)
        ]
        made = helper.make_graph(nodes, "g", ends[:1], ends[1:], constants)
        onnx_conversion.name_constants(made)
        return made

    made = graph("k", "l")
    assert made == graph("z", "c")
    assert [x.name for x in made.initializer] == ["a.1", "b.1"]
    assert [list(x.input) for x in made.node] == [
        ["x", "a.1"],
        ["a:0", "b.1"],
        ["a.1", "b:0"],
    ]


def test_one_size(two_task_model, tmp_path, photo, assert_agrees):
    model = two_task_model("mti_net")
    path = tmp_path / "m.onnx"
    report = mtl_zoo.export.export_onnx(model, path, (65, 97))
    assert report["opset"] == 17
    # Normalisation is folded into the convolutions.
    for operator in ("BatchNormalization", "Shape", "Cast"):
        assert operator not in report["operators"]
    # Convolutions are NCHW: what else is transposed is the network's in- and
    # output, and the softmax of the feature propagation.
    assert report["operators"]["Transpose"] <= 16
    assert_agrees(model, ONNX(path.read_bytes()).run, photo((65, 97)))


def test_one_size_and_any_batch(two_task_model, tmp_path, photo, assert_agrees):
    model = two_task_model("mti_net")
    path = tmp_path / "m.onnx"
    report = mtl_zoo.export.export_onnx(
        model, path, (65, 97), opset=13, layout="nchw", any_batch=True
    )
    assert opset_of(onnx.load(path)) == 13
    assert report["input"]["shape"] == ["batch", 3, 65, 97]
    run = ONNX(path.read_bytes(), "nchw").run
    for count in (1, 3):
        assert_agrees(model, run, photo((65, 97), count=count))


@pytest.mark.parametrize("kind", TINY_ENCODERS)
def test_every_kind_of_encoder(kind, tmp_path, photo, assert_agrees):
    keras.utils.set_random_seed(0)
    encoder = TINY_ENCODERS[kind]()
    if not mtl_zoo.models.supported("single_task", encoder):
        pytest.skip("single_task can't take it")
    model = mtl_zoo.models.SingleTask(encoder, ["depth"])
    path = tmp_path / "m.onnx"
    mtl_zoo.export.export_onnx(model, path)
    run = ONNX(path.read_bytes()).run
    for size in SIZES[:2]:
        assert_agrees(model, run, photo(size))


def test_int8_decodes_to_unit_normals(tiny_model, tmp_path, pictures, photo):
    model = tiny_model("hard_sharing", tasks=["semseg:5", "normals"])
    path = tmp_path / "m.onnx"
    mtl_zoo.export.export_onnx(
        model,
        path,
        (32, 48),
        precision="int8",
        decode=True,
        calibration_images=pictures,
        max_drop=60,
    )
    outputs = ONNX(path.read_bytes()).run(photo((32, 48)))
    assert outputs["semseg"].dtype == "uint8"
    length = np.linalg.norm(outputs["normals"], axis=-1)
    np.testing.assert_allclose(length, 1, atol=1e-3)


def test_nchw_equals_nhwc(two_task_model, tmp_path, photo):
    model = two_task_model("hard_sharing")
    image = photo((65, 97))
    outputs = []
    path = tmp_path / "m.onnx"
    for layout, size in (("nhwc", None), ("nchw", None), ("nchw", (65, 97))):
        report = mtl_zoo.export.export_onnx(model, path, size, layout=layout)
        outputs.append(ONNX(path.read_bytes(), layout).run(image))
    assert report["input"]["shape"] == [1, 3, 65, 97]
    assert report["outputs"][0]["shape"] == [1, 5, 65, 97]
    for output in outputs[1:]:
        assert list(output) == list(outputs[0])
        for name, values in output.items():
            np.testing.assert_allclose(
                values, outputs[0][name], rtol=1e-4, atol=1e-5
            )


def test_the_newest_opset(two_task_model, tmp_path, photo, assert_agrees):
    model = two_task_model("mti_net")
    path = tmp_path / "m.onnx"
    mtl_zoo.export.export_onnx(model, path, opset=21)
    file = onnx.load(path)
    assert opset_of(file) == 21
    # The file itself says what it is.
    inside = {p.key: p.value for p in file.metadata_props}["mtl_zoo"]
    assert json.loads(inside)["outputs"][1]["unit"] == "m"
    assert_agrees(model, ONNX(path.read_bytes()).run, photo((65, 97)))


@pytest.mark.parametrize(
    "precision, name, size",
    [
        ("float16", "hard_sharing", None),
        ("float16", "hard_sharing", (32, 48)),
        ("float16", "invpt", (32, 48)),
        ("int8", "hard_sharing", None),
        ("int8", "hard_sharing", (32, 48)),
    ],
)
def test_coarser_precisions(
    precision, name, size, two_task_model, tmp_path, pictures, photo
):
    model = two_task_model(name)
    path = tmp_path / "m.onnx"
    report = mtl_zoo.export.export_onnx(
        model,
        path,
        size,
        opset=13 if size else 21,
        layout="nchw" if size else "nhwc",
        precision=precision,
        calibration_images=pictures,
        max_drop=60,
    )
    initializers = onnx.load(path).graph.initializer
    dtype = getattr(onnx.TensorProto, precision.upper())
    kernels = [i for i in initializers if i.data_type == dtype and i.dims]
    assert len(kernels) > 10
    if precision == "int8":
        for initializer in initializers:
            initializer.name = ""
        contents = [i.SerializeToString() for i in initializers]
        assert len(set(contents)) == len(contents)
    image = photo((32, 48))
    outputs = ONNX(path.read_bytes(), report["layout"]).run(image)
    for name, expected in model(image, training=False).items():
        expected = keras.ops.convert_to_numpy(expected)
        error = np.abs(outputs[name] - expected).mean()
        assert 0 < error < 0.15 * np.ptp(expected)


def test_decoded_outputs_of_a_uint8_image(tiny_model, tmp_path, photo):
    model = tiny_model("hard_sharing")
    path = tmp_path / "m.onnx"
    report = mtl_zoo.export.export_onnx(
        model,
        path,
        (32, 48),
        opset=13,
        layout="nchw",
        tasks=["edge", "normals", "semseg"],
        decode=True,
        input_dtype="uint8",
    )
    shapes = {o["name"]: (o["dtype"], o["shape"]) for o in report["outputs"]}
    assert shapes == {
        "semseg": ("uint8", [1, 32, 48]),
        "normals": ("float32", [1, 3, 32, 48]),
        "edge": ("float32", [1, 32, 48]),
    }
    image = photo((32, 48)).astype("uint8")
    outputs = ONNX(path.read_bytes(), "nchw").run(image)
    raw = model(image, training=False)
    for task in model.tasks:
        if task.name in ("normals", "edge"):
            expected = keras.ops.convert_to_numpy(task.decode(raw[task.name]))
            np.testing.assert_allclose(
                outputs[task.name], expected, rtol=1e-3, atol=1e-3
            )


@pytest.mark.parametrize(
    "arguments, words",
    [
        ({"opset": 12}, "13 to 21"),
        ({"opset": 22}, "13 to 21"),
        ({"opset": "17"}, "13 to 21"),
        ({"layout": "hwc"}, "nhwc, nchw"),
        ({"precision": "dynamic"}, "float32, float16, int8"),
    ],
)
def test_bad_arguments(arguments, words, tiny_model, tmp_path):
    with pytest.raises(ValueError, match=words):
        mtl_zoo.export.export_onnx(
            tiny_model("single_task"), tmp_path / "m.onnx", **arguments
        )


def test_another_backend_is_refused(tiny_model, tmp_path, monkeypatch):
    monkeypatch.setattr(keras.backend, "backend", lambda: "jax")
    with pytest.raises(ValueError, match="KERAS_BACKEND=tensorflow"):
        mtl_zoo.export.export_onnx(None, tmp_path / "m.onnx")
