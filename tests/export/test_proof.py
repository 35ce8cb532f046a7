"""What files are compared on and held to."""

import sys

import keras
import numpy as np
import pytest
from PIL import Image

if keras.backend.backend() != "tensorflow":
    pytest.skip("export goes through TensorFlow", allow_module_level=True)
pytest.importorskip("ai_edge_litert")
pytest.importorskip("onnxruntime")

import mtl_zoo
from mtl_zoo.export import flow
from mtl_zoo.export import images as image_module
from mtl_zoo.export.format import Refused
from mtl_zoo.export.images import known_labels
from mtl_zoo.export.measuring import measure
from mtl_zoo.export.tflite import TFLite


@pytest.mark.parametrize("suffix", ["tflite", "onnx"])
def test_a_wrong_file_is_not_written(suffix, tiny_model, tmp_path, monkeypatch):
    model = tiny_model("single_task", ["depth"], encoder="hrnet")
    convert = flow.convert

    def convert_wrongly(request):
        file = next(convert(request))
        bias = model.get_layer("head_depth").prediction.bias
        bias.assign(bias + 1.0)
        yield file

    monkeypatch.setattr(flow, "convert", convert_wrongly)
    export = getattr(mtl_zoo.export, f"export_{suffix}")
    with pytest.raises(ValueError, match="'depth' differs by .* 0.0001"):
        export(model, tmp_path / f"m.{suffix}", (32, 48))
    assert list(tmp_path.iterdir()) == []


def test_verify_finds_every_kind_of_disagreement(two_task_model, photo):
    model = two_task_model("hard_sharing")
    images = [photo((32, 48))]
    right = {k: np.array(v) for k, v in model(images[0]).items()}

    def verify(**changed):
        return mtl_zoo.export.verify(
            model, lambda image: {**right, **changed}, images
        )

    assert verify() == ({"semseg": 0.0, "depth": 0.0}, 0)
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


@pytest.mark.parametrize("decode", [False, True])
def test_measure_in_numbers_of_the_tasks(decode, tiny_encoder):
    classes = mtl_zoo.datasets.rooms.CLASS_NAMES
    tasks = [
        mtl_zoo.tasks.SemanticSegmentation(len(classes), classes),
        mtl_zoo.tasks.Depth(),
        mtl_zoo.tasks.SurfaceNormals(),
        mtl_zoo.tasks.Saliency(),
    ]
    model = mtl_zoo.models.HardSharing(tiny_encoder(), tasks)
    images, labels = known_labels(tasks, (32, 48), 2)
    images = images.astype("float32")
    assert sorted(labels) == ["depth", "normals", "saliency", "semseg"]

    def run(image, change=lambda raw: raw):
        raw = change(model.predict_on_batch(image))
        if not decode:
            return raw
        return {
            t.name: keras.ops.convert_to_numpy(t.decode(raw[t.name]))
            for t in tasks
        }

    same = measure(model, run, images, labels, decode=decode)
    for name, entry in same.items():
        assert entry["disagreement"] < 1e-3
        assert abs(entry["drop"]) < 1e-3, name
    assert same["semseg"]["against_model"]["pixel_accuracy"] == 1
    assert same["normals"]["against_model"]["mean"] < 0.1

    changed = measure(
        model,
        lambda image: run(
            image, lambda raw: {**raw, "depth": raw["depth"] + 1}
        ),
        images,
        labels,
        decode=decode,
    )
    depth = model.predict_on_batch(images)["depth"]
    truth = labels["depth"]
    known = truth > 0
    before, after = (
        np.sqrt(np.square(np.maximum(x, 0) - truth)[known].mean())
        for x in (depth, depth + 1)
    )
    expected = 100 * (after - before) / before
    assert changed["depth"]["drop"] == pytest.approx(expected, rel=1e-3)
    assert changed["semseg"]["drop"] == same["semseg"]["drop"]


