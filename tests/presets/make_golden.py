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


def outputs_of(model):
    """Dict task name → raw prediction of a preset's model for the picture."""
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
    outputs = outputs_of(mtl_zoo.models.MultiTaskModel.from_preset(sys.argv[1]))
    content = {
        "backend": keras.backend.backend(),
        "outputs": {task: summary(value) for task, value in outputs.items()},
    }
    path = FOLDER / f"{sys.argv[1]}.json"
    path.write_text(json.dumps(content) + "\n")
