"""Two processes train as one, and end when one of them is gone."""

import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import time

import keras
import pytest

ROOT = pathlib.Path(__file__).parents[2]

pytestmark = pytest.mark.skipif(
    keras.backend.backend() != "tensorflow", reason="a TensorFlow strategy"
)

# Each of two workers has two images of a batch: TensorFlow 2.21 on a CPU writes
# past its memory in the gradient of 1×1 convolutions with stride 2 of a single
# image with 4 channels.
PRELUDE = """
import functools, mtl_zoo
mtl_zoo.register.encoder("tiny", family="resnet")(functools.partial(
    mtl_zoo.encoders.ResNet, "basic", (1, 1, 1, 1), width=8, name="tiny"
))
from mtl_zoo.datasets.rooms import builder
builder.NUM_EXAMPLES.update(train=16, validation=4, test=4)
from mtl_zoo.utils import cli
from training import train as script
cli.run(script.main)
"""
FLAGS = (
    "--encoder=tiny",
    "--model=hard_sharing",
    "--tasks=semseg,depth",
    "--image_size=32,48",
    "--batch_size=4",
    "--optimizer=sgd",
    "--checkpoint_steps=2",
)


def start(folder, home, cluster=None, index=0, *flags):
    environment = {
        **os.environ,
        "MTL_ZOO_HOME": str(home),
        "TF_CPP_MIN_LOG_LEVEL": "3",
    }
    if cluster:
        flags = (*flags, "--strategy=multi_worker")
        environment["TF_CONFIG"] = json.dumps(
            {"cluster": cluster, "task": {"type": "worker", "index": index}}
        )
    with open(f"{folder}_{index}.log", "w") as log:
        return subprocess.Popen(
            [sys.executable, "-c", PRELUDE, *FLAGS]
            + [f"--output_dir={folder}", *flags],
            cwd=ROOT,
            env=environment,
            stdout=log,
            stderr=subprocess.STDOUT,
        )


def cluster():
    """Two addresses on this machine."""
    with socket.socket() as one, socket.socket() as two:
        for s in (one, two):
            s.bind(("127.0.0.1", 0))
        ports = [s.getsockname()[1] for s in (one, two)]
    return {"worker": [f"127.0.0.1:{port}" for port in ports]}


def finish(processes, folder):
    for index, process in enumerate(processes):
        log = pathlib.Path(f"{folder}_{index}.log")
        assert process.wait(timeout=200) == 0, log.read_text()[-3000:]


def lines(folder):
    text = (folder / "metrics.jsonl").read_text()
    return [json.loads(line) for line in text.splitlines()]


def test_two_workers_train_as_one_and_outlive_a_killed_one(tmp_path):
    home, one, two = (tmp_path / name for name in ("home", "one", "two"))
    finish([start(one, home, None, 0, "--epochs=2")], one)

    long = ("--epochs=2", "--steps_per_epoch=4")
    workers = cluster()
    pair = [start(two, home, workers, i, *long) for i in range(2)]
    while not list(two.glob("checkpoints/e*")):
        assert pair[0].poll() is None
        time.sleep(0.05)
    pair[1].kill()
    begin = time.monotonic()
    # Unless it had come to its end already.
    if pair[0].wait(timeout=60) != 0:
        assert time.monotonic() - begin < 60
        last = pathlib.Path(f"{two}_0.log").read_text().splitlines()[-1]
        assert last.startswith("error: Another worker is gone"), last
    assert pair[1].wait() == -signal.SIGKILL

    workers = cluster()
    finish(
        [start(two, home, workers, i, "--resume", *long) for i in range(2)],
        two,
    )
    first, second = lines(one), lines(two)
    assert [line["epoch"] for line in second] == [1, 2]
    for a, b in zip(first, second, strict=True):
        for name in a:
            if name.endswith("loss"):
                rel = 1e-3 if name.startswith("val_") else 1e-4
                assert b[name] == pytest.approx(a[name], rel=rel), name
