"""Records what a bundled preset gives for a picture, for `test_bundled.py`.

```
KERAS_BACKEND=tensorflow python -m tests.presets.make_golden NAME
```
"""

import json
import pathlib
import sys

import keras
import numpy as np

import mtl_zoo

FOLDER = pathlib.Path(__file__).parent / "golden"
PICTURE = FOLDER / "room.png"


def outputs_of(name):
    """Dict task name → raw prediction of a preset for the picture."""
    model = mtl_zoo.models.MultiTaskModel.from_preset(name)
    image = mtl_zoo.utils.read_image(PICTURE)
    outputs = model(image[None], training=False)
    return {
        task: keras.ops.convert_to_numpy(value)
        for task, value in outputs.items()
    }


def summary(output):
    """Shape, range and 64 values of an output."""
    flat = output.ravel()
    indices = np.linspace(0, flat.size - 1, 64).astype("int64")
    return {
        "shape": list(output.shape),
        "range": float(np.ptp(flat)),
        "indices": indices.tolist(),
        "values": [float(value) for value in flat[indices]],
    }


if __name__ == "__main__":
    content = {
        "backend": keras.backend.backend(),
        "outputs": {k: summary(v) for k, v in outputs_of(sys.argv[1]).items()},
    }
    path = FOLDER / f"{sys.argv[1]}.json"
    path.write_text(json.dumps(content) + "\n")
