"""Every kind of handle, over a real web server where there is one."""

import concurrent.futures
import json
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import time
import types

import pytest

from mtl_zoo import presets
from mtl_zoo.presets import http

pytestmark = pytest.mark.one_backend


def cache(home):
    """Names in the cache, or none."""
    folder = home / "presets"
    return sorted(os.listdir(folder)) if folder.exists() else []


def flip(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch):
    """Try again at once."""
    monkeypatch.setattr(http, "PAUSES", (0, 0))


@pytest.fixture
def mirror(server, known, monkeypatch):
    """The server, at the place where names are looked up."""
    monkeypatch.setenv("MTL_ZOO_PRESETS_URL", server.url)
    return server


# === Names ===


def test_own_registry():
    assert isinstance(presets.list_presets(), dict)


def test_unknown_name_lists_the_known(known):
    with pytest.raises(
        ValueError, match="'tiiny' is not known; allowed are ti"
    ):
        presets.load("tiiny")
    with pytest.raises(ValueError, match="Did you mean 'tiny'"):
        presets.load("tiiny")


@pytest.mark.parametrize("handle", [None, 3, b"tiny"])
def test_no_handle(handle):
    with pytest.raises(ValueError, match="string or a path"):
        presets.resolve(handle)


@pytest.mark.parametrize("handle", ["a" * 10_000, "\0", "~nobody/x", ""])
def test_what_can_not_be_a_folder(handle):
    with pytest.raises(
        ValueError, match="is not known.*a folder .there is none"
    ) as caught:
        presets.resolve(handle)
    assert len(str(caught.value)) < 300


def test_list_of_files_that_is_none(server, preset, home):
    (preset / "metadata.json").write_text("<html>log in</html>")
    url = f"{server.url}/tiny/metadata.json"
    with pytest.raises(ValueError, match=f"^{url} is not valid JSON"):
        presets.resolve(f"{server.url}/tiny")
    assert not cache(home)


def test_what_a_library_says_is_harmless(monkeypatch):
    def fail(*args, **kwargs):
        raise RuntimeError("\x1b[2J https://me:secret@example.org/x")

    module = types.SimpleNamespace(snapshot_download=fail)
    monkeypatch.setitem(sys.modules, "huggingface_hub", module)
    with pytest.raises(OSError, match="https://…@example.org/x") as caught:
        presets.resolve("hf://a/b")
    assert str(caught.value).isprintable()


def test_bundled(known, preset, home):
    bundled = shutil.copytree(preset, known / "tiny")
    assert presets.resolve("tiny") == bundled
    assert presets.load("tiny").name == "tiny_model"
    assert not cache(home)


def test_bundled_and_altered(known, preset):
    bundled = shutil.copytree(preset, known / "tiny")
    # Altered together with its digest: the registry still knows better.
    path = bundled / "metadata.json"
    path.write_text(path.read_text() + "\n")
    with pytest.raises(ValueError, match="metadata.json is altered"):
        presets.resolve("tiny")


def test_download_by_name(mirror, preset, home, capsys):
    folder = presets.resolve("tiny")
    assert folder.parent == home / "presets"
    # The card has no sha256, and is not fetched.
    assert sorted([*os.listdir(folder), "README.md"]) == sorted(
        os.listdir(preset)
    )
    assert cache(home) == [folder.name]
    assert "Downloading http://127.0.0.1" in capsys.readouterr().err
    assert presets.load("tiny").name == "tiny_model"
    # The second time nothing is asked for.
    assert len(mirror.handler.requests) == 5


def test_cache_needs_no_server(mirror, monkeypatch):
    folder = presets.resolve("tiny")
    monkeypatch.delenv("MTL_ZOO_PRESETS_URL")
    assert presets.resolve("tiny") == folder


def test_base_address_of_the_registry(server, known):
    path = known / "registry.json"
    content = json.loads(path.read_text())
    path.write_text(json.dumps({**content, "base_url": server.url + "/"}))
    assert presets.resolve("tiny").is_dir()


def test_home_on_a_hub(preset, known, monkeypatch):
    repositories = []

    def snapshot_download(repository, **kwargs):
        repositories.append(repository)
        return str(preset)

    module = types.SimpleNamespace(snapshot_download=snapshot_download)
    monkeypatch.setitem(sys.modules, "huggingface_hub", module)
    monkeypatch.setenv("MTL_ZOO_PRESETS_URL", "hf://org/")
    assert presets.resolve("tiny") == preset
    assert set(repositories) == {"org/tiny"}
    # It is held to the registry's sha256.
    flip(preset / "metadata.json")
    with pytest.raises(ValueError, match="metadata.json"):
        presets.resolve("tiny")


def test_no_address(known):
    with pytest.raises(ValueError, match="set MTL_ZOO_PRESETS_URL"):
        presets.resolve("tiny")


