"""A run that is stopped and goes on is the run that was never stopped."""

import json
import os
import re
import shutil
import signal

import keras
import numpy as np
import pytest

import mtl_zoo
from mtl_zoo.datasets.order import order
from mtl_zoo.utils import files
from training import loop
from training import optimizers
from training import schedules
from training.checkpoints import Checkpoints
from training.checkpoints import copy_state
from training.events import Events
from training.record import Record
from training.record import check_same_run
from training.record import read_lines
from training.stream import Stream
from training.stream import not_finite
from training.stream import shared_batches

EPOCHS = 2


def arrays(count=5):
    """`count` random images and their depth."""
    rng = np.random.default_rng(7)
    images = rng.integers(0, 256, (count, 16, 24, 3)).astype("uint8")
    return images, rng.uniform(-1, 5, (count, 16, 24, 1)).astype("float32")


def samples():
    """The same as a `tf.data.Dataset` of single samples."""
    import tensorflow as tf

    images, depth = arrays()
    return tf.data.Dataset.from_tensor_slices((images, {"depth": depth}))


class Samples:
    """The same as training reads them; those that are augmented are lighter."""

    keys = ("image", "depth")

    def __init__(self, images=None):
        self.images, self.depth = arrays()
        self.images = self.images if images is None else images

    def __len__(self):
        return len(self.images)

    def read(self, index, seed):
        image = self.images[index].copy()
        if image.dtype == "uint8":
            image //= 2
            image += np.random.default_rng(seed).integers(99, dtype="uint8")
            image[0, 0, 0] = index
        return {"image": image, "depth": self.depth[index]}


class Run:
    """A tiny run, as `training.train` puts it together."""

    def __init__(self, folder, seed=1, model=None, **optimizer):
        keras.utils.set_random_seed(seed)
        encoder = mtl_zoo.encoders.ResNet("basic", (1, 1, 1, 1), width=8)
        # Its head has dropout, and so a random state.
        self.model = model or mtl_zoo.models.HardSharing(encoder, ["depth"])
        self.stream = Stream(Samples(), batch_size=2)
        rate = schedules.get("poly", 1e-2, EPOCHS * self.stream.steps_per_epoch)
        if model is None:
            self.model.compile(
                optimizers.get("adam", rate, weight_decay=1e-4, **optimizer)
            )
        self.folder = folder
        self.record = Record(folder, self.model)
        self.checkpoints = Checkpoints(folder / "checkpoints", self.model)

    def train(self, **arguments):
        loop.train(
            self.model,
            self.stream,
            samples().batch(2),
            self.checkpoints,
            self.record,
            EPOCHS,
            checkpoint_steps=1,
            **arguments,
        )

    def lines(self):
        lines = read_lines(self.folder)
        for line in lines:
            line.pop("seconds_per_step", None)
        return lines


@pytest.fixture(autouse=True)
def handler():
    """The test's process keeps its own answer to SIGTERM."""
    before = signal.getsignal(signal.SIGTERM)
    yield
    signal.signal(signal.SIGTERM, before)


def stop_at(monkeypatch, epoch, step):
    """SIGTERM comes in this step of this epoch."""
    original = loop._Steps.on_train_batch_end

    def on_train_batch_end(self, batch, logs=None):
        if (self.epoch, self.start + batch) == (epoch, step):
            os.kill(os.getpid(), signal.SIGTERM)
        original(self, batch, logs)

    monkeypatch.setattr(loop._Steps, "on_train_batch_end", on_train_batch_end)


def test_a_stopped_run_goes_on_to_the_same_end(tmp_path, monkeypatch):
    whole = Run(tmp_path / "whole")
    whole.train()
    with monkeypatch.context() as context:
        stop_at(context, epoch=0, step=1)
        run = Run(tmp_path / "stopped")
        with pytest.raises(loop.Interrupted, match="--resume"):
            run.train()
    run = Run(tmp_path / "stopped")
    run.train()
    for a, b in zip(
        whole.model.get_weights(), run.model.get_weights(), strict=True
    ):
        np.testing.assert_array_equal(a, b)
    for a, b in zip(
        whole.model.optimizer.variables,
        run.model.optimizer.variables,
        strict=True,
    ):
        np.testing.assert_array_equal(
            keras.ops.convert_to_numpy(a), keras.ops.convert_to_numpy(b)
        )
    assert [line["epoch"] for line in run.lines()] == [1, 2]
    assert run.lines() == whole.lines()
    assert len(list((tmp_path / "stopped/checkpoints").iterdir())) == 3


