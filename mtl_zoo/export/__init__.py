"""Models as files for phones and servers, each checked against the model.

A file is converted, run on images and compared with the Keras model before it
gets its name; `<name>.json` beside it says how to use it and what was measured.
This package calls TensorFlow, and needs Keras to run on it; the files are
checked with `ai-edge-litert` and `onnxruntime` (`pip install
'mtl_zoo[export]'`).
"""

from mtl_zoo.export.agreement import verify
from mtl_zoo.export.device import measure_on_device
from mtl_zoo.export.images import read_folder
from mtl_zoo.export.measuring import measure
from mtl_zoo.export.onnx import export_onnx
from mtl_zoo.export.report import as_text
from mtl_zoo.export.tflite import export_tflite

__all__ = [
    "as_text",
    "export_onnx",
    "export_tflite",
    "measure",
    "measure_on_device",
    "read_folder",
    "verify",
]
