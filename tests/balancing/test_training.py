"""Every method in training: steps, checkpoints, labels that are missing."""

import keras
import numpy as np
import pytest

import mtl_zoo
from mtl_zoo import balancing
from mtl_zoo.balancing import gradients

NAMES = list(balancing.list_balancings())
OF_FEATURES = ["mgda:features", "grad_drop:features", "grad_norm:features"]


def values(variables):
    return [keras.ops.convert_to_numpy(x).copy() for x in variables]


@pytest.mark.parametrize("name", NAMES + OF_FEATURES)
def test_training_lowers_the_loss(name, mini_model, mini_batch):
    model = mini_model()
    model.compile(keras.optimizers.Adam(0.02), balancing=name)
    totals = []
    for _ in range(12):
        model.reset_metrics()
        logs = model.train_on_batch(*mini_batch, return_dict=True)
        totals.append(sum(logs[f"{t.name}_loss"] for t in model.tasks))
    assert totals[-1] < totals[0]
    weights = model.balancing.weights_of_tasks()
    assert list(weights) == ["semseg", "depth", "edge"]
    assert np.isfinite(list(weights.values())).all()


@pytest.mark.parametrize("name", NAMES)
def test_a_checkpoint_holds_the_state(name, mini_model, mini_batch, tmp_path):
    path = tmp_path / "checkpoint.weights.h5"
    images, labels = mini_batch

    def train(model, epochs, first=0):
        model.fit(
            images,
            labels,
            batch_size=2,
            epochs=epochs,
            initial_epoch=first,
            shuffle=False,
            verbose=0,
        )

    model = mini_model()
    model.compile(keras.optimizers.SGD(0.01), balancing=name, run_eagerly=True)
    train(model, 3)
    model.save_weights(path)
    own = {id(x) for x in model.balancing.variables}
    assert not own & {id(x) for x in model.weights}
    assert own <= {id(x) for x in model.variables}

    again = mini_model()
    again.compile(keras.optimizers.SGD(0.01), balancing=name, run_eagerly=True)
    again.optimizer.build(again.trainable_variables)
    again.load_weights(path)
    for a, b in zip(
        values(again.variables), values(model.variables), strict=True
    ):
        np.testing.assert_array_equal(a, b)
    train(model, 4, first=3)
    train(again, 4, first=3)
    for a, b in zip(
        values(again.variables), values(model.variables), strict=True
    ):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", NAMES + OF_FEATURES)
def test_tasks_without_labels_give_no_nan(name, mini_model, mini_batch):
    model = mini_model()
    model.compile(keras.optimizers.SGD(0.01), balancing=name, run_eagerly=True)
    images, labels = mini_batch
    empty = {
        task.name: np.stack([task.empty_label((8, 8))] * 4)
        for task in model.tasks
    }
    edge = model.get_layer("head_edge").kernel
    before = values([edge])[0]
    for batch in (
        {**labels, "edge": empty["edge"]},
        {**labels, "edge": empty["edge"], "depth": empty["depth"]},
        empty,
    ):
        logs = model.train_on_batch(images, batch, return_dict=True)
        assert np.isfinite(logs["loss"])
        for value in values(model.variables):
            assert np.isfinite(value).all()
    np.testing.assert_array_equal(values([edge])[0], before)


def test_labels_of_a_task_may_be_left_out(mini_model, mini_batch):
    images, labels = mini_batch
    for name in ("uncertainty", "geometric_loss", "cagrad"):
        model = mini_model()
        model.compile("sgd", balancing=name, run_eagerly=True)
        labels = {"semseg": labels["semseg"], "depth": labels["depth"]}
        assert np.isfinite(model.train_on_batch(images, labels)[0])
        for value in values(model.variables):
            assert np.isfinite(value).all()


@pytest.mark.parametrize("name", NAMES)
def test_it_is_serialisable(name):
    method = balancing.get(name)
    config = keras.saving.serialize_keras_object(method)
    again = keras.saving.deserialize_keras_object(config)
    assert type(again) is type(method)
    assert again.get_config() == method.get_config()


