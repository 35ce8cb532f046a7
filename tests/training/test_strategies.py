"""Two devices compute what one computes."""

import json

import keras
import pytest

from tests.commands import python
from training import strategies

# Devices are set up once per process: this needs one of its own.
SCRIPT = """
import contextlib, json
import keras
import numpy as np
import mtl_zoo
from training import loop, optimizers, strategies
from training.stream import shared_batches
from tests.tiny_encoders import TINY_ENCODERS

tensorflow = keras.backend.backend() == "tensorflow"
two = strategies.create("mirrored" if tensorflow else "data_parallel", 2)
count = 80
rng = np.random.default_rng(0)
images = rng.integers(0, 256, (count, 32, 48, 3)).astype("uint8")
labels = {
    "semseg": rng.integers(0, 5, (count, 32, 48)).astype("int32"),
    "depth": rng.uniform(-1, 5, (count, 32, 48, 1)).astype("float32"),
    "saliency": (rng.random((count, 32, 48, 1)) < 0.2).astype("float32"),
}
# The devices don't see as many labels as each other.
labels["depth"][::2, :24] = 0


def train(strategy):
    import tensorflow as tf

    samples = tf.data.Dataset.from_tensor_slices((images, labels))
    data = samples.batch(4)
    with strategy.scope():
        keras.utils.set_random_seed(0)
        encoder = TINY_ENCODERS["pyramid"]()
        model = mtl_zoo.models.HardSharing(
            encoder, ["semseg:5", "depth", "saliency"]
        )
        optimizer = optimizers.get("sgd", 1e-3, 1e-4, clip_norm=1.0)
        model.compile(optimizer, jit_compile=False if tensorflow else "auto")
        synchronized = tensorflow and strategy.num_devices > 1
        with strategies.synchronized_normalization(model, synchronized):
            steps = []
            keep = keras.callbacks.LambdaCallback(
                on_train_batch_end=lambda _, logs: steps.append(logs["loss"])
            )
            history = model.fit(
                data, epochs=1, verbose=0, shuffle=False, callbacks=[keep]
            )
            # A last batch of 3 images, which two devices can't share equally.
            rest = shared_batches(
                samples.take(19), model.tasks, 4, strategy.num_devices
            )
            found = loop.validate(model, rest)
    assert not any(
        getattr(layer, "synchronized", False)
        for layer in model._flatten_layers()
    )
    history = {name: x[-1] for name, x in history.history.items()}
    found = {"val_" + name: x for name, x in found.items()}
    return history | found, model.get_weights(), [float(x) for x in steps]


one_logs, one, one_steps = train(strategies.Strategy())
two_logs, both, two_steps = train(two)
print(json.dumps({
    "devices": two.num_devices,
    "weights": max(float(abs(a - b).max()) for a, b in zip(one, both)),
    "logs": [one_logs, two_logs],
    "steps": [one_steps, two_steps],
}))
"""


@pytest.mark.skipif(
    keras.backend.backend() == "torch", reason="no strategy on PyTorch"
)
def test_two_devices_train_as_one():
    result = python(["-c", SCRIPT])
    assert result.returncode == 0, result.stderr
    found = json.loads(result.stdout.splitlines()[-1])
    assert found["devices"] == 2
    assert found["weights"] < 1e-3
    # The mean loss of the epoch so far, after each of 20 steps.
    one, two = found["steps"]
    assert len(one) == 20
    assert two == pytest.approx(one, rel=1e-4)
    one, two = found["logs"]
    assert one.keys() == two.keys() and "val_depth_rmse" in one
    losses = {name for name in one if name.endswith("loss")}
    for name in losses:
        assert two[name] == pytest.approx(one[name], rel=1e-4), name
    for name in one.keys() - losses:
        # A few pixels lie so near a threshold that rounding decides.
        assert two[name] == pytest.approx(one[name], rel=1e-4, abs=1e-3), name


# As a user runs it, on a tiny encoder and few rooms.
COMMAND = """
import functools, mtl_zoo
mtl_zoo.register.encoder("tiny", family="resnet")(functools.partial(
    mtl_zoo.encoders.ResNet, "basic", (1, 1, 1, 1), width=8, name="tiny"
))
from mtl_zoo.datasets.rooms import builder
builder.NUM_EXAMPLES.update(train=16, validation=4)
from mtl_zoo.utils import cli
from training import train
cli.run(train.main)
"""


@pytest.mark.skipif(
    keras.backend.backend() == "torch", reason="no strategy on PyTorch"
)
def test_two_devices_see_the_images_of_one(tmp_path):
    tensorflow = keras.backend.backend() == "tensorflow"
    two = "mirrored" if tensorflow else "data_parallel"
    found = []
    for strategy, devices in (("none", 1), (two, 2)):
        folder = tmp_path / strategy
        flags = (
            "--model=hard_sharing --encoder=tiny --tasks=semseg,depth "
            "--image_size=32,48 --batch_size=4 --epochs=2 --optimizer=sgd "
            f"--learning_rate=1e-6 --strategy={strategy} "
            f"--num_devices={devices} --output_dir={folder}"
        )
        result = python(["-c", COMMAND, *flags.split()], home=tmp_path)
        assert result.returncode == 0, result.stderr
        lines = (folder / "metrics.jsonl").read_text().splitlines()
        found.append([json.loads(line) for line in lines])
    for one, two in zip(*found, strict=True):
        for name in ("loss", "semseg_loss", "depth_loss", "val_loss"):
            assert two[name] == pytest.approx(one[name], rel=1e-6), name


@pytest.mark.parametrize(
    "arguments, words",
    [
        (("none", 2, 8), "--strategy=mirrored"),
        (("mirrored", 3, 8), "multiple of 3"),
        (("data_parallel", 3, 8), "multiple of 3"),
        (("multi_worker", None, 8), "TF_CONFIG"),
    ],
)
def test_flags_that_do_not_fit(arguments, words, monkeypatch):
    monkeypatch.delenv("TF_CONFIG", raising=False)
    needed = strategies._BACKENDS.get(arguments[0])
    if needed not in (None, keras.backend.backend()):
        words = f"KERAS_BACKEND={needed}"
    with pytest.raises(ValueError, match=words):
        strategies.check(*arguments)


def test_single_device():
    strategies.check("none", None, 7)
    strategy = strategies.create("none")
    assert strategy.num_devices == 1 and strategy.is_chief
    with strategy.scope():
        pass
