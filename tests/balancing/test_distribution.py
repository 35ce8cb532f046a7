"""Two devices compute what one does, from the same global batch.

Devices are made before a backend starts, so the comparison runs in a process of
its own: `python tests/balancing/test_distribution.py`.
"""

import os
import pathlib
import subprocess
import sys

import pytest

METHODS = (
    "uncertainty",
    "geometric_loss",
    "famo",
    "grad_norm",
    "pcgrad",
    "mgda:features",
    "moco",
)


def test_two_devices_compute_what_one_does():
    backend = os.environ.get("KERAS_BACKEND", "tensorflow")
    if backend == "torch":
        pytest.skip("training on PyTorch has one device")
    environment = {
        **os.environ,
        "PYTHONPATH": str(pathlib.Path(__file__).parents[2]),
        "XLA_FLAGS": "--xla_force_host_platform_device_count=2",
    }
    result = subprocess.run(
        [sys.executable, __file__],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr[-3000:]
    assert result.stdout.split() == list(METHODS)


def main():
    import keras
    import numpy as np

    backend = keras.backend.backend()
    if backend == "tensorflow":
        import tensorflow as tf

        tf.config.set_logical_device_configuration(
            tf.config.list_physical_devices("CPU")[0],
            [tf.config.LogicalDeviceConfiguration()] * 2,
        )
        strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
    for name in METHODS:
        one, state = train(name)
        if backend == "tensorflow":
            with strategy.scope():
                two, other = train(name)
        else:
            keras.distribution.set_distribution(
                keras.distribution.DataParallel(auto_shard_dataset=False)
            )
            two, other = train(name)
            keras.distribution.set_distribution(None)
        np.testing.assert_allclose(two, one, rtol=1e-4, err_msg=name)
        np.testing.assert_allclose(other, state, rtol=2e-3, err_msg=name)
        print(name)


def train(name):
    """Losses of some epochs, and the weights of the tasks after them."""
    import keras
    import numpy as np

    import mtl_zoo

    keras.utils.set_random_seed(0)
    rng = np.random.default_rng(0)
    images = rng.random((4, 8, 8, 3)).astype("float32")
    depth = 1 + images[..., :1]
    # The second half of the batch, one device's, has few labels of depth and
    # none of edges.
    depth[2:, :7] = 0
    edge = (images[..., 2:] > 0.5).astype("float32")
    edge[2:] = 255
    semseg = images.argmax(-1).astype("int32")

    inputs = keras.Input((None, None, 3))
    x = keras.layers.Conv2D(4, 1, kernel_regularizer="l2")(inputs)
    encoder = keras.Model(inputs, x, name="encoder")
    tasks = mtl_zoo.tasks.get_all(["semseg:3", "depth", "edge"])
    image = keras.Input((None, None, 3))
    x = encoder(image)
    model = mtl_zoo.models.MultiTaskModel(
        image,
        {x_.name: keras.layers.Conv2D(x_.channels, 1)(x) for x_ in tasks},
        encoder,
        tasks,
    )
    model.compile(
        keras.optimizers.SGD(0.05),
        balancing=mtl_zoo.balancing.get(name),
    )
    if hasattr(model.balancing, "seed_generator"):
        seed = np.array([7, 0], model.balancing.seed_generator.state.dtype)
        model.balancing.seed_generator.state.assign(seed)
    labels = {"semseg": semseg, "depth": depth, "edge": edge}
    history = model.fit(
        images,
        labels,
        batch_size=4,
        epochs=4,
        shuffle=False,
        verbose=0,
    ).history
    weights = list(model.balancing.weights_of_tasks().values())
    keys = ("loss", "depth_loss", "edge_loss")
    return [history[key] for key in keys], weights


if __name__ == "__main__":
    main()