def test_arguments_are_serialised():
    for method in (
        balancing.Fixed({"depth": 2.0}),
        balancing.DynamicWeightAverage(temperature=1.5),
        balancing.RandomLossWeighting(seed=3),
        balancing.GradNorm(alpha=0.5),
        balancing.PCGrad(seed=4),
        balancing.CAGrad(c=0.25, shared="features"),
        balancing.CAGradFast(num_sampled=1, seed=2),
        balancing.DBMTL(beta=0.0, shared="features"),
        balancing.ExcessMTL(step_size=0.5),
        balancing.FAMO(weight_decay=0.5),
        balancing.FairGrad(alpha=0.5),
        balancing.GradDrop(leak=0.5),
        balancing.GradVac(beta=0.5),
        balancing.MoCo(rho=0.5),
        balancing.MoDo(rho=0.5),
        balancing.RandomGradientWeighting(distribution="uniform"),
        balancing.SDMGrad(direction=0.5),
        balancing.STCH(mu=0.5),
    ):
        again = type(method).from_config(method.get_config())
        assert again.get_config() == method.get_config()


@pytest.mark.parametrize(
    "name",
    ["uncertainty", "grad_norm", "aligned_mtl", "famo", "moco", "modo"]
    + ["grad_drop", "mgda:features"],
)
def test_mixed_precision_with_a_loss_scale(name, mini_model, mini_batch):
    """A scale that is too high costs steps, and leaves the state alone."""
    keras.config.set_dtype_policy("mixed_float16")
    model = mini_model()
    model.compile(keras.optimizers.SGD(0.05), balancing=name)
    assert isinstance(model.optimizer, keras.optimizers.LossScaleOptimizer)
    model.optimizer.build(model.trainable_variables)
    model.optimizer.dynamic_scale.assign(1e30)
    before = values(model.variables)
    model.train_on_batch(*mini_batch)
    keep = [
        not x.name.startswith(("last_weights", "seed", "before"))
        for x in model.variables
    ]
    for a, b, kept in zip(before, values(model.variables), keep, strict=True):
        assert np.isfinite(b).all()
        if kept:
            np.testing.assert_array_equal(a, b)
    model.optimizer.dynamic_scale.assign(2.0**10)
    depth = []
    for _ in range(6):
        model.reset_metrics()
        logs = model.train_on_batch(*mini_batch, return_dict=True)
        depth.append(logs["depth_loss"])
    assert depth[-1] < depth[0]


def test_a_step_of_mgda_is_the_one_computed_by_hand(mini_model):
    """Two depths of one pixel, predicted from two linear features.

    Predictions are below the labels, so that the derivative of both losses by
    the prediction is -1. With head weights (1, 0) and (0, 2), the gradients
    with respect to the encoder's kernel are -x (1, 0) and -x (0, 2): MGDA
    weighs them 0.8 and 0.2. The heads get their own gradients as they are,
    the kernel's regularisation its own.
    """
    tasks = [mtl_zoo.tasks.Depth("near"), mtl_zoo.tasks.Depth("far")]
    x = np.array([0.5, 1.0, 0.25], "float32")
    kernel = np.full((3, 2), 0.1, "float32")
    heads = np.array([[1.0, 0.0], [0.0, 2.0]], "float32")
    model = mini_model(tasks, 2, None, keras.regularizers.L2(0.5))
    model.get_layer("encoder").get_layer("convolution").kernel.assign(
        kernel[None, None]
    )
    for task, head in zip(("near", "far"), heads, strict=True):
        model.get_layer(f"head_{task}").kernel.assign(head[None, None, :, None])
    model.compile(keras.optimizers.SGD(0.1), balancing="mgda")
    depth = np.full((1, 1, 1, 1), 9, "float32")
    loss = model.train_on_batch(
        x[None, None, None], {"near": depth, "far": depth}
    )[0]

    features = x @ kernel
    expected = sum(9 - features @ head for head in heads) + 0.5 * 6 * 0.01
    np.testing.assert_allclose(loss, expected, rtol=1e-5)
    weights = model.balancing.weights_of_tasks()
    np.testing.assert_allclose(list(weights.values()), [0.8, 0.2], rtol=1e-5)
    step = 0.1 * np.outer(x, 0.8 * heads[0] + 0.2 * heads[1])
    found = values([model.encoder.get_layer("convolution").kernel])[0][0, 0]
    np.testing.assert_allclose(found, kernel * 0.9 + step, rtol=1e-5)
    for task, head in zip(("near", "far"), heads, strict=True):
        found = values([model.get_layer(f"head_{task}").kernel])[0].ravel()
        np.testing.assert_allclose(found, head + 0.1 * features, rtol=1e-5)


