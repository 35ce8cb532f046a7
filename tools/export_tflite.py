"""Convert a preset to a TFLite file that agrees with the model.

```
python -m tools.export_tflite --preset=mti_net_hrnet_w18_small_v2_rooms \
    --image_size=96,128 --precision=float32 --output=rooms.tflite
```

Writes `rooms.json` beside it: tensors, shapes, class names, input range, and
by how much each output differs from the Keras model. A file that differs by
more than 1e-4 of an output's range is not written.
"""

import os

# The file is converted through TensorFlow, whatever the user trains on.
os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from absl import flags

import mtl_zoo
from mtl_zoo.utils import cli
from training import settings

flags.DEFINE_string(
    "preset", None, "Name, folder or address of a preset.", required=True
)
flags.DEFINE_list(
    "image_size",
    None,
    "Height,width of the images that the file will take.",
    required=True,
)
flags.DEFINE_enum(
    "precision", "float32", ["float32"], "In what the file computes."
)
flags.DEFINE_string("output", None, "File to write, *.tflite.", required=True)


def main(config):
    image_size = settings.parse_size(config.image_size)
    if not config.output.endswith(".tflite"):
        raise ValueError(f"--output={config.output} does not end in .tflite.")
    model = mtl_zoo.models.MultiTaskModel.from_preset(config.preset)
    print(f"Converting {config.preset} …", flush=True)
    report = mtl_zoo.export.export_tflite(model, config.output, image_size)
    print(mtl_zoo.export.as_text(report))


if __name__ == "__main__":
    cli.run(main)
