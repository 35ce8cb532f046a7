"""Everything once: predict, panels, metrics, TFLite and ONNX.

```
python -m tools.demo --output_dir=demo_output
```

Loads the bundled preset, runs it on rooms that it never saw, draws what it
sees, measures it beside the constant predictor, and converts it.
"""

import os

# The files are converted through TensorFlow.
os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import json
import pathlib

import numpy as np
from absl import flags
from PIL import Image

import mtl_zoo
from mtl_zoo.datasets import rooms
from mtl_zoo.utils import atomic_path
from mtl_zoo.utils import cli
from training import measure

flags.DEFINE_string(
    "preset", "mti_net_hrnet_w18_small_v2_rooms", "The preset to show."
)
flags.DEFINE_string("output_dir", "demo_output", "Folder for what it makes.")
flags.DEFINE_integer(
    "num_images", 4, "How many panels are drawn.", lower_bound=1
)
flags.DEFINE_integer(
    "num_measured", 64, "How many test images are measured.", lower_bound=1
)

SIZE = (96, 128)


def main(config):
    folder = pathlib.Path(config.output_dir)
    folder.mkdir(parents=True, exist_ok=True)
    print(f"Loading {config.preset} …")
    model = mtl_zoo.models.MultiTaskModel.from_preset(config.preset)

    for i in range(config.num_images):
        image = rooms.render_room(i, "test", image_size=SIZE)["image"]
        path = folder / f"room_{i}.png"
        with atomic_path(path) as temporary:
            Image.fromarray(image).save(temporary)
        panel = mtl_zoo.visualization.panel(path, model.predict_image(path))
        with atomic_path(folder / f"room_{i}_panel.png") as temporary:
            panel.save(temporary)
        print(f"Panel: {folder / f'room_{i}_panel.png'}")

    report = measured(model, config.num_measured)
    with atomic_path(folder / "metrics.json") as temporary:
        temporary.write_text(json.dumps(report, indent=2) + "\n")
    print(f"Metrics on {config.num_measured} rooms: {folder / 'metrics.json'}")
    print(measure.as_table(report))

    for path, convert in (
        (folder / "model.tflite", mtl_zoo.export.export_tflite),
        (folder / "model.onnx", mtl_zoo.export.export_onnx),
    ):
        report = convert(model, path, image_size=SIZE)
        # The two files have the same stem; each keeps its own description.
        path.with_suffix(".json").replace(f"{path}.json")
        print(f"Converted: {path}, described in {path}.json")
        print(mtl_zoo.export.as_text(report))


def measured(model, count):
    """Metrics of the model and of the constant predictor on test rooms."""

    def batches(split):
        data = []
        for start in range(0, count, 8):
            samples = [
                rooms.render_room(i, split, image_size=SIZE)
                for i in range(start, min(start + 8, count))
            ]
            batch = {
                key: np.stack([sample[key] for sample in samples])
                for key in samples[0]
            }
            data.append((batch.pop("image"), batch))
        return data

    print(f"Rendering {2 * count} rooms to measure on …")
    test = batches("test")
    return {
        "dataset": "rooms",
        "split": "test",
        "num_images": count,
        "metrics": measure.evaluate(model, test),
        "constant_predictor": measure.evaluate_constant(
            model.tasks, batches("train"), test
        ),
    }


if __name__ == "__main__":
    cli.run(main)