def test_labels_count_only_where_classes_are_the_rooms():
    _, labels = known_labels(
        mtl_zoo.tasks.get_all(["semseg:13", "depth", "human_parts"]),
        (32, 48),
        1,
    )
    assert list(labels) == ["depth"]


def test_a_file_of_half_the_working_size_sees_things_twice_as_far(
    tiny_model, tmp_path
):
    model = tiny_model("single_task", tasks=["depth"])
    model.field_of_view, model.working_size = 60.0, (64, 96)
    report = mtl_zoo.export.export_tflite(
        model,
        tmp_path / "m.tflite",
        (32, 48),
        precision="float16",
        num_images=2,
        max_drop=1e6,
    )
    assert "metres: times 0.5," in mtl_zoo.export.as_text(report)
    images, labels = known_labels(model.tasks, (32, 48), 2, field_of_view=60)
    seen = np.maximum(model.predict_on_batch(images)["depth"], 0)
    truth = 2 * labels["depth"]
    expected = np.sqrt(np.square(seen - truth)[truth > 0].mean())
    measured = report["outputs"][0]["against_labels"]["model"]["rmse"]
    assert measured == pytest.approx(expected, rel=1e-3)


def test_distances_are_those_of_the_models_camera():
    tasks = mtl_zoo.tasks.get_all(["depth"])
    _, theirs = known_labels(tasks, (32, 48), 2)
    _, found = known_labels(tasks, (32, 48), 2, field_of_view=60)
    for i in range(2):
        room = mtl_zoo.datasets.rooms.render_room(
            i, "test", image_size=(32, 48)
        )
        view = np.radians(float(room["field_of_view"]))
        # A longer lens shows things as if they were nearer.
        np.testing.assert_allclose(
            found["depth"][i],
            theirs["depth"][i] * np.tan(view / 2) / np.tan(np.radians(30)),
            rtol=1e-5,
        )


def test_folders_of_pictures(tmp_path):
    with pytest.raises(ValueError, match="no such folder"):
        mtl_zoo.export.read_folder(tmp_path / "none")
    for i in range(7):
        Image.new("RGB", (9, 5 + i)).save(tmp_path / f"{i}.png")
    with pytest.raises(ValueError, match="7 calibration images; at least 8"):
        mtl_zoo.export.read_folder(tmp_path)
    Image.new("RGB", (9, 5), "white").save(tmp_path / "7.png")
    images = mtl_zoo.export.read_folder(tmp_path)
    assert [image.shape for image in images[:2]] == [(5, 9, 3), (6, 9, 3)]
    # Large ones are not kept as they are.
    Image.new("RGB", (9000, 900)).save(tmp_path / "0.png")
    Image.new("RGB", (1, 4_000_000)).save(tmp_path / "1.png")
    images = mtl_zoo.export.read_folder(tmp_path)
    assert images[0].shape == (457, 4579, 3)
    assert images[1].shape[1] == 1 and images[1].size <= 9_000_000
    fitted = image_module.calibration_images(images, (4, 6))
    assert fitted.shape == (8, 4, 6, 3)
    # Whatever the pictures, the first one spans the range.
    assert (fitted[0].min(), fitted[0].max()) == (0, 255)


def test_example_images_are_of_the_size():
    for size in ((5, 3), (65, 97), (500, 700)):
        images = image_module.example_images(size)
        assert images.shape == (3, *size, 3)
        assert 0 <= images.min() <= images.max() <= 255
    assert -1 <= image_module.example_images((8, 8), False).min() < 0


