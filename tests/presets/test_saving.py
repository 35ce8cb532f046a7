"""A model saved as a preset comes back the same, or an error says why not."""

import json
import os

import h5py
import keras
import numpy as np
import pytest
from keras.src.saving import saving_lib

import mtl_zoo
from mtl_zoo import presets
from tests.drills import seeds


def predict(model):
    image = np.random.default_rng(0).integers(0, 256, (2, 9, 13, 3))
    outputs = model(image.astype("uint8"))
    return {
        name: keras.ops.convert_to_numpy(value)
        for name, value in outputs.items()
    }


def randomize(model):
    """Weights that no initialiser gives, statistics of batches too."""
    generator = np.random.default_rng(2)
    for weight in model.weights:
        weight.assign(generator.uniform(0.5, 1.5, weight.shape))


def change_metadata(folder, **changes):
    path = folder / "metadata.json"
    content = json.loads(path.read_text())
    content.update(changes)
    path.write_text(json.dumps(content))


def test_round_trip(model, tmp_path):
    randomize(model)
    presets.save(model, tmp_path / "a", {"metrics": {"depth": {"rmse": 0.5}}})
    loaded = presets.load(tmp_path / "a")
    assert type(loaded) is type(model)
    expected, found = predict(model), predict(loaded)
    assert list(found) == list(expected) == ["semseg", "depth"]
    for name in expected:
        np.testing.assert_array_equal(found[name], expected[name])
    for one, other in zip(model.weights, loaded.weights, strict=True):
        np.testing.assert_array_equal(one.numpy(), other.numpy())


def test_layers_are_not_made_to_see_what_layers_have(
    model, tmp_path, monkeypatch
):
    made = []
    original = keras.layers.Layer.__init__

    def count(self, *args, **kwargs):
        made.append(self)
        original(self, *args, **kwargs)

    monkeypatch.setattr(keras.layers.Layer, "__init__", count)
    keras.utils.clear_session()
    saving_lib.get_attr_skipset("Layer")
    saving_lib.get_attr_skipset("Layer")
    assert len(made) == 2, "Keras is mended: remove _remember_attributes."
    model.save_to_preset(tmp_path / "preset")
    made.clear()
    model.save_to_preset(tmp_path / "preset")
    assert all(isinstance(x, keras.Model) for x in made)


def test_layout(model, tmp_path):
    presets.save(model, tmp_path / "a", {"license": "MIT", "dataset": "rooms"})
    assert sorted(os.listdir(tmp_path / "a")) == [
        "README.md",
        "config.json",
        "metadata.json",
        "model.weights.h5",
        "task.json",
        "task.weights.h5",
    ]
    content = presets.metadata(tmp_path / "a")
    assert content["model"] == "TinyModel"
    assert content["encoder"] == "tiny_encoder"
    assert content["parameter_count"] == model.count_params()
    assert content["dataset"] == "rooms"
    assert content["tasks"][0]["class_names"] == ["wall", "floor", "lamp"]
    assert content["tasks"][1]["unit"] == "m"
    assert sorted(content["files"]) == sorted(
        set(os.listdir(tmp_path / "a")) - {"metadata.json", "README.md"}
    )
    # The encoder is a model of its own.
    config = json.loads((tmp_path / "a" / "config.json").read_text())
    encoder = keras.saving.deserialize_keras_object(config)
    encoder.load_weights(tmp_path / "a" / "model.weights.h5")
    np.testing.assert_array_equal(
        encoder.weights[0].numpy(), model.encoder.weights[0].numpy()
    )
    card = (tmp_path / "a" / "README.md").read_text()
    assert "license: mit" in card and "wall, floor, lamp" in card


def test_training_state_is_left_out(model, tmp_path):
    presets.save(model, tmp_path / "a")
    keras.Model.compile(model, "adam")
    model.optimizer.build(model.trainable_variables)
    presets.save(model, tmp_path / "b")
    for name in ("model.weights.h5", "task.weights.h5"):
        with (
            h5py.File(tmp_path / "a" / name) as one,
            h5py.File(tmp_path / "b" / name) as other,
        ):
            keys = [[], []]
            one.visit(keys[0].append)
            other.visit(keys[1].append)
            assert keys[0] == keys[1]


def test_load_weights_false(model, tmp_path):
    randomize(model)
    presets.save(model, tmp_path / "a")
    loaded = presets.load(tmp_path / "a", load_weights=False)
    assert not np.array_equal(
        loaded.weights[0].numpy(), model.weights[0].numpy()
    )


