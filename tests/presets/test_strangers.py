"""Metadata, weights and first values of a preset that a stranger made."""

import json

import h5py
import keras
import pytest

from mtl_zoo import presets
from mtl_zoo.presets import card
from mtl_zoo.presets.folder import read_metadata
from mtl_zoo.utils.files import cache_folder
from mtl_zoo.utils.files import read_json

OPTIONAL = (
    *("model", "encoder", "tasks", "parameter_count", "weights_dtype"),
    *("date_saved", "mtl_zoo_version", "keras_version", "license", "metrics"),
    *("description", "evaluation", "delta_m", "working_size", "camera"),
)


def changed(preset, **entries):
    path = preset / "metadata.json"
    content = json.loads(path.read_text())
    content.update(entries)
    path.write_text(json.dumps(content))
    return path


@pytest.mark.one_backend
@pytest.mark.parametrize("key", OPTIONAL)
def test_what_metadata_may_leave_out(preset, key):
    path = preset / "metadata.json"
    content = json.loads(path.read_text())
    content.pop(key, None)
    path.write_text(json.dumps(content))
    text = card.model_card(read_metadata(path), "tiny")
    assert "None" not in text.replace("none, an encoder alone", "")
    presets.registry_entry(preset)


@pytest.mark.one_backend
@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("license", "mit\n---\n\n# Free money"),
        ("license", "mit\r# Free money"),
        ("license", "mit\u2028x"),
        ("model", "X.from_preset('a')\nimport os"),
        ("encoder", "a\n\n# b"),
        ("date_saved", "a\nb"),
        ("keras_version", 3),
        ("weights_dtype", ["float32"]),
        ("metrics", "good"),
        ("evaluation", [1]),
        ("delta_m", "+5"),
        ("parameter_count", "5"),
        ("working_size", [64, 8193]),
        ("working_size", [8192, 2056]),
        ("camera", {"field_of_view": "60"}),
        ("camera", {"field_of_view": 10**9}),
        ("tasks", [{"name": "a\nb"}]),
        ("tasks", [{"name": "a", "channels": "3"}]),
        ("tasks", [{"name": "a", "class_names": [1]}]),
        ("tasks", [{"name": "a", "class_names": "wall"}]),
        ("tasks", [{"name": "a", "unit": 3}]),
    ],
)
def test_what_metadata_must_not_hold(preset, key, value):
    path = changed(preset, **{key: value})
    with pytest.raises(ValueError, match=f"metadata.json has {key} "):
        read_metadata(path)


@pytest.mark.one_backend
def test_card_of_texts_with_marks(preset):
    path = changed(
        preset,
        license="own: {a: b}",
        tasks=[{"name": "a|b", "class_names": ["x | y"]}],
        metrics={"a\n# b": {"c": "d\n# e"}},
        limits="none\n\n# none",
    )
    lines = card.model_card(read_metadata(path), "tiny").splitlines()
    assert 'license: "own: {a: b}"' in lines
    assert "| a\\|b |  |  | x \\| y |" in lines
    titles = ["# tiny", "## Tasks", "## Measured"]
    assert [line for line in lines if line.startswith("#")] == titles


@pytest.mark.one_backend
def test_number_of_many_digits(tmp_path):
    path = tmp_path / "x.json"
    path.write_text('{"a": [' + "9" * 400 + "]}")
    with pytest.raises(ValueError, match="number of more than 64 bits"):
        read_json(path)


@pytest.mark.one_backend
def test_cache_without_a_home(monkeypatch):
    monkeypatch.delenv("MTL_ZOO_HOME", raising=False)
    monkeypatch.setattr("os.path.expanduser", lambda path: path)
    with pytest.raises(ValueError, match="set MTL_ZOO_HOME"):
        cache_folder("presets")


def test_weights_in_groups_without_end(preset):
    with h5py.File(preset / "model.weights.h5", "r+") as file:
        group = file
        for _ in range(500):
            group = group.create_group("g")
    with pytest.raises(ValueError, match="model.weights.h5 .* nested deeper"):
        presets.load(preset, verify=False)


@pytest.mark.parametrize(
    "initializer",
    [
        keras.initializers.Constant([[0.0]] * 1000),
        keras.initializers.Constant([1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0]),
        keras.initializers.Constant("one"),
        keras.initializers.RandomNormal("one", None),
        keras.initializers.Identity(),
    ],
)
def test_first_values_that_do_not_fit(preset, initializer):
    path = preset / "task.json"
    config = json.loads(path.read_text())
    convolution = config["config"]["encoder"]["config"]["layers"][2]["config"]
    for key in ("kernel_initializer", "bias_initializer"):
        convolution[key] = keras.saving.serialize_keras_object(initializer)
    path.write_text(json.dumps(config))
    presets.load(preset, verify=False)
    with pytest.raises(ValueError, match="task.json can't be built: "):
        presets.load(preset, verify=False, load_weights=False)
