"""Build a network whose variables are set afterwards.

Random numbers for weights that a file replaces cost more than all the rest of
loading, most of all on JAX, which compiles every initialiser. Within
`deferred()` a variable begins as zeros, and its initialiser is kept for the
case that no file sets it. What is built is counted, so that a configuration
can't ask for more than its weight files hold.

This takes hold of methods of Keras, for the thread that is in the block:
`Layer.__init__`, and the private `Variable._initialize_with_initializer` and
`Function._run_through_graph`; where sizes are computed, `Layer.__call__` and
`Operation.symbolic_call`.
"""

import contextlib
import functools
import itertools
import math
import threading

import keras
import numpy as np
from keras.src.ops.nn import DotProductAttention

# MTI-Net on HRNet-w48 with 20 tasks has some 6000.
MAX_LAYERS = 7000
MAX_VARIABLES = 20_000
# As many calls: those of models in models, each called many times, multiply.
MAX_CALLS = 100_000
# How many numbers a layer may make for each pixel of an image, as it makes them
# for 4,000 classes, and all layers together: MTAN on SegNet with eight tasks
# makes 11,000.
MAX_OUTPUT = 4000
MAX_OUTPUTS = 40_000
# As many on the way to what layers give, by layers and operations within them.
MAX_INNER_OUTPUTS = 80_000
# Sides of images. Of a large one that shows what grows faster than the image,
# of a small one what is filled up.
_SIDES = (512, 64)
# How far a layer sees, or its steps reach. That much is laid around an image.
MAX_WINDOW = 2048
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
        # Also one that holds nothing takes room.
        self.elements += max(size, 1)
        if len(self.initializers) == MAX_VARIABLES:
            raise ValueError(f"it has more than {MAX_VARIABLES} variables")
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
                _check_initializer(initializer, variable.shape)
                variable.assign(
                    initializer(variable.shape, dtype=variable.dtype)
                )


