"""The command that looks at pictures, as its user runs it."""

import os
import pathlib
import shutil
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from tests.commands import check_error
from tests.commands import run_all

ROOT = pathlib.Path(__file__).parents[2]


@pytest.fixture
def preset(tiny_model, tmp_path):
    folder = tmp_path / "preset"
    tiny_model("hard_sharing").save_to_preset(folder)
    return folder


def predict(*arguments):
    return subprocess.run(
        [sys.executable, "-m", "tools.predict", *map(str, arguments)],
        cwd=ROOT,
        env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"},
        capture_output=True,
        text=True,
        check=False,
    )


def save_picture(path, size=(47, 33)):
    noise = np.random.default_rng(0).integers(0, 256, (*size[::-1], 3))
    Image.fromarray(noise.astype("uint8")).save(path)


@pytest.mark.one_backend
def test_metres_follow_the_camera_of_a_photo(tiny_model, tmp_path):
    model = tiny_model("hard_sharing", ["depth"])
    # The bias of the head: random weights alone may tell no metre above 0.
    model.trainable_variables[-1].assign([50.0])
    model.set_camera((32, 48), field_of_view=60)
    model.save_to_preset(tmp_path / "preset")
    save_picture(tmp_path / "a.jpg")
    exif = Image.Exif()
    exif.get_ifd(0x8769)[0xA405] = 50
    Image.open(tmp_path / "a.jpg").save(tmp_path / "b.jpg", exif=exif)
    depths = []
    for name in "ab":
        result = predict(
            f"--preset={tmp_path / 'preset'}",
            f"--image={tmp_path / name}.jpg",
            f"--output_dir={tmp_path / 'seen'}",
        )
        assert result.returncode == 0, result.stderr
        depths.append(np.load(tmp_path / "seen" / f"{name}.npz")["depth"])
    expected = model.predict_image(tmp_path / "b.jpg")
    assert expected.field_of_view_source == "exif"
    np.testing.assert_allclose(depths[1], expected["depth"], rtol=1e-3)
    assert depths[1].mean() > 1.2 * depths[0].mean() > 0


def test_a_folder_of_pictures(preset, tmp_path):
    source, target = tmp_path / "photos", tmp_path / "new" / "seen"
    source.mkdir()
    save_picture(source / "a.jpg")
    save_picture(source / "a.png", size=(64, 48))
    save_picture(source / "b.png")
    (source / "a broken one.png").write_bytes(b"not a picture")
    (source / "Thumbs.db").write_bytes(b"of Windows")
    (source / "more").mkdir()
    # Names that end in another's, that a terminal would obey, or of no text.
    save_picture(source / "a.png.gif")
    save_picture(source / "A.gif")
    save_picture(source / "red\x1b[31m\n.png")
    shutil.copy(source / "b.png", os.fsencode(source) + b"/\xff.png")
    dark = np.full((9, 9), 1000, "uint16")
    Image.fromarray(dark).save(source / "dark.png")
    result = predict(
        f"--preset={preset}", f"--image={source}", f"--output_dir={target}"
    )
    assert result.returncode == 1
    assert result.stderr.strip().endswith("2 of 9 files left out, see above.")
    lines = result.stdout.splitlines()
    assert len(lines) == 10 and all(map(str.isprintable, lines))
    assert "A.gif: 47×33" in lines[0]
    assert "a.jpg: 47×33" in lines[1]
    assert any("?.png: 47×33" in line for line in lines)
    assert lines[7].startswith(f"left out: 1 in {source} that are no files,")
    assert "such as more;" in lines[7]
    assert lines[8].startswith(f"left out: {source / 'a broken one.png'}: not")
    assert lines[9].startswith(f"left out: {source / 'dark.png'}: An image")
    names = ["A.gif", "a.jpg", "a.png", "a.png.gif", "b", "red\x1b[31m\n"]
    assert {path.name for path in target.iterdir()} == {
        f"{name}{ending}"
        for name in (*names, os.fsdecode(b"\xff"))
        for ending in (".npz", "_panel.png")
    }
    maps = np.load(target / "b.npz")
    assert maps.files == ["semseg", "depth", "normals", "edge"]
    assert maps["semseg"].shape == (33, 47)
    assert maps["semseg"].dtype == np.uint8
    assert maps["normals"].shape == (33, 47, 3)
    assert Image.open(target / "b_panel.png").width > 47


def test_one_picture(preset, tmp_path):
    save_picture(tmp_path / "photo.jpg")
    target = tmp_path / "seen"
    result = predict(
        f"--preset={preset}",
        f"--image={tmp_path / 'photo.jpg'}",
        f"--output_dir={target}",
    )
    assert result.returncode == 0, result.stderr
    assert {"photo.npz", "photo_panel.png"} == set(os.listdir(target))


@pytest.mark.one_backend
def test_nothing_to_look_at(tmp_path):
    (tmp_path / "notes.txt").write_text("not a picture")
    (tmp_path / "empty").mkdir()
    targets = dict.fromkeys(["missing.jpg", "notes.txt", "empty"], "seen")
    targets["."] = "."
    ends = run_all(
        "tools.predict",
        [
            [
                "--preset=not needed",
                f"--image={tmp_path / image}",
                f"--output_dir={tmp_path / target}",
            ]
            for image, target in targets.items()
        ],
    )
    for end, image in zip(ends, targets, strict=True):
        check_error(end, 1, image)
    assert not (tmp_path / "seen").exists()
