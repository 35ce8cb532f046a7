"""What Keras users are used to: losses by task, labels, shapes, policies."""

import warnings

import keras
import numpy as np
import pytest

import mtl_zoo
from mtl_zoo.models.inputs import standardize_tasks
from tests.tiny_encoders import TINY_ARGUMENTS
from tests.tiny_encoders import TINY_ENCODERS
from tests.tiny_encoders import usual_encoder


@pytest.fixture
def model(mini_model):
    return mini_model(("semseg:3", "depth", "edge"))


@pytest.fixture
def data(mini_batch):
    """A batch some of whose pixels are unknown."""
    images, labels = mini_batch
    labels["semseg"][0, :4] = 255
    labels["depth"][1, 2:] = 0
    labels["edge"][2, :, :3] = 255
    return images, labels


def softmax_errors(labels, logits):
    logits = logits.astype("float64")
    logs = logits - np.log(np.exp(logits).sum(-1, keepdims=True))
    ids = np.where(labels == 255, 0, labels)
    return -np.take_along_axis(logs, ids[..., None], -1)[..., 0]


def own_error(y_true, y_pred):
    return keras.ops.abs(y_true - y_pred)[..., 0]


def mean_error(y_true, y_pred):
    return keras.ops.mean(keras.ops.abs(y_true - y_pred))


LOSSES = {
    "string": ("depth", "mae", lambda d: np.abs(d)),
    "class": ("depth", keras.losses.MeanSquaredError, lambda d: d**2),
    "function": ("depth", lambda: own_error, lambda d: np.abs(d)),
    "cross-entropy": ("semseg", "sparse_categorical_crossentropy", None),
    "cross-entropy class": (
        "semseg",
        lambda: keras.losses.SparseCategoricalCrossentropy(
            from_logits=True, ignore_class=255
        ),
        None,
    ),
}


@pytest.mark.parametrize("kind", LOSSES)
def test_a_loss_of_keras_counts_labelled_pixels(kind, model, data):
    name, loss, error = LOSSES[kind]
    loss = loss if isinstance(loss, str) else loss()
    model.compile("sgd", loss={name: loss}, run_eagerly=True)
    images, labels = data
    raw = keras.ops.convert_to_numpy(model(images)[name])
    known = labels[name] != (255 if name == "semseg" else 0)
    if error is None:
        errors = softmax_errors(labels[name], raw)
    else:
        errors = error(raw - labels[name])
    logs = model.evaluate(images, labels, verbose=0, return_dict=True)
    assert logs[f"{name}_loss"] == pytest.approx(errors[known].mean(), 1e-4)
    # Those of the others are theirs.
    assert logs["edge_loss"] > 0


def test_metrics_and_weights_take_the_place_of_the_tasks_own(model, data):
    model.compile(
        "sgd",
        loss_weights={"depth": 3.0, "edge": 0.0},
        metrics={
            "semseg": ["accuracy", keras.metrics.MeanIoU(3, sparse_y_pred=0)],
            "depth": ["mae", own_error, mtl_zoo.metrics.DepthMetrics()],
            "edge": "acc",
        },
        run_eagerly=True,
    )
    images, labels = data
    raw = {
        key: keras.ops.convert_to_numpy(value)
        for key, value in model(images).items()
    }
    logs = model.evaluate(images, labels, verbose=0, return_dict=True)
    known = labels["semseg"] != 255
    right = raw["semseg"].argmax(-1) == labels["semseg"]
    assert logs["semseg_accuracy"] == pytest.approx(right[known].mean(), 1e-4)
    assert any(key.startswith("semseg_mean_io_u") for key in logs)
    assert "semseg_mIoU" not in logs
    known = labels["depth"] > 0
    error = np.abs(raw["depth"] - labels["depth"])[known].mean()
    for key in ("mae", "own_error"):
        assert logs[f"depth_{key}"] == pytest.approx(error, 1e-4)
    # The library's own takes no distance below 0.
    error = np.abs(np.maximum(raw["depth"], 0) - labels["depth"])[known]
    assert logs["depth_abs_err"] == pytest.approx(error.mean(), 1e-4)
    known = labels["edge"] != 255
    right = (raw["edge"] > 0) == (labels["edge"] == 1)
    assert logs["edge_acc"] == pytest.approx(right[known].mean(), 1e-4)
    total = logs["semseg_loss"] + 3 * logs["depth_loss"]
    assert logs["loss"] == pytest.approx(total, 1e-4)
    # The tasks themselves, and so what is saved, are as they were.
    model.compile("sgd", run_eagerly=True)
    assert "semseg_mIoU" in model.evaluate(
        images, labels, verbose=0, return_dict=True
    )