def _check_initializer(initializer, shape):
    """Raise if values are given that would be spread to more than a shape."""
    if isinstance(initializer, keras.initializers.Constant):
        given = np.shape(initializer.value)
        if np.broadcast_shapes(given, shape) != tuple(shape):
            raise ValueError(
                f"values of shape {given} are given to begin with for a "
                f"variable of shape {tuple(shape)}"
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
    """Raise if layers make far more of an image than a network needs.

    Shapes alone are computed, of a large and of a small image, also of what
    layers compute on the way; the network must be able to take one of them.

    Args:
        model: `keras.Model` of one image.

    Raises:
        ValueError: Naming the layer and what it makes, or where it fails.

    Example:

    ```python
    check_sizes(model)
    ```
    """
    for layer in model._flatten_layers():
        _check_window(layer)
    failures, worked = [], False
    for side in _SIDES:
        try:
            _check_size(model, side, looks_into=not worked)
            worked = True
        except _TooLarge:
            raise
        except Exception as error:
            failures.append(error)
    if not worked:
        raise failures[0]


class _TooLarge(ValueError):
    pass


def _check_size(model, side, looks_into):
    (image,) = model.inputs
    shape = [side if length is None else length for length in image.shape[1:]]
    sizes = _Sizes(shape[:-1], looks_into)
    sizes.of(model)(keras.KerasTensor((1, *shape), dtype=image.dtype))


class _Sizes:
    """Computes the shapes of what layers make of an image, and adds them up.

    Args:
        image_size: Pair of integers.
        looks_into: Boolean, whether what layers compute on the way counts.
    """

    def __init__(self, image_size, looks_into):
        self._image_size = image_size
        self._looks_into = looks_into
        self._pixels = min(math.prod(image_size), max(_SIDES) ** 2)
        self._outer = 0
        self._inner = 0

    def of(self, layer):
        """A callable that takes what a layer takes, and gives what it gives."""
        return functools.partial(self._compute, layer)

    def _compute(self, layer, *args, **kwargs):
        graph = _graph(layer)
        if graph is not None:
            return graph._run_through_graph(args[0], self.of)
        if self._looks_into and _has_inner(layer):
            with _symbolically(self._compute_inner):
                self._compute_inner(layer, *args, **kwargs)
        output = _output(layer, args, kwargs)
        self._outer += self._add(layer, output)
        self._check(self._outer, MAX_OUTPUTS, layer, output)
        return output

    def _compute_inner(self, operation, *args, **kwargs):
        """The same of what is computed on the way to a layer's output."""
        kwargs.pop("training", None)
        if _has_inner(operation):
            try:
                return operation.call(*args, **kwargs)
            except _TooLarge:
                raise
            except Exception:
                pass  # Some have their backend compute it: the output is known.
        output = made = _output(operation, args, kwargs)
        if isinstance(operation, DotProductAttention):
            # Backends compute a score of every query and key, for each head.
            (batch, queries, heads, _), keys = args[0].shape, args[1].shape[1]
            made = keras.KerasTensor((batch, heads, queries, keys))
        self._inner += self._add(operation, made)
        self._check(self._inner, MAX_INNER_OUTPUTS, operation, made)
        return output

    def _add(self, operation, output):
        """How many numbers there are in an output."""
        total = 0
        for tensor in keras.tree.flatten(output):
            size = math.prod(length or 1 for length in tensor.shape)
            self._check(size, MAX_OUTPUT, operation, output)
            total += size
        return total

    def _check(self, size, most, operation, output):
        if size > most * self._pixels:
            shapes = [str(x.shape) for x in keras.tree.flatten(output)]
            made = ", ".join(shapes[:3])
            raise _TooLarge(
                f"layer {operation.name[:40]!r} makes {made} of an "
                f"image of {'×'.join(map(str, self._image_size))} pixels"
            )


def _output(operation, args, kwargs):
    """What a layer or operation makes, of shapes that are known."""
    output = operation.compute_output_spec(*args, **kwargs)
    if any(None in tensor.shape for tensor in keras.tree.flatten(output)):
        # It goes by what was known when it was built; its backend knows more.
        output = keras.Operation.compute_output_spec(operation, *args, **kwargs)
    return output


def _has_inner(layer):
    """Whether there is more to what a layer computes than its output."""
    return isinstance(layer, keras.layers.Layer) and (
        isinstance(layer, keras.layers.Attention)
        or any(layer._flatten_layers(include_self=False, recursive=False))
    )


def _check_window(layer):
    """Raise where a layer needs far more room around an image than it has."""
    kernel, pool, dilation, strides = (
        max(
            (
                n
                for n in keras.tree.flatten(getattr(layer, name, 1))
                if isinstance(n, int)
            ),
            default=1,
        )
        for name in ("kernel_size", "pool_size", "dilation_rate", "strides")
    )
    if max(kernel * dilation, pool, strides) > MAX_WINDOW:
        raise _TooLarge(
            f"layer {layer.name[:40]!r} sees or steps over more than "
            f"{MAX_WINDOW} pixels"
        )


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


@contextlib.contextmanager
def _symbolically(compute):
    """Let `compute` take the place of layers and operations.

    In this thread, of those that are called with shapes alone.

    Args:
        compute: Callable of the layer or operation, and of what it is given.
    """
    _of_thread.compute = compute
    _hold()
    try:
        yield
    finally:
        _release()
        _of_thread.compute = None


def _hold():
    global _users
    with _lock:
        _users += 1
        if _users == 1:
            layer, variable = keras.layers.Layer, keras.Variable
            _originals.update(
                init=layer.__init__,
                call=layer.__call__,
                symbolic_call=keras.Operation.symbolic_call,
                run=keras.Function._run_through_graph,
                initialize=variable._initialize_with_initializer,
            )
            layer.__init__ = _counted(layer.__init__)
            layer.__call__ = _of_shapes(layer.__call__)
            keras.Operation.symbolic_call = _of_shapes(
                keras.Operation.symbolic_call
            )
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
            keras.layers.Layer.__call__ = _originals["call"]
            keras.Operation.symbolic_call = _originals["symbolic_call"]
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


def _of_shapes(original):
    def call(self, *args, **kwargs):
        compute = getattr(_of_thread, "compute", None)
        if compute is not None and any(
            isinstance(x, keras.KerasTensor)
            for x in keras.tree.flatten((args, kwargs))
        ):
            return compute(self, *args, **kwargs)
        return original(self, *args, **kwargs)

    return call


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
