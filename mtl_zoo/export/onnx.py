"""ONNX files, for ONNX Runtime, TensorRT, OpenVINO and the like.

This module calls TensorFlow, through tf2onnx.
"""

import json

import numpy as np

from mtl_zoo.export import images as image_module
from mtl_zoo.export import onnx_conversion
from mtl_zoo.export import preparation
from mtl_zoo.export import report as reports
from mtl_zoo.export.onnx_conversion import MAX_OPSET
from mtl_zoo.export.onnx_conversion import MIN_OPSET
from mtl_zoo.export.proof import ANY_SIZES
from mtl_zoo.export.proof import Proof
from mtl_zoo.utils.quiet import quiet

LAYOUTS = ("nhwc", "nchw")
PRECISIONS = ("float32", "float16", "int8")

_PACKAGES = {
    "tensorflow": "tensorflow",
    "tf2onnx": "tf2onnx",
    "onnxruntime": "onnxruntime",
}


def export_onnx(
    model,
    path,
    image_size=None,
    opset=17,
    layout="nhwc",
    precision="float32",
    tasks=None,
    decode=False,
    input_dtype="float32",
    calibration_images=None,
    max_drop=None,
    num_images=32,
    preset=None,
    benchmark=False,
    any_batch=False,
):
    """Convert a model to an ONNX file, run it, and compare it with the model.

    The file takes `"image"`, RGB 0…255, and gives the tasks' predictions in
    their order, named as the tasks. What the file is stands in its
    `metadata_props`, under `"mtl_zoo"`, and in `<name>.json` beside it, with
    all that was measured.

    A model under another policy than float32 is rebuilt in float32 first.

    Args:
        model: `mtl_zoo.models.MultiTaskModel`.
        path: String or path, `*.onnx`.
        image_size: Pair `(height, width)`, which makes all shapes static and
            the batch one image (but see `any_batch`). Defaults to `None`: any
            batch and any size.
        opset: Integer from 13 to 21. Defaults to `17`.
        layout: String, `"nhwc"` or `"nchw"`, of the image and the predictions.
            Defaults to `"nhwc"`.
        precision: String, `"float32"`, `"float16"` or `"int8"` (weights per
            channel and activations, by ONNX Runtime's quantiser). Defaults to
            `"float32"`.
        tasks: List of names of the model's tasks that the file gives. Defaults
            to `None`, all.
        decode: Boolean, whether the file gives class ids (uint8), metres, unit
            normals and probabilities instead of raw predictions. Defaults to
            `False`.
        input_dtype: String, `"float32"` or `"uint8"`, of the image. Defaults
            to `"float32"`.
        calibration_images: As for `mtl_zoo.export.export_tflite`.
        max_drop: As for `mtl_zoo.export.export_tflite`.
        num_images: As for `mtl_zoo.export.export_tflite`.
        preset: As for `mtl_zoo.export.export_tflite`.
        benchmark: As for `mtl_zoo.export.export_tflite`.
        any_batch: Boolean, whether the file takes any number of images though
            their size is given. Defaults to `False`.

    Returns:
        A dict, the content of `<name>.json`; see `mtl_zoo.export.as_text`.

    Raises:
        ValueError: If an argument is wrong, Keras does not run on TensorFlow,
            the model can't be converted, or the file does not agree with the
            model. Nothing is written then.
        ImportError: If `onnxruntime` is missing.

    Example:

    ```python
    model = mtl_zoo.models.MTINet("hrnet_w18_small_v2", ["semseg:13", "depth"])
    mtl_zoo.export.export_onnx(model, "model.onnx")
    ```
    """
    if opset not in range(MIN_OPSET, MAX_OPSET + 1):
        raise ValueError(
            f"opset is an integer from {MIN_OPSET} to {MAX_OPSET}; received "
            f"{opset!r}."
        )
    preparation.check_choice("layout", layout, LAYOUTS)
    preparation.check_choice("precision", precision, PRECISIONS)
    with quiet():
        path, image_size = preparation.check_arguments(
            model, path, ".onnx", image_size, _PACKAGES
        )
    preparation.check_input_dtype(model, input_dtype)
    selected = preparation.select_tasks(model, tasks)
    if calibration_images is not None:
        image_module.check_images(calibration_images)
    origin = preset and reports.identify(preset)
    model = preparation.in_float32(model)
    proof = Proof(
        model,
        selected,
        image_size,
        precision,
        decode=decode,
        images=calibration_images,
        num_images=num_images,
        max_drop=max_drop,
        where=path.name,
        any_batch=any_batch,
    )
    with quiet():
        file = onnx_conversion.convert(
            model,
            image_size,
            opset,
            layout,
            selected,
            decode,
            input_dtype,
            None if any_batch else 1,
        )
        with preparation.conversion_errors(model, f"{precision} ONNX"):
            if precision == "float16":
                file = onnx_conversion.to_float16(file)
            elif precision == "int8":
                images = image_module.calibration_images(
                    calibration_images,
                    image_size or ANY_SIZES[0],
                    preparation.normalizes(model),
                ).astype(input_dtype)
                file = onnx_conversion.to_int8(file, images, layout)
        description = reports.describe(
            model,
            selected,
            image_size,
            _tensors(file),
            precision=precision,
            layout=layout,
            decode=decode,
            origin=origin,
        )
        _add_metadata(file, description)
        content = file.SerializeToString()
        with preparation.conversion_errors(model, f"{precision} ONNX"):
            runner = ONNXRunner(content, layout)
        comparison = proof.compare(runner)
    proof.check(comparison)
    report = reports.make_report(
        path,
        content,
        description,
        comparison,
        **proof.terms,
        opset=opset,
        operators=onnx_conversion.list_operators(file),
    )
    reports.write(path, content, report, benchmark)
    return report


