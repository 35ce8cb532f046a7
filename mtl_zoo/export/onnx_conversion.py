"""From a Keras model to ONNX, and to the opset and precision asked for.

This module calls TensorFlow, through tf2onnx.
"""

import collections
import pathlib
import tempfile

import numpy as np

# The last one that tf2onnx knows; onnx itself takes files further.
_CONVERTER_OPSET = 18

_TO_NCHW = (0, 3, 1, 2)
_TO_NHWC = (0, 2, 3, 1)


def convert(request, graph):
    """A model as a float32 ONNX file; nothing is compared.

    Args:
        request: `mtl_zoo.export.request.Request`.
        graph: `tf.function`, see `mtl_zoo.export.graph.freeze`.

    Returns:
        An `onnx.ModelProto`.
    """
    import onnx
    import tf2onnx

    nchw = request.layout == "nchw"
    # What is decoded may have no channels.
    outputs = graph.get_concrete_function().structured_outputs
    of_four = [name for name, x in outputs.items() if len(x.shape) == 4]
    file, _ = tf2onnx.convert.from_function(
        graph,
        input_signature=graph.input_signature,
        opset=min(request.opset, _CONVERTER_OPSET),
        custom_op_handlers={
            "ResizeBilinear": (_convert_resize, []),
            "Split": (_convert_split, []),
        },
        inputs_as_nchw=["image"] if nchw else None,
        outputs_as_nchw=of_four if nchw else None,
    )
    _finish(file, request.task_names, nchw)
    if request.opset > _CONVERTER_OPSET:
        file = onnx.version_converter.convert_version(file, request.opset)
    onnx.checker.check_model(file)
    return file


def to_float16(file):
    """The file with weights and arithmetic in float16, float32 at its ends.

    Args:
        file: `onnx.ModelProto`.

    Returns:
        A new `onnx.ModelProto`.
    """
    from onnxruntime.transformers import float16

    return float16.convert_float_to_float16(file, keep_io_types=True)


def to_int8(file, images, layout):
    """The file in int8, weights per channel, as ONNX Runtime quantises.

    Args:
        file: `onnx.ModelProto`.
        images: Array `(count, height, width, 3)` to calibrate on, in the
            dtype of the file's image.
        layout: String, `"nhwc"` or `"nchw"`, the file's.

    Returns:
        A new `onnx.ModelProto`.
    """
    import onnx
    from onnxruntime import quantization
    from onnxruntime.quantization.shape_inference import quant_pre_process

    if layout == "nchw":
        images = images.transpose(_TO_NCHW)

    class Reader(quantization.CalibrationDataReader):
        def __init__(self):
            self.images = iter(images)

        def get_next(self):
            image = next(self.images, None)
            return None if image is None else {"image": image[None]}

    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        onnx.save(file, folder / "float.onnx")
        quant_pre_process(
            folder / "float.onnx",
            folder / "prepared.onnx",
            skip_symbolic_shape=True,
        )
        # Unit vectors and the like need more than 8 bits.
        prepared = onnx.load(folder / "prepared.onnx")
        decoding = [n.name for n in prepared.graph.node if "decode/" in n.name]
        quantization.quantize_static(
            folder / "prepared.onnx",
            folder / "int8.onnx",
            Reader(),
            per_channel=True,
            nodes_to_exclude=decoding,
        )
        return _compact(onnx.load(folder / "int8.onnx"))


def _compact(file):
    """The file without what the quantiser writes and no runtime needs.

    It gives every tensor several long names, every channel's zero points an
    array of their own, and notes all shapes: up to a third of a small file.
    """
    graph = file.graph
    if _has_inner_graphs(graph):
        return file
    del graph.value_info[:]
    short = {value.name: value.name for value in (*graph.input, *graph.output)}
    short[""] = ""  # an input that is left out
    constants = {}
    for tensor in list(graph.initializer):
        name, tensor.name = tensor.name, ""
        first = constants.setdefault(tensor.SerializeToString(), name)
        short[name] = short.setdefault(first, f"t{len(short):x}")
        tensor.name = short[name]
        if first != name:
            graph.initializer.remove(tensor)
    for node in graph.node:
        if node.op_type in ("QuantizeLinear", "DequantizeLinear"):
            node.name = ""
        for names in (node.input, node.output):
            names[:] = [short.setdefault(x, f"t{len(short):x}") for x in names]
    return file


