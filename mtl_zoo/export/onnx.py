"""ONNX files, for ONNX Runtime, TensorRT, OpenVINO and the like.

This module calls TensorFlow, through tf2onnx.
"""

import collections
import json

import numpy as np

from mtl_zoo.export import preparation
from mtl_zoo.export import report as reports
from mtl_zoo.export.quiet import quiet
from mtl_zoo.export.verification import ANY_SIZES
from mtl_zoo.export.verification import TOLERANCE
from mtl_zoo.export.verification import example_images
from mtl_zoo.export.verification import verify

LAYOUTS = ("nhwc", "nchw")
MIN_OPSET = 13
MAX_OPSET = 18

_PACKAGES = {
    "tensorflow": "tensorflow",
    "tf2onnx": "tf2onnx",
    "onnxruntime": "onnxruntime",
}
_TO_NCHW = (0, 3, 1, 2)
_TO_NHWC = (0, 2, 3, 1)


def export_onnx(model, path, image_size=None, opset=17, layout="nhwc"):
    """Convert a model to a float32 ONNX file, checked against the model.

    The file takes `"image"`, float32 RGB 0…255, and gives the tasks' raw
    predictions in their order, named as the tasks. `<name>.json` beside it
    says so in detail.

    A model under another policy than float32 is rebuilt in float32 first.

    Args:
        model: `mtl_zoo.models.MultiTaskModel`.
        path: String or path, `*.onnx`.
        image_size: Pair `(height, width)`, which makes all shapes static and
            the batch one image. Defaults to `None`: any batch and any size.
        opset: Integer from 13 to 18. Defaults to `17`.
        layout: String, `"nhwc"` or `"nchw"`, of the image and the predictions.
            Defaults to `"nhwc"`.

    Returns:
        A dict, the content of `<name>.json`; see `mtl_zoo.export.as_text`.

    Raises:
        ValueError: If an argument is wrong, Keras does not run on TensorFlow,
            the model can't be converted, or the file does not agree with the
            model within 1e-4 of each output's range. Nothing is written then.
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
    if layout not in LAYOUTS:
        raise ValueError(
            f"layout={layout!r} is not known; allowed are {', '.join(LAYOUTS)}."
        )
    with quiet():
        path, image_size = preparation.check_arguments(
            model, path, ".onnx", image_size, _PACKAGES
        )
    model = preparation.in_float32(model)
    with quiet():
        content, operators = convert(model, image_size, opset, layout)
        runner = ONNXRunner(content, layout)
    names = [task.name for task in model.tasks]
    normalized = reports.normalizes(model)
    if image_size:
        images = [i[None] for i in example_images(image_size, normalized)]
    else:
        images = [example_images(size, normalized) for size in ANY_SIZES]
    deviations = verify(model, runner, images, where=path.name)
    report = reports.make_report(
        model,
        path,
        content,
        image_size,
        layout,
        {name: {"tensor_name": name} for name in ["image", *names]},
        deviations,
        tolerance=TOLERANCE,
        opset=opset,
        operators=operators,
    )
    reports.write(path, content, report)
    return report


def convert(model, image_size, opset, layout):
    """A model as the bytes of an ONNX file; nothing is compared.

    Args:
        model: `mtl_zoo.models.MultiTaskModel`, float32.
        image_size: Pair `(height, width)`, or `None` for any.
        opset: Integer.
        layout: String, `"nhwc"` or `"nchw"`.

    Returns:
        Pair of the bytes and a dict operator name → how often it occurs.

    Raises:
        ValueError: If the model can't be converted.
    """
    import onnx
    import tf2onnx

    names = [task.name for task in model.tasks]
    serve = preparation.serving_function(model, image_size)
    nchw = layout == "nchw"
    try:
        file, _ = tf2onnx.convert.from_function(
            serve,
            input_signature=serve.input_signature,
            opset=opset,
            custom_op_handlers={
                "ResizeBilinear": (_convert_resize, []),
                "Split": (_convert_split, []),
            },
            inputs_as_nchw=["image"] if nchw else None,
            outputs_as_nchw=names if nchw else None,
        )
        _finish(file, model, nchw)
        onnx.checker.check_model(file)
    except Exception as error:
        # What the converter raises is not limited to some types.
        reason = " ".join(str(error).split())[:300]
        raise ValueError(
            f"{model.name} can't be converted to ONNX: {reason}"
        ) from error
    counts = collections.Counter(node.op_type for node in file.graph.node)
    return file.SerializeToString(), dict(counts.most_common())


def _finish(file, model, nchw):
    """Outputs in the order of the tasks, readable dimensions, metadata."""
    import onnx

    graph = file.graph
    # tf2onnx sorts the names.
    outputs = {output.name: output for output in graph.output}
    outputs = [outputs[task.name] for task in model.tasks]
    del graph.output[:]
    graph.output.extend(outputs)
    axes = ("batch", "channels", "height", "width")
    if not nchw:
        axes = ("batch", "height", "width", "channels")
    for value in (*graph.input, *graph.output):
        shape = value.type.tensor_type.shape
        for axis, dimension in zip(axes, shape.dim, strict=True):
            if not dimension.HasField("dim_value"):
                dimension.dim_param = axis
    tasks = [
        {
            "name": task.name,
            "channels": task.channels,
            "unit": task.unit,
            "class_names": task.class_names and list(task.class_names),
        }
        for task in model.tasks
    ]
    onnx.helper.set_model_props(
        file, {"tasks": json.dumps(tasks, ensure_ascii=False)}
    )


def _convert_resize(context, node, name, arguments):
    """As tf2onnx converts it, but by the target size, not by a factor.

    A factor such as 17 / 9 is rounded, and gives 16 rows instead of 17.
    """
    from tf2onnx import utils
    from tf2onnx.onnx_opset.nn import Resize

    del name, arguments
    output = node.output[0]
    shape = context.get_shape(node.input[0])
    size = node.inputs[1]
    size = size.get_tensor_value() if size.is_const() else None
    Resize.version_11(context, node)
    if size is None or not shape or -1 in shape:
        return
    batch, _, _, channels = shape
    height, width = (int(n) for n in size)
    sizes = np.array([batch, channels, height, width], "int64")
    sizes = context.make_const(utils.make_name("sizes"), sizes)
    # After it comes the Transpose back.
    resize = context.get_node_by_output(output).inputs[0]
    context.set_shape(resize.output[0], [batch, channels, height, width])
    context.set_shape(output, [batch, height, width, channels])
    factors = np.array([], "float32")
    factors = context.make_const(utils.make_name("scales"), factors)
    context.replace_inputs(
        resize, [*resize.input[:2], factors.output[0], sizes.output[0]]
    )


def _convert_split(context, node, name, arguments):
    """As tf2onnx converts it, but in NCHW where it splits channels.

    The convolutions around it are NCHW, so the transposes that this adds
    cancel theirs; a split of the last axis would keep them all.
    """
    from tf2onnx.onnx_opset.tensor import Split

    del name, arguments
    Split.version_13(context, node)
    shape = context.get_shape(node.input[0])
    if not shape or len(shape) != 4 or node.get_attr_int("axis") not in (-1, 3):
        return
    shapes = node.output_shapes
    context.insert_new_node_on_input(
        node, "Transpose", node.input[0], perm=_TO_NCHW
    )
    node.set_attr("axis", 1)
    for output, (n, h, w, c) in zip(list(node.output), shapes, strict=True):
        context.set_shape(output, [n, c, h, w])
        back = context.insert_new_node_on_output(
            "Transpose", output, perm=_TO_NHWC
        )
        context.set_shape(back.output[0], [n, h, w, c])


class ONNXRunner:
    """Runs an ONNX file with ONNX Runtime, tensors by name.

    Args:
        content: Bytes of the file.
        layout: String, `"nhwc"` or `"nchw"`, the layout of the file.

    Call arguments:
        image: Float32 array `(batch, height, width, 3)`.

    Returns: dict task name → array `(batch, height, width, channels)`.

    Example:

    ```python
    ONNXRunner(path.read_bytes())(image)["depth"]
    ```
    """

    def __init__(self, content, layout="nhwc"):
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3
        self._session = onnxruntime.InferenceSession(
            content, options, providers=["CPUExecutionProvider"]
        )
        self._names = [output.name for output in self._session.get_outputs()]
        self._nchw = layout == "nchw"

    def __call__(self, image):
        image = np.asarray(image, "float32")
        if self._nchw:
            image = image.transpose(_TO_NCHW)
        outputs = self._session.run(None, {"image": image})
        if self._nchw:
            outputs = [output.transpose(_TO_NHWC) for output in outputs]
        return dict(zip(self._names, outputs, strict=True))