def test_one_task_needs_no_dict(mini_model, data):
    model = mini_model(("depth",))
    model.compile("sgd", loss=mean_error, metrics=["mae"], run_eagerly=True)
    images, labels = data
    depth = {"depth": np.maximum(labels["depth"], 0.1)}
    logs = model.evaluate(images, depth, verbose=0, return_dict=True)
    assert logs["depth_mae"] == pytest.approx(logs["depth_loss"], 1e-4)


@pytest.mark.parametrize(
    "arguments, words",
    [
        ({"loss": "mae"}, "loss is a dict by task.*'semseg'.*received 'mae'"),
        ({"loss": {"dpeth": "mae"}}, "'dpeth'.*semseg, depth, edge"),
        ({"loss": {"depth": "mea"}}, "'mea' is not one of keras.losses"),
        ({"loss": {"depth": None}}, "received None.*loss_weights 0"),
        ({"loss": {"depth": keras.losses.Huber}}, "received <class"),
        ({"loss": {"depth": lambda x: x}}, "can't be computed"),
        (
            {"loss": {"semseg": keras.losses.SparseCategoricalCrossentropy()}},
            "from_logits=True",
        ),
        (
            {"loss": {"depth": keras.losses.Huber(reduction="sum")}},
            "reduction='sum'",
        ),
        ({"loss": mtl_zoo.balancing.Equal()}, "balancing=…"),
        ({"loss_weights": {"depth": "a"}}, "is a number; received 'a'"),
        ({"loss_weights": {"depth": -1}}, "at least 0"),
        ({"loss_weights": [1, 2, 3]}, "loss_weights is a dict by task"),
        (
            {"loss_weights": {"depth": 1}, "balancing": "uncertainty"},
            "balancing='uncertainty'.*one of them",
        ),
        ({"metrics": ["mae"]}, "metrics is a dict by task"),
        ({"metrics": {"depth": "accuracy"}}, "for classes"),
        ({"metrics": {"depth": ["mea"]}}, "'mea' is not one"),
        ({"metrics": {"depth": ["mae", "mae"]}}, "names of their own"),
        ({"metrics": {"edge": keras.metrics.F1Score()}}, "can't be computed"),
        (
            {"metrics": {"edge": keras.metrics.AUC(from_logits=False)}},
            "from_logits=True",
        ),
    ],
)
def test_what_compile_refuses(arguments, words, model):
    with pytest.raises(ValueError, match=words) as error:
        model.compile("sgd", **arguments)
    assert "\n" not in str(error.value) and len(str(error.value)) < 300


def test_a_compile_that_fails_changes_nothing(model, data):
    model.compile("sgd", loss={"depth": "mae"}, balancing="equal")
    tasks, balancing = model.supervised_tasks, model.balancing
    for wrong in ({"metrics": ["mae"]}, {"balancing": "none"}):
        with pytest.raises(ValueError):
            model.compile("adam", loss={"depth": "mse"}, **wrong)
    assert model.supervised_tasks is tasks and model.balancing is balancing
    assert isinstance(model.optimizer, keras.optimizers.SGD)


def test_jit_on_a_cpu_takes_minutes(model, monkeypatch):
    path = "mtl_zoo.models.training.has_accelerator"
    for found in (False, True):
        monkeypatch.setattr(path, lambda found=found: found)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            model.compile("sgd", jit_compile=True)
        said = [str(x.message) for x in caught if "minutes" in str(x.message)]
        assert len(said) == (0 if found else 1)


@pytest.mark.parametrize(
    "change, words",
    [
        (lambda y: [y["semseg"], y["depth"]], "dict task name.*received list"),
        (lambda y: y["depth"], "dict task name.*received an array"),
        (lambda y: None, "semseg, depth, edge; received none"),
        (lambda y: {**y, "dpeth": y["depth"]}, "'dpeth'.*semseg, depth, edge"),
        (lambda y: {**y, "normals": y["depth"]}, "'normals'.*must be"),
        (lambda y: {}, "No labels to learn from"),
    ],
)
def test_labels_by_a_wrong_name(change, words, model, data):
    images, labels = data
    model.compile("sgd", run_eagerly=True)

    def batches():
        yield images, change(labels)

    for run in (
        lambda: model.fit(images, change(labels), verbose=0),
        lambda: model.evaluate(images, change(labels), verbose=0),
        lambda: model.fit(
            images, labels, validation_data=(images, change(labels)), verbose=0
        ),
        lambda: model.fit(batches(), steps_per_epoch=1, verbose=0),
        lambda: model.train_on_batch(images, change(labels)),
    ):
        with pytest.raises(ValueError, match=words) as error:
            run()
        assert "\n" not in str(error.value) and len(str(error.value)) < 300


