"""The commands that export, as their user runs them."""

import json
import os
import pathlib
import subprocess
import sys

import keras
import pytest
from PIL import Image

from tests.commands import check_error
from tests.commands import run_all

ROOT = pathlib.Path(__file__).parents[2]

if keras.backend.backend() != "tensorflow":
    # The commands choose their backend themselves: once is enough.
    pytest.skip("export goes through TensorFlow", allow_module_level=True)


@pytest.fixture
def preset(tiny_model, tmp_path):
    folder = tmp_path / "preset"
    tiny_model("single_task", tasks=["depth"]).save_to_preset(folder)
    return folder


def run(command, *arguments):
    return subprocess.run(
        [sys.executable, "-m", f"tools.{command}", *map(str, arguments)],
        cwd=ROOT,
        # Whatever backend the tests run on: the commands choose their own.
        env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("suffix", ["tflite", "onnx"])
def test_export(suffix, preset, tmp_path):
    pytest.importorskip("onnxruntime")
    pytest.importorskip("ai_edge_litert")
    output = tmp_path / "out" / f"model.{suffix}"
    more = ["--precision=float32"] if suffix == "tflite" else ["--opset=15"]
    result = run(
        f"export_{suffix}",
        f"--preset={preset}",
        "--image_size=33,48",
        "--decode",
        "--input_dtype=uint8",
        "--tasks=depth",
        f"--output={output}",
        *more,
    )
    assert result.returncode == 0, result.stderr
    names = sorted(path.name for path in output.parent.iterdir())
    assert names == sorted([output.name, "model.json"])
    report = json.loads((output.parent / "model.json").read_text())
    assert report["outputs"][0]["shape"] == [1, 33, 48]
    assert report["preset"]["name"] == "preset"
    assert report["largest_deviation"] <= 1e-4
    assert report["latency"]["1"] > 0
    lines = result.stdout.splitlines()
    assert len(lines) == 3
    assert lines[1].startswith(output.name)
    assert lines[2].split()[:2] == ["depth", "1×33×48"]


def test_a_table_of_all_files(preset, tmp_path):
    pytest.importorskip("onnxruntime")
    pytest.importorskip("ai_edge_litert")
    folder = tmp_path / "all"
    result = run(
        "export_all",
        f"--presets={preset}",
        "--image_size=32,48",
        "--num_images=1",
        "--max_drop=1000",
        f"--output_dir={folder}",
    )
    assert result.returncode == 0, result.stderr
    table = (folder / "table.md").read_text()
    assert table in result.stdout
    rows = [line.split(" | ") for line in table.splitlines()[2:]]
    files = [row[1].split() for row in rows]
    assert files == [
        *(["LiteRT", p] for p in ("float32", "float16", "dynamic", "int8")),
        *(["ONNX", p] for p in ("float32", "float16", "int8")),
    ]
    names = {"LiteRT": "tflite", "ONNX": "onnx"}
    for row, (runtime, precision) in zip(rows, files, strict=True):
        assert row[0] == "| `preset`"
        assert (folder / f"preset_{names[runtime]}_{precision}.json").is_file()
        assert row[2].endswith("%)")
        assert (row[4] == "–") == (precision == "float32")


def test_presets_of_one_name_would_overwrite_each_other(tmp_path, tiny_model):
    folders = [tmp_path / run / "best" for run in "ab"]
    for folder in folders:
        tiny_model("single_task", tasks=["depth"]).save_to_preset(folder)
    result = run(
        "export_all",
        f"--presets={folders[0]},{folders[1]}",
        f"--output_dir={tmp_path / 'all'}",
    )
    assert result.returncode == 1
    assert "would both be called best" in result.stderr
    assert not (tmp_path / "all").exists()


@pytest.mark.parametrize(
    "command, cases",
    [
        (
            "export_tflite",
            [
                ("--image_size=any,96", "image_size", 2),
                ("--precision=float64", "float32", 2),
                ("--image_size=96,128", ".tflite", 1),
            ],
        ),
        (
            "export_onnx",
            [
                ("--opset=22", "opset", 2),
                ("--calibration_dir=none", "no such folder", 1),
                ("--preset=no_such_preset", "no_such_preset", 1),
            ],
        ),
    ],
)
def test_bad_flags_end_with_one_clear_line(command, cases, tmp_path):
    output = f"--output={tmp_path / 'm.onnx'}"
    ends = run_all(
        f"tools.{command}",
        [["--preset=a", output, argument] for argument, *_ in cases],
    )
    for end, (_, words, code) in zip(ends, cases, strict=True):
        check_error(end, code, words)
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_left_behind(preset, tmp_path):
    folder = tmp_path / "pictures"
    folder.mkdir()
    file = folder / "a.png"
    Image.new("RGB", (8, 8)).save(file)
    given = [f"--preset={preset}", "--image_size=32,48", "--precision=int8"]
    to_a_file, of_one_picture = run_all(
        "tools.export_tflite",
        [
            [*given, f"--output={file}/m.tflite"],
            [
                *given,
                f"--output={folder}/m.tflite",
                f"--calibration_dir={folder}",
            ],
        ],
    )
    check_error(to_a_file, 1, str(file))
    check_error(
        of_one_picture,
        1,
        f"{folder} holds 1 calibration images; at least 8",
    )
    assert list(folder.iterdir()) == [file]