@pytest.mark.parametrize("name", ["equal", "random_gradient_weighting"])
def test_features_lead_to_the_same_weights(name, mini_model, mini_batch):
    """A linear combination is the same, wherever gradients are combined."""

    def trained(balancing_of_model):
        keras.utils.set_random_seed(0)
        model = mini_model(regularizer=keras.regularizers.L2(0.1))
        model.compile(keras.optimizers.SGD(0.1), balancing=balancing_of_model)
        for _ in range(2):
            model.train_on_batch(*mini_batch)
        return values(model.trainable_variables)

    if name == "equal":

        class Plain(balancing.GradientBalancing):
            def weigh(self, gram, losses, labelled):
                return keras.ops.ones_like(losses)

        one, two = Plain(shared="features"), "equal"
    else:
        make = balancing.RandomGradientWeighting
        one, two = make(1, shared="features"), make(1)
    for a, b in zip(trained(one), trained(two), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)


@pytest.fixture(scope="module")
def tiny_invpt():
    """InvPT on a ViT of a few thousand weights, with its first weights."""
    keras.utils.set_random_seed(0)
    encoder = mtl_zoo.encoders.ViT(
        8, 4, 2, feature_blocks=(1, 2, 3), image_size=(64, 64)
    )
    model = mtl_zoo.models.InvPT(encoder, ["semseg:3", "depth"], 4, 4)
    return model, model.get_weights()


@pytest.mark.skipif(
    keras.backend.backend() != "torch",
    reason="34 compilations of a transformer take minutes; methods and "
    "network are tested by themselves on every backend",
)
@pytest.mark.parametrize("name", NAMES + OF_FEATURES)
def test_every_way_trains_invpt(name, tiny_invpt):
    model, start = tiny_invpt
    model.set_weights(start)
    rng = np.random.default_rng(0)
    images = rng.uniform(0, 255, (2, 64, 64, 3)).astype("float32")
    labels = {
        "semseg": rng.integers(0, 3, (2, 64, 64)).astype("int32"),
        "depth": rng.uniform(1, 5, (2, 64, 64, 1)).astype("float32"),
    }
    model.compile(keras.optimizers.Adam(0.01), balancing=name)
    totals = []
    for _ in range(4):
        model.reset_metrics()
        logs = model.train_on_batch(images, labels, return_dict=True)
        totals.append(sum(logs[f"{task.name}_loss"] for task in model.tasks))
    assert totals[-1] < totals[0]
    for variable in model.weights:
        assert np.isfinite(values([variable])[0]).all(), variable.path
    # All parts learn: the ViT's first layer, the decoder, both heads.
    before = {
        variable.path: value
        for value, variable in zip(start, model.weights, strict=True)
    }
    for layer in (
        model.encoder.get_layer("patch_embedding"),
        model.get_layer("stage_2").mlp.reduce,
        model.get_layer("head_semseg"),
        model.get_layer("head_depth"),
        model.get_layer("initial_depth_prediction"),
    ):
        kernel = layer.kernel
        assert (values([kernel])[0] != before[kernel.path]).any(), kernel.path


@pytest.mark.slow_to_compile
@pytest.mark.parametrize("name", mtl_zoo.models.list_models())
def test_every_network_has_shared_features(name, tiny_model, batch):
    """In two halves a network predicts what it does in one."""
    model = tiny_model(name)
    for layer in model._flatten_layers():
        if isinstance(layer, keras.layers.Dropout):
            layer.rate = 0.0
    images = keras.ops.convert_to_tensor(batch()[0])
    encode, rest = gradients.halves(model)
    features, places = encode(images)
    found = rest(images, features, places)
    expected = model(images, training=True)
    assert features and list(found) == list(expected)
    for key, value in expected.items():
        a, b = values([value, found[key]])
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-4 * abs(a).max())


@pytest.mark.parametrize("encoder", ["segnet", "resnet"])
def test_features_that_are_made_of_others(encoder, tiny_model, batch):
    """As of a single one; SegNet's are whole numbers, too, without gradient."""
    images, labels = batch((32, 32))
    labels = {name: labels[name] for name in ("semseg", "depth")}
    trained = []
    for shared in balancing.gradient_balancing.SHARED:
        keras.utils.set_random_seed(0)
        model = tiny_model("hard_sharing", ["semseg:5", "depth"], encoder)
        model.compile(
            keras.optimizers.SGD(0.1),
            balancing=balancing.RandomGradientWeighting(1, shared=shared),
            run_eagerly=True,
        )
        before = values(model.trainable_variables)
        model.train_on_batch(images, labels)
        after = values(model.trainable_variables)
        trained.append([b - a for a, b in zip(before, after, strict=True)])
    for a, b in zip(*trained, strict=True):
        bound = 0.02 * abs(b).max() + 1e-6
        np.testing.assert_allclose(a, b, rtol=0, atol=bound)
    assert abs(trained[0][0]).max() > 1e-5