def test_float16(model, tmp_path):
    randomize(model)
    kernel = model.encoder.weights[0]
    assert len(kernel.shape) == 4
    presets.save(model, tmp_path / "a", weights_dtype="float16")
    loaded = presets.load(tmp_path / "a")
    for one, other in zip(model.weights, loaded.weights, strict=True):
        assert keras.backend.standardize_dtype(other.dtype) == "float32"
        if len(one.shape) < 2:
            np.testing.assert_array_equal(one.numpy(), other.numpy())
        np.testing.assert_allclose(one.numpy(), other.numpy(), rtol=2**-10)
    expected, found = predict(model), predict(loaded)
    for name in expected:
        np.testing.assert_allclose(found[name], expected[name], rtol=0.01)


def test_float16_keeps_what_does_not_fit(model, tmp_path):
    randomize(model)
    kernel = model.encoder.weights[0]
    kernel.assign(np.full(kernel.shape, 1e5))
    presets.save(model, tmp_path / "a", weights_dtype="float16")
    loaded = presets.load(tmp_path / "a")
    np.testing.assert_array_equal(
        loaded.encoder.weights[0].numpy(), kernel.numpy()
    )
    with h5py.File(tmp_path / "a" / "model.weights.h5") as file:
        dtypes = set()
        file.visititems(
            lambda _, item: (
                dtypes.add(str(item.dtype))
                if isinstance(item, h5py.Dataset)
                else None
            )
        )
    assert dtypes == {"float16", "float32"}


def test_expected_class(preset):
    model = presets.load(preset)
    assert presets.load(preset, expected_class=type(model), load_weights=False)

    class OtherModel(type(model)):
        pass

    with pytest.raises(ValueError, match="holds a TinyModel, not a OtherMo"):
        presets.load(preset, expected_class=OtherModel)


def test_save_replaces_a_preset(model, tmp_path):
    presets.save(model, tmp_path / "a", {"dataset": "one"})
    presets.save(model, str(tmp_path / "a"), {"dataset": "two"})
    assert presets.metadata(tmp_path / "a")["dataset"] == "two"
    assert os.listdir(tmp_path) == ["a"]


def test_save_does_not_overwrite_other_things(model, tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "thesis.txt").write_text("years of work")
    (tmp_path / "file").write_text("x")
    for name in ("a", "file"):
        with pytest.raises(ValueError, match="not overwritten"):
            presets.save(model, tmp_path / name)
    presets.save(model, tmp_path / "b")
    (tmp_path / "b" / "notes.txt").write_text("x")
    with pytest.raises(ValueError, match="not overwritten"):
        presets.save(model, tmp_path / "b")
    assert (tmp_path / "a" / "thesis.txt").read_text() == "years of work"


def test_failed_save_leaves_nothing(model, tmp_path, monkeypatch):
    def fail(*args, **kwargs):
        raise OSError("disk full")

    monkeypatch.setattr(keras.saving, "save_weights", fail)
    with pytest.raises(OSError, match="disk full"):
        presets.save(model, tmp_path / "a")
    assert not os.listdir(tmp_path)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            {"weights_dtype": "int8"},
            "'int8' is not known; allowed are float32, float16",
        ),
        ({"metadata": {"files": {}}}, "can't set files"),
        ({"metadata": {"metrics": {"rmse": float("nan")}}}, "metadata can't"),
        ({"metadata": {"metrics": object()}}, "metadata can't be written"),
    ],
)
def test_save_refuses(model, tmp_path, arguments, message):
    with pytest.raises(ValueError, match=message):
        presets.save(model, tmp_path / "a", **arguments)
    assert not os.listdir(tmp_path)


def test_save_refuses_own_classes(model, tmp_path):
    @keras.saving.register_keras_serializable(package="somebody")
    class Identity(keras.layers.Layer):
        def call(self, x):
            return x

    x = Identity()(model.encoder.output)
    encoder = keras.Model(model.encoder.input, x, name="foreign")
    model = type(model)(encoder, model.tasks)
    with pytest.raises(ValueError, match="names somebody>Identity"):
        presets.save(model, tmp_path / "a")


# === Weights that do not fit ===


def change_weights(folder, change):
    path = folder / "task.weights.h5"
    with h5py.File(path, "r+") as file:
        names = []
        file.visititems(
            lambda name, item: (
                names.append(name) if isinstance(item, h5py.Dataset) else None
            )
        )
        change(file, names[0])
    return path, names[0]


def load_unverified(folder):
    return presets.load(folder, verify=False)


def test_missing_variable(preset):
    def delete(file, name):
        del file[name]

    path, name = change_weights(preset, delete)
    with pytest.raises(ValueError, match=f"{name} is missing") as caught:
        load_unverified(preset)
    assert str(path) in str(caught.value)


