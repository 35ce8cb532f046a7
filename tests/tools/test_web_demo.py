"""The try-it page: its arithmetic, its files, its server."""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import urllib.request

import keras
import numpy as np
import pytest
from PIL import Image

import mtl_zoo
from mtl_zoo.utils.camera import read_field_of_view
from mtl_zoo.utils.resampling import resize_picture
from tests.tools import web_demo_page as demo
from tools.web_demo import packages

pytestmark = pytest.mark.one_backend

ROOT = pathlib.Path(__file__).parents[2]
PAGE = ROOT / "tools" / "web_demo" / "page"
PHOTO = ROOT / "examples" / "photos" / "sofa.jpg"

needs_node = pytest.mark.skipif(
    shutil.which("node") is None, reason="needs Node.js"
)


# === The page's modules in Node.js ===


@pytest.fixture
def run_module(tmp_path):
    """Runs JavaScript beside the page's modules; gives what it prints."""
    shutil.copytree(PAGE, tmp_path / "page")
    (tmp_path / "package.json").write_text('{"type": "module"}')

    def run(code):
        (tmp_path / "page" / "test.js").write_text(code)
        result = subprocess.run(
            ["node", "test.js"],
            cwd=tmp_path / "page",
            capture_output=True,
            text=True,
            check=False,
        )
        assert result.returncode == 0, result.stderr
        return result.stdout

    return run


@needs_node
@pytest.mark.parametrize("size", [(96, 128), (31, 47), (11, 17), (150, 200)])
def test_photos_are_resized_as_the_library_does(run_module, tmp_path, size):
    photo = Image.open(PHOTO).resize((120, 90))
    (tmp_path / "page" / "photo").write_bytes(photo.convert("RGBA").tobytes())
    run_module(
        f"""
        import {{ readFileSync, writeFileSync }} from "node:fs";
        import {{ toImage }} from "./pixels.js";
        const rgba = new Uint8Array(readFileSync("photo"));
        const size = {list(size)};
        const image = toImage(
          rgba, [90, 120], size, {{ size, top: 0, left: 0 }});
        writeFileSync("image", Uint8Array.from(image));
        """
    )
    image = np.fromfile(tmp_path / "page" / "image", "uint8")
    expected = resize_picture(np.asarray(photo), size)
    # Pillow weighs in whole numbers: a rounding may fall to the other side.
    difference = np.abs(image.reshape(expected.shape).astype(int) - expected)
    assert difference.max() <= 1 and difference.mean() < 0.01


@needs_node
def test_maps_are_brought_to_the_photo_and_decoded_as_keras_does(
    run_module, tmp_path
):
    tasks = mtl_zoo.datasets.get_tasks(
        "rooms", ["semseg", "depth", "normals", "edge"]
    )
    tasks.append(mtl_zoo.tasks.Task("albedo", 3, None))
    rng = np.random.default_rng(0)
    for task in tasks:
        raw = rng.normal(size=(12, 16, task.channels)).astype("float32")
        raw.tofile(tmp_path / "page" / task.name)
        output = {
            "name": task.name,
            "decoding": task.decoding,
            "unit": task.unit,
            "colors": None if task.colors is None else task.colors.tolist(),
        }
        run_module(
            f"""
            import {{ readFileSync, writeFileSync }} from "node:fs";
            import {{ decode }} from "./pixels.js";
            const bytes = new Uint8Array(readFileSync("{task.name}"));
            const raw = new Float32Array(bytes.buffer);
            const output = {json.dumps(output)};
            const map = decode(output, raw, [12, 16], [30, 40]);
            writeFileSync("map", new Uint8Array(map.buffer));
            """
        )
        resized = keras.ops.image.resize(
            raw, (30, 40), interpolation="bilinear"
        )
        expected = keras.ops.convert_to_numpy(task.decode(resized))
        found = np.fromfile(tmp_path / "page" / "map", expected.dtype)
        found = found.reshape(expected.shape)
        if task.colors is not None:
            assert (found == expected).mean() > 0.995
        else:
            np.testing.assert_allclose(found, expected, atol=2e-5)


