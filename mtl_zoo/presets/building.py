"""Build a network whose variables are set afterwards.

Random numbers for weights that a file replaces cost more than all the rest of
loading, most of all on JAX, which compiles every initialiser. Within
`deferred()` a variable begins as zeros, and its initialiser is kept for the
case that no file sets it. What is built is counted, so that a configuration
can't ask for more than its weight files hold.

This takes hold of three methods of Keras, `Layer.__init__` and the private
`Variable._initialize_with_initializer` and `Function._run_through_graph`, for
the thread that is in the block.
"""

import contextlib
import itertools
import math
import threading

import keras
import numpy as np

# MTI-Net on HRNet-w48 with all auxiliary tasks has some 3000.
MAX_LAYERS = 20_000
# As many calls: those of models in models, each called many times, multiply.
MAX_CALLS = 100_000
# How many numbers a layer may make of an image of 64×64 pixels: 1,000 channels
# of an image four times as high and wide.
MAX_OUTPUT = 64 * 64 * 16 * 1000
# Variables that no file holds, such as the seeds of dropout.
_SPARE_ELEMENTS = 100_000


class Deferred:
    """The variables made in a block of `deferred()`, and how they would begin.

    Args:
        max_elements: Integer, how many numbers they may hold together; `None`
            for any.
    """

    def __init__(self, max_elements):
        self.max_elements = max_elements
        self.elements = 0
        self.layers = 0
        self.calls = 0
        self.initializers = []

    def add_layer(self):
        self.layers += 1
        if self.max_elements is not None and self.layers > MAX_LAYERS:
            raise ValueError(f"it has more than {MAX_LAYERS} layers")

    def add_calls(self, number):
        self.calls += number
        if self.max_elements is not None:
            _check_calls(self.calls)

    def add_variable(self, variable, initializer):
        """Keep the initialiser; the one to use instead of it."""
        # A Python integer: NumPy's would overflow.
        size = 1
        for side in variable._shape:
            size *= int(side)
        self.elements += size
        if (
            self.max_elements is not None
            and self.elements > self.max_elements + _SPARE_ELEMENTS
        ):
            raise ValueError(
                "it has more weights than its files hold: the "
                f"{len(self.initializers) + 1}th has shape "
                f"{tuple(variable._shape)}"
            )
        self.initializers.append((variable, initializer))
        return _zeros

    def initialize(self, but=()):
        """Give variables the values that they would have begun with.

        Args:
            but: Variables that are set already. Defaults to none.
        """
        done = {id(variable) for variable in but}
        for variable, initializer in self.initializers:
            if id(variable) not in done:
                variable.assign(
                    initializer(variable.shape, dtype=variable.dtype)
                )


@contextlib.contextmanager
def deferred(max_elements=None):
    """Let variables that this thread makes begin as zeros.

    Args:
        max_elements: Integer. How many numbers may be made, with a little to
            spare; layers are counted too then. Defaults to `None`, any.

    Yields:
        A `Deferred`.

    Example:

    ```python
    with deferred() as variables:
        model = build()
    model.weights[0].assign(value)
    variables.initialize(but=model.weights[:1])
    ```
    """
    outer = getattr(_of_thread, "deferred", None)
    _of_thread.deferred = Deferred(max_elements)
    _hold()
    try:
        yield _of_thread.deferred
    finally:
        _release()
        _of_thread.deferred = outer


def check_calls(model):
    """Raise if a model, called once, calls layers without end.

    Args:
        model: `keras.Model`.

    Raises:
        ValueError: If they are more than `MAX_CALLS`.

    Example:

    ```python
    check_calls(model)
    ```
    """
    counts = {}

    def count(layer):
        if id(layer) not in counts:
            graph = _graph(layer)
            nodes = graph._nodes_by_depth if graph is not None else {}
            counts[id(layer)] = 1 + sum(
                count(node.operation)
                for node in itertools.chain(*nodes.values())
                if not node.is_input
            )
        return counts[id(layer)]

    _check_calls(count(model))


def check_sizes(model):
    """Raise if a layer makes far more of an image than a network needs.

    Shapes alone are computed, of an image of 64×64 pixels.

    Args:
        model: `keras.Model` of one image.

    Raises:
        ValueError: Naming the layer.

    Example:

    ```python
    check_sizes(model)
    ```
    """

    def compute(layer):
        def compute_output(*args, **kwargs):
            graph = _graph(layer)
            if graph is not None:
                return graph._run_through_graph(args[0], compute)
            output = layer.compute_output_spec(*args, **kwargs)
            for tensor in keras.tree.flatten(output):
                if math.prod(side or 1 for side in tensor.shape) > MAX_OUTPUT:
                    raise ValueError(
                        f"layer {layer.name[:40]!r} makes {tensor.shape} of an "
                        "image of 64×64 pixels"
                    )
            return output

        return compute_output

    (image,) = model.inputs
    shape = [64 if side is None else side for side in image.shape[1:]]
    compute(model)(keras.KerasTensor((1, *shape), dtype=image.dtype))


def _graph(layer):
    """The graph of layers that a layer is, or `None`."""
    layer = getattr(layer, "_functional", None) or layer
    return layer if isinstance(layer, keras.Function) else None


def _check_calls(number):
    if number > MAX_CALLS:
        raise ValueError(f"its layers are called more than {MAX_CALLS} times")


_of_thread = threading.local()
_lock = threading.Lock()
_users = 0
_originals = {}


def _hold():
    global _users
    with _lock:
        _users += 1
        if _users == 1:
            layer, variable = keras.layers.Layer, keras.Variable
            _originals.update(
                init=layer.__init__,
                run=keras.Function._run_through_graph,
                initialize=variable._initialize_with_initializer,
            )
            layer.__init__ = _counted(layer.__init__)
            keras.Function._run_through_graph = _counted_run(_originals["run"])
            variable._initialize_with_initializer = _postponed(
                variable._initialize_with_initializer
            )


def _release():
    global _users
    with _lock:
        _users -= 1
        if _users == 0:
            keras.layers.Layer.__init__ = _originals["init"]
            keras.Function._run_through_graph = _originals["run"]
            keras.Variable._initialize_with_initializer = _originals[
                "initialize"
            ]


def _counted(original):
    def __init__(self, *args, **kwargs):
        current = getattr(_of_thread, "deferred", None)
        if current is not None:
            current.add_layer()
        original(self, *args, **kwargs)

    return __init__


def _counted_run(original):
    def _run_through_graph(self, *args, **kwargs):
        current = getattr(_of_thread, "deferred", None)
        if current is not None:
            current.add_calls(len(self._nodes))
        return original(self, *args, **kwargs)

    return _run_through_graph


def _postponed(original):
    def _initialize_with_initializer(self, initializer):
        current = getattr(_of_thread, "deferred", None)
        if current is not None:
            initializer = current.add_variable(self, initializer)
        original(self, initializer)

    return _initialize_with_initializer


def _zeros(shape, dtype=None, **kwargs):
    del kwargs
    return keras.ops.convert_to_tensor(np.zeros(shape, "float32"), dtype)
