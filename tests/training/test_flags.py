"""The flags of training, checked before anything is done, and the recipes."""

import ast
import json
import os
import pathlib
import types

import numpy as np
import pytest
from absl import flags
from absl.testing import flagsaver
from PIL import Image

import mtl_zoo
from mtl_zoo.balancing.registry import BALANCINGS
from mtl_zoo.utils import cli
from training import network
from training import recipes
from training import record
from training import seeds
from training import settings
from training import train
from training import train_flags

pytestmark = pytest.mark.one_backend

# What the contract names, also where its loaders are made elsewhere.
DATASETS = "rooms nyud_mt nyuv2_13 cityscapes pascal_context folder".split()
TASKS = "semseg depth normals edge saliency human_parts disparity".split()


@pytest.fixture
def parse(tmp_path):
    """Flags as the command line gives them."""
    saved = flagsaver.save_flag_values()

    def parse(*arguments):
        cli.parse(["train", f"--output_dir={tmp_path / 'run'}", *arguments])
        return flags.FLAGS

    yield parse
    flagsaver.restore_flag_values(saved)


@pytest.mark.parametrize(
    "arguments",
    [
        ["--precision=float8"],
        ["--batch_size=0"],
        ["--optimizer=lamb"],
        ["--schedule=linear"],
        ["--strategy=tpu"],
        ["--balancing=none"],
        ["--recipe=nyud"],
        ["--clip_norm=-1"],
        ["--checkpoint_steps=0"],
        ["--image_size=96"],
        ["--image_size=96,128,3"],
        ["--image_size=0,128"],
        ["--image_size=1e3,nan"],
        ["--image_size=9000,96"],
        ["--decay_epochs=a"],
        ["--decay_epochs=60,nan"],
        ["--decay_epochs=-1"],
        ["--width=64,64"],
        ["--width=0"],
        ["--tasks="],
        ["--tasks=depth,,semseg"],
        ["--preset="],
        ["--data_dir= "],
    ],
)
def test_values_that_are_not_allowed(parse, arguments):
    with pytest.raises(flags.Error, match=arguments[0].partition("=")[0]):
        parse(*arguments)


def test_lists_take_what_they_may(parse):
    assert parse("--decay_epochs=").decay_epochs == []
    assert parse("--decay_epochs=60,80.5").decay_epochs == ["60", "80.5"]
    assert parse("--width=64,64,96,128").width == ["64", "64", "96", "128"]


def test_every_number_has_its_range(parse):
    by_module = flags.FLAGS.flags_by_module_dict()
    numbers = [
        flag
        for module in by_module
        if module.startswith("training.")
        for flag in by_module[module]
        if isinstance(flag.parser, (flags.FloatParser, flags.IntegerParser))
    ]
    assert {"clip_norm", "epochs", "batch_size"} <= {x.name for x in numbers}
    for flag in numbers:
        lower, upper = flag.parser.lower_bound, flag.parser.upper_bound
        assert None not in (lower, upper), flag.name
        wrong = [lower - 1, upper + 1, "nan", "inf", "-inf", "1e999", "", "x"]
        for value in wrong:
            with pytest.raises(flags.Error):
                parse(f"--{flag.name}={value}")
        for value in (lower, upper):
            assert getattr(parse(f"--{flag.name}={value}"), flag.name) == value
    with pytest.raises(flags.Error):
        parse("--clip_norm=0")


@pytest.mark.parametrize(
    "arguments, words",
    [
        (["--tasks=depht"], "depth"),
        (["--dataset=room"], "rooms"),
        (["--encoder=hrnet"], "hrnet_w18_small_v2"),
        (["--encoder=segnet"], "hrnet"),
        (["--model=hard_sharing", "--auxiliary_tasks=depth"], "auxiliary"),
        (["--embed_dim=64"], "mti_net has no such argument"),
        (["--schedule=step"], "increasing"),
        (["--warmup_epochs=10"], "shorter"),
        (["--num_devices=2"], "--strategy"),
        (["--best=delta_m"], "--baseline"),
        (["--best=delta_m", "--baseline=setup.cfg"], "setup.cfg"),
        (["--encoder_weights=no_such_preset"], "no_such_preset"),
        (["--warm_start=mtan_efficientnet_lite0_rooms"], "mti_net has none"),
        (
            [
                "--model=ati_net",
                "--warm_start=pad_net_efficientnet_lite0_rooms",
            ],
            "this is one of PADNet",
        ),
        (
            [
                "--model=ati_net",
                "--warm_start=mtan_efficientnet_lite0_rooms",
                "--encoder_weights=mtan_efficientnet_lite0_rooms",
            ],
            "give one of them",
        ),
    ],
)
def test_flags_that_do_not_fit(parse, tmp_path, arguments, words):
    config = parse(*arguments)
    with pytest.raises((ValueError, OSError), match=words):
        train.check(config, tmp_path / "run")