def _tensors(file):
    """What the file says of its image and predictions."""
    import onnx

    tensors = {}
    for value in (*file.graph.input, *file.graph.output):
        tensor = value.type.tensor_type
        dtype = onnx.helper.tensor_dtype_to_np_dtype(tensor.elem_type)
        tensors[value.name] = {
            "tensor_name": value.name,
            "shape": [d.dim_param or d.dim_value for d in tensor.shape.dim],
            "dtype": np.dtype(dtype).name,
            "scale": 1.0,
            "zero_point": 0,
        }
    return tensors


def _add_metadata(file, description):
    import onnx

    onnx.helper.set_model_props(
        file, {reports.ENTRY: json.dumps(description, ensure_ascii=False)}
    )


class ONNXRunner:
    """Runs an ONNX file with ONNX Runtime, tensors by name.

    Args:
        content: Bytes of the file.
        layout: String, `"nhwc"` or `"nchw"`, the layout of the file.
        num_threads: Integer. Defaults to `0`, ONNX Runtime's own choice.

    Call arguments:
        image: Array `(batch, height, width, 3)`, RGB.

    Returns: dict task name → array `(batch, height, width[, channels])`.

    Example:

    ```python
    ONNXRunner(path.read_bytes())(image)["depth"]
    ```
    """

    def __init__(self, content, layout="nhwc", num_threads=0):
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3
        options.intra_op_num_threads = num_threads
        self._session = onnxruntime.InferenceSession(
            content, options, providers=["CPUExecutionProvider"]
        )
        self._uint8 = self._session.get_inputs()[0].type == "tensor(uint8)"
        self._names = [output.name for output in self._session.get_outputs()]
        self._nchw = layout == "nchw"

    def __call__(self, image):
        image = np.asarray(image, "float32")
        if self._uint8:
            image = image.round().astype("uint8")
        if self._nchw:
            image = image.transpose(0, 3, 1, 2)
        outputs = self._session.run(None, {"image": image})
        if self._nchw:
            outputs = [
                x.transpose(0, 2, 3, 1) if x.ndim == 4 else x for x in outputs
            ]
        return dict(zip(self._names, outputs, strict=True))
