"""What all tests share: a quiet, deterministic start and tiny networks."""

import os
import pathlib

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
if "PYTEST_XDIST_WORKER" in os.environ:
    # There is a worker per core: more threads would wait for each other.
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    os.environ.setdefault("TF_NUM_INTRAOP_THREADS", "1")
if os.environ.get("KERAS_BACKEND") == "jax":
    # It compiles much here and runs little: do it fast, and once.
    os.environ.setdefault(
        "XLA_FLAGS",
        "--xla_backend_optimization_level=0 "
        "--xla_llvm_disable_expensive_passes=true",
    )
    os.environ.setdefault(
        "JAX_COMPILATION_CACHE_DIR",
        str(pathlib.Path(__file__).parents[1] / ".pytest_cache" / "jax"),
    )
    os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS", "0")

import keras
import numpy as np
import pytest

import mtl_zoo
from tests.tiny_encoders import TINY_ARGUMENTS
from tests.tiny_encoders import TINY_ENCODERS
from tests.tiny_encoders import usual_encoder


def pytest_collection_modifyitems(items):
    backend = keras.backend.backend()
    skipped = {}
    if backend != "tensorflow":
        skipped["one_backend"] = "runs on TensorFlow alone"
    if backend == "jax":
        skipped["slow_to_compile"] = "runs on TensorFlow and PyTorch alone"
    for item in items:
        for marker, reason in skipped.items():
            if item.get_closest_marker(marker):
                item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture(autouse=True)
def deterministic():
    keras.utils.set_random_seed(0)
    keras.config.set_dtype_policy("float32")
    yield
    keras.config.set_dtype_policy("float32")


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    """Tests neither read nor fill the user's cache."""
    monkeypatch.setenv("MTL_ZOO_HOME", str(tmp_path / "cache"))


@pytest.fixture(scope="session")
def tiny_encoder():
    """Makes a tiny encoder of a kind, HRNet if none is given."""

    def make(kind="hrnet"):
        return TINY_ENCODERS[kind]()

    return make


@pytest.fixture
def tiny_model(tiny_encoder):
    """Makes a tiny model by the name of its class."""

    def make(
        name,
        tasks=("semseg:5", "depth", "normals", "edge"),
        encoder=None,
        **kwargs,
    ):
        if name == "single_task":
            tasks = tasks[:1]
        encoder = encoder or usual_encoder(name)
        if encoder == usual_encoder(name):
            kwargs = {**TINY_ARGUMENTS.get(name, {}), **kwargs}
        return mtl_zoo.models.get(name)(
            tiny_encoder(encoder), list(tasks), **kwargs
        )

    return make


@pytest.fixture
def batch():
    """A batch of random images and labels as the tasks of `tiny_model`."""

    def make(size=(32, 48), count=2):
        rng = np.random.default_rng(0)
        shape = (count, *size)
        normals = rng.normal(size=(*shape, 3)).astype("float32")
        normals /= np.linalg.norm(normals, axis=-1, keepdims=True)
        labels = {
            "semseg": rng.integers(0, 5, shape).astype("int32"),
            "depth": rng.uniform(1, 5, (*shape, 1)).astype("float32"),
            "normals": normals,
            "edge": (rng.random((*shape, 1)) < 0.1).astype("float32"),
        }
        images = rng.integers(0, 256, (*shape, 3)).astype("uint8")
        return images, labels

    return make


@pytest.fixture
def mini_model():
    """Makes a model of an encoder of one convolution and a head per task."""

    def make(
        tasks=("semseg:3", "depth", "edge"),
        features=4,
        activation="relu",
        regularizer=None,
    ):
        tasks = mtl_zoo.tasks.get_all(list(tasks))
        inputs = keras.Input((None, None, 3))
        encoder = keras.Model(
            inputs,
            keras.layers.Conv2D(
                features,
                1,
                use_bias=False,
                activation=activation,
                kernel_regularizer=regularizer,
                name="convolution",
            )(inputs),
            name="encoder",
        )
        image = keras.Input((None, None, 3), name="image")
        x = encoder(image)
        predictions = {
            task.name: keras.layers.Conv2D(
                task.channels, 1, dtype="float32", name=f"head_{task.name}"
            )(x)
            for task in tasks
        }
        return mtl_zoo.models.MultiTaskModel(image, predictions, encoder, tasks)

    return make


@pytest.fixture
def mini_batch():
    """Images from 0 to 1 and labels that follow from them."""
    rng = np.random.default_rng(0)
    images = rng.random((4, 8, 8, 3)).astype("float32")
    labels = {
        "semseg": images.argmax(-1).astype("int32"),
        "depth": 1 + images[..., :1] + images[..., 1:2],
        "edge": (images[..., 2:] > 0.5).astype("float32"),
    }
    return images, labels