def test_damaged_cache_heals(mirror, home):
    folder = presets.resolve("tiny")
    flip(folder / "task.weights.h5")
    assert presets.resolve("tiny") == folder
    assert presets.load("tiny").name == "tiny_model"
    assert cache(home) == [folder.name]


# === What a network does ===


def test_not_found(mirror, preset, home):
    (preset / "task.json").unlink()
    with pytest.raises(OSError, match="tiny/task.json.*404"):
        presets.resolve("tiny")
    assert not cache(home)


def test_cut_connection(mirror, home):
    mirror.handler.cut = "task.weights.h5"
    with pytest.raises(OSError, match="Could not download .*task.weights.h5"):
        presets.resolve("tiny")
    assert not cache(home)
    mirror.handler.cut = None
    assert presets.resolve("tiny").is_dir()


@pytest.mark.parametrize(
    "name", ["metadata.json", "task.json", "task.weights.h5"]
)
def test_flipped_byte(mirror, preset, home, name):
    flip(preset / name)
    with pytest.raises(ValueError, match=f"tiny/{name} is altered: its sha"):
        presets.resolve("tiny")
    assert not cache(home)


@pytest.mark.parametrize("name", ["metadata.json", "task.json"])
def test_wrong_size(mirror, preset, home, name):
    with open(preset / name, "a") as file:
        file.write(" ")
    with pytest.raises(ValueError, match=f"tiny/{name} is altered or cut"):
        presets.resolve("tiny")
    assert not cache(home)


def test_wrong_size_in_the_metadata(server, preset, home):
    path = preset / "metadata.json"
    content = json.loads(path.read_text())
    content["files"]["task.json"]["size"] += 1
    path.write_text(json.dumps(content))
    with pytest.raises(ValueError, match="tiny/task.json is altered or cut"):
        presets.resolve(f"{server.url}/tiny")
    assert not cache(home)


def test_silent_server(mirror, home, monkeypatch):
    monkeypatch.setattr(http, "TIMEOUT", 0.2)
    mirror.handler.hang = "task.json"
    start = time.monotonic()
    with pytest.raises(OSError, match="task.json.*timed out"):
        presets.resolve("tiny")
    assert time.monotonic() - start < 10
    assert not cache(home)


def test_no_server(known, monkeypatch):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    monkeypatch.setenv("MTL_ZOO_PRESETS_URL", f"http://127.0.0.1:{port}")
    with pytest.raises(OSError, match="Could not download"):
        presets.resolve("tiny")


def test_ten_loaders_at_once(mirror, home):
    with concurrent.futures.ThreadPoolExecutor(10) as pool:
        folders = set(pool.map(presets.resolve, ["tiny"] * 10))
    assert len(folders) == 1
    assert cache(home) == [folders.pop().name]
    assert presets.load("tiny").name == "tiny_model"


def test_two_processes_at_once(server, known, home):
    program = (
        "import sys; from mtl_zoo import presets; "
        "print(presets.resolve(sys.argv[1]))"
    )
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", program, f"{server.url}/tiny"],
            stdout=subprocess.PIPE,
            text=True,
            cwd=pathlib.Path(__file__).parents[2],
            env={**os.environ, "KERAS_BACKEND": "jax"},
        )
        for _ in range(2)
    ]
    found = {process.communicate()[0].split()[-1] for process in processes}
    assert [process.returncode for process in processes] == [0, 0]
    assert found == {str(home / "presets" / name) for name in cache(home)}
    assert len(found) == 1


def test_leftovers_of_killed_loaders(mirror, home):
    old = home / "presets" / ".download.old"
    new = home / "presets" / ".download.new"
    for folder in (old, new):
        folder.mkdir(parents=True)
        (folder / "task.json").write_text("{")
    os.utime(old, (0, 0))
    folder = presets.resolve("tiny")
    # One that may still be at work is left alone.
    assert cache(home) == [".download.new", folder.name]
    assert presets.load("tiny").name == "tiny_model"


def test_killed_while_downloading(server, home):
    """A process that ends without cleaning up leaves nothing in the way."""
    server.handler.hang = "task.weights.h5"
    program = (
        "import sys; from mtl_zoo import presets; presets.resolve(sys.argv[1])"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program, f"{server.url}/tiny"],
        stdout=subprocess.DEVNULL,
        cwd=pathlib.Path(__file__).parents[2],
        env={**os.environ, "KERAS_BACKEND": "jax"},
    )
    while "/tiny/task.weights.h5" not in server.handler.requests:
        assert process.poll() is None
        time.sleep(0.05)
    process.kill()
    process.wait()
    assert [name for name in cache(home) if name.startswith(".download.")]
    server.handler.hang = None
    folder = presets.resolve(f"{server.url}/tiny")
    presets.load(folder)
    assert folder.name in cache(home)


# === Addresses ===


def test_https_address(server, preset, home):
    folder = presets.resolve(f"{server.url}/tiny/")
    assert cache(home) == [folder.name]
    assert presets.load(f"{server.url}/tiny").name == "tiny_model"
    # What is there already is not downloaded again: metadata.json is.
    assert len(server.handler.requests) == 6