@pytest.mark.parametrize(
    "change, words",
    [
        (lambda x: x[0], r"\(8, 10, 3\).*images\[None\]"),
        (lambda x: np.moveaxis(x, -1, 1), "channels first.*moveaxis"),
        (
            lambda x: np.concatenate([x, x[..., :1]], -1),
            r"RGBA.*\[\.\.\., :3\]",
        ),
        (lambda x: x[..., 0], "grey.*np.repeat"),
        (lambda x: x[..., :1], "grey.*np.repeat"),
        (lambda x: list(x), "received list.*np.stack"),
        (lambda x: x[None], r"\(1, 4, 8, 10, 3\)"),
    ],
)
def test_images_of_a_wrong_shape(change, words, model, batch):
    images, labels = batch((8, 10), 4)
    labels.pop("normals")
    wrong = change(images)
    model.compile("sgd", run_eagerly=True)
    for run in (
        lambda: model.fit(wrong, labels, verbose=0),
        lambda: model.evaluate(wrong, labels, verbose=0),
        lambda: model.predict(wrong, verbose=0),
        lambda: model(wrong),
        lambda: model.train_on_batch(wrong, labels),
        lambda: model.predict_on_batch(wrong),
    ):
        with pytest.raises(ValueError, match=words) as error:
            run()
        assert "\n" not in str(error.value) and len(str(error.value)) < 300


@pytest.mark.parametrize(
    "dtype", ["longdouble", "uint64", ">f4", ">i8", "float16", "bool"]
)
def test_numbers_of_every_kind(dtype, model, batch):
    """Backends differ in which they take; all give what float32 gives."""
    images, labels = batch((8, 10), 4)
    images = images.astype(dtype)
    expected = model.predict(images.astype("float32"), verbose=0)
    for found in (model.predict(images, verbose=0), model(images)):
        for name, value in expected.items():
            array = keras.ops.convert_to_numpy(found[name])
            np.testing.assert_allclose(array, value, atol=1e-4)
    model.compile("sgd", run_eagerly=True)
    labels = {"depth": labels["depth"].astype(dtype)}
    assert np.isfinite(model.train_on_batch(images, labels)[0])
    model.fit(
        images, labels, verbose=0, validation_data=(images, labels), epochs=1
    )


@pytest.mark.parametrize(
    "change, words",
    [
        (lambda x: np.where(x == x.max(), 1e300, x), "finite numbers.*1e.300"),
        (lambda x: np.where(x == x.max(), -1e39, x), "finite numbers.*-1e.39"),
        (lambda x: np.where(x == x.max(), np.inf, x), "finite numbers.*inf"),
        (lambda x: np.where(x == x.max(), np.nan, x), "finite numbers.*nan"),
        (
            lambda x: x.astype("longdouble") * np.longdouble("1e400"),
            "finite numbers.*inf",
        ),
        (lambda x: x.astype("complex64"), "dtype complex64"),
        (lambda x: x.astype(object), "dtype object"),
        (lambda x: x.astype(str), "dtype <U"),
        (lambda x: x.astype("datetime64[s]"), "dtype datetime64"),
        (lambda x: x[:, :0], r"received shape \(\d+, 0, "),
        (lambda x: x[:0], "There is no image"),
    ],
)
def test_what_is_no_image_in_numbers(change, words, model, batch):
    images, labels = batch((8, 10), 4)
    labels.pop("normals")
    wrong = change(images.astype("float64"))
    model.compile("sgd", run_eagerly=True)
    uses = [
        lambda: model.predict(wrong, verbose=0),
        lambda: model.predict_on_batch(wrong),
        lambda: model.fit(wrong, labels, verbose=0),
        lambda: model.fit(
            images, labels, verbose=0, validation_data=(wrong, labels)
        ),
        lambda: model.evaluate(wrong, labels, verbose=0),
        lambda: model.train_on_batch(wrong, labels),
        lambda: model.test_on_batch(wrong, labels),
    ]
    if len(wrong):
        uses.append(lambda: model(wrong))
    for use in uses:
        with pytest.raises(ValueError, match=words) as error:
            use()
        assert len(str(error.value)) < 300 and "\n" not in str(error.value)


def test_images_from_0_to_1_are_nearly_black(tiny_model, batch):
    model = tiny_model("hard_sharing", ["depth"])
    images = batch()[0] / np.float32(255)
    with pytest.warns(UserWarning, match="multiply them by 255"):
        model.predict(images, verbose=0)


