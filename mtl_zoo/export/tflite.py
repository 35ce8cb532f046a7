"""TFLite files, for LiteRT on phones and boards.

This module calls TensorFlow.
"""

import collections
import tempfile

import numpy as np

from mtl_zoo.export import preparation
from mtl_zoo.export import report as reports
from mtl_zoo.export.verification import TOLERANCE
from mtl_zoo.export.verification import example_images
from mtl_zoo.export.verification import verify
from mtl_zoo.utils.quiet import quiet

_PACKAGES = {
    "tensorflow": "tensorflow",
    "ai_edge_litert.interpreter": "ai-edge-litert",
}


def export_tflite(model, path, image_size):
    """Convert a model to a float32 TFLite file, checked against the model.

    The file takes `"image"`, float32 RGB 0…255 `(1, height, width, 3)`, and
    gives the tasks' raw predictions in their order, each under its name in the
    file's signature. It needs TFLite's built-in operators only. `<name>.json`
    beside it names the tensors.

    A model under another policy than float32 is rebuilt in float32 first.

    Args:
        model: `mtl_zoo.models.MultiTaskModel`.
        path: String or path, `*.tflite`.
        image_size: Pair `(height, width)` of the images that it will take.

    Returns:
        A dict, the content of `<name>.json`; see `mtl_zoo.export.as_text`.

    Raises:
        ValueError: If an argument is wrong, Keras does not run on TensorFlow,
            the model can't be converted, or the file does not agree with the
            model within 1e-4 of each output's range. Nothing is written then.
        ImportError: If `ai-edge-litert` is missing.

    Example:

    ```python
    model = mtl_zoo.models.MTINet("hrnet_w18_small_v2", ["semseg:13", "depth"])
    mtl_zoo.export.export_tflite(model, "model.tflite", (96, 128))
    ```
    """
    path, image_size = preparation.check_arguments(
        model, path, ".tflite", image_size, _PACKAGES
    )
    if image_size is None:
        raise ValueError("A TFLite file needs an image_size (height, width).")
    model = preparation.in_float32(model)
    with quiet():
        content = convert(model, image_size)
        runner = TFLiteRunner(content)
    operators = list_operators(content)
    names = [task.name for task in model.tasks]
    images = example_images(image_size, reports.normalizes(model))
    with quiet():
        deviations = verify(
            model, runner, [image[None] for image in images], where=path.name
        )
    report = reports.make_report(
        model,
        path,
        content,
        image_size,
        "nhwc",
        runner.tensors(["image", *names]),
        deviations,
        tolerance=TOLERANCE,
        operators=operators,
    )
    reports.write(path, content, report)
    return report


def convert(model, image_size):
    """A model as the bytes of a float32 TFLite file; nothing is checked.

    Args:
        model: `mtl_zoo.models.MultiTaskModel`, float32.
        image_size: Pair `(height, width)`.

    Returns:
        Bytes.

    Raises:
        ValueError: If TFLite's built-in operators don't suffice.
    """
    import tensorflow as tf
    from tensorflow.python.framework import convert_to_constants

    serve = preparation.serving_function(model, image_size)
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
        try:
            content = converter.convert()
        except Exception as error:
            # What the converter raises is not limited to some types, and its
            # message is pages long.
            reason = " ".join(str(error).split())[:300]
            raise ValueError(
                f"{model.name} can't be converted to TFLite: {reason}"
            ) from error
    return _in_order(content, [task.name for task in model.tasks])


def _in_order(content, names):
    """The file with its outputs in the order of names; the converter sorts.

    The list of outputs is overwritten where it stands. Packing the file anew
    would lose the alignment of its weights.
    """
    from tensorflow.lite.python import schema_py_generated as schema

    content = bytearray(content)
    model = schema.Model.GetRootAs(content)
    signature = model.SignatureDefs(0)
    indices = {}
    for i in range(signature.OutputsLength()):
        output = signature.Outputs(i)
        indices[output.Name().decode()] = output.TensorIndex()
    outputs = model.Subgraphs(0).OutputsAsNumpy()
    outputs[:] = [indices[name] for name in names]
    return bytes(content)


def list_operators(content):
    """Count the operators of a TFLite file.

    Args:
        content: Bytes of the file.

    Returns:
        A dict operator name → how often it occurs, most frequent first.

    Raises:
        ValueError: If there are others than TFLite's built-in ones.

    Example:

    ```python
    list_operators(path.read_bytes())  # {"CONV_2D": 236, "ADD": 131, …}
    ```
    """
    from tensorflow.lite.python import schema_py_generated as schema

    builtin = {
        value: name
        for name, value in vars(schema.BuiltinOperator).items()
        if isinstance(value, int)
    }
    model = schema.Model.GetRootAs(content)
    codes = []
    for i in range(model.OperatorCodesLength()):
        code = model.OperatorCodes(i)
        # Old operators stand in the old field, new ones in the new one.
        name = builtin[max(code.BuiltinCode(), code.DeprecatedBuiltinCode())]
        if code.CustomCode():
            raise ValueError(
                "The TFLite file would need the operator "
                f"{code.CustomCode().decode()}, which is not built in."
            )
        codes.append(name)
    counts = collections.Counter()
    for i in range(model.SubgraphsLength()):
        graph = model.Subgraphs(i)
        for j in range(graph.OperatorsLength()):
            counts[codes[graph.Operators(j).OpcodeIndex()]] += 1
    return dict(counts.most_common())


class TFLiteRunner:
    """Runs a TFLite file with LiteRT, tensors by name.

    Args:
        content: Bytes of the file.

    Call arguments:
        image: Float32 array `(1, height, width, 3)`.

    Returns: dict task name → array `(1, height, width, channels)`.

    Example:

    ```python
    TFLiteRunner(path.read_bytes())(image)["depth"]
    ```
    """

    def __init__(self, content):
        from ai_edge_litert.interpreter import Interpreter

        self._interpreter = Interpreter(model_content=content)
        self._signature = self._interpreter.get_signature_runner()
        by_index = {
            details["index"]: name
            for name, details in self._signature.get_output_details().items()
        }
        # The order of the file's outputs, which the signature's is not.
        self._names = [
            by_index[details["index"]]
            for details in self._interpreter.get_output_details()
        ]

    def __call__(self, image):
        outputs = self._signature(image=np.asarray(image, "float32"))
        return {name: outputs[name] for name in self._names}

    def tensors(self, names):
        """Name and number of tensors in the file.

        Args:
            names: List of strings, `"image"` or task names.

        Returns:
            A dict name → dict with `"tensor_name"` and `"tensor_index"`, as
            the interpreter's `get_tensor` takes it.
        """
        details = {
            **self._signature.get_input_details(),
            **self._signature.get_output_details(),
        }
        return {
            name: {
                "tensor_name": details[name]["name"],
                "tensor_index": int(details[name]["index"]),
            }
            for name in names
        }
