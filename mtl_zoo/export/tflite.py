"""TFLite files, for LiteRT on phones and boards.

This module calls TensorFlow.
"""

import contextlib
import tempfile

from mtl_zoo.export import images as image_module
from mtl_zoo.export import preparation
from mtl_zoo.export import report as reports
from mtl_zoo.export import tflite_file
from mtl_zoo.export import tflite_int8
from mtl_zoo.export.proof import Proof
from mtl_zoo.export.tflite_file import TFLiteRunner
from mtl_zoo.utils.quiet import quiet

PRECISIONS = ("float32", "float16", "dynamic", "int8")
OUTPUT_DTYPES = ("float32", "uint8")

_PACKAGES = {
    "tensorflow": "tensorflow",
    "ai_edge_litert.interpreter": "ai-edge-litert",
}


def export_tflite(
    model,
    path,
    image_size,
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
        ImportError: If `ai-edge-litert` is missing.

    Example:

    ```python
    model = mtl_zoo.models.MultiTaskModel.from_preset(
        "mti_net_hrnet_w18_small_v2_rooms"
    )
    mtl_zoo.export.export_tflite(model, "rooms.tflite", (96, 128), "int8")
    ```
    """
    preparation.check_choice("precision", precision, PRECISIONS)
    preparation.check_choice("output_dtype", output_dtype, OUTPUT_DTYPES)
    if output_dtype == "uint8" and (precision != "int8" or decode):
        raise ValueError(
            "uint8 outputs are for int8 files of raw predictions: give "
            "precision='int8' and decode=False."
        )
    path, image_size = preparation.check_arguments(
        model, path, ".tflite", image_size, _PACKAGES
    )
    if image_size is None:
        raise ValueError("A TFLite file needs an image_size (height, width).")
    preparation.check_input_dtype(model, input_dtype)
    selected = preparation.select_tasks(model, tasks)
    if calibration_images is not None:
        image_module.check_images(calibration_images)
    origin = preset and reports.identify(preset)
    model = preparation.in_float32(model)

    def finish(content, float_layers):
        runner = TFLiteRunner(content)
        tensors = runner.tensors(["image", *(task.name for task in selected)])
        if tensors["image"]["dtype"] != input_dtype:
            raise RuntimeError(f"its image is not {input_dtype}")
        description = reports.describe(
            model,
            selected,
            image_size,
            tensors,
            precision=precision,
            decode=decode,
            origin=origin,
        )
        description["float_layers"] = float_layers
        content = tflite_file.with_metadata(content, description)
        return content, TFLiteRunner(content), description

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
    )
    with quiet():
        candidates = convert(
            model,
            image_size,
            precision,
            selected,
            decode,
            input_dtype,
            output_dtype,
            calibration_images,
        )
        comparison, failure = None, None
        for candidate, float_layers in candidates:
            try:
                content, runner, description = finish(candidate, float_layers)
                comparison = proof.compare(runner)
            except RuntimeError as error:
                # LiteRT refuses it; the next one may do.
                failure = error
                continue
            if proof.holds(comparison):
                break
        candidates.close()
    if comparison is None:
        reason = " ".join(str(failure).split())[:300]
        raise ValueError(f"{path.name} does not run in LiteRT: {reason}")
    proof.check(comparison)
    report = reports.make_report(
        path,
        content,
        description,
        comparison,
        **proof.terms,
        operators=tflite_file.list_operators(content),
    )
    reports.write(path, content, report, benchmark)
    return report


def convert(
    model,
    image_size,
    precision="float32",
    tasks=None,
    decode=False,
    input_dtype="float32",
    output_dtype="float32",
    calibration_images=None,
):
    """A model as the bytes of TFLite files; nothing is compared or described.

    Args:
        model: `mtl_zoo.models.MultiTaskModel`, float32.
        image_size: Pair `(height, width)`.
        precision: As for `export_tflite`, as all that follow.
        tasks: List of `mtl_zoo.tasks.Task`.
        decode: Boolean.
        input_dtype: String.
        output_dtype: String.
        calibration_images: Sequence of uint8 arrays.

    Yields:
        Pairs of the file's bytes and the names of the layers that stay float
        in it: one, or for int8 several with ever more such layers.

    Raises:
        ValueError: If TFLite's built-in operators don't suffice.
    """
    tasks = model.tasks if tasks is None else tasks

    def finish(content, float_layers=()):
        content = tflite_file.in_order(content, [task.name for task in tasks])
        return tflite_file.compact(content, model.name), [
            tflite_file.short_name(layer, model.name) for layer in float_layers
        ]

    # An int8 file's image is uint8 when the float one's is: see `with_uint8`.
    in_graph = "float32" if precision == "int8" else input_dtype
    with _converter(model, image_size, tasks, decode, in_graph) as converter:
        if precision != "int8":
            yield finish(_convert(model, converter, precision))
            return
        images = image_module.calibration_images(
            calibration_images, image_size, preparation.normalizes(model)
        )
        with preparation.conversion_errors(model, "int8 TFLite"):
            calibrated = tflite_int8.calibrate(converter, images)

    def quantize(float_layers):
        with preparation.conversion_errors(model, "int8 TFLite"):
            return tflite_int8.with_uint8(
                tflite_int8.quantize(calibrated, float_layers),
                input_dtype == "uint8",
                output_dtype == "uint8",
            )

    yield finish(quantize([]))
    with preparation.conversion_errors(model, "int8 TFLite"):
        choices = tflite_int8.sensitive_layers(
            calibrated, images[:8], "uint8" in (input_dtype, output_dtype)
        )
    for float_layers in choices:
        yield finish(quantize(float_layers), float_layers)


@contextlib.contextmanager
def _converter(model, image_size, tasks, decode, input_dtype):
    """A converter of the model with its weights as constants."""
    import tensorflow as tf
    from tensorflow.python.framework import convert_to_constants

    serve = preparation.serving_function(
        model, image_size, tasks, decode, input_dtype
    )
    concrete = serve.get_concrete_function()
    names = sorted(concrete.structured_outputs)
    # With the weights as constants the converter can fold normalisation into
    # convolutions and lay kernels out beforehand. Left as variables, they
    # reach the file uninitialised, and it gives NaN.
    frozen = convert_to_constants.convert_variables_to_constants_v2(concrete)

    @tf.function(input_signature=serve.input_signature, autograph=False)
    def constant(image):
        return dict(zip(names, frozen(image), strict=True))

    module = tf.Module()
    module.constant = constant
    with tempfile.TemporaryDirectory() as folder:
        tf.saved_model.save(module, folder, signatures=constant)
        converter = tf.lite.TFLiteConverter.from_saved_model(folder)
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS]
        yield converter


def _convert(model, converter, precision):
    import tensorflow as tf

    if precision != "float32":
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
    if precision == "float16":
        converter.target_spec.supported_types = [tf.float16]
    with preparation.conversion_errors(model, "TFLite"):
        return converter.convert()