def test_extra_variable(preset):
    def add(file, name):
        file["layers/more/vars/0"] = np.zeros(3)

    change_weights(preset, add)
    with pytest.raises(
        ValueError, match="layers/more/vars/0 is not in the model"
    ):
        load_unverified(preset)


def test_variable_of_another_shape(preset):
    def reshape(file, name):
        del file[name]
        file[name] = np.zeros((7, 7))

    _, name = change_weights(preset, reshape)
    with pytest.raises(ValueError, match=rf"{name} has shape \(7, 7\)"):
        load_unverified(preset)


def test_numbers_of_another_byte_order(preset):
    """PyTorch takes none; what is loaded is the same."""
    expected = presets.load(preset).weights

    def swap(file, name):
        value = file[name][()].astype(">f4")
        del file[name]
        file[name] = value

    change_weights(preset, swap)
    for one, other in zip(
        expected, load_unverified(preset).weights, strict=True
    ):
        np.testing.assert_array_equal(one.numpy(), other.numpy())


def test_a_name_that_a_terminal_would_obey(preset):
    def add(file, name):
        file["\x1b[2J"] = np.zeros(3)

    change_weights(preset, add)
    with pytest.raises(ValueError, match=r"\\x1b\[2J is not in the model"):
        load_unverified(preset)


def test_renamed_variable(preset):
    def rename(file, name):
        file.move(name, "layers/other/vars/0")

    _, name = change_weights(preset, rename)
    with pytest.raises(ValueError, match=f"{name} is missing"):
        load_unverified(preset)


def test_variable_in_a_nested_list(preset):
    """Keras only warns of these, and leaves fresh weights."""

    def rename(file, name):
        file.move("layers/tiny_block/rows", "layers/tiny_block/other")

    change_weights(preset, rename)
    with pytest.raises(ValueError, match="tiny_block/rows/.* is missing"):
        load_unverified(preset)


def test_not_a_weight_file(preset):
    (preset / "task.weights.h5").write_text("nothing of the kind")
    with pytest.raises(
        ValueError, match="task.weights.h5 can.t be read as HDF5"
    ):
        load_unverified(preset)


# === Damaged folders ===

FILES = [
    "config.json",
    "model.weights.h5",
    "task.json",
    "task.weights.h5",
]


@pytest.mark.parametrize("name", FILES)
def test_altered_file_is_named(preset, name):
    content = bytearray((preset / name).read_bytes())
    content[len(content) // 2] ^= 1
    (preset / name).write_bytes(content)
    with pytest.raises(ValueError, match=f"{name} is altered: its sha256"):
        presets.load(preset)


@pytest.mark.parametrize("name", FILES)
def test_cut_file_is_named(preset, name):
    content = (preset / name).read_bytes()
    (preset / name).write_bytes(content[:-1])
    with pytest.raises(ValueError, match=f"{name} is altered or cut: it has"):
        presets.load(preset)


@pytest.mark.parametrize("verify", [True, False])
@pytest.mark.parametrize("name", [*FILES, "metadata.json"])
def test_missing_file_is_named(preset, name, verify):
    (preset / name).unlink()
    with pytest.raises(ValueError, match=f"{name} is missing"):
        presets.resolve(preset, verify=verify)


@pytest.mark.parametrize(
    "name", ["../x", "a/b", "..", "/etc/passwd", "a\\b", "C:x", "", "x\n"]
)
def test_file_names_stay_in_the_folder(preset, name):
    files = presets.metadata(preset)["files"]
    change_metadata(preset, files={**files, name: files["task.json"]})
    with pytest.raises(ValueError, match="names a file"):
        presets.resolve(preset)


@pytest.mark.parametrize("name", FILES)
def test_unlisted_file(preset, name):
    files = presets.metadata(preset)["files"]
    del files[name]
    change_metadata(preset, files=files)
    with pytest.raises(ValueError, match=f"does not list {name}"):
        presets.resolve(preset)


def test_card_is_not_among_the_checksums(preset):
    path = preset / "README.md"
    path.write_text(path.read_text() + "Limits: none found yet.")
    presets.load(preset)
    path.unlink()
    presets.load(preset)


def test_preset_of_before_listed_its_card(preset):
    files = presets.metadata(preset)["files"]
    files["README.md"] = files["task.json"]
    change_metadata(preset, files=files)
    presets.load(preset)


@pytest.mark.parametrize("kind", ["pipe", "folder", "device", "dangling"])
@pytest.mark.parametrize("name", [*FILES, "metadata.json"])
@pytest.mark.parametrize("verify", [True, False])
def test_something_else_than_a_file(preset, name, kind, verify):
    path = preset / name
    path.unlink()
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    else:
        target = "/dev/zero" if kind == "device" else "/nowhere"
        path.symlink_to(target)
    message = "is missing" if kind == "dangling" else "is no file"
    with pytest.raises(ValueError, match=f"{name} {message}"):
        presets.load(preset, verify=verify)


@pytest.mark.skipif(
    not os.path.exists("/proc/self/mem"), reason="Linux alone has this file"
)
@pytest.mark.parametrize("name", [*FILES, "metadata.json"])
def test_file_that_can_not_be_read(preset, name):
    path = preset / name
    path.unlink()
    path.symlink_to("/proc/self/mem")
    with pytest.raises(ValueError, match=f"{name} (can't be read|is altered)"):
        presets.load(preset)


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ({"working_size": [0, 3]}, "working_size .* must be .height, width"),
        ({"working_size": 96}, "working_size"),
        ({"camera": "x"}, "camera"),
        ({"family": ["hrnet"]}, "family"),
        ({"normalization": 255}, "normalization"),
        ({"tasks": [{}]}, "tasks"),
        ({"tasks": [{"name": "a"}] * 65}, "tasks .* at most 64"),
        ({"model": 3}, "model 3; it must be a class"),
        ({"parameter_count": -1}, "parameter_count"),
        ({"description": "\x1b]0;a\x07"}, r"control characters: '\\x1b"),
        ({"files": {str(i): 0 for i in range(200)}}, "no list of files"),
    ],
)
def test_metadata_of_a_wrong_type(preset, entry, message):
    change_metadata(preset, **entry)
    with pytest.raises(ValueError, match=message) as caught:
        presets.load(preset)
    assert len(str(caught.value)) < 300 + len(str(preset))


