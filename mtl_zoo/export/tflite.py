"""TFLite files, for LiteRT on phones and boards.

This module calls TensorFlow.
"""

import contextlib
import tempfile

import numpy as np

from mtl_zoo.export import images as image_module
from mtl_zoo.export import tflite_file
from mtl_zoo.export import tflite_int8
from mtl_zoo.export.flow import export
from mtl_zoo.export.format import Format
from mtl_zoo.export.format import Refused
from mtl_zoo.export.format import conversion_errors
from mtl_zoo.export.request import Request
from mtl_zoo.utils.text import cut
from mtl_zoo.utils.text import one_line


def export_tflite(
    model,
    path,
    image_size=None,
    precision="float32",
    tasks=None,
    decode=False,
    input_dtype="float32",
    output_dtype="float32",
    calibration_images=None,
    max_drop=None,
    num_images=32,
    preset=None,
    benchmark=False,
):
    """Convert a model to a TFLite file, run it, and compare it with the model.

    The file takes `"image"`, RGB 0…255 `(1, height, width, 3)`, and gives the
    tasks' predictions in their order, each under its name in the file's
    signature. It needs TFLite's built-in operators only. What the file is
    stands in its metadata, under `"mtl_zoo"`, and in `<name>.json` beside it,
    with all that was measured.

    A model under another policy than float32 is rebuilt in float32 first.

    Args:
        model: `mtl_zoo.models.MultiTaskModel`.
        path: String or path, `*.tflite`.
        image_size: Pair `(height, width)` of the images that it will take.
            Defaults to `None`, the model's working size.
        precision: String. `"float32"`; `"float16"`, which halves the file;
            `"dynamic"`, int8 weights with float activations; or `"int8"`,
            weights per channel and activations. Defaults to `"float32"`.
        tasks: List of names of the model's tasks that the file gives. Defaults
            to `None`, all.
        decode: Boolean, whether the file gives class ids (uint8), metres, unit
            normals and probabilities instead of raw predictions. Defaults to
            `False`.
        input_dtype: String, `"float32"` or `"uint8"`, of the image. Defaults
            to `"float32"`.
        output_dtype: String, `"float32"`, or for int8 files of raw
            predictions `"uint8"`, with scale and zero point in the report.
            Defaults to `"float32"`.
        calibration_images: Sequence of uint8 arrays `(height, width, 3)`, at
            least 8, see `mtl_zoo.export.read_folder`: an int8 file is
            calibrated on them, and any but a float32 file compared with the
            model on them. Defaults to `None`: calibrated on 64 rooms of the
            training split, compared on rooms of the test split.
        max_drop: Float. By how many percent any task's primary metric may be
            worse than the model's. On images without labels, how far file and
            model may disagree, see `mtl_zoo.export.measure`. Defaults to
            `None`: 1 for float16, 3 for dynamic and int8. A float32 file is
            held to 1e-4 of each output's range.
        num_images: Integer. On how many rooms it is compared. Defaults to
            `32`.
        preset: String, name or folder of the preset that the model is of, for
            the metadata. Defaults to `None`.
        benchmark: Boolean, whether latency by number of threads and peak
            memory are measured too, in a process of its own. Defaults to
            `False`.

    Returns:
        A dict, the content of `<name>.json`; see `mtl_zoo.export.as_text`.

    Raises:
        ValueError: If an argument is wrong, Keras does not run on TensorFlow,
            the model can't be converted, or the file does not agree with the
            model. Nothing is written then.
        ImportError: If a package of the extra `export` is missing.

    Example:

    ```python
    model = mtl_zoo.models.MultiTaskModel.from_preset(
        "mti_net_efficientnet_lite0_rooms"
    )
    mtl_zoo.export.export_tflite(model, "rooms.tflite", (96, 128), "int8")
    ```
    """
    return export(
        Request(
            TFLite,
            model,
            path,
            image_size,
            precision,
            tasks,
            decode,
            input_dtype,
            output_dtype,
            calibration_images=calibration_images,
            max_drop=max_drop,
            num_images=num_images,
            preset=preset,
            benchmark=benchmark,
        )
    )


