"""Every network of the registry, tiny: outputs, training, saving."""

import keras
import numpy as np
import pytest
from PIL import Image

import mtl_zoo
from mtl_zoo.models import list_models
from tests.tiny_encoders import PAIRS
from tests.tiny_encoders import TINY_ENCODERS
from tests.tiny_encoders import is_trained
from tests.tiny_encoders import is_usual


def run(model, images):
    """The model's outputs as NumPy arrays.

    JAX compiles every operation by itself unless it compiles the whole; the
    others are faster without.
    """
    if keras.backend.backend() == "jax":
        return model.predict(images, verbose=0)
    return {
        key: keras.ops.convert_to_numpy(value)
        for key, value in model(images).items()
    }


def marked(name, encoder):
    """A pair; what other backends have to learn of them, the usual tell."""
    marks = () if is_usual(name, encoder) else pytest.mark.one_backend
    return pytest.param(name, encoder, marks=marks)


@pytest.mark.parametrize("name, encoder", [marked(*pair) for pair in PAIRS])
def test_every_pair_trains_and_is_saved(
    name, encoder, tiny_model, batch, tmp_path
):
    model = tiny_model(name, ["depth", "semseg:5"], encoder)
    size = (65, 97)  # No stride divides it.
    images, labels = batch(size)
    thorough = is_trained(name, encoder)
    if thorough:
        labels = {task.name: labels[task.name] for task in model.tasks}
        model.compile(keras.optimizers.SGD(0.001))
        losses = [
            model.train_on_batch(images, labels, return_dict=True)["loss"]
            for _ in range(4)
        ]
        assert np.isfinite(losses).all()
        assert losses[-1] < losses[0]

    before = run(model, images)
    assert list(before) == [task.name for task in model.tasks]
    for task in model.tasks:
        assert before[task.name].shape == (2, *size, task.channels)
        assert before[task.name].dtype == np.float32

    model.save_to_preset(tmp_path / "preset")
    copies = [mtl_zoo.models.MultiTaskModel.from_preset(tmp_path / "preset")]
    if thorough:
        model.save(tmp_path / "m.keras")
        copies.append(keras.saving.load_model(tmp_path / "m.keras"))
    for loaded in copies:
        assert type(loaded) is type(model)
        after = run(loaded, images)
        for key in before:
            np.testing.assert_array_equal(before[key], after[key])


@pytest.mark.parametrize("name", list_models())
def test_a_pair_that_is_not_allowed_names_those_that_are(name, tiny_encoder):
    for kind in TINY_ENCODERS:
        if (name, kind) not in PAIRS:
            with pytest.raises(ValueError, match="resnet18_os8"):
                mtl_zoo.models.get(name)(tiny_encoder(kind), ["depth"])


@pytest.mark.parametrize("name", list_models())
def test_float_and_uint8_images_give_the_same(name, tiny_model, batch):
    model = tiny_model(name, ["semseg:5", "depth"])
    images, _ = batch()
    a = run(model, images)
    b = run(model, images.astype("float32"))
    for key in a:
        np.testing.assert_array_equal(a[key], b[key])


def test_a_preset_is_of_its_class_only(tiny_model, tmp_path):
    tiny_model("hard_sharing").save_to_preset(tmp_path / "preset")
    with pytest.raises(ValueError, match="HardSharing"):
        mtl_zoo.models.MTINet.from_preset(tmp_path / "preset")


@pytest.mark.slow_to_compile
@pytest.mark.parametrize("name", list_models())
def test_mixed_precision_predicts_float32(name, tiny_model, batch):
    keras.config.set_dtype_policy("mixed_bfloat16")
    model = tiny_model(name, ["semseg:5", "depth"])
    images, labels = batch()
    labels = {task.name: labels[task.name] for task in model.tasks}
    assert model.encoder.layers[1].compute_dtype == "bfloat16"
    for output in model.output.values():
        assert output.dtype == "float32"
    for output in run(model, images).values():
        assert output.dtype == np.float32
        assert np.isfinite(output).all()
    model.compile("sgd")
    assert np.isfinite(model.test_on_batch(images, labels)[0])