def test_encoder_alone(tmp_path):
    encoders = [
        mtl_zoo.encoders.HRNet(
            width=2, stage_1_blocks=1, modules=(1, 1, 1), blocks=1
        )
        for _ in range(2)
    ]
    presets.save_encoder(encoders[0], tmp_path / "encoder")
    presets.load_encoder_weights(encoders[1], tmp_path / "encoder")
    for a, b in zip(*(x.get_weights() for x in encoders), strict=True):
        np.testing.assert_array_equal(a, b)
    assert "an encoder alone" in (tmp_path / "encoder/README.md").read_text()
    with pytest.raises(ValueError, match="an encoder alone"):
        presets.load(tmp_path / "encoder")
    other = mtl_zoo.encoders.HRNet(
        width=4, stage_1_blocks=1, modules=(1, 1, 1), blocks=1
    )
    with pytest.raises(ValueError, match="does not fit"):
        presets.load_encoder_weights(other, tmp_path / "encoder")
    loaded = presets.load_encoder(tmp_path / "encoder", dtype="bfloat16")
    assert keras.backend.standardize_dtype(loaded.weights[0].dtype) == (
        "bfloat16"
    )
    assert presets.registry_entry(tmp_path / "encoder")["model"] is None


def test_encoder_of_keras_layers_keeps_what_it_says_of_itself(tmp_path):
    encoder = seeds.encoder()
    encoder.family, encoder.normalization = "hrnet", "unit"
    presets.save_encoder(encoder, tmp_path / "encoder")
    loaded = presets.load_encoder(tmp_path / "encoder")
    assert (loaded.family, loaded.normalization) == ("hrnet", "unit")
    assert presets.registry_entry(tmp_path / "encoder")["family"] == "hrnet"


@pytest.mark.parametrize(
    "entry, words",
    [
        *(
            (entry, "'task.json'.* needs a sha256")
            for entry in (
                None,
                {},
                {"sha256": "0" * 64},
                {"sha256": "x", "size": 1},
            )
        ),
        ({"sha256": "0" * 64, "size": 10**400}, "number of more than 64 bits"),
    ],
)
def test_bad_digest(preset, entry, words):
    files = presets.metadata(preset)["files"]
    change_metadata(preset, files={**files, "task.json": entry})
    with pytest.raises(ValueError, match=words):
        presets.resolve(preset)


def test_newer_format(preset):
    change_metadata(preset, format_version=2)
    with pytest.raises(ValueError, match="format_version 2; .* reads 1"):
        presets.resolve(preset)


@pytest.mark.parametrize("text", ["{", "[]", "[" * 100_000, "\0"])
def test_metadata_is_no_json_object(preset, text):
    (preset / "metadata.json").write_text(text)
    with pytest.raises(ValueError, match="metadata.json"):
        presets.resolve(preset)
