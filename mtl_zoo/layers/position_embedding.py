"""Where a token stands in the image: learned positions for any image size.

Dosovitskiy et al., "An Image is Worth 16x16 Words: Transformers for Image
Recognition at Scale", ICLR 2021, arXiv 2010.11929; resized for other images as
PyTorch's `interpolate(mode="bicubic")` does, which the public networks use.
"""

import keras
from keras import ops

# The coefficient of PyTorch's cubic; that of Keras is -0.5.
_CUBIC = -0.75


def bicubic_matrix(new_size, size):
    """The matrix that resizes one axis as PyTorch's bicubic does.

    Half-pixel centres, cubic coefficient -0.75, the border entry repeated
    outside, no smoothing when it shrinks (Keys, "Cubic convolution
    interpolation for digital image processing", 1981).

    Args:
        new_size: Integer or integer tensor.
        size: Integer.

    Returns:
        Float32 tensor `(new_size, size)`, each row of sum 1.

    Example:

    ```python
    mtl_zoo.layers.bicubic_matrix(4, 2)  # [[1.105, -0.105], …]
    ```
    """
    step = size / ops.cast(new_size, "float32")
    position = (ops.arange(new_size, dtype="float32") + 0.5) * step - 0.5
    first = ops.floor(position)
    share = position - first
    entries = ops.arange(size, dtype="float32")
    matrix = 0.0
    for tap in (-1, 0, 1, 2):
        taken = ops.clip(first + tap, 0, size - 1)
        weight = _cubic(ops.abs(share - tap))
        is_taken = ops.equal(taken[:, None], entries[None])
        matrix += weight[:, None] * ops.cast(is_taken, "float32")
    return matrix


def _cubic(distance):
    """The cubic's weight of an entry at a distance of 0 to 2."""
    a, x = _CUBIC, distance
    near = ((a + 2) * x - (a + 3)) * x * x + 1
    far = ((a * x - 5 * a) * x + 8 * a) * x - 4 * a
    return ops.where(x <= 1, near, far)


def resize_bicubic(x, size):
    """Resize as PyTorch's bicubic does, see `bicubic_matrix`.

    Args:
        x: Float32 tensor `(height, width, channels)`.
        size: Pair `(height, width)` of integers or integer tensors.

    Returns:
        Float32 tensor `(*size, channels)`; `x` itself where the size is right
        already.

    Example:

    ```python
    mtl_zoo.layers.resize_bicubic(np.zeros((14, 14, 8), "float32"), (28, 36))
    ```
    """
    height, width, channels = x.shape
    new_height, new_width = size
    # A size may be known at run time only: then it can't be compared.
    known = isinstance(new_height, int) and isinstance(new_width, int)
    if known and (new_height, new_width) == (height, width):
        return x
    x = ops.reshape(x, (height, width * channels))
    x = ops.matmul(bicubic_matrix(new_height, height), x)
    x = ops.reshape(x, (new_height, width, channels))
    return ops.matmul(bicubic_matrix(new_width, width), x)


@keras.saving.register_keras_serializable(package="mtl_zoo")
class PositionEmbedding(keras.layers.Layer):
    """From a map of patches to tokens that know where they are.

    Adds a learned embedding to every patch, resized where the map has another
    size than it was made for, and puts a learned class token, with an
    embedding of its own, in front.

    Args:
        grid: Pair of integers, rows and columns of patches that the embedding
            is stored for.

    Input shape: `(batch, rows, columns, channels)`.

    Output shape: `(batch, 1 + rows · columns, channels)`.

    Reference: Dosovitskiy et al., arXiv 2010.11929.

    Example:

    ```python
    layer = mtl_zoo.layers.PositionEmbedding((14, 14))
    layer(np.zeros((1, 6, 8, 32)))  # (1, 49, 32)
    ```
    """

    def __init__(self, grid, **kwargs):
        super().__init__(**kwargs)
        self.grid = tuple(grid)

    def build(self, input_shape):
        width = input_shape[-1]

        def add(name, shape):
            # Float32 under any policy: it is resized before it is added.
            return self.add_weight(
                name=name,
                shape=shape,
                initializer=keras.initializers.TruncatedNormal(stddev=0.02),
                autocast=False,
            )

        self.class_token = add("class_token", (1, width))
        self.class_position = add("class_position", (1, width))
        self.positions = add("positions", (*self.grid, width))

    def call(self, x):
        batch, rows, columns, width = ops.shape(x)
        positions = resize_bicubic(
            ops.convert_to_tensor(self.positions), (rows, columns)
        )
        positions = ops.reshape(positions, (rows * columns, width))
        x = ops.reshape(x, (-1, rows * columns, width))
        x = x + ops.cast(positions, x.dtype)
        token = ops.cast(self.class_token + self.class_position, x.dtype)
        token = ops.broadcast_to(token[None], (batch, 1, width))
        return ops.concatenate([token, x], axis=1)

    def compute_output_shape(self, input_shape):
        batch, rows, columns, width = input_shape
        known = rows is not None and columns is not None
        return (batch, 1 + rows * columns if known else None, width)

    def get_config(self):
        return {**super().get_config(), "grid": self.grid}


@keras.saving.register_keras_serializable(package="mtl_zoo")
class TokensToMap(keras.layers.Layer):
    """The patches' tokens as a feature map; the class token is left out.

    Call arguments:
        tokens: Float tensor `(batch, 1 + rows · columns, channels)`.
        patches: Tensor `(batch, rows, columns, …)`, the map that they are of.

    Output shape: `(batch, rows, columns, channels)`.

    Example:

    ```python
    tokens, patches = np.zeros((1, 49, 32)), np.zeros((1, 6, 8, 32))
    mtl_zoo.layers.TokensToMap()(tokens, patches)  # (1, 6, 8, 32)
    ```
    """

    def call(self, tokens, patches):
        _, rows, columns, _ = ops.shape(patches)
        shape = (-1, rows, columns, tokens.shape[-1])
        return ops.reshape(tokens[:, 1:], shape)

    def compute_output_spec(self, tokens, patches):
        shape = (tokens.shape[0], *patches.shape[1:3], tokens.shape[-1])
        return keras.KerasTensor(shape, dtype=self.compute_dtype)