@pytest.mark.parametrize("kind", ["arrays", "generator", "PyDataset", "list"])
@pytest.mark.parametrize("task", ["edge", "saliency"])
def test_edges_of_0_and_255_are_refused(kind, task, mini_model, data):
    images, labels = data
    yes_or_no = (labels["edge"] == 1).astype("uint8")
    model = mini_model((task,))
    model.compile("sgd", run_eagerly=True)

    def fit(values):
        y = {task: values}
        if kind == "arrays":
            return model.fit(images, y, verbose=0)

        class Batches(keras.utils.PyDataset):
            def __len__(self):
                return 2

            def __getitem__(self, index):
                return images, y

        x = {
            "generator": ((images, y) for _ in range(2)),
            "PyDataset": Batches(),
            "list": None,
        }[kind]
        if x is None:
            with pytest.raises(ValueError, match="np.stack"):
                model.fit([images], y, verbose=0)
            return model.fit(images, y, verbose=0)
        return model.fit(x, steps_per_epoch=2, verbose=0)

    with pytest.raises(ValueError, match=f"'{task}' are 0 and 255.*divide"):
        fit(255 * yes_or_no)
    with pytest.raises(ValueError, match=f"'{task}'.*these have 17"):
        fit(17 * yes_or_no)
    # An ignored part beside edges is as it should be; so is a part of a batch.
    ignored = np.where(np.arange(8)[:, None] < 2, 255, yes_or_no[..., 0])
    assert fit(ignored[..., None]).history["loss"][0] >= 0
    assert fit(yes_or_no.astype(bool)).history["loss"][0] >= 0


def test_an_auxiliary_task_by_its_name():
    semseg = mtl_zoo.tasks.SemanticSegmentation(7)
    for names in (["semseg", "normals"], "semseg,normals"):
        targets, auxiliary = standardize_tasks([semseg], names)
        assert [task.name for task in auxiliary] == ["semseg", "normals"]
        assert auxiliary[0] is targets[0] is semseg
    with pytest.raises(ValueError, match="needs its number of classes"):
        standardize_tasks(["depth"], ["semseg", "depth"])


@pytest.mark.parametrize("policy", ["float16", "bfloat16", "float64"])
def test_global_policies_train(policy, tiny_model, batch, tmp_path):
    keras.config.set_dtype_policy(policy)
    model = tiny_model("hard_sharing", ["semseg:5", "depth"], "resnet")
    images, labels = batch()
    labels = {name: labels[name] for name in ("semseg", "depth")}
    model.compile(keras.optimizers.SGD(1e-3))
    assert np.isfinite(model.train_on_batch(images, labels)[0])
    raw = model.predict(images, verbose=0)
    assert raw["depth"].dtype == np.float32
    assert np.isfinite(raw["depth"]).all()
    model.save_to_preset(tmp_path / "preset")
    again = mtl_zoo.models.MultiTaskModel.from_preset(tmp_path / "preset")
    np.testing.assert_allclose(
        again.predict(images, verbose=0)["depth"], raw["depth"], atol=1e-5
    )


@pytest.mark.parametrize("name", mtl_zoo.models.list_models())
def test_a_given_policy_goes_before_the_global_one(name):
    keras.config.set_dtype_policy("mixed_bfloat16")
    encoder = TINY_ENCODERS[usual_encoder(name)]()
    encoder = type(encoder).from_config(
        {**encoder.get_config(), "dtype": "float32"}
    )
    model = mtl_zoo.models.get(name)(
        encoder, ["depth"], dtype="float32", **TINY_ARGUMENTS.get(name, {})
    )
    # What casts its inputs, casts them to its policy.
    casting = {
        layer.name: layer.compute_dtype
        for layer in model._flatten_layers()
        if layer.autocast
        and not isinstance(layer, (keras.Model, keras.layers.InputLayer))
    }
    assert set(casting.values()) == {"float32"}, casting


@pytest.mark.parametrize(
    "name, encoder",
    [
        ("hard_sharing", "resnet"),
        ("mti_net", "hrnet"),
        ("mtan", "segnet"),
        ("invpt", "vit"),
    ],
)
def test_channels_first_changes_nothing_or_says_why(
    name, encoder, tiny_model, batch
):
    images, _ = batch()
    model = tiny_model(name, ["depth"], encoder)
    expected = keras.ops.convert_to_numpy(model(images)["depth"])
    keras.config.set_image_data_format("channels_first")
    try:
        keras.utils.set_random_seed(0)
        other = tiny_model(name, ["depth"], encoder)
        other.set_weights(model.get_weights())
        found = keras.ops.convert_to_numpy(other(images)["depth"])
        with pytest.raises(ValueError, match="channels_last"):
            mtl_zoo.encoders.get("keras_cv:mobilenet_v3_small")
    finally:
        keras.config.set_image_data_format("channels_last")
    np.testing.assert_allclose(found, expected, atol=1e-5)