def test_changed_address(server, preset):
    first = presets.resolve(f"{server.url}/tiny")
    path = preset / "metadata.json"
    content = json.loads(path.read_text())
    path.write_text(json.dumps({**content, "dataset": "new"}))
    second = presets.resolve(f"{server.url}/tiny")
    assert first != second
    assert presets.metadata(second)["dataset"] == "new"


@pytest.mark.parametrize(
    "handle",
    [
        "http://example.org/tiny",
        "http://127.0.0.1.example.org/tiny",
        "http://localhost@example.org/tiny",
        "https://example.org/tiny?x=1",
        "https:///tiny",
        "https://[oops/tiny",
        "ftp://example.org/tiny",
        "file:///tmp/tiny",
        "hf://tiny",
        "hf://a/b/c",
        "hf://../..@x",
        "kaggle://a/b",
        "kaggle://../a/b/c",
    ],
)
def test_refused_address(handle):
    with pytest.raises(ValueError, match="allowed (is|are)|invalid|can't be"):
        presets.resolve(handle)


@pytest.mark.parametrize("url", ["http://example.org", "file:///tmp"])
def test_refused_mirror(known, monkeypatch, url):
    monkeypatch.setenv("MTL_ZOO_PRESETS_URL", url)
    with pytest.raises(ValueError, match="refused|is not that of|allowed are"):
        presets.resolve("tiny")


@pytest.mark.parametrize(
    ("handle", "repository", "revision"),
    [
        ("hf://org/name", "org/name", None),
        ("hf://org/name@v1.2", "org/name", "v1.2"),
        ("hf://org/na.me@refs/pr/1", "org/na.me", "refs/pr/1"),
    ],
)
def test_hugging_face(preset, monkeypatch, handle, repository, revision):
    calls = []

    def snapshot_download(repo_id, revision, allow_patterns, **kwargs):
        calls.append((repo_id, revision, "task.json" in allow_patterns))
        return str(preset)

    module = types.SimpleNamespace(snapshot_download=snapshot_download)
    monkeypatch.setitem(sys.modules, "huggingface_hub", module)
    assert presets.load(handle).name == "tiny_model"
    # The list of files; then these files, of the same commit.
    assert calls == [
        (repository, revision, False),
        (repository, preset.name, True),
    ]
    flip(preset / "task.json")
    with pytest.raises(ValueError, match="task.json is altered"):
        presets.load(handle)


@pytest.mark.parametrize(
    "handle", ["kaggle://a/b/keras/c", "kaggle://a/b/keras/c/3"]
)
def test_kaggle(preset, monkeypatch, handle):
    calls = []

    def model_download(name):
        calls.append(name)
        return str(preset)

    module = types.SimpleNamespace(model_download=model_download)
    monkeypatch.setitem(sys.modules, "kagglehub", module)
    assert presets.load(handle).name == "tiny_model"
    assert calls == [handle.removeprefix("kaggle://")]


def test_google_cloud(preset, home, monkeypatch):
    def copy(source, target, overwrite):
        assert overwrite
        name = source.removeprefix("gs://bucket/tiny/")
        shutil.copyfile(preset / name, target)

    gfile = types.SimpleNamespace(copy=copy)
    module = types.SimpleNamespace(io=types.SimpleNamespace(gfile=gfile))
    with monkeypatch.context() as patch:
        patch.setitem(sys.modules, "tensorflow", module)
        folder = presets.resolve("gs://bucket/tiny/")
        flip(preset / "task.json")
        shutil.rmtree(folder)
        with pytest.raises(ValueError, match="gs://bucket/tiny/task.json is"):
            presets.resolve("gs://bucket/tiny")
    assert not cache(home)


@pytest.mark.parametrize(
    ("handle", "library", "message"),
    [
        ("hf://a/b", "huggingface_hub", r"mtl_zoo\[hub\]"),
        ("kaggle://a/b/c/d", "kagglehub", r"mtl_zoo\[hub\]"),
        ("gs://a/b", "tensorflow", r"mtl_zoo\[tensorflow\]"),
    ],
)
def test_missing_library(monkeypatch, handle, library, message):
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(ImportError, match=message):
        presets.resolve(handle)


@pytest.mark.parametrize(
    ("handle", "library", "function"),
    [
        ("hf://a/b", "huggingface_hub", "snapshot_download"),
        ("kaggle://a/b/c/d", "kagglehub", "model_download"),
    ],
)
def test_failing_library(monkeypatch, handle, library, function):
    def fail(*args, **kwargs):
        raise RuntimeError("404 Client Error.\nManual: https://…")

    module = types.SimpleNamespace(**{function: fail})
    monkeypatch.setitem(sys.modules, library, module)
    with pytest.raises(OSError, match=f"{handle}: 404 Client Error.$"):
        presets.resolve(handle)
