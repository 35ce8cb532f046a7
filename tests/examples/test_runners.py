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
from mtl_zoo.utils.resampling import resize_picture

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


@keras.saving.register_keras_serializable("test_runners")
class Facing(mtl_zoo.tasks.SurfaceNormals):
    pass


@pytest.mark.parametrize("suffix", ["tflite", "onnx"])
@pytest.mark.parametrize("decode", [False, True])
def test_a_panel(suffix, decode, device, picture, tiny_model, tmp_path):
    tasks = ["semseg:5", "depth", Facing(name="facing"), "edge"]
    model = tiny_model("hard_sharing", tasks)
    model.set_camera((64, 96), field_of_view=60)
    file, target = tmp_path / f"m.{suffix}", tmp_path / "panel.png"
    more = {"layout": "nchw"} if suffix == "onnx" else {}
    export = getattr(mtl_zoo.export, f"export_{suffix}")
    dtype = "uint8" if decode else "float32"
    export(model, file, (32, 48), decode=decode, input_dtype=dtype, **more)
    result = device("run_image.py", file, picture, target)
    assert result.returncode == 0, result.stderr
    assert "semseg, depth, facing, edge" in result.stdout
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
        "; numpy.savez(sys.argv[3], **p(Image.open(sys.argv[2])))"
    )
    square = tmp_path / "square.png"
    Image.open(picture).resize((50, 50)).save(square)
    for path, width in ((picture, 48), (square, 32)):
        result = device("-c", check, file, path, tmp_path / "s.npz")
        assert result.returncode == 0, result.stderr
        seen = np.load(tmp_path / "s.npz")
        photo = np.asarray(Image.open(path))
        left = (48 - width) // 2
        image = resize_picture(photo, (32, width))
        image = np.pad(image, ((0, 0), (left, left), (0, 0)), "edge")
        raw = model.predict(image[None], verbose=0)
        for task in model.tasks:
            inside = raw[task.name][0, :, left : left + width]
            expected = task.decode_at(inside, photo.shape[:2])
            near = width / model.size_for(photo.shape[:2])[1]
            expected = task.zoom(expected, 1 / near)
            assert seen[task.name].shape == expected.shape
            if task.name == "semseg":
                # What is decoded within the file can't be blended.
                least = 0.6 if decode else 0.99
                assert (seen["semseg"] == expected).mean() > least
            elif not decode:
                np.testing.assert_allclose(
                    seen[task.name], expected, rtol=1e-3, atol=5e-3
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
