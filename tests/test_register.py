"""Own parts: by name, in presets, and through `--import` of the scripts."""

import importlib
import json
import sys

import keras
import numpy as np
import pytest

import mtl_zoo
from mtl_zoo import register
from mtl_zoo.utils import catalogue
from tests.commands import check_error
from tests.commands import python
from tests.commands import run_all

LISTS = {
    "encoder": (mtl_zoo.encoders.list_encoders, mtl_zoo.encoders.get),
    "model": (mtl_zoo.models.list_models, mtl_zoo.models.get),
    "balancing": (mtl_zoo.balancing.list_balancings, mtl_zoo.balancing.get),
    "data": (mtl_zoo.datasets.list_datasets, mtl_zoo.datasets.get_tasks),
    "task": (lambda: ["own_task"], mtl_zoo.tasks.get),
}


@pytest.fixture
def own_parts():
    """The module that registers; afterwards no part of it is known."""
    registered = (
        *(register.known_encoders._BY_NAME, register.MODELS, register.DATASETS),
        *(register.TASKS, register.BALANCINGS, register.RECIPES),
        keras.saving.get_custom_objects(),
    )
    before = [dict(names) for names in registered]
    classes = set(catalogue.OWN_CLASSES)
    yield importlib.import_module("tests.own_parts")
    del sys.modules["tests.own_parts"]
    for names, known in zip(registered, before, strict=True):
        names.clear()
        names.update(known)
    catalogue.OWN_CLASSES &= classes


@pytest.mark.parametrize("kind", list(LISTS))
def test_own_parts_are_listed_found_and_named_in_errors(kind, own_parts):
    names, get = LISTS[kind]
    assert f"own_{kind}" in names()
    assert get(f"own_{kind}") is not None
    with pytest.raises(
        ValueError, match=f"allowed are .*Did you mean 'own_{kind}"
    ):
        get(f"own_{kind[:-1]}")


def test_names_that_are_taken_or_none_are_refused():
    for decorate in (
        register.encoder("segnet"),
        register.model("mtan"),
        register.dataset("rooms"),
        register.dataset("folder"),
        register.task("depth"),
        register.balancing("fixed"),
    ):
        with pytest.raises(ValueError, match="one of"):
            decorate(type("Part", (), {}))
    with pytest.raises(ValueError, match="letters, digits and underscores"):
        register.model("my model")(type("Part", (), {}))
    with pytest.raises(ValueError, match="allowed are segnet, resnet"):
        register.encoder("other", family="hourglass")(lambda dtype=None: None)


# Those whose decoders differ by the family.
@pytest.mark.parametrize(
    "name, kind",
    [
        ("hard_sharing", "hrnet"),
        ("mti_net", "hrnet"),
        ("cross_stitch", "resnet"),
        ("mtan", "segnet"),
        ("pad_net", "segnet"),
        ("ati_net", "segnet"),
    ],
)
def test_the_registered_family_is_the_one_of_the_encoder(
    name, kind, own_parts, tiny_encoder
):
    """Also of Keras's own class, which knows of no family."""

    @register.encoder("own_other", family=kind)
    def make(dtype=None):
        tiny = tiny_encoder(kind)
        return keras.Model(tiny.input, tiny.output, name="own_other")

    network = mtl_zoo.models.get(name)
    assert mtl_zoo.models.supported(name, "own_other")
    expected = network(tiny_encoder(kind), ["depth", "edge"])
    model = network("own_other", ["depth", "edge"])
    again = network.from_config(model.get_config())
    for found in (model, again):
        assert found.intermediate_names == expected.intermediate_names
        assert [w.shape for w in found.weights] == [
            w.shape for w in expected.weights
        ]


def test_a_family_that_is_not_said(own_parts):
    @register.encoder("own_class")
    class OwnHRNet(mtl_zoo.encoders.HRNet):
        def __init__(self, name="own", **kwargs):
            super().__init__(4, 1, (1, 1, 1), 1, name=name, **kwargs)

    @register.encoder("own_function")
    def make(dtype=None):
        return mtl_zoo.encoders.ResNet("basic", (1, 1, 1, 1), width=8)

    for name, family in (("own_class", "hrnet"), ("own_function", "pyramid")):
        encoder = mtl_zoo.encoders.get(name)
        for one in (name, encoder):
            assert mtl_zoo.encoders.family(one) == family
            assert not mtl_zoo.models.supported("cross_stitch", one)
    with pytest.raises(ValueError, match="'own_encoder' can't take depth"):
        mtl_zoo.encoders.get("own_encoder", depth=2)


def test_a_preset_holds_own_classes_that_are_registered(own_parts, tmp_path):
    model = own_parts.OwnModel("own_encoder", ["own_task", "semseg:5"])
    assert model.get_config()["normalization"] == "unit"
    image = np.random.default_rng(0).integers(0, 256, (1, 32, 48, 3), "uint8")
    before = model.predict(image, verbose=0)
    model.save_to_preset(tmp_path / "preset")
    loaded = own_parts.OwnModel.from_preset(tmp_path / "preset")
    after = loaded.predict(image, verbose=0)
    for name in before:
        np.testing.assert_array_equal(before[name], after[name])


def test_own_data_is_read(own_parts):
    (image, labels), *_ = mtl_zoo.datasets.load(
        "own_data", "validation", batch_size=2
    )
    assert keras.ops.convert_to_numpy(image).max() == 60
    depth = keras.ops.convert_to_numpy(labels["depth"])
    np.testing.assert_array_equal(depth[:, 0, 0, 0], [1, 2])
    assert mtl_zoo.datasets.list_splits("own_data") == [
        "train",
        "validation",
        "test",
    ]


def run(module, *arguments, cwd):
    return python(["-m", module, *arguments], cwd)


@pytest.mark.one_backend
def test_scripts_import_own_parts(tmp_path):
    own = "--import=tests.own_parts"
    trained = run(
        "training.train",
        "--recipe=own_recipe",
        own,
        "--output_dir=run",
        cwd=tmp_path,
    )
    assert trained.returncode == 0, trained.stderr
    config = json.loads((tmp_path / "run" / "config.json").read_text())
    assert config["flags"]["balancing"] == "own_balancing"
    measured = run(
        "training.evaluate",
        own,
        "--preset=run/final",
        "--dataset=own_data",
        "--split=test",
        "--output=metrics.json",
        cwd=tmp_path,
    )
    assert measured.returncode == 0, measured.stderr
    metrics = json.loads((tmp_path / "metrics.json").read_text())["metrics"]
    assert metrics["depth"]["rmse"] > 0
    exported = run(
        "tools.export_onnx",
        own,
        "--preset=run/final",
        "--image_size=32,48",
        "--output=model.onnx",
        cwd=tmp_path,
    )
    assert exported.returncode == 0, exported.stderr
    assert (tmp_path / "model.onnx").stat().st_size > 0


@pytest.mark.one_backend
def test_wrong_names_end_with_one_line(tmp_path):
    own = ["--import=tests.own_parts", "--output_dir=run"]
    no_module, no_model = run_all(
        "training.train",
        [["--import=no_such_module", *own], ["--model=own_modl", *own]],
        cwd=tmp_path,
    )
    check_error(no_module, 2, "no_such_module can't be imported")
    check_error(no_model, 2, "allowed are ", "own_model", "Did you mean")
