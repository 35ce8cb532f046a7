"""Predict for long from several threads: right answers, memory that stays.

```
KERAS_BACKEND=jax python -m tests.drills.soak --minutes=60 --output=jax.json
```
"""

import argparse
import itertools
import json
import pathlib
import statistics
import tempfile
import threading
import time

import keras
import numpy as np
from PIL import Image

import mtl_zoo
from tests.tiny_encoders import TINY_ENCODERS
from tests.tiny_encoders import tiny_mix_transformer

_PHOTOS = pathlib.Path(__file__).parents[2] / "examples" / "photos"
# Heights and widths, in no order: of a stamp up to three million pixels.
_SIZES = (
    *((480, 640), (48, 64), (1080, 1920), (301, 200), (1500, 2000)),
    *((96, 128), (720, 960), (33, 401), (640, 480), (1200, 800)),
)
_PARTS = 12


def soak(model, photos, threads, seconds):
    """Ask for the same photographs again and again.

    Args:
        model: `mtl_zoo.models.MultiTaskModel`.
        photos: List of paths.
        threads: Integer.
        seconds: Float.

    Returns:
        A dict, ready for JSON; memory in MiB is the median and the largest of
        each twelfth of the time.
    """
    alone = [dict(model.predict_image(photo)) for photo in photos]
    start = time.monotonic()
    end = start + seconds
    turns, deviations, errors = itertools.count(), [], []

    def work():
        try:
            while time.monotonic() < end:
                i = next(turns) % len(photos)
                scene = model.predict_image(photos[i])
                deviations.append(_deviation(scene, alone[i]))
        except BaseException as error:
            errors.append(repr(error))
            raise

    pool = [threading.Thread(target=work, daemon=True) for _ in range(threads)]
    for thread in pool:
        thread.start()
    memory = [[] for _ in range(_PARTS)]
    while any(thread.is_alive() for thread in pool):
        part = int((time.monotonic() - start) / seconds * _PARTS)
        memory[min(part, _PARTS - 1)].append(_resident())
        time.sleep(min(1, seconds / _PARTS / 5))
    return {
        "backend": keras.backend.backend(),
        "seconds": round(time.monotonic() - start),
        "photographs": len(deviations),
        "largest_deviation": max(deviations, default=None),
        "errors": errors,
        "median_memory": [round(statistics.median(x)) for x in memory if x],
        "largest_memory": [round(max(x)) for x in memory if x],
    }


def _deviation(scene, expected):
    """Largest over all maps; infinite where they are of another kind."""
    if list(scene) != list(expected):
        return float("inf")
    found = 0.0
    for name, right in expected.items():
        if (scene[name].shape, scene[name].dtype) != (right.shape, right.dtype):
            return float("inf")
        # Rows at a time: large maps are not copied as a whole.
        for a, b in zip(scene[name], right, strict=True):
            if not np.array_equal(a, b):
                found = max(found, float(np.abs(a - b.astype("float64")).max()))
    return found


def _resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * 4096 / 2**20


def write_photos(folder):
    """The example photographs, each at two sizes, as JPEG and PNG files."""
    paths = []
    sizes = itertools.cycle(_SIZES)
    for i, path in enumerate(sorted(_PHOTOS.glob("*.jpg")) * 2):
        height, width = next(sizes)
        with Image.open(path) as photo:
            paths.append(folder / f"{i}.{'png' if i % 3 == 2 else 'jpg'}")
            photo.resize((width, height)).save(paths[-1])
    return paths


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--threads", type=int, default=4)
    parser.add_argument("--encoder", choices=["hrnet", "mit"], default="hrnet")
    parser.add_argument("--output", type=pathlib.Path)
    arguments = parser.parse_args()
    make = tiny_mix_transformer if arguments.encoder == "mit" else None
    encoder = (make or TINY_ENCODERS[arguments.encoder])()
    tasks = ["semseg:5", "depth", "normals", "edge"]
    model = mtl_zoo.models.HardSharing(encoder, tasks)
    model.set_camera(working_size=(96, 128))
    with tempfile.TemporaryDirectory() as folder:
        photos = write_photos(pathlib.Path(folder))
        result = soak(model, photos, arguments.threads, arguments.minutes * 60)
    text = json.dumps(result, indent=2)
    print(text)
    if arguments.output:
        arguments.output.write_text(text + "\n")
    return result["largest_deviation"] != 0 or bool(result["errors"])


if __name__ == "__main__":
    raise SystemExit(main())