@pytest.mark.parametrize("folder", ["tools", "training"])
def test_every_number_of_every_script_has_a_range(folder):
    missing = []
    for path in (pathlib.Path(__file__).parents[2] / folder).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            name = getattr(node.func, "attr", "")
            if name in ("DEFINE_integer", "DEFINE_float"):
                given = {keyword.arg for keyword in node.keywords}
                if len(node.args) < 5 and not {
                    "lower_bound",
                    "upper_bound",
                } <= (given):
                    missing.append(f"{path}: {node.args[0].value}")
    assert not missing


def test_warm_start(tmp_path, tiny_model):
    mtan = tiny_model("mtan", encoder="segnet")
    mtan.save_to_preset(tmp_path / "mtan")
    config = types.SimpleNamespace(
        model="ati_net",
        encoder=tiny_model("mtan", encoder="segnet").encoder,
        encoder_weights=None,
        auxiliary_tasks=None,
        preset=None,
        width=None,
        embed_dim=None,
        freeze_encoder=False,
        freeze_encoder_normalization=False,
        rematerialize=False,
        warm_start=str(tmp_path / "mtan"),
    )
    ati_net = network.create(config, mtan.tasks)
    theirs = {layer.name: layer.get_weights() for layer in mtan.layers}
    found = [
        layer.name
        for layer in ati_net.layers
        if layer.weights and layer.name in theirs
    ]
    assert len(found) > len(mtan.tasks)
    for name in found:
        for a, b in zip(
            theirs[name], ati_net.get_layer(name).get_weights(), strict=True
        ):
            np.testing.assert_array_equal(a, b)


def test_embed_dim(parse):
    config = parse("--model=invpt", "--encoder=vit_tiny_16", "--embed_dim=64")
    arguments = network.model_arguments(config, ["depth"])
    assert arguments["embed_dim"] == 64
    assert network.build(config, ["depth"]).get_config()["embed_dim"] == 64


def test_no_accumulation_in_tensorflow_strategies(parse, tmp_path):
    config = parse("--strategy=mirrored", "--gradient_accumulation_steps=2")
    with pytest.raises(ValueError, match="gradient_accumulation_steps"):
        train.check(config, tmp_path / "run")


def test_best_is_what_validation_measures(parse, tmp_path):
    config = parse("--best=val_depth_rmse")
    tasks = mtl_zoo.datasets.get_tasks("rooms", ["depth"])
    train.check_best(config, tasks)
    with pytest.raises(ValueError, match="val_semseg_mIoU.*val_depth_rmse"):
        train.check_best(parse("--best=val_semseg_mIoU"), tasks)
    baseline = tmp_path / "single.json"
    baseline.write_text(json.dumps({"semseg": {"mIoU": 0.5}}))
    with pytest.raises(ValueError, match="'depth' is missing in the baseline"):
        train.check_best(
            parse("--best=delta_m", f"--baseline={baseline}"), tasks
        )


def test_files_that_hold_no_results(parse, tmp_path):
    path = tmp_path / "metrics.json"
    for text in (
        *("", "[1]", "[" * 10**5, '{"semseg": 3}', '{"metrics": [1]}'),
        *('{"semseg": {"mIoU": "x"}}', "{}" + " " * 9_000_000),
    ):
        path.write_text(text)
        with pytest.raises(ValueError, match="metrics.json") as error:
            settings.read_baseline(path)
        assert len(str(error.value)) < 300
    path.write_text('{"split": "test", "protocol": 3}')
    assert not seeds.is_measured(parse("--split=test"), tmp_path)
    path.unlink()
    if hasattr(os, "mkfifo"):
        os.mkfifo(path)
        with pytest.raises(ValueError, match="metrics.json is no file"):
            settings.read_baseline(path)


def test_a_run_goes_on_as_it_was_started(parse, tmp_path):
    config = parse("--epochs=3", "--image_size=32,48")
    folder = tmp_path / "run"
    record.write_config(config, folder)
    written = json.loads((folder / "config.json").read_text())
    assert written["flags"]["epochs"] == 3
    with pytest.raises(ValueError, match="there is a run already"):
        train.check(config, folder)
    train.check(parse("--resume", "--checkpoint_steps=5"), folder)
    with pytest.raises(ValueError, match="--image_size=32,48, not 64,64"):
        train.check(parse("--image_size=64,64"), folder)