def test_a_missing_package_is_named(tiny_model, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    model = tiny_model("single_task", tasks=["depth"])
    with pytest.raises(ImportError, match=r"pip install 'mtl_zoo\[export\]'"):
        mtl_zoo.export.export_onnx(model, tmp_path / "m.onnx", (32, 48))


def test_a_description_of_another_file_is_kept(tiny_model, tmp_path):
    model = tiny_model("single_task", tasks=["depth"])
    mtl_zoo.export.export_tflite(model, tmp_path / "m.tflite", (32, 48))
    before = (tmp_path / "m.json").read_bytes()
    with pytest.raises(ValueError, match="m.json describes m.tflite"):
        mtl_zoo.export.export_onnx(model, tmp_path / "m.onnx", (32, 48))
    # The same file may be written again.
    mtl_zoo.export.export_tflite(model, tmp_path / "m.tflite", (32, 48))
    assert (tmp_path / "m.json").read_bytes() == before
    (tmp_path / "own.json").write_text('{"mine": 1}')
    with pytest.raises(ValueError, match="own.json describes something else"):
        mtl_zoo.export.export_onnx(model, tmp_path / "own.onnx", (32, 48))
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == ["m.json", "m.tflite", "own.json"]


def test_a_file_that_does_not_run_is_an_error(
    tiny_model, tmp_path, monkeypatch
):
    def refuse(self, image):
        raise Refused("failed to apply the delegate")

    monkeypatch.setattr(TFLite, "run", refuse)
    with pytest.raises(ValueError, match="in LiteRT: failed to apply the del"):
        mtl_zoo.export.export_tflite(
            tiny_model("single_task", tasks=["depth"]),
            tmp_path / "m.tflite",
            (32, 48),
        )
    assert list(tmp_path.iterdir()) == []


def test_calibration_images_are_pictures(tiny_model, tmp_path):
    model = tiny_model("single_task", tasks=["depth"])
    floats = [np.zeros((32, 48, 3), "float32")] * 8
    with pytest.raises(ValueError, match="image 0 is float32"):
        mtl_zoo.export.export_tflite(
            model,
            tmp_path / "m.tflite",
            (32, 48),
            "int8",
            calibration_images=floats,
        )


def test_images_at_which_the_model_jumps_are_left_out():
    class Model:
        """Says another depth beyond an image of 100."""

        tasks = [mtl_zoo.tasks.Depth()]

        def __call__(self, image, training=False):
            depth = image[..., :1] + 50 * (image[..., :1] > 100.00005)
            return {
                "depth": depth + np.arange(3, dtype="float32")[:, None, None]
            }

    def rounded(image):
        return Model()(image * np.float32(1 + 1e-6))

    jump, *calm = (np.full((1, 3, 2, 3), x, "float32") for x in (100, 10, 20))
    found, left_out = mtl_zoo.export.verify(
        Model(), rounded, [jump, jump, *calm]
    )
    assert 0 < found["depth"] < 1e-4
    assert left_out == 2
    # Not if all images jump, and not what the file alone does, or far more.
    with pytest.raises(ValueError, match="'depth' differs .* a millionth"):
        mtl_zoo.export.verify(Model(), rounded, [jump, jump])
    with pytest.raises(ValueError, match="written.$"):
        mtl_zoo.export.verify(
            Model(), lambda x: {"depth": 9 * x[..., :1]}, [jump, *calm]
        )
    with pytest.raises(ValueError, match="written.$"):
        mtl_zoo.export.verify(
            Model(), lambda x: {"depth": x[..., :1] * np.nan}, [jump, *calm]
        )


def test_calibration_leaves_out_what_is_no_picture(tmp_path):
    for i in range(8):
        Image.new("RGB", (4, 3), (i, 0, 0)).save(tmp_path / f"{i}.png")
    (tmp_path / "README.md").write_text("Photographs.")
    (tmp_path / "Thumbs.db").write_bytes(b"x")
    with pytest.warns(UserWarning, match="1 left out: .*README.md"):
        assert len(mtl_zoo.export.read_folder(tmp_path)) == 8
    (tmp_path / "7.png").unlink()
    (tmp_path / "more").mkdir()
    with pytest.raises(
        ValueError, match="7 calibration .* .2 left out: .*more"
    ):
        mtl_zoo.export.read_folder(tmp_path)
