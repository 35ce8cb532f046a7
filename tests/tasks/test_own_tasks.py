"""Tasks that the library does not know, written in this file alone.

An albedo with three channels, and surface normals under another name: they are
read, stored, augmented, trained, evaluated, compared, drawn, exported, saved
and loaded without a change anywhere else.
"""

import keras
import numpy as np
import pytest
from PIL import Image

import mtl_zoo
from mtl_zoo import datasets
from mtl_zoo import evaluation
from mtl_zoo import metrics
from mtl_zoo import tasks
from training.record import Record

SIZE = (32, 48)


@keras.saving.register_keras_serializable(package="test_own_tasks")
class Albedo(tasks.Task):
    """What light a surface reflects, of red, green and blue, 0…1."""

    label_channels = 3
    ignore = -1
    primary_metric = "mae"
    lower_is_better = True

    def __init__(self, name="albedo", loss=None, loss_weight=1.0):
        loss = loss or keras.losses.MeanAbsoluteError()
        super().__init__(name, 3, loss, loss_weight)

    def metric(self, protocol):
        return AlbedoMetrics(name=self.name)

    def known(self, labels):
        return keras.ops.all(labels >= 0, axis=-1, keepdims=True)

    def convert_label(self, array, source, picture):
        if picture:
            array = array / np.float32(255)
        return super().convert_label(array, source, picture=False)


class AlbedoMetrics(metrics.StreamingMetric):
    """The mean error, and how many pixels are as good as right."""

    def __init__(self, name):
        super().__init__(name=name)
        self.sums = self.add_sum("sums", (3,))

    def add_batch(self, y_true, y_pred):
        labels = keras.ops.cast(y_true, "float32")
        error = keras.ops.mean(keras.ops.abs(labels - y_pred), axis=-1)
        known = keras.ops.cast(labels[..., 0] >= 0, "float32")
        right = keras.ops.cast(error < 0.1, "float32")
        sums = [keras.ops.sum(known * x) for x in (error, right, 1.0)]
        self.sums.add(keras.ops.stack(sums))

    def result(self):
        total, right, count = keras.ops.unstack(self.sums.value(), 3)
        count = keras.ops.maximum(count, 1.0)
        return {"mae": total / count, "right": right / count}


TASKS = [Albedo(), tasks.SurfaceNormals(name="world"), tasks.Depth()]


def write_data(folder, count=3):
    rng = np.random.default_rng(0)
    stored = []
    for split in ("train", "test"):
        for key in ("image", "albedo", "world", "depth"):
            (folder / split / key).mkdir(parents=True)
        for i in range(count):
            name = f"{i}.png"
            image = rng.integers(0, 256, (*SIZE, 3)).astype("uint8")
            normals = rng.normal(size=(*SIZE, 3)).astype("float32")
            normals /= np.linalg.norm(normals, axis=-1, keepdims=True)
            depth = rng.uniform(1, 5, SIZE).astype("float32")
            Image.fromarray(image).save(folder / split / "image" / name)
            # Of this scene the albedo is the image.
            Image.fromarray(image).save(folder / split / "albedo" / name)
            np.save(folder / split / "world" / f"{i}.npy", normals)
            np.save(folder / split / "depth" / f"{i}.npy", depth)
            stored.append((image, normals, depth))
    return stored


def load(folder, split="train", **arguments):
    arguments = {"tasks": TASKS, "batch_size": 1, "shuffle": False, **arguments}
    return datasets.load("folder", split, data_dir=folder, **arguments)


def as_arrays(data):
    for images, labels in data:
        yield np.asarray(images), {k: np.asarray(v) for k, v in labels.items()}


@pytest.fixture
def model(tiny_model):
    model = tiny_model("hard_sharing", tasks=TASKS)
    model.compile(keras.optimizers.SGD(1e-3))
    return model


def test_read_and_mirrored(tmp_path):
    (image, normals, depth), *_ = write_data(tmp_path)
    images, labels = next(as_arrays(load(tmp_path)))
    assert list(labels) == ["albedo", "world", "depth"]
    np.testing.assert_array_equal(images[0], image)
    np.testing.assert_allclose(labels["albedo"][0], image / 255, atol=1e-6)
    np.testing.assert_allclose(labels["world"][0], normals, atol=1e-6)

    mirror = datasets.Recipe(flip=1)
    images, labels = next(as_arrays(load(tmp_path, augment=mirror)))
    np.testing.assert_array_equal(images[0], image[:, ::-1])
    np.testing.assert_allclose(
        labels["albedo"][0], image[:, ::-1] / 255, atol=1e-6
    )
    np.testing.assert_allclose(
        labels["world"][0], normals[:, ::-1] * [-1, 1, 1], atol=1e-6
    )
    # What comes in from outside is what the task calls unknown.
    smaller = datasets.Recipe(flip=0, scale_range=(0.5, 0.5))
    _, labels = next(as_arrays(load(tmp_path, augment=smaller)))
    assert (labels["albedo"][0, 0, 0] == -1).all()
    assert not labels["world"][0, 0, 0].any()
    center = labels["depth"][0, 16, 24, 0] / 2
    assert np.isclose(depth, center).any()