def test_halves_of_a_batch_are_its_samples(mini_model, mini_batch):
    """A batch of two equal halves: inner products are those of either."""
    images, labels = mini_batch
    images, labels = images[:1], {k: v[:1] for k, v in labels.items()}
    shares = []
    for copies in (1, 2):
        keras.utils.set_random_seed(0)
        model = mini_model()
        model.compile("sgd", balancing=balancing.MoDo(gamma=1.0))
        model.train_on_batch(
            np.repeat(images, copies, 0),
            {k: np.repeat(v, copies, 0) for k, v in labels.items()},
        )
        shares.append(values([model.balancing.shares])[0])
    np.testing.assert_allclose(shares[0], shares[1], rtol=1e-4)
    assert np.ptp(shares[0]) > 0.05


def test_halves_that_are_noise_leave_finite_shares():
    """Their products are negative: no norms can be told from them."""
    method = balancing.SDMGrad()
    for product in ([[-1e3, 2.0], [3.0, -1e-3]], [[1e-9, -5.0], [-4.0, 0.0]]):
        shares = method.update(
            *(
                keras.ops.convert_to_tensor(x, "float32")
                for x in (product, [0.5, 0.5], [1.0, 1.0])
            )
        )
        (found,) = values([shares])
        assert (found >= 0).all()
        np.testing.assert_allclose(found.sum(), 1, rtol=1e-5)


def test_looking_back_changes_nothing_else(mini_model, mini_batch):
    """FAMO's second look at the batch: only its own state learns from it."""
    model = mini_model()
    model.compile(keras.optimizers.SGD(0.5), balancing="famo")
    logs = model.train_on_batch(*mini_batch, return_dict=True)
    before = np.log([logs[f"{t.name}_loss"] for t in model.tasks])
    logs = model.evaluate(*mini_batch, verbose=0, return_dict=True)
    after = np.log([logs[f"{t.name}_loss"] for t in model.tasks])
    fall = before - after
    # The gradient of Σ fall softmax(ξ) at ξ = 0; Adam's first step is its sign.
    logits = values([model.balancing.logits])[0]
    np.testing.assert_allclose(
        logits, -0.025 * np.sign(fall - fall.mean()), atol=1e-3
    )


def test_gradients_that_are_tracked_belong_to_the_weights(mini_model):
    method = balancing.MoCo()
    mini_model().compile("sgd", balancing=method)
    with pytest.raises(ValueError, match="other weights"):
        mini_model(features=5).compile("sgd", balancing=method)
    with pytest.raises(ValueError, match="'features'.*'encoder'"):
        balancing.get("moco:features")


def test_gradients_need_an_encoder_that_trains(mini_model, mini_batch):
    model = mini_model()
    model.encoder.trainable = False
    model.compile("sgd", balancing="mgda")
    with pytest.raises(ValueError, match="encoder"):
        model.train_on_batch(*mini_batch)


def test_weights_to_start_from_leave_the_state_fresh(
    mini_model, mini_batch, tmp_path
):
    path = tmp_path / "start.weights.h5"
    mini_model().save_weights(path)
    model = mini_model()
    model.compile("sgd", balancing="uncertainty")
    model.train_on_batch(*mini_batch)
    before = values(model.balancing.variables)
    model.load_weights(path)
    np.testing.assert_array_equal(values(model.balancing.variables), before)


@pytest.mark.parametrize("other", ["grad_norm", "imtl_l"])
def test_a_checkpoint_of_another_balancing_is_refused(
    other, mini_model, tmp_path
):
    path = tmp_path / "checkpoint.weights.h5"
    model = mini_model()
    model.compile("sgd", balancing="uncertainty")
    model.save_weights(path)
    model.compile("sgd", balancing=other)
    with pytest.raises(ValueError, match="another balancing"):
        model.load_weights(path)


def test_presets_hold_no_state(tiny_model, tmp_path):
    model = tiny_model("hard_sharing", tasks=["depth", "edge"])
    model.compile("sgd", balancing="grad_norm")
    model.save_to_preset(tmp_path / "preset")
    again = mtl_zoo.models.MultiTaskModel.from_preset(tmp_path / "preset")
    assert again.balancing is None
    assert len(again.variables) == len(again.weights) == len(model.weights)
