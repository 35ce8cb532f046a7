"""Convert a preset to a TFLite file that agrees with the model.

```
python -m tools.export_tflite --preset=mti_net_efficientnet_lite0_rooms \
    --precision=int8 --decode --input_dtype=uint8 --output=rooms.tflite
```

Writes `rooms.json` beside it: tensors, shapes, class names, colours, input
range, operators, latency, memory, and how each output differs from the Keras
model. A file that differs too much (`--max_drop`; float32: by more than 1e-4 of
an output's range) is not written.
"""

import os

# The file is converted through TensorFlow, whatever the user trains on.
os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from absl import flags

import mtl_zoo
from mtl_zoo.export import request
from mtl_zoo.export.tflite import TFLite
from mtl_zoo.utils import cli
from tools import export_flags
from training import settings

export_flags.define(".tflite", TFLite.precisions)
flags.DEFINE_list(
    "image_size",
    None,
    "Height,width of the images that the file will take. Default: the "
    "preset's working size.",
)
settings.check_size()
flags.DEFINE_enum(
    "output_dtype",
    "float32",
    request.DTYPES,
    "Of raw predictions; uint8 in int8 files only.",
)


def main(config):
    export_flags.run(
        config,
        ".tflite",
        mtl_zoo.export.export_tflite,
        output_dtype=config.output_dtype,
    )


if __name__ == "__main__":
    cli.run(main)
