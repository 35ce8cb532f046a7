"""int8 TFLite files: calibrated once, then quantised, layers left out at will.

This module calls TensorFlow. It uses the two steps of TensorFlow Lite's
quantisation debugger, because the converter alone can leave no layer out.
"""

import csv
import io

import numpy as np

from mtl_zoo.export import tflite_file

# Activations whose range is smaller come from dead units. Their scale would be
# near 0, and a ratio of scales beyond 2^8 does not run in XNNPACK.
_DEAD = 1e-6

# Operators that have weights.
_WEIGHTED = tuple(
    "CONV_2D DEPTHWISE_CONV_2D FULLY_CONNECTED TRANSPOSE_CONV".split()
)

# Shares of the layers, worst first, that are tried to be left in float.
_SHARES = (0.02, 0.05, 0.1, 0.2)


def calibrate(converter, images):
    """The float file with the range of every activation over the images.

    Args:
        converter: `tf.lite.TFLiteConverter`.
        images: Float32 array `(count, height, width, 3)`.

    Returns:
        Bytes, for `quantize`.
    """
    import tensorflow as tf

    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.representative_dataset = lambda: (
        {"image": image[None]} for image in images
    )
    converter._experimental_calibrate_only = True
    return _revive(converter.convert())


def quantize(calibrated, float_layers=()):
    """An int8 file, per channel, with float32 input and outputs.

    What decodes predictions stays float where that changes their values.

    Args:
        calibrated: Bytes that `calibrate` gave.
        float_layers: Names of the layers' outputs that stay float. Defaults
            to none.

    Returns:
        Bytes.
    """
    from tensorflow.lite.python import convert

    return convert.mlir_quantize(
        calibrated, denylisted_nodes=[*_decoding(calibrated), *float_layers]
    )


def with_uint8(content, of_input, of_outputs):
    """The file with uint8 in place of float32 at its ends.

    Args:
        content: Bytes of an int8 file.
        of_input: Boolean, whether the image becomes uint8.
        of_outputs: Boolean, whether the predictions do.

    Returns:
        Bytes.
    """
    import tensorflow as tf
    from tensorflow.lite.python import util

    return util.modify_model_io_type(
        content,
        tf.uint8 if of_input else tf.float32,
        tf.uint8 if of_outputs else tf.float32,
    )


def sensitive_layers(calibrated, images, uint8_ends=False):
    """Layers by how much their own quantisation changes what they give.

    Args:
        calibrated: Bytes that `calibrate` gave.
        images: Float32 array `(count, height, width, 3)`.
        uint8_ends: Boolean, whether the file will take or give uint8: then
            its first and last layers are not among them, which must be int8
            for that. Defaults to `False`.

    Returns:
        A list of lists of layers, for `quantize`: those without weights, which
        make the file no larger, of the worst 2, 5, 10 and 20 percent; then all
        of these; at last all without weights, as transformers need (of a layer
        normalisation nothing fits 8 bits), and these with the worst 20
        percent.
    """
    import tensorflow as tf
    from tensorflow.lite.python import convert

    debugger = tf.lite.experimental.QuantizationDebugger(
        quant_debug_model_content=convert.mlir_quantize(
            calibrated,
            enable_numeric_verify=True,
            denylisted_nodes=_decoding(calibrated),
        ),
        debug_dataset=lambda: ([image[None]] for image in images),
    )
    debugger.run()
    statistics = io.StringIO()
    debugger.layer_statistics_dump(statistics)
    statistics.seek(0)
    # In steps of the layer's scale; rounding alone gives 0.29 of them.
    errors = {
        row["tensor_name"]: float(row["mean_squared_error"]) ** 0.5
        / float(row["scale"])
        for row in csv.DictReader(statistics)
    }
    ranking = sorted(errors, key=errors.get, reverse=True)
    if uint8_ends:
        ends = _ends(calibrated)
        ranking = [layer for layer in ranking if layer not in ends]
    worst = [
        ranking[: max(1, round(share * len(ranking)))] for share in _SHARES
    ]
    weighted = _weighted(calibrated)
    *light, every = (
        [x for x in layers if x not in weighted] for layers in (*worst, ranking)
    )
    most = [*every, *(x for x in worst[-1] if x in weighted)]
    tries = {
        frozenset(layers): layers for layers in (*light, *worst, every, most)
    }
    return [layers for layers in tries.values() if layers]


def _weighted(content):
    """Names of what operators with weights give."""
    model = tflite_file.to_object(content)
    return {
        tensors[i].name.decode()
        for kind, operator, tensors in tflite_file.operators(model)
        for i in operator.outputs
        if kind in _WEIGHTED
    }


def _ends(content):
    """Names of what is computed of the image alone, or given as it is."""
    model = tflite_file.to_object(content)
    graph = model.subgraphs[0]
    return {
        tensors[i].name.decode()
        for _, operator, tensors in tflite_file.operators(model)
        for i in operator.outputs
        if i in graph.outputs or set(operator.inputs) & set(graph.inputs)
    }


def _decoding(content):
    """Names of what decodes: unit vectors need more than 8 bits.

    The greatest of some numbers is the same in 8 bits, and faster.
    """
    model = tflite_file.to_object(content)
    found, names = set(), []
    for kind, operator, tensors in tflite_file.operators(model):
        outputs = {i: tensors[i].name.decode() for i in operator.outputs}
        begins = any(name.startswith("decode/") for name in outputs.values())
        # The last ones are named as the file's outputs.
        if kind != "ARG_MAX" and (
            begins or found.intersection(operator.inputs)
        ):
            found.update(outputs)
            names.extend(outputs.values())
    return names


def _revive(calibrated):
    """Give dead units a range that is not near 0."""
    model = tflite_file.to_object(calibrated)
    for tensor in model.subgraphs[0].tensors:
        ranges = tensor.quantization
        if ranges is not None and ranges.max is not None:
            dead = ranges.max - ranges.min < _DEAD
            ranges.max = np.where(dead, ranges.min + 1, ranges.max)
            ranges.max = ranges.max.astype("float32")
    return tflite_file.to_bytes(model)