def test_stored_in_records(tmp_path):
    write_data(tmp_path)
    _, labels = next(as_arrays(load(tmp_path)))
    for task, dtype in zip(TASKS, ("float32", "int16", "float32"), strict=True):
        label = labels[task.name][0]
        packed = task.pack(label)
        assert packed.dtype == dtype
        np.testing.assert_allclose(task.unpack(packed), label, atol=5e-5)
    assert TASKS[1].stored_name == "world_int16"


@pytest.mark.slow_to_compile
def test_trained_evaluated_and_compared(tmp_path, model):
    write_data(tmp_path)
    model.fit(load(tmp_path, augment=True), epochs=1, verbose=0)
    logs = model.evaluate(load(tmp_path, "test"), verbose=0, return_dict=True)
    assert {"albedo_mae", "albedo_right", "world_mean"} <= set(logs)

    def results(predict):
        batches = as_arrays(load(tmp_path, "test"))
        return evaluation.evaluate(
            model.tasks, ((labels, predict(x)) for x, labels in batches)
        )

    alone = results(model.predict_on_batch)
    assert list(alone) == ["albedo", "world", "depth"]
    assert alone["albedo"]["mae"] == pytest.approx(logs["albedo_mae"], rel=1e-3)
    averaged = results(evaluation.AveragedPredictor(model, True, (1.0, 1.5)))
    assert averaged["albedo"]["mae"] > 0
    worse = {
        name: {
            TASKS[i].primary_metric: 2 * alone[name][TASKS[i].primary_metric]
        }
        for i, name in enumerate(alone)
    }
    assert evaluation.delta_m(alone, worse, TASKS) == pytest.approx(50)


def test_mirrored_predictions_are_turned_back():
    class Camera:
        """Gives, of the second normals too, what the image shows."""

        tasks = TASKS[:2]

        def predict_on_batch(self, images):
            x = np.asarray(images, "float32") / 255
            mirrored = x[0, 0, 0, 1] > x[0, 0, -1, 1]
            side = -1.0 if mirrored else 1.0
            normals = np.zeros_like(x) + np.float32([0.6 * side, 0, 0.8])
            return {"albedo": x, "world": normals}

    images = np.zeros((1, 8, 12, 3), "uint8")
    images[..., 1] = np.arange(12) * 10
    raw = evaluation.AveragedPredictor(Camera(), flip=True)(images)
    np.testing.assert_allclose(raw["albedo"], images / 255, atol=1e-6)
    np.testing.assert_allclose(
        raw["world"] + 0 * images,
        np.zeros_like(images) + [0.6, 0, 0.8],
        atol=1e-6,
    )


@pytest.mark.parametrize(
    "best, best_epoch",
    [("val_albedo_mae", 2), ("val_albedo_right", 1), ("val_albedo_loss", 2)],
)
def test_best_epoch_goes_the_tasks_way(tmp_path, model, best, best_epoch):
    record = Record(tmp_path, model, best=best, writes=False)
    for epoch, value in enumerate((0.9, 0.2, 0.5)):
        record.add(epoch, {best: value})
    assert record.epochs_since_best() == 3 - best_epoch


def test_drawn_exported_saved_and_loaded(tmp_path, model):
    image = (
        np.random.default_rng(0).integers(0, 256, (*SIZE, 3)).astype("uint8")
    )
    scene = model.predict_image(image)
    assert scene["albedo"].shape == (*SIZE, 3)
    assert [task.title for task in TASKS] == ["Albedo", "World", "Depth"]
    for task in TASKS:
        picture = task.colorize(scene[task.name])
        assert picture.shape == (*SIZE, 3) and picture.dtype == np.uint8
    assert mtl_zoo.visualization.panel(image, scene).mode == "RGB"

    model.save(tmp_path / "model.keras")
    copy = keras.saving.load_model(tmp_path / "model.keras")
    assert [type(task) for task in copy.tasks] == [type(t) for t in TASKS]
    again = copy.predict_image(image)
    for name, value in scene.items():
        np.testing.assert_allclose(again[name], value, atol=1e-5)

    if keras.backend.backend() == "tensorflow":
        report = mtl_zoo.export.export_tflite(
            model, tmp_path / "model.tflite", image_size=SIZE
        )
        assert (tmp_path / "model.tflite").is_file()
        assert [o["name"] for o in report["outputs"]] == list(scene)


def test_a_missing_number_of_classes_is_told_of_the_own_task():
    class Materials(tasks.SemanticSegmentation):
        def __init__(self, num_classes, name="materials"):
            super().__init__(num_classes, name=name)

    with pytest.raises(ValueError, match="'materials' .* 'materials:13'"):
        Materials.with_channels()
    assert Materials.with_channels(13).num_classes == 13
