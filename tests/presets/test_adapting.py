"""A preset's network for other tasks: what is kept, fresh, left out."""

import inspect

import keras
import numpy as np
import pytest

import mtl_zoo
from mtl_zoo import models
from mtl_zoo import presets
from mtl_zoo.presets import adapting
from mtl_zoo.utils.files import read_json
from tests.drills import seeds

TASKS = ["semseg:3", "depth", "normals"]


@pytest.fixture(scope="module")
def folders(tmp_path_factory, request):
    """Makes a preset of a tiny network, once per network."""
    from tests.tiny_encoders import TINY_ARGUMENTS
    from tests.tiny_encoders import TINY_ENCODERS
    from tests.tiny_encoders import usual_encoder

    made = {}

    def folder(name):
        if name not in made:
            keras.utils.set_random_seed(1)
            encoder = TINY_ENCODERS[usual_encoder(name)]()
            tasks = TASKS[:1] if name == "single_task" else TASKS
            arguments = TINY_ARGUMENTS.get(name, {})
            model = models.get(name)(encoder, tasks, **arguments)
            made[name] = tmp_path_factory.mktemp(name) / "preset"
            model.save_to_preset(made[name])
        return made[name]

    return folder


def image():
    return np.random.default_rng(0).integers(0, 256, (1, 32, 64, 3), "uint8")


def outputs(model):
    return {
        name: keras.ops.convert_to_numpy(value)
        for name, value in model(image(), training=False).items()
    }


def by_path(model):
    return {v.path: keras.ops.convert_to_numpy(v.value) for v in model.weights}


def test_an_encoder_of_keras_layers(tmp_path):
    """Keras empties the configuration of such a one when it is built."""
    model = models.HardSharing(seeds.encoder(), TASKS, width=4)
    model.save_to_preset(tmp_path / "preset")
    fewer = presets.load(tmp_path / "preset", tasks=["depth"])
    np.testing.assert_array_equal(
        outputs(fewer)["depth"], outputs(model)["depth"]
    )


def test_its_own_tasks(folders, capsys):
    model = models.MTINet.from_preset(folders("mti_net"))
    report = model.load_report
    assert report.loaded and not (report.fresh or report.left_out)
    # There is nothing to tell.
    assert not capsys.readouterr().out


def test_other_number_of_classes(folders, capsys):
    old = models.MTINet.from_preset(folders("mti_net"))
    new = models.MTINet.from_preset(folders("mti_net"), num_classes=2)
    report = new.load_report
    assert capsys.readouterr().out == f"{report}\n"
    assert report.fresh and not report.left_out
    assert all("semseg" in layer for layer in report.fresh)
    assert "head_semseg/prediction" in report.fresh
    assert new.tasks[0].num_classes == 2
    before, after = by_path(old), by_path(new)
    assert before.keys() == after.keys()
    for path, value in after.items():
        layer = path.rpartition("/")[0]
        if layer in report.loaded:
            np.testing.assert_array_equal(value, before[path], path)
        elif path.endswith("kernel"):
            # Fresh, and not the zeros that variables begin with.
            assert value.std() > 0, path
    assert outputs(new)["semseg"].shape == (1, 32, 64, 2)


def test_a_task_dropped_and_a_task_added(folders):
    path = folders("hard_sharing")
    old = models.HardSharing.from_preset(path)
    new = models.HardSharing.from_preset(
        path, tasks=["saliency", "depth", "semseg"], name="mine"
    )
    assert new.name == "mine"
    # Kept tasks keep their order, so that layers find them in their places.
    assert [task.name for task in new.tasks] == ["semseg", "depth", "saliency"]
    assert new.tasks[0].num_classes == 3
    report = new.load_report
    assert all("saliency" in layer for layer in report.fresh)
    assert all("normals" in layer for layer in report.left_out)
    expected, found = outputs(old), outputs(new)
    for task in ("semseg", "depth"):
        np.testing.assert_array_equal(found[task], expected[task])


def test_names_of_layers_are_fit_to_print():
    report = adapting.LoadReport(fresh=("a\x1b[2J\n",), left_out=("b\r",))
    assert str(report).splitlines()[1:] == ["Fresh: a?[2J?.", "Left out: b?."]


def test_tasks_as_they_come(folders):
    """One alone, a text of several, and what is none."""
    known = [task["config"] for task in _config(folders)["config"]["tasks"]]
    assert [task["name"] for task in known] == ["semseg", "depth", "normals"]
    for given, names in (
        ("depth", ["depth"]),
        (" depth, semseg", ["semseg", "depth"]),
        (mtl_zoo.tasks.Depth(), ["depth"]),
        (["semseg"], ["semseg"]),
    ):
        config = adapting.change_tasks(_config(folders), given)
        found = [task["config"]["name"] for task in config["config"]["tasks"]]
        assert found == names
    for wrong, message in (
        ("dept", "'dept' is not known.* mean 'depth'"),
        ("", "at least one"),
        ([], "at least one"),
        (["depth", "depth"], "each with its own name"),
        (3, "received 3"),
    ):
        with pytest.raises(ValueError, match=message):
            adapting.change_tasks(_config(folders), wrong)


