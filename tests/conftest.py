"""What all tests share: a quiet, deterministic start and tiny networks."""

import os
import pathlib

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
import pytest

import mtl_zoo


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


@pytest.fixture
def tiny_encoder():
    """Makes an HRNet of about 30,000 parameters."""

    def make():
        return mtl_zoo.encoders.HRNet(
            width=4, stage_1_blocks=1, modules=(1, 1, 1), blocks=1
        )

    return make


@pytest.fixture
def tiny_segnet():
    """Makes a SegNet of a few thousand parameters."""

    def make():
        return mtl_zoo.encoders.SegNet(widths=(4, 4, 8, 8, 8))

    return make


@pytest.fixture
def tiny_resnet():
    """Makes a ResNet of a few thousand parameters, dilated to stride 8."""

    def make():
        return mtl_zoo.encoders.ResNet(
            "basic", (1, 1, 1, 1), output_stride=8, width=8
        )

    return make


@pytest.fixture
def tiny_model(tiny_encoder, tiny_segnet, tiny_resnet):
    """Makes a tiny model by the name of its class."""

    def make(name, tasks=("semseg:5", "depth", "normals", "edge"), **kwargs):
        if name == "single_task":
            tasks = tasks[:1]
        if name in ("mtan", "pad_net", "ati_net"):
            encoder = tiny_segnet()
        elif name in ("cross_stitch", "nddr_cnn"):
            encoder = tiny_resnet()
        else:
            encoder = tiny_encoder()
        return mtl_zoo.models.get(name)(encoder, list(tasks), **kwargs)

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
def shared():
    """Folder of the reference numbers; tests that need it skip without."""
    path = os.environ.get("MTL_ZOO_SHARED")
    path = (
        pathlib.Path(path)
        if path
        else pathlib.Path(__file__).parents[2] / "shared"
    )
    if not path.is_dir():
        pytest.skip("the reference numbers (MTL_ZOO_SHARED) are not here")
    return path
