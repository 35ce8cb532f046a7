"""Reading and finishing TFLite files.

This module calls TensorFlow, for the schema of the files.
"""

import collections
import json
import re

import numpy as np

from mtl_zoo.export.report import ENTRY


def _schema():
    from tensorflow.lite.python import schema_py_generated

    return schema_py_generated


def to_object(content):
    """A TFLite file as an object whose fields can be changed.

    Args:
        content: Bytes of the file.

    Returns:
        A `ModelT` of TFLite's schema.
    """
    schema = _schema()
    return schema.ModelT.InitFromObj(schema.Model.GetRootAs(content))


def to_bytes(model):
    """The file of an object that `to_object` gave.

    Weights start at multiples of 16 bytes, as the format demands and the
    converter does not always keep: where they don't, devices copy or refuse.
    Equal names and equal arrays of numbers stand in the file once: the zero
    points of an int8 file's channels, eight bytes each, are all the same.

    Args:
        model: A `ModelT` of TFLite's schema.

    Returns:
        Bytes.
    """
    import flatbuffers

    schema = _schema()

    class Buffer(schema.BufferT):
        def Pack(self, builder):
            data = None
            if self.data is not None and len(self.data):
                data = bytes(self.data)
                builder.StartVector(1, len(data), 16)
                builder.head -= len(data)
                builder.Bytes[builder.head : builder.head + len(data)] = data
                data = builder.EndVector()
            schema.BufferStart(builder)
            if data is not None:
                schema.BufferAddData(builder, data)
            return schema.BufferEnd(builder)

    class Builder(flatbuffers.Builder):
        def __init__(self):
            super().__init__(1024)
            self.written = {}

        def CreateString(self, text):
            return self.once(text, super().CreateString, text)

        def CreateNumpyVector(self, array):
            key = (array.dtype.str, array.tobytes())
            return self.once(key, super().CreateNumpyVector, array)

        def once(self, key, write, value):
            if key not in self.written:
                self.written[key] = write(value)
            return self.written[key]

    for buffer in model.buffers:
        buffer.__class__ = Buffer
    builder = Builder()
    builder.Finish(model.Pack(builder), file_identifier=b"TFL3")
    return bytes(builder.Output())


def in_order(content, names):
    """The file with its outputs in the order of names; the converter sorts.

    Args:
        content: Bytes of the file.
        names: List of the outputs' names in the file's signature.

    Returns:
        Bytes.
    """
    model = to_object(content)
    indices = {
        output.name.decode(): output.tensorIndex
        for output in model.signatureDefs[0].outputs
    }
    model.subgraphs[0].outputs = [indices[name] for name in names]
    return to_bytes(model)


def short_name(name, network):
    """The name of a tensor, as of within the network.

    What the converter fuses has the names of all its parts, which are up to a
    tenth of a small int8 file: the first is kept.

    Args:
        name: String, as the converter wrote it.
        network: String, the network's name, with which most names begin.

    Returns:
        String.

    Example:

    ```python
    short_name("mtan_1/conv_1/Relu;mtan_1/conv_1/bias", "mtan")
    # "conv_1/Relu"
    ```
    """
    return re.sub(rf"^{re.escape(network)}(_\d+)?/", "", name.split(";")[0])


def compact(content, network):
    """The file without what the converter writes and no runtime needs.

    Tensors have a `short_name`, constants none; those that hold nothing share
    the buffer of the format for that, which is the first.

    Args:
        content: Bytes of the file.
        network: String, the network's name.

    Returns:
        Bytes.
    """
    model = to_object(content)
    empty, *others = model.buffers
    kept = [empty]
    numbers = {}
    for number, buffer in enumerate(others, 1):
        if buffer.data is not None and len(buffer.data):
            numbers[number] = len(kept)
            kept.append(buffer)
    model.buffers = kept
    for graph in model.subgraphs:
        for tensor in graph.tensors:
            tensor.buffer = numbers.get(tensor.buffer, 0)
            name = (tensor.name or b"").decode()
            tensor.name = None
            if not tensor.buffer:
                tensor.name = short_name(name, network).encode()
    for entry in model.metadata or []:
        entry.buffer = numbers.get(entry.buffer, 0)
    return to_bytes(model)


def with_metadata(content, metadata):
    """The file with a description of itself in its metadata.

    Args:
        content: Bytes of the file.
        metadata: Dict of JSON values.

    Returns:
        Bytes.

    Example:

    ```python
    read_metadata(with_metadata(content, {"license": "Apache-2.0"}))
    ```
    """
    schema = _schema()
    model = to_object(content)
    text = json.dumps(metadata, ensure_ascii=False).encode()
    buffer, entry = schema.BufferT(), schema.MetadataT()
    buffer.data = np.frombuffer(text, "uint8")
    entry.name, entry.buffer = ENTRY, len(model.buffers)
    model.buffers.append(buffer)
    model.metadata = [*(model.metadata or []), entry]
    return to_bytes(model)


def read_metadata(content):
    """What a file that this library wrote says of itself.

    Args:
        content: Bytes of the file.

    Returns:
        A dict, or `None` where there is no such entry.

    Example:

    ```python
    read_metadata(path.read_bytes())["outputs"][0]["class_names"]
    ```
    """
    model = _schema().Model.GetRootAs(content)
    for i in range(model.MetadataLength()):
        if model.Metadata(i).Name().decode() == ENTRY:
            buffer = model.Buffers(model.Metadata(i).Buffer())
            return json.loads(bytes(buffer.DataAsNumpy()))
    return None


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
    model = to_object(content)
    counts = collections.Counter(name for name, _, _ in operators(model))
    return dict(counts.most_common())


def operators(model):
    """Triples of name, operator and the tensors of its graph."""
    schema = _schema()
    builtin = {
        value: name
        for name, value in vars(schema.BuiltinOperator).items()
        if isinstance(value, int)
    }
    names = []
    for code in model.operatorCodes:
        if code.customCode:
            raise ValueError(
                "The TFLite file would need the operator "
                f"{code.customCode.decode()}, which is not built in."
            )
        # Old operators stand in the old field, new ones in the new one.
        names.append(builtin[max(code.builtinCode, code.deprecatedBuiltinCode)])
    for graph in model.subgraphs:
        for operator in graph.operators:
            yield names[operator.opcodeIndex], operator, graph.tensors