def test_intermediate_predictions_exist_in_training_only(tiny_model, batch):
    model = tiny_model(
        "mti_net", tasks=["depth"], auxiliary_tasks=["semseg:5", "depth"]
    )
    images, labels = batch()
    labels = {name: labels[name] for name in ("semseg", "depth")}
    assert list(model(images)) == ["depth"]
    outputs = model(images, training=True)
    assert set(outputs) == {"depth"} | {
        f"scale_{s}.{task}" for s in range(4) for task in ("semseg", "depth")
    }
    model.compile("adam", run_eagerly=True)
    logs = model.test_on_batch(images, labels, return_dict=True)
    assert logs["semseg_loss"] == 0
    model.compute_loss(y=labels, y_pred=outputs)
    logs = model.get_metrics_result()
    assert logs["semseg_loss"] > 0
    assert "semseg_mIoU" not in logs
    assert "depth_rmse" in logs


def test_reported_losses_count_images_that_have_labels(tiny_model, batch):
    model = tiny_model("hard_sharing", tasks=["depth"])
    model.compile("sgd", run_eagerly=True)
    images, labels = batch(count=4)
    depth = np.abs(labels["depth"]) + 1
    depth[3] = 0  # unknown
    labels = {"depth": depth}

    def losses(*batches):
        model.reset_metrics()
        for part in batches:
            y = {"depth": labels["depth"][part]}
            outputs = model(images[part], training=False)
            model.compute_loss(y=y, y_pred=outputs)
        return float(model.get_metrics_result()["depth_loss"])

    first, second = losses(slice(0, 2)), losses(slice(2, 4))
    assert second == pytest.approx(losses(slice(2, 3)), rel=1e-5)
    # The first batch has two images with labels, the second one, the third
    # none.
    found = losses(slice(0, 2), slice(2, 4), slice(3, 4))
    assert found == pytest.approx((2 * first + second) / 3, rel=1e-5)


def test_total_loss_is_the_weighted_sum_over_all_predictions(tiny_model, batch):
    model = tiny_model("mti_net", tasks=["depth"])
    images, labels = batch()
    model.compile("sgd", balancing=mtl_zoo.balancing.Fixed({"depth": 2.0}))
    outputs = {
        key: keras.ops.convert_to_numpy(value)
        for key, value in model(images, training=True).items()
    }
    labels = {"depth": labels["depth"]}
    loss = model.compute_loss(y=labels, y_pred=outputs)
    expected = 0.0
    for output in outputs.values():
        resized = keras.ops.image.resize(output, labels["depth"].shape[1:3])
        resized = keras.ops.convert_to_numpy(resized)
        expected += 2 * np.abs(resized - labels["depth"]).mean()
    np.testing.assert_allclose(float(loss), expected, rtol=1e-5)


def test_a_batch_without_labels_gives_loss_0(tiny_model, batch):
    model = tiny_model("hard_sharing")
    model.compile(keras.optimizers.SGD(1.0))
    images, _ = batch()
    labels = {
        task.name: np.stack([task.empty_label(images.shape[1:3])] * 2)
        for task in model.tasks
    }
    before = [np.array(w) for w in model.trainable_variables]
    logs = model.train_on_batch(images, labels, return_dict=True)
    assert logs["loss"] == 0
    for a, b in zip(before, model.trainable_variables, strict=True):
        np.testing.assert_array_equal(a, np.array(b))


def test_a_sample_without_depth_trains_the_other_tasks(tiny_model, batch):
    model = tiny_model("hard_sharing", tasks=["semseg:5", "depth"])
    model.compile(keras.optimizers.SGD(0.1))
    images, labels = batch()
    labels = {"semseg": labels["semseg"]}
    before = np.array(model.get_layer("head_semseg").trainable_variables[0])
    logs = model.train_on_batch(images, labels, return_dict=True)
    after = np.array(model.get_layer("head_semseg").trainable_variables[0])
    assert logs["loss"] > 0
    assert np.abs(before - after).max() > 0
    with pytest.raises(ValueError, match="No labels to learn from"):
        model.compute_loss(y={}, y_pred=model(images))


