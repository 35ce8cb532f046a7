"""ONNX files, for ONNX Runtime, TensorRT, OpenVINO and the like."""

import json

import numpy as np

from mtl_zoo.export import images as image_module
from mtl_zoo.export import onnx_conversion
from mtl_zoo.export.flow import export
from mtl_zoo.export.format import Format
from mtl_zoo.export.format import Refused
from mtl_zoo.export.format import conversion_errors
from mtl_zoo.export.proof import ANY_SIZES
from mtl_zoo.export.report import ENTRY
from mtl_zoo.export.request import Request
from mtl_zoo.utils.text import cut
from mtl_zoo.utils.text import one_line


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
            the batch one image (but see `any_batch`); or `"any"`, any batch
            and any size. Defaults to `None`, the model's working size, and
            any where it has none.
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
        ImportError: If a package of the extra `export` is missing.

    Example:

    ```python
    model = mtl_zoo.models.MTINet("hrnet_w18_small_v2", ["semseg:13", "depth"])
    mtl_zoo.export.export_onnx(model, "model.onnx")
    ```
    """
    return export(
        Request(
            ONNX,
            model,
            path,
            image_size,
            precision,
            tasks,
            decode,
            input_dtype,
            layout=layout,
            opset=opset,
            any_batch=any_batch,
            calibration_images=calibration_images,
            max_drop=max_drop,
            num_images=num_images,
            preset=preset,
            benchmark=benchmark,
        )
    )


class ONNX(Format):
    """ONNX files, made by tf2onnx and run by ONNX Runtime.

    Example:

    ```python
    ONNX(path.read_bytes()).run(image)["depth"]
    ```
    """

    suffix = ".onnx"
    runtime = "ONNX Runtime"
    packages = ("tensorflow", "tf2onnx", "onnxruntime")
    precisions = ("float32", "float16", "int8")

    _session = None

    @classmethod
    def convert(cls, request, graph):
        with conversion_errors(request):
            file = onnx_conversion.convert(request, graph)
            if request.precision == "float16":
                file = onnx_conversion.to_float16(file)
            elif request.precision == "int8":
                images = image_module.calibration_images(
                    request.calibration_images,
                    request.image_size or ANY_SIZES[0],
                    request.normalized,
                ).astype(request.input_dtype)
                file = onnx_conversion.to_int8(file, images, request.layout)
            content = file.SerializeToString()
        yield cls(content, request.layout, {"opset": request.opset})

    def run(self, image):
        image = np.asarray(image, "float32")
        session = self._load()
        if session.get_inputs()[0].type == "tensor(uint8)":
            image = image.round().astype("uint8")
        if self.layout == "nchw":
            image = image.transpose(0, 3, 1, 2)
        outputs = session.run(None, {"image": image})
        if self.layout == "nchw":
            outputs = [
                x.transpose(0, 2, 3, 1) if x.ndim == 4 else x for x in outputs
            ]
        names = [output.name for output in session.get_outputs()]
        return dict(zip(names, outputs, strict=True))

    def _load(self):
        import onnxruntime

        if self._session is None:
            options = onnxruntime.SessionOptions()
            options.log_severity_level = 3
            try:
                self._session = onnxruntime.InferenceSession(
                    self.content, options, providers=["CPUExecutionProvider"]
                )
            except Exception as error:  # It has no base class of its own.
                raise Refused(cut(one_line(error), 300)) from error
        return self._session

    def tensors(self):
        import onnx

        graph = onnx.load_model_from_string(self.content).graph
        tensors = {}
        for value in (*graph.input, *graph.output):
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

    def operators(self):
        import onnx

        file = onnx.load_model_from_string(self.content)
        return onnx_conversion.list_operators(file)

    def with_metadata(self, description):
        import onnx

        file = onnx.load_model_from_string(self.content)
        text = json.dumps(description, ensure_ascii=False)
        onnx.helper.set_model_props(file, {ENTRY: text})
        return ONNX(file.SerializeToString(), self.layout, self.details)
