"""The training scripts as a user runs them, on a tiny encoder and few rooms."""

import json
import os
import pathlib
import random
import signal
import subprocess
import sys
import time

import keras
import numpy as np
import pytest
from PIL import Image

import mtl_zoo
from tests.commands import check_error
from tests.commands import python
from tests.commands import run_all

ROOT = pathlib.Path(__file__).parents[2]

# A network and a data set that are small enough for a test.
PRELUDE = """
import functools, mtl_zoo
mtl_zoo.register.encoder("tiny", family="resnet")(functools.partial(
    mtl_zoo.encoders.ResNet, "basic", (1, 1, 1, 1), width=8, name="tiny"
))
from mtl_zoo.datasets.rooms import builder
builder.NUM_EXAMPLES.update(train=6, validation=2, test=3)
from mtl_zoo.utils import cli
from training import %s as script
cli.run(script.main)
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """One cache of rooms for all tests here."""
    return tmp_path_factory.mktemp("home")


@pytest.fixture
def run(home):
    def run(script, *flags):
        return python(["-c", PRELUDE % script, *flags], home=home)

    return run


def train_flags(folder, *more):
    return (
        "--encoder=tiny",
        "--image_size=32,48",
        "--batch_size=2",
        f"--output_dir={folder}",
        *more,
    )


def test_train_resume_evaluate(run, tmp_path):
    folder = tmp_path / "run"
    flags = train_flags(folder, "--tasks=semseg,depth", "--model=hard_sharing")
    result = run("train", *flags, "--epochs=2", "--seed=3")
    assert result.returncode == 0, result.stderr
    assert "final" in result.stdout

    config = json.loads((folder / "config.json").read_text())
    assert config["flags"]["seed"] == 3
    assert config["flags"]["encoder"] == "tiny"
    assert config["versions"]["mtl_zoo"]
    lines = (folder / "metrics.jsonl").read_text().splitlines()
    lines = [json.loads(line) for line in lines]
    assert [line["epoch"] for line in lines] == [1, 2]
    assert {"loss", "val_loss", "val_depth_rmse"} <= set(lines[0])
    for preset in ("best", "final"):
        assert (folder / preset / "metadata.json").is_file()

    # The folder is not overwritten by another run.
    result = run("train", *flags)
    assert result.returncode == 1
    assert "--resume" in result.stderr
    assert "Traceback" not in result.stderr

    output = tmp_path / "metrics.json"
    result = run(
        "evaluate",
        f"--preset={folder / 'final'}",
        "--image_size=32,48",
        f"--output={output}",
    )
    assert result.returncode == 0, result.stderr
    report = json.loads(output.read_text())
    assert report["split"] == "test"
    for results in (report["metrics"], report["constant_predictor"]):
        assert list(results) == ["semseg", "depth"]
        assert 0 <= results["semseg"]["mIoU"] <= 1
        assert results["depth"]["rmse"] > 0
    # The table shows what the file holds.
    for name, value in report["metrics"]["depth"].items():
        assert f"{value:10.4f}" in result.stdout, name

    # Beside the file stands the same for reading. Δm against itself is 0.
    assert "| depth | rmse |" in output.with_suffix(".md").read_text()
    result = run(
        "evaluate",
        f"--preset={folder / 'final'}",
        "--image_size=32,48",
        f"--output={tmp_path / 'again.json'}",
        f"--baseline={output}",
    )
    assert result.returncode == 0, result.stderr
    again = json.loads((tmp_path / "again.json").read_text())
    assert again["delta_m"] == 0


def write_folder(data_dir, splits, broken=None):
    """Three images with depth per split; one may have a NaN in its label."""
    for split in splits:
        for key in ("image", "depth"):
            (data_dir / "folder" / split / key).mkdir(parents=True)
        for i in range(3):
            image = Image.fromarray(np.full((32, 32, 3), 80 * i, "uint8"))
            image.save(data_dir / "folder" / split / "image" / f"{i}.png")
            depth = np.full((32, 32), 1.0 + i, "float32")
            if i == broken:
                depth[0, 0] = np.nan
            np.save(data_dir / "folder" / split / "depth" / f"{i}.npy", depth)
    return ("--dataset=folder", f"--data_dir={data_dir}")


def test_a_label_that_is_no_number_is_named_by_its_index(run, tmp_path):
    data = write_folder(tmp_path / "data", ("train", "validation"), broken=2)
    result = run(
        "train", *train_flags(tmp_path / "run", *data, "--model=hard_sharing")
    )
    assert result.returncode == 1
    error = result.stderr.strip().splitlines()[-1]
    assert error.startswith("error: Image 2: ")
    assert "2.npy: holds NaN" in error
    assert "Traceback" not in error


def test_evaluation_of_what_has_labels(run, tmp_path, tiny_model):
    tiny_model("hard_sharing").save_to_preset(tmp_path / "preset")
    data = write_folder(tmp_path / "data", ("test",))
    output = tmp_path / "metrics.json"
    preset = f"--preset={tmp_path / 'preset'}"
    result = run("evaluate", preset, *data, f"--output={output}")
    assert result.returncode == 0, result.stderr
    report = json.loads(output.read_text())
    assert list(report["metrics"]) == ["depth"]
    assert report["tasks_without_labels"] == ["semseg", "normals", "edge"]
    # There is nothing to fit a constant to.
    assert report["constant_predictor"] == {}
    result = run(
        "evaluate", preset, *data, "--split=train", f"--output={output}"
    )
    assert result.returncode == 1
    assert "'train' is not known; allowed are test" in result.stderr
    scales = ",".join("1" * 33)
    result = run("evaluate", preset, *data, f"--scales={scales}")
    assert result.returncode == 2
    assert "give up to 32 numbers from 0.1 to 10" in result.stderr


@pytest.mark.skipif(
    keras.backend.backend() != "torch",
    reason="four processes, which start fastest where nothing is compiled",
)
def test_a_comparison_goes_on(run, tmp_path):
    folder = tmp_path / "compare"
    flags = (
        *write_folder(tmp_path / "data", ("train", "validation")),
        "--encoder=segnet_slim",
        "--image_size=32,32",
        "--batch_size=2",
        "--epochs=1",
        "--split=validation",
        f"--output_dir={folder}",
    )
    result = run("compare", *flags, "--models=single_task")
    assert result.returncode == 0, result.stderr
    first = folder / "single_task_depth" / "seed_0" / "final" / "metadata.json"
    written = first.stat().st_mtime_ns

    result = run("compare", *flags, "--models=single_task,hard_sharing")
    assert result.returncode == 0, result.stderr
    assert first.stat().st_mtime_ns == written
    report = json.loads((folder / "compare.json").read_text())
    assert list(report) == ["single_task", "hard_sharing"]
    old, new = (report[name]["metrics"]["depth"]["rmse"][0] for name in report)
    assert report["hard_sharing"]["delta_m"][0] == pytest.approx(
        100 * (old - new) / old
    )
    assert report["hard_sharing"]["seconds_per_step"] > 0
    baseline = json.loads((folder / "single_task.json").read_text())
    assert baseline["depth"]["rmse"] == old

    # Which the other commands take.
    result = run(
        "evaluate",
        f"--preset={folder / 'hard_sharing' / 'seed_0' / 'final'}",
        *flags[:2],
        "--image_size=32,32",
        "--split=validation",
        f"--output={tmp_path / 'metrics.json'}",
        f"--baseline={folder / 'single_task.json'}",
    )
    assert result.returncode == 0, result.stderr
    evaluated = json.loads((tmp_path / "metrics.json").read_text())
    # Batches of another size round otherwise.
    assert evaluated["delta_m"] == pytest.approx(
        report["hard_sharing"]["delta_m"][0], abs=1e-3
    )


@pytest.mark.skipif(
    keras.backend.backend() != "tensorflow",
    reason="what is saved is tested in test_loop.py on every backend",
)
def test_a_run_killed_five_times_goes_on_to_the_same_end(run, home, tmp_path):
    flags = ("--tasks=depth", "--model=hard_sharing", "--epochs=8")
    flags = (*flags, "--checkpoint_steps=1", "--deterministic")
    result = run("train", *train_flags(tmp_path / "whole", *flags))
    assert result.returncode == 0, result.stderr

    folder = tmp_path / "killed"
    delays = random.Random(0)
    for kill in range(5):
        before = set(folder.glob("checkpoints/e*"))
        process = subprocess.Popen(
            [sys.executable, "-c", PRELUDE % "train"]
            + [*train_flags(folder, *flags), *(["--resume"] if kill else [])],
            cwd=ROOT,
            env={**os.environ, "MTL_ZOO_HOME": str(home)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        # Once it has saved anew, in the middle of whatever comes next.
        while process.poll() is None and before.issuperset(
            folder.glob("checkpoints/e*")
        ):
            time.sleep(0.02)
        time.sleep(delays.uniform(0, 0.2))
        process.kill()
        assert process.wait() == -signal.SIGKILL

    # It does not go on as another run.
    other = train_flags(folder, *flags, "--learning_rate=0.5", "--resume")
    result = run("train", *other)
    assert result.returncode == 1
    assert "--learning_rate=0.001" in result.stderr
    result = run("train", *train_flags(folder, *flags, "--resume"))
    assert result.returncode == 0, result.stderr
    one, two = (
        mtl_zoo.models.MultiTaskModel.from_preset(tmp_path / name / "final")
        for name in ("whole", "killed")
    )
    for a, b in zip(one.get_weights(), two.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    lines = (folder / "metrics.jsonl").read_text().splitlines()
    assert [json.loads(line)["epoch"] for line in lines] == [*range(1, 9)]


@pytest.mark.one_backend
def test_bad_flags_end_with_one_clear_line(tmp_path):
    cases = [
        (["--model=mtinet"], "mti_net", 2),
        (["--image_size=96"], "96,128", 2),
        (["--clip_norm=nan"], "finite", 2),
        (["--no_such_flag=1"], "no_such_flag", 2),
    ]
    ends = run_all(
        "training.train",
        [[f"--output_dir={tmp_path / 'run'}", *flags] for flags, *_ in cases],
    )
    for end, (_, words, code) in zip(ends, cases, strict=True):
        check_error(end, code, words)
    assert not (tmp_path / "run").exists()