def test_fit_reports_losses_and_metrics_of_the_tasks(tiny_model, batch):
    model = tiny_model("hard_sharing", tasks=["semseg:5", "depth"])
    model.compile(keras.optimizers.SGD(0.01))
    images, labels = batch()
    labels = {name: labels[name] for name in ("semseg", "depth")}
    history = model.fit(
        images, labels, validation_data=(images, labels), verbose=0
    ).history
    for key in ("loss", "semseg_loss", "depth_loss", "semseg_mIoU"):
        assert key in history
        assert f"val_{key}" in history
    assert 0 <= history["val_semseg_mIoU"][0] <= 1


@pytest.mark.parametrize("size", [(427, 641), (33, 47)])
def test_predict_image_keeps_the_pictures_size(size, tiny_model, tmp_path):
    model = tiny_model("hard_sharing")
    rng = np.random.default_rng(0)
    path = tmp_path / ("a.jpg" if size[0] == 427 else "a.png")
    Image.fromarray(rng.integers(0, 256, (*size, 3), dtype="uint8")).save(path)
    scene = model.predict_image(path)
    assert list(scene) == ["semseg", "depth", "normals", "edge"]
    assert scene["semseg"].shape == size
    assert scene["semseg"].dtype == np.uint8
    assert scene["depth"].shape == size
    assert (scene["depth"] >= 0).all()
    assert scene["normals"].shape == (*size, 3)
    np.testing.assert_allclose(
        np.linalg.norm(scene["normals"], axis=-1), 1, atol=1e-4
    )
    assert 0 <= scene["edge"].min() <= scene["edge"].max() <= 1


def test_predict_image_names_what_it_cannot_read(tiny_model, tmp_path):
    model = tiny_model("hard_sharing")
    (tmp_path / "notes.txt").write_text("not a picture")
    (tmp_path / "empty.png").write_bytes(b"")
    for name in ("notes.txt", "empty.png"):
        with pytest.raises(ValueError, match=name):
            model.predict_image(tmp_path / name)
    with pytest.raises(FileNotFoundError, match="nowhere.jpg"):
        model.predict_image(tmp_path / "nowhere.jpg")


def test_model_errors_name_what_is_allowed(tiny_encoder):
    with pytest.raises(ValueError, match="hrnet_w18_small_v2"):
        mtl_zoo.models.MTINet("hrnet_w18_small", ["depth"])
    with pytest.raises(ValueError, match="imagenet"):
        mtl_zoo.models.MTINet(tiny_encoder(), ["depth"], normalization="caffe")
    with pytest.raises(ValueError, match="neighbours"):
        mtl_zoo.models.MTINet(tiny_encoder(), ["depth"], grouping="channels")
    with pytest.raises(ValueError, match="one task"):
        mtl_zoo.models.SingleTask(tiny_encoder(), ["depth", "edge"])
    with pytest.raises(ValueError, match="depth"):
        mtl_zoo.models.MTINet(
            tiny_encoder(), ["depth"], auxiliary_tasks=["edge"]
        )
    with pytest.raises(ValueError, match="mti_net"):
        mtl_zoo.models.get("mtinet")


@pytest.mark.skipif(
    keras.backend.backend() != "tensorflow", reason="what TensorFlow traces"
)
@pytest.mark.parametrize("method", ["fit", "train_on_batch"])
def test_a_step_is_traced_once(mini_model, monkeypatch, method):
    model = mini_model(tasks=("depth",))
    model.compile("adam")
    calls = []
    original = type(model).train_step

    def train_step(self, *args):
        calls.append(self)
        return original(self, *args)

    monkeypatch.setattr(type(model), "train_step", train_step)
    images = np.zeros((2, 8, 8, 3), "uint8")
    labels = {"depth": np.ones((2, 8, 8, 1), "float32")}
    getattr(model, method)(images, labels)
    getattr(model, method)(images, labels)
    assert calls == [model]
