"""Everything once: predict, panels, metrics, TFLite and ONNX.

```
python -m tools.demo --output_dir=demo_output
```

Loads the bundled preset, runs it on photographs of real rooms and on rendered
ones that it never saw, draws what it sees, measures it beside the constant
predictor, and converts it.
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
from mtl_zoo.datasets.samples import Samples
from mtl_zoo.utils import atomic_path
from mtl_zoo.utils import cli
from mtl_zoo.utils.files import user_path
from training import measure

flags.DEFINE_string(
    "preset",
    "hard_sharing_efficientnet_lite0_rooms",
    "The preset to show.",
)
flags.DEFINE_string("output_dir", "demo_output", "Folder for what it makes.")
flags.DEFINE_integer(
    "num_images",
    2,
    "How many rendered rooms are drawn.",
    lower_bound=1,
    upper_bound=1000,
)
flags.DEFINE_integer(
    "num_measured",
    64,
    "How many test images are measured.",
    lower_bound=1,
    upper_bound=100_000,
)

PHOTOS = pathlib.Path(__file__).parents[1] / "examples" / "photos"

# Of a preset that does not say at which size it was trained.
SIZE = (96, 128)


def main(config):
    folder = user_path(config.output_dir)
    folder.mkdir(parents=True, exist_ok=True)
    cli.say(f"Loading {config.preset} …")
    model = mtl_zoo.models.MultiTaskModel.from_preset(config.preset)
    size = model.working_size or SIZE

    pictures = sorted(PHOTOS.glob("*.jpg"))
    for i in range(config.num_images):
        image = rooms.render_room(i, "test", image_size=size)["image"]
        path = folder / f"room_{i}.png"
        with atomic_path(path) as temporary:
            Image.fromarray(image).save(temporary)
        pictures.append(path)
    for path in pictures:
        panel = mtl_zoo.visualization.panel(path, model.predict_image(path))
        with atomic_path(folder / f"{path.stem}_panel.png") as temporary:
            panel.save(temporary)
        cli.say(f"Panel: {folder / f'{path.stem}_panel.png'}")

    report = measured(model, config.num_measured, size)
    with atomic_path(folder / "metrics.json") as temporary:
        temporary.write_text(json.dumps(report, indent=2) + "\n")
    cli.say(
        f"Metrics on {config.num_measured} rooms: {folder / 'metrics.json'}"
    )
    cli.show(measure.as_table(report))

    for path, convert in (
        (folder / "model.tflite", mtl_zoo.export.export_tflite),
        (folder / "model.onnx", mtl_zoo.export.export_onnx),
    ):
        report = convert(model, path, image_size=size)
        # The two files have the same stem; each keeps its own description.
        path.with_suffix(".json").replace(f"{path}.json")
        cli.say(f"Converted: {path}, described in {path}.json")
        cli.show(mtl_zoo.export.as_text(report))


def measured(model, count, size):
    """Metrics of the model and of the constant predictor on test rooms."""

    def batches(split):
        samples = Samples(
            [
                rooms.render_room(i, split, image_size=size)
                for i in range(count)
            ],
            model.tasks,
            field_of_view=model.field_of_view,
        )
        data = []
        for start in range(0, count, 8):
            read = [
                samples.read(i, seed=0)
                for i in range(start, min(start + 8, count))
            ]
            batch = {
                key: np.stack([sample[key] for sample in read])
                for key in samples.keys
            }
            data.append((batch.pop("image"), batch))
        return data

    cli.say(f"Rendering {2 * count} rooms to measure on …")
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
