"""The commands for data sets, as a user runs them."""

import json
import pathlib
import subprocess
import sys

import keras
import numpy as np
import pytest
from PIL import Image

from tools import dataset_writer

ROOT = pathlib.Path(__file__).parents[2]

pytestmark = pytest.mark.skipif(
    keras.backend.backend() != "tensorflow",
    reason="files are the same on every backend: once is enough",
)

# The published counts, for a data set that is smaller.
PRELUDE = """
from mtl_zoo.datasets.loading import DATASETS
DATASETS["nyuv2_13"].counts = {"train": 2, "validation": 1}
from mtl_zoo.utils import cli
from tools import %s as script
cli.run(script.main)
"""


def run(script, *flags):
    return subprocess.run(
        [sys.executable, "-c", PRELUDE % script, *flags],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def folder(tmp_path):
    rng = np.random.default_rng(0)
    samples = [
        dataset_writer.made_up_sample(rng, (12, 16), 13) for _ in range(3)
    ]
    folder = tmp_path / "data" / "nyuv2"
    splits = {"train": samples[:2], "validation": samples[2:]}
    dataset_writer.write_dataset(folder, "nyuv2_13", "published", splits)
    return folder


def test_prepare(folder, tmp_path):
    flags = ("--name=nyuv2_13", f"--data_dir={folder.parent}")
    path = folder / "train" / "depth" / "1.npy"
    good = path.read_bytes()
    path.write_bytes(b"")
    (folder / "val" / "normal" / "0.npy").rename(tmp_path / "normal.npy")
    result = run("prepare_dataset", *flags)
    assert result.returncode == 1
    assert result.stderr.splitlines()[-1].startswith("error: ")
    assert "2 problems" in result.stderr and "Traceback" not in result.stderr
    assert f"{path}: not a readable .npy file" in result.stdout
    assert "normal/0.npy: no such file." in result.stdout
    assert not (folder / "manifest.json").exists()
    assert not (folder.parent / "prepared").exists()

    path.write_bytes(good)
    (tmp_path / "normal.npy").rename(folder / "val" / "normal" / "0.npy")
    result = run("prepare_dataset", *flags)
    assert result.returncode == 0, result.stderr
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest["counts"] == {"train": 2, "validation": 1}
    assert len(manifest["files"]) == 12
    assert (folder.parent / "prepared" / "nyuv2_13").is_dir()


# Data set, copy, size as published, how many labels it has.
SHEETS = [
    ("nyud_mt", "survey", (480, 640), 4),
    ("nyud_mt", "astmt", (480, 640), 4),
    ("nyud_mt", "atrc", (425, 560), 4),
    ("nyuv2_13", "published", (288, 384), 3),
    ("cityscapes", "npy", (128, 256), 2),
    ("cityscapes", "official", (1024, 2048), 2),
    ("pascal_context", "published", (512, 512), 5),
    ("folder", "published", (480, 640), 7),
]


def test_contact_sheets_of_every_kind(tmp_path):
    commands = [
        f"--dataset={name} --copy={variant} --made_up --count=2 --width=64 "
        f"--output={tmp_path}/{name}_{variant}.png"
        for name, variant, _, _ in SHEETS
    ]
    # One process for all: imports take longer than the drawing.
    script = (
        "import sys; from absl import flags; from tools import show_dataset\n"
        "for line in sys.argv[1:]:\n"
        "    flags.FLAGS(['show_dataset', *line.split()])\n"
        "    show_dataset.main(flags.FLAGS)\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", script, *commands],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    for name, variant, size, labels in SHEETS:
        height = round(64 * size[0] / size[1])
        with Image.open(tmp_path / f"{name}_{variant}.png") as image:
            assert image.size == (
                (labels + 1) * 70 + 6,
                20 + 2 * (height + 6),
            )
            columns = [
                image.crop((6 + 70 * i, 20, 70 + 70 * i, 20 + height))
                for i in range(labels + 1)
            ]
        # Each shows something.
        assert all(len(c.getcolors(1 << 16)) > 1 for c in columns)
        assert len(columns[0].getcolors(1 << 16)) > 100


def test_benchmark_of_made_up_images():
    result = run(
        "benchmark_data",
        "--dataset=nyud_mt",
        "--copy=atrc",
        "--made_up=3",
        "--image_size=24,32",
        "--batch_size=2",
        "--seconds=0.5",
    )
    assert result.returncode == 0, result.stderr
    line = result.stdout.strip().splitlines()[-1]
    assert line.startswith("nyud_mt (atrc): 24×32, ")
    assert "images/s and core" in line


def test_registered_data_is_looked_over(tmp_path):
    result = run(
        "prepare_dataset",
        "--import=tests.own_parts",
        "--name=own_data",
        f"--data_dir={tmp_path}",
    )
    assert result.returncode == 0, result.stderr
    assert f"To look at: {tmp_path}/contact_sheet.png" in result.stdout
    # Four and twice two images of 32×48, each beside its depth.
    with Image.open(tmp_path / "contact_sheet.png") as sheet:
        assert sheet.size == (2 * 246 + 6, 20 + 8 * (160 + 6))


def test_own_data_is_looked_over(tmp_path):
    rng = np.random.default_rng(0)
    samples = [
        dataset_writer.made_up_sample(rng, (12, 16), 3) for _ in range(3)
    ]
    splits = {"train": samples[:2], "validation": samples[2:]}
    dataset_writer.write_dataset(tmp_path, "folder", "published", splits, 3)
    path = tmp_path / "train" / "edge" / "00000.png"
    path.rename(path.with_stem("00000_edge"))
    (tmp_path / "train" / "semseg" / "00001.png").unlink()
    flags = ("--name=folder", f"--data_dir={tmp_path}")
    result = run("prepare_dataset", *flags)
    assert result.returncode == 1
    assert "'00000_edge' beside '00000'" in result.stdout
    assert not (tmp_path / "contact_sheet.png").exists()

    path.with_stem("00000_edge").rename(path)
    result = run("prepare_dataset", *flags)
    assert result.returncode == 0, result.stderr
    lines = result.stdout.splitlines()
    (counts,) = (line for line in lines if line.startswith("train "))
    assert "2 images; labels: 1 semseg, 2 human_parts, 2 depth" in counts
    shares = [line.split()[0] for line in lines if line.startswith("    ")]
    assert len(shares) == 3 + 7  # The classes of semseg and the human parts.
    semseg = [float(share.rstrip("%")) for share in shares[:3]]
    assert abs(sum(semseg) - 100) < 0.1
    with Image.open(tmp_path / "contact_sheet.png") as sheet:
        assert sheet.size == (8 * 246 + 6, 20 + 3 * (180 + 6))