@pytest.mark.slow_to_compile
def test_a_seed_with_what_another_has_traced_ends_as_alone(tmp_path):
    alone = Run(tmp_path / "alone")
    alone.train()
    # Another seed has trained with the model before.
    used = Run(tmp_path / "used", seed=2)
    used.train()
    steps = used.model.train_function
    fresh = Run(tmp_path / "again")
    fresh.model.optimizer.build(fresh.model.trainable_variables)
    copy_state(fresh.model, used.model)
    again = Run(tmp_path / "again", model=used.model)
    again.train()
    assert again.model.train_function is steps
    assert again.lines() == alone.lines() != used.lines()
    for a, b in zip(
        alone.model.get_weights(), again.model.get_weights(), strict=True
    ):
        np.testing.assert_array_equal(a, b)


def test_events_curves_and_early_stopping(tmp_path):
    import tensorflow as tf

    run = Run(tmp_path)
    # An epoch that no later one can better.
    run.record.best = "val_depth_delta_1"
    run.record.epochs_since_best = lambda: len(run.record.lines) - 1
    run.train(events=Events(tmp_path / "events"), patience=1)
    assert len(run.lines()) == 2
    assert (tmp_path / "curves.png").stat().st_size > 0
    (path,) = (tmp_path / "events").iterdir()
    tags = set()
    for event in tf.compat.v1.train.summary_iterator(str(path)):
        tags |= {value.tag for value in event.summary.value}
    assert {
        "loss",
        "val_loss",
        "learning_rate",
        "task_weight/depth",
        "prediction/0",
    } <= tags


def test_a_loss_that_is_no_number_stops_the_run(tmp_path):
    run = Run(tmp_path)
    images, _ = arrays()
    images = images.astype("float32")
    images[3] = np.nan
    broken = Samples(images)
    run.stream = Stream(broken, batch_size=2)
    assert list(order(5, seed=0, number=0)) == [2, 4, 3, 0, 1]
    assert not_finite(run.stream.epoch(0).unbatch()) == ["2 (image)"]
    with pytest.raises(
        loop.NotFinite, match="step 2 .2 images of pass 0 .*from number 2"
    ):
        run.train()
    (saved,) = (tmp_path / "checkpoints").iterdir()
    assert saved.name == "epoch_00000_step_0000001.npz"
    with np.load(saved) as file:
        assert all(np.isfinite(file[name]).all() for name in file.files)


def test_checkpoints(tmp_path):
    run = Run(tmp_path)
    run.model.optimizer.build(run.model.trainable_variables)
    assert run.checkpoints.restore() is None
    for step in range(5):
        run.checkpoints.save(0, step)
    folder = tmp_path / "checkpoints"
    assert len(list(folder.iterdir())) == 3
    # Killed in mid-write long ago, and a damaged file.
    torn = folder / f".{32 * 'a'}.epoch_00000_step_0000009.npz"
    torn.write_bytes(b"PK")
    os.utime(torn, (0, 0))
    (folder / "epoch_00000_step_0000008.npz").write_bytes(b"PK\x03\x04 torn")
    again = Checkpoints(folder, run.model)
    assert again.restore() == (0, 4)
    assert not list(folder.glob(".*"))
    Checkpoints(folder, run.model, keep=1).save(0, 5)
    (kept,) = folder.glob("*.npz")
    assert again.restore() == (0, 5)
    other = Run(tmp_path / "other", clip_norm=1.0).model
    other.compile("sgd")
    other.optimizer.build(other.trainable_variables)
    with pytest.raises(ValueError, match="another network, optimizer"):
        Checkpoints(folder, other).restore()


def rewrite(path, change):
    """Write a checkpoint anew, with its arrays changed."""
    with np.load(path) as file:
        arrays = {name: file[name] for name in file.files}
    change(arrays)
    path.unlink()
    np.savez(path, **arrays)


def cut_short(path):
    path.write_bytes(path.read_bytes()[:-100])


