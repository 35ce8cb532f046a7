"""A tiny model, its preset, and a web server on this machine."""

import functools
import http.server
import shutil
import threading

import keras
import pytest

from mtl_zoo import models
from mtl_zoo import presets
from mtl_zoo.presets import registry


@keras.saving.register_keras_serializable(package="mtl_zoo")
class TinyTask:
    def __init__(self, name, channels, class_names=None, unit=None):
        self.name = name
        self.channels = channels
        self.class_names = class_names
        self.unit = unit

    def get_config(self):
        return dict(vars(self))

    @classmethod
    def from_config(cls, config):
        return cls(**config)


@keras.saving.register_keras_serializable(package="mtl_zoo")
class TinyBlock(keras.layers.Layer):
    """Has its layers in a nested list, as HRNet's fusions have."""

    def __init__(self, filters, **kwargs):
        super().__init__(**kwargs)
        self.filters = filters
        self.rows = [
            [
                keras.layers.Conv2D(filters, 3, padding="same"),
                keras.layers.BatchNormalization(),
            ]
        ]

    def build(self, shape):
        for convolution, normalization in self.rows:
            convolution.build(shape)
            shape = (*shape[:-1], self.filters)
            normalization.build(shape)

    def call(self, x, training=None):
        for convolution, normalization in self.rows:
            x = normalization(convolution(x), training=training)
        return x

    def get_config(self):
        return {**super().get_config(), "filters": self.filters}


@keras.saving.register_keras_serializable(package="mtl_zoo")
class TinyModel(models.MultiTaskModel):
    def __init__(self, encoder, tasks, name="tiny_model", **kwargs):
        image = keras.Input((None, None, 3), name="image")
        x = encoder(image)
        predictions = {
            task.name: keras.layers.Conv2D(task.channels, 1, name=task.name)(
                TinyBlock(4, name=f"head_{task.name}")(x)
            )
            for task in tasks
        }
        super().__init__(
            image, predictions, encoder, tasks, name=name, **kwargs
        )


# A preset may name classes of the library's modules only.
for _class in (TinyTask, TinyBlock, TinyModel):
    _class.__module__ = "mtl_zoo.models.tiny"


def make_model():
    image = keras.Input((None, None, 3))
    x = keras.layers.Rescaling(1 / 255)(image)
    x = keras.layers.Conv2D(4, 3, padding="same", activation="relu")(x)
    x = TinyBlock(6)(x)
    encoder = keras.Model(image, x, name="tiny_encoder")
    tasks = [
        TinyTask("semseg", 3, class_names=["wall", "floor", "lamp"]),
        TinyTask("depth", 1, unit="m"),
    ]
    return TinyModel(encoder, tasks)


@pytest.fixture
def model():
    keras.utils.set_random_seed(0)
    return make_model()


@pytest.fixture(scope="session")
def saved(tmp_path_factory):
    """The preset that tests copy, once per session."""
    keras.utils.set_random_seed(1)
    folder = tmp_path_factory.mktemp("saved") / "tiny"
    presets.save(make_model(), folder, {"license": "Apache-2.0"})
    return folder


@pytest.fixture
def preset(saved, tmp_path):
    """A preset's folder that a test may damage."""
    return shutil.copytree(saved, tmp_path / "served" / "tiny")


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """An empty cache, and no proxy between the tests and their server."""
    monkeypatch.setenv("MTL_ZOO_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("no_proxy", "*")
    monkeypatch.delenv("MTL_ZOO_PRESETS_URL", raising=False)
    return tmp_path / "home"


@pytest.fixture
def known(saved, tmp_path, monkeypatch):
    """A registry that knows the preset `tiny` and bundles nothing."""
    folder = tmp_path / "bundled"
    entry = presets.registry_entry(saved)
    presets.update_registry(folder / "registry.json", "tiny", entry)
    monkeypatch.setattr(registry, "_FOLDERS", (folder,))
    return folder


class Handler(http.server.SimpleHTTPRequestHandler):
    """Serves files; `cut` names one that ends early, `hang` a silent one."""

    cut = None
    hang = None
    requests = []
    released = threading.Event()

    def do_GET(self):
        type(self).requests.append(self.path)
        name = self.path.rpartition("/")[2]
        if name == self.hang:
            self.released.wait(30)
        if name != self.cut:
            super().do_GET()
            return
        with open(self.translate_path(self.path), "rb") as file:
            content = file.read()
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content[: len(content) // 2])

    def log_message(self, *args):
        pass


@pytest.fixture
def server(preset):
    """A web server over the folder that contains `preset`.

    Yields an object with `url`, and `handler`, whose `cut` and `hang` can be
    set and whose `requests` are what was asked for.
    """
    handler = type(
        "TestHandler",
        (Handler,),
        {"requests": [], "released": threading.Event()},
    )
    server = http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0),
        functools.partial(handler, directory=str(preset.parent)),
    )
    server.handler = handler
    server.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    handler.released.set()
    server.shutdown()
    server.server_close()
    thread.join()
