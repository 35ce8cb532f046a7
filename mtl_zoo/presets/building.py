"""Build a network whose variables are set afterwards.

Random numbers for weights that a file replaces cost more than all the rest of
loading, most of all on JAX, which compiles every initialiser. Within
`deferred()` a variable begins as zeros, and its initialiser is kept for the
case that no file sets it. What is built is counted, so that a configuration
can't ask for more than its weight files hold.

This takes hold of three methods of Keras, `Layer.__init__`, `Layer.__call__`
and the private `Variable._initialize_with_initializer`, for the thread that is
in the block.
"""

import contextlib
import functools
import math
import threading

import keras
import numpy as np

# MTI-Net on HRNet-w48 with all auxiliary tasks has some 3000.
MAX_LAYERS = 20_000
# As many calls: models in models, each called many times, would multiply.
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
        self.check_output = None

    def add_layer(self):
        self.layers += 1
        if self.max_elements is not None and self.layers > MAX_LAYERS:
            raise ValueError(f"it has more than {MAX_LAYERS} layers")

    def add_call(self):
        self.calls += 1
        if self.max_elements is not None and self.calls > MAX_CALLS:
            raise ValueError(
                f"its layers are called more than {MAX_CALLS} times"
            )

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
    (image,) = model.inputs
    shape = [64 if side is None else side for side in image.shape[1:]]

    def check(layer, output):
        for tensor in keras.tree.flatten(output):
            sides = getattr(tensor, "shape", None) or ()
            size = math.prod(side or 1 for side in sides)
            if size > MAX_OUTPUT:
                raise ValueError(
                    f"layer {layer.name[:40]!r} makes {tuple(sides)} of an "
                    "image of 64×64 pixels"
                )

    with deferred():
        _of_thread.deferred.check_output = check
        model.compute_output_spec(
            keras.KerasTensor((1, *shape), dtype=image.dtype)
        )


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
                call=layer.__call__,
                initialize=variable._initialize_with_initializer,
            )
            layer.__init__ = _counted(layer.__init__)
            layer.__call__ = _counted_call(layer.__call__)
            variable._initialize_with_initializer = _postponed(
                variable._initialize_with_initializer
            )


def _release():
    global _users
    with _lock:
        _users -= 1
        if _users == 0:
            keras.layers.Layer.__init__ = _originals["init"]
            keras.layers.Layer.__call__ = _originals["call"]
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


def _counted_call(original):
    # Keras asks for the signature of a layer's call.
    @functools.wraps(original)
    def __call__(self, *args, **kwargs):
        current = getattr(_of_thread, "deferred", None)
        if current is None:
            return original(self, *args, **kwargs)
        current.add_call()
        output = original(self, *args, **kwargs)
        if current.check_output is not None:
            current.check_output(self, output)
        return output

    return __call__


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