def _has_inner_graphs(graph):
    """Whether names of this graph may be read within other ones, too."""
    return any(a.HasField("g") for node in graph.node for a in node.attribute)


def list_operators(file):
    """Count the operators of an ONNX file.

    Args:
        file: `onnx.ModelProto`.

    Returns:
        A dict operator name → how often it occurs, most frequent first.
    """
    counts = collections.Counter(node.op_type for node in file.graph.node)
    return dict(counts.most_common())


def _finish(file, names, nchw):
    """Outputs in the order of the tasks, readable dimensions."""
    graph = file.graph
    # tf2onnx sorts the names.
    outputs = {output.name: output for output in graph.output}
    outputs = [outputs[name] for name in names]
    del graph.output[:]
    graph.output.extend(outputs)
    axes = ("batch", "height", "width", "channels")
    if nchw:
        axes = ("batch", "channels", "height", "width")
    for value in (*graph.input, *graph.output):
        dimensions = value.type.tensor_type.shape.dim
        named = axes if len(dimensions) == 4 else ("batch", "height", "width")
        for axis, dimension in zip(named, dimensions, strict=True):
            if not dimension.HasField("dim_value"):
                dimension.dim_param = axis
    for node in graph.node:
        if node.op_type == "Resize":
            # The whole image: an input that nothing reads.
            node.input[1] = ""
    _fold_normalization(graph)
    name_constants(graph)


def _fold_normalization(graph):
    """Batch normalisation into the convolutions before it.

    tf2onnx leaves it where a convolution's input is another's output.
    """
    from onnx import numpy_helper

    constants = {tensor.name: tensor for tensor in graph.initializer}
    makers = {name: node for node in graph.node for name in node.output}
    reads = collections.Counter(x for node in graph.node for x in node.input)
    reads.update(output.name for output in graph.output)
    for node in list(graph.node):
        if node.op_type != "BatchNormalization":
            continue
        convolution = makers.get(node.input[0])
        if convolution is None or convolution.op_type != "Conv":
            continue
        read = (*convolution.input[1:], *node.input[1:])
        if reads[node.input[0]] > 1 or not constants.keys() >= set(read):
            continue
        kernel, *bias, scale, offset, mean, variance = (
            numpy_helper.to_array(constants[name]) for name in read
        )
        epsilon = next(x.f for x in node.attribute if x.name == "epsilon")
        factor = scale / np.sqrt(variance + epsilon)
        folded = {
            f"{node.name}/kernel": kernel * factor[:, None, None, None],
            f"{node.name}/bias": (sum(bias) - mean) * factor + offset,
        }
        graph.initializer.extend(
            numpy_helper.from_array(value.astype(kernel.dtype), name)
            for name, value in folded.items()
        )
        convolution.input[1:] = folded
        convolution.output[:] = node.output[:1]
        graph.node.remove(node)


def name_constants(graph):
    """Constants by what reads them first, in that order.

    tf2onnx merges equal ones in the order of a set, so that without this names
    and order are others each time that a command exports a model.

    Args:
        graph: `onnx.GraphProto`, which is changed.
    """
    if _has_inner_graphs(graph):
        return
    constants = {tensor.name: tensor for tensor in graph.initializer}
    names = {}
    for node in graph.node:
        for i, name in enumerate(node.input):
            if name in constants:
                node.input[i] = names.setdefault(name, f"{node.name}.{i}")
    del graph.initializer[:]
    for name, new in names.items():
        constants[name].name = new
        graph.initializer.append(constants[name])


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
    if size is None or not shape or -1 in shape[1:]:
        return
    batch, _, _, channels = shape
    height, width = (int(n) for n in size)

    def constant(values):
        values = np.array(values, "int64")
        return context.make_const(utils.make_name("sizes"), values)

    # After it comes the Transpose back.
    resize = context.get_node_by_output(output).inputs[0]
    if batch == -1:
        shape_of = context.make_node("Shape", [resize.input[0]])
        count = context.make_node(
            "Slice",
            [shape_of.output[0], *(constant([n]).output[0] for n in (0, 1))],
        )
        target = constant([channels, height, width])
        sizes = context.make_node(
            "Concat", [count.output[0], target.output[0]], attr={"axis": 0}
        )
    else:
        sizes = constant([batch, channels, height, width])
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