class TFLite(Format):
    """TFLite files, made by TensorFlow Lite's converter and run by LiteRT.

    Example:

    ```python
    TFLite(path.read_bytes()).run(image)["depth"]
    ```
    """

    suffix = ".tflite"
    runtime = "LiteRT"
    packages = ("tensorflow", "ai_edge_litert.interpreter", "flatbuffers")
    precisions = ("float32", "float16", "dynamic", "int8")

    _interpreter = None

    @classmethod
    def check(cls, request):
        if request.image_size is None:
            raise ValueError(
                "A TFLite file needs an image_size (height, width): the model "
                "has no working size."
            )
        if request.output_dtype == "uint8" and (
            request.precision != "int8" or request.decode
        ):
            raise ValueError(
                "uint8 outputs are for int8 files of raw predictions: give "
                "precision='int8' and decode=False."
            )

    @classmethod
    def graph_dtype(cls, request):
        # An int8 file's image becomes uint8 at last: see `with_uint8`.
        return "float32" if request.precision == "int8" else request.input_dtype

    @classmethod
    def convert(cls, request, graph):
        for content, float_layers in _convert(request, graph):
            content = tflite_file.in_order(content, request.task_names)
            network = request.model.name
            content = tflite_file.compact(content, network)
            layers = [tflite_file.short_name(x, network) for x in float_layers]
            yield cls(content, details={"float_layers": layers})

    def run(self, image):
        signature, outputs = self._load()
        (dtype,) = (
            details["dtype"]
            for details in signature.get_input_details().values()
        )
        image = np.asarray(image)
        if dtype == np.uint8:
            image = image.round()
        try:
            values = signature(image=image.astype(dtype))
        except RuntimeError as error:
            raise Refused(cut(one_line(error), 300)) from error
        return {
            name: _dequantize(values[name], *details["quantization"])
            for name, details in outputs.items()
        }

    def _load(self):
        """Pair of what runs the file and its outputs' details in order."""
        from ai_edge_litert.interpreter import Interpreter

        if self._interpreter is None:
            try:
                self._interpreter = Interpreter(model_content=self.content)
                self._signature = self._interpreter.get_signature_runner()
            except (RuntimeError, ValueError) as error:
                raise Refused(cut(one_line(error), 300)) from error
            # The signature's order is another one.
            order = [
                details["index"]
                for details in self._interpreter.get_output_details()
            ]
            self._outputs = dict(
                sorted(
                    self._signature.get_output_details().items(),
                    key=lambda item: order.index(item[1]["index"]),
                )
            )
        return self._signature, self._outputs

    def tensors(self):
        signature, outputs = self._load()
        details = {**signature.get_input_details(), **outputs}
        return {name: _describe(entry) for name, entry in details.items()}

    def operators(self):
        return tflite_file.list_operators(self.content)

    def with_metadata(self, description):
        content = tflite_file.with_metadata(self.content, description)
        return TFLite(content, details=self.details)


def _convert(request, graph):
    """Pairs of a file's bytes and the names of the layers that stay float.

    One, or for int8 several with ever more such layers.
    """
    import tensorflow as tf

    with _converter(graph) as converter:
        with conversion_errors(request):
            if request.precision != "int8":
                if request.precision != "float32":
                    converter.optimizations = [tf.lite.Optimize.DEFAULT]
                if request.precision == "float16":
                    converter.target_spec.supported_types = [tf.float16]
                yield converter.convert(), []
                return
            images = image_module.calibration_images(
                request.calibration_images,
                request.image_size,
                request.normalized,
            )
            calibrated = tflite_int8.calibrate(converter, images)

    def quantize(float_layers):
        with conversion_errors(request):
            return tflite_int8.with_uint8(
                tflite_int8.quantize(calibrated, float_layers),
                request.input_dtype == "uint8",
                request.output_dtype == "uint8",
            )

    yield quantize([]), []
    with conversion_errors(request):
        choices = tflite_int8.sensitive_layers(
            calibrated,
            images[:8],
            "uint8" in (request.input_dtype, request.output_dtype),
        )
    for float_layers in choices:
        yield quantize(float_layers), float_layers


@contextlib.contextmanager
def _converter(graph):
    import tensorflow as tf

    module = tf.Module()
    module.graph = graph
    with tempfile.TemporaryDirectory() as folder:
        tf.saved_model.save(module, folder, signatures=graph)
        converter = tf.lite.TFLiteConverter.from_saved_model(folder)
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS]
        yield converter


def _dequantize(values, scale, zero_point):
    if not scale:
        return values
    return (values.astype("float32") - zero_point) * np.float32(scale)


def _describe(details):
    scale, zero_point = details["quantization"]
    return {
        "tensor_name": details["name"],
        "tensor_index": int(details["index"]),
        "shape": [int(n) for n in details["shape"]],
        "dtype": np.dtype(details["dtype"]).name,
        # value = scale · (number in the tensor - zero_point)
        "scale": float(scale) or 1.0,
        "zero_point": int(zero_point),
    }
