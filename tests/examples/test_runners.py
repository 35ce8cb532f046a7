"""The runners for devices work where there is no Keras and no TensorFlow."""

import json
import pathlib
import subprocess
import venv

import keras
import numpy as np
import pytest
from PIL import Image

if keras.backend.backend() != "tensorflow":
    pytest.skip("export goes through TensorFlow", allow_module_level=True)
pytest.importorskip("ai_edge_litert")
pytest.importorskip("onnxruntime")

import mtl_zoo

EXAMPLES = pathlib.Path(__file__).parents[2] / "examples"

# What a device has, and the libraries that come with it.
PACKAGES = ("numpy", "PIL", "pillow", "ai_edge_litert", "onnxruntime")


@pytest.fixture(scope="module")
def device(tmp_path_factory):
    """Runs an example in an environment that has nothing but that."""
    folder = tmp_path_factory.mktemp("device")
    venv.create(folder, with_pip=False, symlinks=True)
    (there,) = folder.glob("lib/python*/site-packages")
    here = pathlib.Path(np.__file__).parents[1]
    for name in PACKAGES:
        for path in here.glob(f"{name}*"):
            if path.suffix != ".dist-info":
                (there / path.name).symlink_to(path)

    def run(*command):
        return subprocess.run(
            [folder / "bin" / "python", *map(str, command)],
            cwd=EXAMPLES,
            capture_output=True,
            text=True,
            check=False,
        )

    for missing in ("keras", "tensorflow", "mtl_zoo", "scipy"):
        error = run("-c", f"import {missing}").stderr
        assert f"No module named '{missing}'" in error
    return run


@pytest.fixture
def picture(tmp_path):
    rng = np.random.default_rng(0)
    path = tmp_path / "photo.png"
    Image.fromarray(rng.integers(0, 256, (40, 60, 3), "uint8")).save(path)
    return path


@pytest.mark.parametrize("suffix", ["tflite", "onnx"])
@pytest.mark.parametrize("decode", [False, True])
def test_a_panel(suffix, decode, device, picture, tiny_model, tmp_path):
    model = tiny_model("hard_sharing")
    file, target = tmp_path / f"m.{suffix}", tmp_path / "panel.png"
    more = {"layout": "nchw"} if suffix == "onnx" else {}
    export = getattr(mtl_zoo.export, f"export_{suffix}")
    dtype = "uint8" if decode else "float32"
    export(model, file, (32, 48), decode=decode, input_dtype=dtype, **more)
    result = device("run_image.py", file, picture, target)
    assert result.returncode == 0, result.stderr
    assert "semseg, depth, normals, edge" in result.stdout
    # The picture and a tile per task.
    assert Image.open(target).width == 5 * 320

    # A phone's picture that lies on its side, and says so, gives the same.
    turned, panel = tmp_path / "turned.png", tmp_path / "panel_turned.png"
    exif = Image.Exif()
    exif[0x0112] = 6  # orientation: to be turned clockwise
    Image.open(picture).rotate(90, expand=True).save(turned, exif=exif)
    assert device("run_image.py", file, turned, panel).returncode == 0
    assert Image.open(panel).tobytes() == Image.open(target).tobytes()

    # What it makes of the file is what the model sees.
    check = (
        "import sys, numpy; from run_image import *; p = Predictor(sys.argv[1])"
        "; numpy.savez(sys.argv[3], **p(Image.open(sys.argv[2]))[1])"
    )
    result = device("-c", check, file, picture, tmp_path / "s.npz")
    assert result.returncode == 0, result.stderr
    seen = np.load(tmp_path / "s.npz")
    image = Image.open(picture).resize((48, 32))
    for name, expected in model.predict_image(image).items():
        assert seen[name].shape == expected.shape
        if name == "semseg":
            assert (seen[name] == expected).mean() > 0.99
        else:
            np.testing.assert_allclose(
                seen[name], expected, rtol=1e-3, atol=2e-3
            )


def test_frames_per_second(device, tiny_model, tmp_path):
    file, video = tmp_path / "m.tflite", tmp_path / "walk.gif"
    model = tiny_model("single_task")
    mtl_zoo.export.export_tflite(model, file, (32, 48))
    frames = [Image.new("RGB", (48, 32), (i, 0, 0)) for i in (0, 99, 200)]
    frames[0].save(video, save_all=True, append_images=frames[1:])
    result = device("run_video.py", file, video)
    assert result.returncode == 0, result.stderr
    assert result.stdout.splitlines()[-1].endswith("per second")
    assert "3 frames" in result.stdout
    assert json.loads(file.with_suffix(".json").read_text())["outputs"]