def test_a_split_that_is_missing_shows_before_a_network_is_built(
    parse, tmp_path
):
    images = tmp_path / "data" / "train" / "image"
    images.mkdir(parents=True)
    depth = tmp_path / "data" / "train" / "depth"
    depth.mkdir()
    Image.new("RGB", (64, 48)).save(images / "a.png")
    np.save(depth / "a.npy", np.ones((48, 64), "float32"))
    config = parse("--dataset=folder", f"--data_dir={tmp_path / 'data'}")
    with pytest.raises(ValueError, match="validation"):
        train.check(config, tmp_path / "run")


def test_a_run_tells_the_command_that_repeats_it(parse):
    config = parse(
        "--recipe=rooms_photo",
        "--model=pad_net",
        "--width=32,64,64,32",
        "--freeze_encoder",
        "--noaugment",
        "--learning_rate=7e-4",  # The recipe's own.
        "--resume",
        "--keep_checkpoints=1",
    )
    recipes.apply(config)
    command = record.command(config)
    assert command == (
        "python -m training.train --recipe=rooms_photo --model=pad_net "
        "--width=32,64,64,32 --freeze_encoder=True --augment=False"
    )
    again = parse(*command.split()[3:])
    recipes.apply(again)
    for name, value in record.flags_of(config).items():
        if name not in record.FREE:
            assert again[name].value == value, name


def test_ways_of_balancing_on_features_are_those_that_take_them(monkeypatch):
    def needs_more(shared, strength):
        raise AssertionError

    needs_more.by_gradients = True
    monkeypatch.setitem(BALANCINGS, "needs_more", needs_more)
    offered = settings.balancings()
    assert {"mgda:features", "grad_drop:features", "needs_more"} <= {*offered}
    for name in ("equal", "moco", "modo", "db_mtl", "needs_more"):
        assert f"{name}:features" not in offered


def test_the_command_imports_what_the_run_did(parse):
    config = parse("--import=json", "--import=ast", "--epochs=2")
    command = record.command(config)
    assert command.endswith(" --import=json --import=ast --epochs=2")


def test_a_preset_brings_its_network(parse, tmp_path):
    config = parse("--preset=a", "--model=mtan", "--width=32", "--epochs=2")
    with pytest.raises(ValueError, match="out --model, --width.$"):
        train.main(config)


def test_a_recipes_network_gives_way_to_a_preset(parse, tmp_path):
    name = "hard_sharing_efficientnet_lite0_rooms"
    config = parse(f"--preset={name}", "--recipe=rooms_photo")
    train_flags.check_preset(config)
    recipes.apply(config)
    train.check(config, tmp_path / "run")


def test_flags_override_a_recipe(parse):
    config = parse("--recipe=nyuv2_mtan", "--epochs=7", "--tasks=depth")
    recipes.apply(config)
    assert (config.model, config.epochs, config.tasks) == ("mtan", 7, ["depth"])
    assert config.image_size == ["288", "384"]
    assert config.augment is False
    assert config.learning_rate == 1e-4
    with pytest.raises(ValueError, match="nyud_mti_net"):
        recipes.get("nyud")


@pytest.mark.parametrize("name", recipes.list_recipes())
def test_recipes(parse, name):
    recipe = recipes.get(name)
    config = parse(f"--recipe={name}")
    recipes.apply(config)
    assert config.dataset in DATASETS
    names = {task.partition(":")[0] for task in config.tasks}
    assert names <= set(TASKS)
    assert mtl_zoo.models.supported(config.model, config.encoder)
    train.schedule(config, steps_per_epoch=100)
    assert f"--recipe={name} " in recipe.__doc__
    assert "http" in recipe.__doc__ or "model card" in recipe.__doc__
    # Commands that measure name a split that there is.
    splits = mtl_zoo.datasets.list_splits(config.dataset)
    if "training.evaluate" in recipe.__doc__:
        assert "test" in splits or "--split=validation" in recipe.__doc__
    # What is expected is a primary metric, or said by the tasks it is of.
    assert set(recipe.EXPECTED) - {"delta_m"} <= names


def test_schedules_count_batches_however_many_make_an_update(parse):
    def rates(*flags):
        config = parse("--epochs=2", "--schedule=poly", *flags)
        schedule = train.schedule(config, steps_per_epoch=50)
        return [float(schedule(step)) for step in (0, 25, 99)]

    single = rates()
    assert single[0] > single[1] > single[2] > 0
    assert rates("--gradient_accumulation_steps=4") == single
