"""The presets that are shipped: whole, small, the same on every backend."""

import functools
import json
import pathlib

import numpy as np
import pytest

import mtl_zoo
from mtl_zoo.datasets import rooms
from mtl_zoo.presets import card
from mtl_zoo.presets import registry
from tests.presets import make_golden
from tools import preset_table

pytestmark = pytest.mark.presets

NAMES = list(mtl_zoo.presets.list_presets())
ENCODERS = list(mtl_zoo.presets.list_encoder_presets())


@functools.cache
def load(name):
    """The model of a preset, built once for all tests."""
    return mtl_zoo.models.MultiTaskModel.from_preset(name)


@pytest.mark.one_backend
@pytest.mark.parametrize("name", NAMES)
def test_preset_is_whole_and_described(name):
    folder = mtl_zoo.presets.resolve(name)
    assert folder.parent == registry.bundled_folder()
    entry = mtl_zoo.presets.list_presets()[name]
    assert entry == mtl_zoo.presets.registry_entry(folder)
    metadata = mtl_zoo.presets.metadata(name)
    size = sum(file["size"] for file in metadata["files"].values())
    assert size < 40e6
    for key in ("metrics", "constant_predictor", "recipe", "license", "paper"):
        assert metadata[key], key


@pytest.mark.one_backend
@pytest.mark.parametrize("name", NAMES + ENCODERS)
def test_card_says_what_the_metadata_says(name):
    path = mtl_zoo.presets.resolve(name) / "README.md"
    prose = card.read_prose(path)
    text = card.model_card(mtl_zoo.presets.metadata(name), name, prose)
    assert path.read_text() == text


@pytest.mark.one_backend
def test_table_of_the_readme_is_not_stale():
    """If it is: python -m tools.preset_table."""
    text = (pathlib.Path(__file__).parents[2] / "README.md").read_text()
    assert text == preset_table.with_table(text)


@pytest.mark.parametrize("name", ENCODERS)
def test_encoder_is_whole_and_loads_by_name(name):
    folder = mtl_zoo.presets.resolve(name)
    entry = mtl_zoo.presets.list_encoder_presets()[name]
    assert entry == mtl_zoo.presets.registry_entry(folder)
    assert entry["model"] is None and not entry["tasks"]
    encoder = mtl_zoo.encoders.get(name)
    assert encoder.count_params() == entry["parameters"]
    assert mtl_zoo.presets.metadata(name)["license"]
    with pytest.raises(ValueError, match="an encoder alone"):
        mtl_zoo.models.MultiTaskModel.from_preset(name)


@pytest.mark.parametrize("name", NAMES)
def test_preset_is_better_than_the_constant_predictor(name):
    metadata = mtl_zoo.presets.metadata(name)
    for task in load(name).tasks:
        value, constant = (
            metadata[key][task.name][task.primary_metric]
            for key in ("metrics", "constant_predictor")
        )
        # By far: a third less of the error, or twice the score.
        if task.lower_is_better:
            assert value < 2 / 3 * constant
        else:
            assert value > 2 * constant


@pytest.mark.parametrize("name", NAMES)
def test_preset_gives_the_same_on_every_backend(name):
    path = make_golden.FOLDER / f"{name}.json"
    golden = json.loads(path.read_text())["outputs"]
    outputs = make_golden.outputs_of(load(name))
    assert list(outputs) == list(golden)
    for task, expected in golden.items():
        found = make_golden.summary(outputs[task])
        assert found["shape"] == expected["shape"]
        error = np.abs(np.subtract(found["values"], expected["values"]))
        error /= expected["range"]
        assert error.max() < 1e-4


@pytest.mark.parametrize("name", NAMES)
def test_preset_sees_a_room(name):
    """A new room: most classes right, depth and normals close."""
    model = load(name)
    size = model.working_size or (96, 128)
    sample = rooms.render_room(10_000, "test", image_size=size)
    view = sample["field_of_view"] if model.field_of_view else None
    scene = model.predict_image(sample["image"], field_of_view=view)
    assert (scene["semseg"] == sample["semseg"]).mean() > 0.5
    known = sample["depth"][..., 0] > 0
    error = np.abs(scene["depth"] - sample["depth"][..., 0])[known]
    assert np.median(error) < 1.0
    cosine = np.sum(scene["normals"] * sample["normals"], -1)
    assert np.median(np.degrees(np.arccos(cosine.clip(-1, 1)))) < 30