@needs_node
def test_npz_is_numpys(run_module, tmp_path):
    run_module(
        """
        import { writeFileSync } from "node:fs";
        import { npz } from "./npz.js";
        const data = Float32Array.from({ length: 24 }, (_, i) => i / 4);
        const blob = npz({
          depth: { data, shape: [4, 6] },
          semseg: { data: new Uint8Array([3, 1, 2]), shape: [3] },
        });
        writeFileSync("maps.npz", new Uint8Array(await blob.arrayBuffer()));
        """
    )
    with np.load(tmp_path / "page" / "maps.npz") as maps:
        assert sorted(maps) == ["depth", "semseg"]
        np.testing.assert_array_equal(
            maps["depth"], np.arange(24, dtype="float32").reshape(4, 6) / 4
        )
        np.testing.assert_array_equal(maps["semseg"], [3, 1, 2])
        assert maps["semseg"].dtype == np.uint8


@needs_node
@pytest.mark.parametrize(
    ("photo", "size"),
    [
        ((360, 480), (48, 64)),  # the same form
        ((100, 300), (21, 64)),  # wide: bands above and below
        ((301, 400), (48, 64)),  # a pixel of rounding is no band
    ],
)
def test_photos_keep_their_proportions(run_module, photo, size):
    printed = run_module(
        f"""
        import {{ placeIn }} from "./pixels.js";
        console.log(JSON.stringify(placeIn({list(photo)}, [48, 64])));
        """
    )
    place = json.loads(printed)
    assert tuple(place["size"]) == size
    assert place["top"] == (48 - size[0]) // 2


@needs_node
@pytest.mark.parametrize("endian", ["<", ">"])
@pytest.mark.parametrize("length", [26, 0, 70000, None])
def test_a_photo_tells_its_camera_as_to_the_library(
    run_module, tmp_path, endian, length
):
    path = tmp_path / "page" / "photo.jpg"
    exif = Image.Exif()
    exif.endian = endian
    exif[0x010F] = "Maker"
    if length is not None:
        exif.get_ifd(0x8769)[0xA405] = length
    Image.new("RGB", (400, 300)).save(path, exif=exif)
    printed = run_module(
        """
        import { readFileSync } from "node:fs";
        import { readFieldOfView } from "./exif.js";
        const bytes = readFileSync("photo.jpg");
        const read = (part) => readFieldOfView(new Blob([part]), [300, 400]);
        console.log(JSON.stringify(await read(bytes)));
        // Cut or damaged anywhere, it is another or unknown, and no failure.
        for (let n = 0; n < 200; n++) {
          await read(bytes.subarray(0, n));
          await read(bytes.map((byte, i) => (i === n ? ~byte : byte)));
        }
        """
    )
    expected = read_field_of_view(path)
    assert (expected is None) == (length != 26)
    assert json.loads(printed) == (expected and pytest.approx(expected))


# === Files ===


def test_without_npm_the_command_says_what_is_missing(tmp_path):
    result = subprocess.run(
        [sys.executable, "-m", "tools.web_demo"],
        cwd=ROOT,
        env={
            **os.environ,
            "MTL_ZOO_HOME": str(tmp_path),
            "PATH": str(tmp_path),
            "TF_CPP_MIN_LOG_LEVEL": "3",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 1
    assert result.stderr.count("\n") == 1
    assert "npm is not on PATH" in result.stderr
    assert packages.VERSIONS["three"] in result.stderr


def test_the_server_isolates_the_page_and_guards_it(tmp_path):
    (tmp_path / "a.wasm").write_bytes(b"wasm")
    with (
        demo.served(tmp_path) as url,
        urllib.request.urlopen(f"{url}a.wasm") as response,
    ):
        headers = response.headers
        assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
        assert headers["Cross-Origin-Embedder-Policy"] == "require-corp"
        assert headers["Content-Type"] == "application/wasm"
        policy = headers["Content-Security-Policy"]
        assert "frame-ancestors 'none'" in policy
        assert "unsafe-inline" not in policy
        assert "'unsafe-eval'" not in policy


def test_the_pages_own_policy_lets_nothing_out():
    text = (PAGE / "index.html").read_text(encoding="utf-8")
    policy = text.partition("Security-Policy")[2].partition("/>")[0]
    assert "default-src 'none'" in policy
    assert "connect-src 'self'" in policy
    assert "unsafe-inline" not in policy and "'unsafe-eval'" not in policy
    # Nothing in the page would be refused by it.
    assert "style=" not in text and "onclick=" not in text
    assert "<script>" not in text and "<style" not in text