def flip_bits(path):
    content = bytearray(path.read_bytes())
    for i in range(len(content) // 2, len(content) // 2 + 64):
        content[i] ^= 255
    path.write_bytes(content)


def make_pipe(path):
    path.unlink()
    os.mkfifo(path)


def make_folder(path):
    path.unlink()
    path.mkdir()


def set_nan(path):
    def change(arrays):
        arrays["model/0"] = np.full_like(arrays["model/0"], np.nan)

    rewrite(path, change)


def move_place(path):
    rewrite(path, lambda arrays: arrays.update(place=np.array([-3, 7])))


def two_places(path):
    rewrite(path, lambda arrays: arrays.update(place=np.array([0.0, 1.5])))


def claim_terabytes(path):
    """One array says that it is much larger than it is."""
    content = path.read_bytes()
    header = re.search(rb"'shape': \((\d+)", content)
    start, end = header.span(1)
    digits = b"9" * (end - start)
    path.write_bytes(content[:start] + digits + content[end:])


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """A run with two checkpoints; its folder is copied by who changes it."""
    folder = tmp_path_factory.mktemp("saved")
    run = Run(folder)
    run.model.optimizer.build(run.model.trainable_variables)
    for step in (1, 2):
        run.checkpoints.save(0, step)
    return run


@pytest.mark.parametrize(
    "damage",
    [
        cut_short,
        flip_bits,
        make_folder,
        set_nan,
        move_place,
        two_places,
        claim_terabytes,
        make_pipe,
        lambda path: path.write_bytes(b""),
    ],
)
def test_a_damaged_checkpoint_is_passed_over(saved, tmp_path, damage, capsys):
    if damage is make_pipe and not hasattr(os, "mkfifo"):
        pytest.skip("there are no pipes")
    folder = tmp_path / "checkpoints"
    shutil.copytree(saved.folder / "checkpoints", folder)
    damage(folder / "epoch_00000_step_0000002.npz")
    before = saved.model.get_weights()
    try:
        found = Checkpoints(folder, saved.model).restore()
    except ValueError as error:  # What is whole is not passed over silently.
        assert "is the checkpoint of another" in str(error)
        assert damage in (two_places, claim_terabytes)
    else:
        assert found == (0, 1)
        assert "is damaged" in capsys.readouterr().err
    for a, b in zip(before, saved.model.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_what_is_no_run_is_not_gone_on_with(tmp_path):
    folder = tmp_path / "holiday"
    folder.mkdir()
    (folder / ".0123.config.json").write_text("{")
    check_same_run(None, folder)  # A killed process left it.
    (folder / "photo.jpg").write_bytes(b"")
    with pytest.raises(ValueError, match="holiday holds no run"):
        check_same_run(None, folder)
    for text in ("", "[]", "{}", '{"flags": 1, "versions": {}}'):
        (folder / "config.json").write_text(text)
        with pytest.raises(ValueError, match="is no config.json of training"):
            check_same_run(None, folder)
    for text in (
        *("{", "[]\n", '{"epoch": 1}\n{"epoch": "a"}\n'),
        '{"epoch": 1, "val_loss": "x"}',
        f'{{"epoch": 1, "val_loss": {"9" * 400}}}',
    ):
        (folder / "metrics.jsonl").write_text(text)
        with pytest.raises(ValueError, match="metrics.jsonl: line .* damaged"):
            read_lines(folder)


def test_unknown_labels_teach_nothing_in_silence(tmp_path):
    run = Run(tmp_path)
    run.stream.samples.depth[:] = 0
    with pytest.raises(ValueError, match="epoch 1 .* label of depth: there is"):
        run.train()


def test_a_task_without_a_label_is_not_reported(tiny_model, batch, capsys):
    model = tiny_model("hard_sharing", ["semseg:5", "depth"])
    model.compile(balancing=mtl_zoo.balancing.Fixed({"depth": 2.0}))
    _, labels = batch()
    labels = {"semseg": labels["semseg"], "depth": 0 * labels["depth"]}
    raw = {
        task.name: np.zeros((2, 32, 48, task.channels), "float32")
        for task in model.tasks
    }
    model.task_losses(labels, raw)
    model.compute_metrics(None, labels, raw)
    loop._check_labels(model, 2)
    said = capsys.readouterr().out
    assert said.startswith("No image of epoch 3 had a known label of depth;")
    results = loop._results(model)
    assert results["semseg_loss"] == pytest.approx(np.log(5), rel=1e-5)
    assert not [name for name in results if name.startswith("depth")]
    results |= {"semseg_loss": 1.5}
    assert loop._loss_of_means(model, results) == 1.5
    assert loop._loss_of_means(model, results | {"depth_loss": 2.0}) == 5.5


def test_best_needs_labels(tmp_path):
    record = Record(tmp_path, Run(tmp_path).model, "val_depth_rmse")
    with pytest.raises(ValueError, match="no label of this task"):
        record.add(0, {"val_loss": 1.0})


def test_sigterm_before_the_first_step(capsys):
    loop.leave_on_sigterm()
    with pytest.raises(SystemExit, match="0"):
        signal.raise_signal(signal.SIGTERM)
    assert "Stopped by SIGTERM" in capsys.readouterr().out


def test_a_weight_that_is_no_number_blames_all_since_the_checkpoint(tmp_path):
    run = Run(tmp_path)
    steps = loop._Steps(run.stream, run.checkpoints, None, None, True)
    steps.begin(0, 1)
    steps.step = 3
    text = steps._describe({"loss": 1.0, "depth_loss": 1.0})
    assert "A weight is not a number any more in epoch 1, " in text
    assert "one of the steps 2 to 3 (4 images of pass 0 over the " in text
    assert "from number 2 on" in text
    text = steps._describe({"loss": np.nan, "depth_loss": np.nan})
    assert "depth_loss is not" in text
    assert "step 3 (2 images of pass 0 over the data, from number 4" in text


@pytest.mark.parametrize("steps", [None, 2, 4])
def test_a_stream_begins_anywhere(steps):
    stream = Stream(Samples(), batch_size=2, steps_per_epoch=steps)
    assert stream.steps_per_epoch == (steps or 3)

    def images(epoch, start=0):
        return [np.asarray(x) for x, _ in stream.epoch(epoch, start)]

    whole = images(0) + images(1)
    # Whole batches, which go on from pass to pass.
    assert [len(x) for x in whole] == [2] * 2 * stream.steps_per_epoch
    for start in range(stream.steps_per_epoch):
        rest = images(1, start)
        for a, b in zip(whole[-len(rest) :], rest, strict=True):
            np.testing.assert_array_equal(a, b)
    # Each pass has every image once, in an order of its own.
    flat = np.concatenate(whole)
    first, second = flat[:5], flat[5:10]
    if len(second) == 5:
        assert set(first[:, 0, 0, 0]) == set(second[:, 0, 0, 0])
        assert not np.array_equal(first[:, 0, 0, 0], second[:, 0, 0, 0])
        # And in light of its own.
        first = first[np.argsort(first[:, 0, 0, 0])]
        second = second[np.argsort(second[:, 0, 0, 0])]
        assert not np.array_equal(first, second)


def test_shared_batches_add_images_that_do_not_count():
    tasks = mtl_zoo.tasks.get_all(["depth"])
    batches = list(shared_batches(samples(), tasks, 4, num_devices=2))
    assert [len(images) for images, _ in batches] == [4, 2]
    labels = np.asarray(batches[1][1]["depth"])
    assert (labels[1:] == 0).all() and (labels[0] != 0).any()
    batches = shared_batches(samples(), tasks, 4, num_devices=1)
    assert [len(images) for images, _ in batches] == [4, 1]


def test_a_batch_may_be_larger_than_the_data():
    stream = Stream(Samples(), batch_size=8)
    assert stream.steps_per_epoch == 1
    ((images, _),) = stream.epoch(0)
    assert len(images) == 8
    # Every image, and three of the next pass.
    assert set(np.asarray(images)[:5, 0, 0, 0]) == set(range(5))
    assert stream.place(1, 0) == (1, 3)


def test_checkpoints_are_ordered_by_their_numbers(tmp_path):
    run = Run(tmp_path)
    run.checkpoints.save(99_999, 1)
    run.checkpoints.save(100_000, 1)
    assert run.checkpoints.restore() == (100_000, 1)


def test_best_is_kept_over_a_resume(tmp_path):
    run = Run(tmp_path)
    for epoch, loss in enumerate((3.0, 1.0, float("nan"), 2.0)):
        run.record.add(epoch, {"loss": 1.0, "val_loss": loss})
    assert run.record.epochs_since_best() == 2
    lines = (tmp_path / "metrics.jsonl").read_text().splitlines()
    assert json.loads(lines[2])["val_loss"] is None
    # Killed between the two renames that replace `best/`, or not killed yet:
    # what is in the making is nobody else's to take away.
    made = tmp_path / f".{files.mark()}.best"
    (tmp_path / "best").rename(made)
    partial = tmp_path / f".{files.mark()}.best"
    partial.mkdir()
    shutil.copy(made / "metadata.json", partial)
    record = Record(tmp_path, run.model)
    assert (tmp_path / "best" / "task.weights.h5").is_file()
    assert made.is_dir() and partial.is_dir()
    # An epoch that is done again takes the place of what followed it.
    record.add(1, {"loss": 1.0, "val_loss": 0.5})
    assert [line["epoch"] for line in read_lines(tmp_path)] == [1, 2]


def test_best_by_delta_m(tmp_path):
    run = Run(tmp_path)
    record = Record(
        tmp_path, run.model, "delta_m", baseline={"depth": {"rmse": 2.0}}
    )
    for epoch, rmse in enumerate((2.0, 1.0, 1.5)):
        record.add(epoch, {"val_depth_rmse": rmse})
    assert [x["val_delta_m"] for x in record.lines] == [0, 50, 25]
    assert record.epochs_since_best() == 1
