"""What is installed, and that the core gets by without the extras."""

import os
import pathlib
import subprocess
import sys

import keras
import pytest

ROOT = pathlib.Path(__file__).parents[1]

# What only extras bring. `None` in `sys.modules` is as good as not installed.
ABSENT = """\
import runpy, sys
for name in (
    "tensorflow tensorflow_datasets keras_cv keras_hub tf2onnx onnx "
    "onnxruntime ai_edge_litert matplotlib huggingface_hub kagglehub"
).split():
    sys.modules[name] = None
runpy.run_path(sys.argv[1])
"""


@pytest.mark.skipif(
    keras.backend.backend() == "tensorflow",
    reason="without TensorFlow there are the other backends",
)
def test_the_core_needs_no_extra_but_a_backend(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", ABSENT, str(ROOT / "tests" / "lean_install.py")],
        cwd=tmp_path,
        env={
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "MTL_ZOO_HOME": str(tmp_path),
        },
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.one_backend
def test_the_wheel_is_small_and_has_the_shipped_presets(tmp_path):
    """As built without a network: `build_py` is what fills a wheel."""
    pytest.importorskip("setuptools")
    subprocess.run(
        [sys.executable, "setup.py", "-q", "build", "--build-base", tmp_path],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    files = [p for p in (tmp_path / "lib").rglob("*") if p.is_file()]
    assert not any(path.is_symlink() for path in files)
    assert sum(path.stat().st_size for path in files) < 25e6
    bundled = tmp_path / "lib" / "mtl_zoo" / "presets" / "bundled"
    assert sorted(path.name for path in bundled.iterdir()) == [
        "efficientnet_lite0_imagenet",
        "hard_sharing_efficientnet_lite0_rooms",
        "registry.json",
    ]
    for path in bundled.rglob("*.*"):
        source = ROOT / "presets" / path.relative_to(bundled)
        assert path.read_bytes() == source.read_bytes()
