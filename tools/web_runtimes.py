"""LiteRT.js or onnxruntime-web: which runs a preset faster in a browser?

```
python -m tools.web_runtimes --preset=hard_sharing_efficientnet_lite0_rooms
```

Exports the preset for both, opens a page with both in headless Chromium
(Debian's `chromium`; Playwright is in the extra `browser`), runs them in turns
in WebAssembly with a thread per core, and prints milliseconds per image.
"""

import os

# The files are converted through TensorFlow, whatever the user trains on.
os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import json
import pathlib
import shutil
import statistics
import tempfile
import threading

from absl import flags

import mtl_zoo
from mtl_zoo.utils import cli
from mtl_zoo.utils.extras import import_extra
from tools.web_demo import packages
from tools.web_demo import server

flags.DEFINE_string(
    "preset", None, "Name, folder or address of a preset.", required=True
)
flags.DEFINE_integer(
    "rounds",
    30,
    "How often each file is run.",
    lower_bound=1,
    upper_bound=10_000,
)

_PAGE = pathlib.Path(__file__).parent / "web_demo" / "runtimes"
_PACKAGES = ("@litertjs/core", "@litertjs/wasm-utils", "onnxruntime-web")

# File → how it is called in the table.
_FILES = {
    "litert_float32.tflite": "LiteRT.js, float32",
    "litert_dynamic.tflite": "LiteRT.js, int8 weights",
    "onnx_float32.onnx": "onnxruntime-web, float32",
}


def main(config):
    packages.check(_PACKAGES)
    api = import_extra("playwright.sync_api", "browser", "A browser")
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        raise ValueError("chromium is not on PATH: install it.")
    model = mtl_zoo.models.MultiTaskModel.from_preset(config.preset)
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        _fill(folder, model, config.rounds)
        measured = _measured(folder, api, chromium)
    if "error" in measured:
        raise ValueError(f"The page says: {measured['error'][:200]}")
    height, width = model.working_size
    cli.show(
        f"{config.preset}, {width}×{height}, WebAssembly with "
        f"{measured['threads']} threads, {config.rounds} runs in turns\n"
    )
    print("| runtime | ms, median | ms, least |\n| --- | ---: | ---: |")
    for file, times in measured["milliseconds"].items():
        version = packages.VERSIONS[
            "@litertjs/core" if file.endswith(".tflite") else "onnxruntime-web"
        ]
        title = _FILES[file].replace(",", f" {version},")
        print(
            f"| {title} | {statistics.median(times):.1f} | {min(times):.1f} |"
        )


def _fill(folder, model, rounds):
    """Lay out the page, its runtimes and its files."""
    packages.lay_out(folder / "vendor", _PACKAGES)
    for file in _PAGE.iterdir():
        shutil.copyfile(file, folder / file.name)
    for file in _FILES:
        export = {
            ".tflite": mtl_zoo.export.export_tflite,
            ".onnx": mtl_zoo.export.export_onnx,
        }[pathlib.Path(file).suffix]
        export(
            model,
            folder / file,
            model.working_size,
            precision=pathlib.Path(file).stem.partition("_")[2],
            num_images=2,
        )
    about = {
        "size": model.working_size,
        "files": list(_FILES),
        "rounds": rounds,
    }
    (folder / "files.json").write_text(json.dumps(about), encoding="utf-8")


def _measured(folder, api, chromium):
    """What the page measures."""
    with server.make_server(folder) as running, api.sync_playwright() as driver:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        # As root Chromium has no sandbox; the page is our own.
        browser = driver.chromium.launch(
            executable_path=chromium,
            args=["--disable-gpu"] + ["--no-sandbox"] * (os.geteuid() == 0),
        )
        page = browser.new_page()
        page.goto(f"http://127.0.0.1:{running.server_port}/index.html")
        page.wait_for_selector(
            "body[data-measured]", state="attached", timeout=600_000
        )
        measured = json.loads(page.get_attribute("body", "data-measured"))
        browser.close()
        running.shutdown()
    return measured


if __name__ == "__main__":
    cli.run(main)
