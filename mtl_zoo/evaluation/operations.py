"""How much a network computes. Needs the TensorFlow backend."""

import math


def count_flops(model, image_size):
    """Floating-point operations of a network for one image.

    Two per multiply-add of convolutions and matrix products, which is where a
    network's time goes; papers often give multiply-adds, half of it.

    Args:
        model: `mtl_zoo.models.MultiTaskModel`, or any Keras model of images.
        image_size: Pair of integers, height and width.

    Returns:
        Float.

    Raises:
        ValueError: On another backend than TensorFlow, whose graph is read, or
            if the graph calls functions, as grouped convolutions do.

    Example:

    ```python
    count_flops(model, (480, 640)) / 1e9  # GFLOP
    ```
    """
    import keras

    if keras.backend.backend() != "tensorflow":
        raise ValueError(
            "Operations are counted in TensorFlow's graph: set KERAS_BACKEND "
            f"to tensorflow instead of {keras.backend.backend()}."
        )
    import tensorflow as tf

    image = tf.TensorSpec((1, *image_size, 3), model.inputs[0].dtype)
    call = tf.function(lambda x: model(x, training=False))
    graph = call.get_concrete_function(image).graph
    return float(sum(_flops(operation) for operation in graph.get_operations()))


def _flops(operation):
    """Operations of one node of a TensorFlow graph."""
    if not operation.outputs:
        return 0
    outputs = operation.outputs[0].shape
    if operation.type == "Conv2D":
        kernel = operation.inputs[1].shape
        return 2 * math.prod(outputs) * math.prod(kernel[:3])
    if operation.type == "DepthwiseConv2dNative":
        kernel = operation.inputs[1].shape
        return 2 * math.prod(outputs) * math.prod(kernel[:2])
    if operation.type == "Conv2DBackpropInput":  # A transposed convolution.
        kernel, image = (tensor.shape for tensor in operation.inputs[1:3])
        return 2 * math.prod(image) * math.prod(kernel[:3])
    if "PartitionedCall" in operation.type:  # As of grouped convolutions.
        raise ValueError(
            f"Operations inside {operation.name} can't be counted."
        )
    transposed = {"MatMul": "transpose_a", "BatchMatMulV2": "adj_x"}
    if operation.type in transposed:
        last = not operation.get_attr(transposed[operation.type])
        common = operation.inputs[0].shape[-1 if last else -2]
        return 2 * math.prod(outputs) * common
    return 0