def _config(folders):
    return read_json(folders("hard_sharing") / "task.json")


@pytest.mark.slow_to_compile
@pytest.mark.parametrize("name", models.list_models())
def test_every_network(folders, name):
    """Also whose layers mix the tasks: what fits is kept, and it runs."""
    tasks = ["semseg:4"] if name == "single_task" else ["depth", "edge"]
    if name in ("cross_stitch", "nddr_cnn"):
        # They have an encoder for each of their tasks.
        with pytest.raises(ValueError, match="is stitched by"):
            models.get(name).from_preset(folders(name), tasks=tasks)
        return
    new = models.get(name).from_preset(folders(name), tasks=tasks)
    assert [task.name for task in new.tasks] == [
        task.partition(":")[0] for task in tasks
    ]
    assert new.load_report.loaded and new.load_report.fresh
    for value in outputs(new).values():
        assert np.isfinite(value).all()


def test_fresh_weights_are_those_of_a_fresh_model(folders):
    path = folders("mti_net")
    keras.utils.set_random_seed(7)
    one = models.MTINet.from_preset(path, load_weights=False)
    keras.utils.set_random_seed(7)
    encoder = mtl_zoo.presets.load(path, load_weights=False).encoder
    keras.utils.set_random_seed(7)
    other = models.MTINet.from_config(one.get_config())
    del encoder
    for a, b in zip(one.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("name", models.list_models())
def test_dtype_reaches_every_layer_with_weights(folders, name):
    """Also a stitched network's, whose encoder holds another one."""
    model = models.get(name).from_preset(folders(name), dtype="mixed_bfloat16")
    # Predictions are float32 under any policy.
    exempt = (keras.Model, mtl_zoo.layers.PredictionConv)
    assert {
        layer.dtype_policy.name
        for layer in model._flatten_layers()
        if layer.weights and not isinstance(layer, exempt)
    } == {"mixed_bfloat16"}


@pytest.mark.parametrize("policy", ["float64", "mixed_bfloat16", "bfloat16"])
def test_dtype(folders, policy):
    path = folders("hard_sharing")
    given = models.HardSharing.from_preset(path, dtype=policy)
    keras.config.set_dtype_policy(policy)
    globally = models.HardSharing.from_preset(path)
    keras.config.set_dtype_policy("float32")
    expected = outputs(models.HardSharing.from_preset(path))
    for model in (given, globally):
        kernels = [w for w in model.encoder.weights if len(w.shape) == 4]
        assert keras.backend.standardize_dtype(kernels[0].dtype) == (
            keras.DTypePolicy(policy).variable_dtype
        )
        for task, value in outputs(model).items():
            scale = np.ptp(expected[task])
            bound = 1e-5 if policy == "float64" else 0.2
            assert np.abs(value - expected[task]).mean() < bound * scale


def test_two_in_one_model(folders, tmp_path):
    path = folders("hard_sharing")
    one, two = (
        models.HardSharing.from_preset(path, name=name)
        for name in ("one", "two")
    )
    x = keras.Input((None, None, 3), dtype="uint8")
    both = keras.Model(x, [one(x)["depth"], two(x)["normals"]])
    expected = outputs(one)
    both.save(tmp_path / "both.keras")
    loaded = keras.saving.load_model(tmp_path / "both.keras")
    for model in (both, loaded):
        depth, normals = model.predict(image(), verbose=0)
        np.testing.assert_allclose(depth, expected["depth"], atol=1e-4)
        np.testing.assert_allclose(normals, expected["normals"], atol=1e-4)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"tasks": ["dept"]}, "'dept' is not known"),
        ({"tasks": []}, "at least one"),
        ({"num_classes": 0}, "^num_classes has .* from 1 to 255"),
        ({"num_classes": 256}, "^num_classes has .* from 1 to 255"),
        ({"dtype": "float12"}, "^dtype='float12' is no dtype policy"),
        ({"dtype": 3}, "^dtype=3 is no dtype policy"),
        ({"name": "a/b"}, "^name='a/b': a model's name"),
        ({"num_classes": {"depth": 3}}, "'depth': 3; allowed"),
        ({"num_classes": 2, "tasks": ["depth"]}, "does not say of which"),
    ],
)
def test_refused(folders, arguments, message):
    with pytest.raises(ValueError, match=message) as caught:
        models.MTINet.from_preset(folders("mti_net"), **arguments)
    assert len(str(caught.value)) < 500


def test_arguments_of_from_preset():
    assert str(inspect.signature(models.MultiTaskModel.from_preset)) == (
        "(handle, tasks=None, num_classes=None, dtype=None, name=None, "
        "load_weights=True, verify=True)"
    )


def test_presets_of_a_class():
    known = presets.list_presets()
    assert models.MultiTaskModel.presets == {
        name: entry["description"] for name, entry in known.items()
    }
    for name in models.MTINet.presets:
        assert known[name]["model"] == "MTINet"
    assert models.CrossStitch.presets == {}
