"""Convert a preset to an ONNX file that agrees with the model.

```
python -m tools.export_onnx --preset=mti_net_efficientnet_lite0_rooms \
    --opset=17 --layout=nhwc --output=rooms.onnx
```

The file takes one image of the preset's working size, or of another
(`--image_size=96,128`), or any (`--image_size=any`). Writes `rooms.json` beside
it: names, shapes, class names, colours, input range, operators, latency,
memory, and how each output differs from the Keras model. A file that differs
too much (`--max_drop`; float32: by more than 1e-4 of an output's range) is not
written.
"""

import os

# The file is converted through TensorFlow, whatever the user trains on.
os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from absl import flags

import mtl_zoo
from mtl_zoo.export import request
from mtl_zoo.export.onnx import ONNX
from mtl_zoo.utils import cli
from tools import export_flags
from training import settings

export_flags.define(".onnx", ONNX.precisions)
flags.DEFINE_list(
    "image_size",
    None,
    "Height,width of the images that the file will take, or any. Default: the "
    "preset's working size, any if it has none.",
)
settings.check_size(also=(request.ANY,))
flags.DEFINE_integer(
    "opset",
    17,
    "Version of ONNX's operators.",
    lower_bound=request.MIN_OPSET,
    upper_bound=request.MAX_OPSET,
)
flags.DEFINE_enum(
    "layout",
    "nhwc",
    request.LAYOUTS,
    "Order of the axes of the image and of the predictions.",
)
flags.DEFINE_boolean(
    "any_batch", False, "Take any number of images though their size is given."
)


def main(config):
    export_flags.run(
        config,
        ".onnx",
        mtl_zoo.export.export_onnx,
        opset=config.opset,
        layout=config.layout,
        any_batch=config.any_batch,
    )


if __name__ == "__main__":
    cli.run(main)
