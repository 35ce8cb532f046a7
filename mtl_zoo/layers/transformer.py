"""The blocks of a vision transformer.

Vaswani et al., "Attention Is All You Need", NeurIPS 2017, arXiv 1706.03762;
Dosovitskiy et al., "An Image is Worth 16x16 Words", ICLR 2021, arXiv
2010.11929.

All tensors have at most four axes, as devices want them.
"""

import math

import keras
from keras import ops


def gelu(x):
    """Gaussian error linear unit, exact: x · Φ(x).

    Written with `erf`, which every exporter has; `keras.activations.gelu`
    becomes `erfc`, which ONNX has not.

    Args:
        x: Float tensor.

    Returns:
        Tensor of that shape and dtype.

    Reference: Hendrycks, Gimpel, arXiv 1606.08415.

    Example:

    ```python
    mtl_zoo.layers.gelu(np.array([1.0], "float32"))  # 0.8413
    ```
    """
    x = ops.convert_to_tensor(x)
    return 0.5 * x * (1.0 + ops.erf(x * math.sqrt(0.5)))


def split_heads(x, num_heads):
    """Tokens as the heads of an attention see them.

    Args:
        x: Tensor `(batch, tokens, channels)`.
        num_heads: Integer. A head sees a group of neighbouring channels.

    Returns:
        Tensor `(batch, num_heads, tokens, channels / num_heads)`.

    Example:

    ```python
    mtl_zoo.layers.split_heads(np.zeros((1, 5, 8)), 2)  # (1, 2, 5, 4)
    ```
    """
    _, tokens, channels = ops.shape(x)
    x = ops.reshape(x, (-1, tokens, num_heads, channels // num_heads))
    return ops.transpose(x, (0, 2, 1, 3))


def attention_scores(queries, keys, scale):
    """How much every query agrees with every key, before the softmax.

    Args:
        queries: Tensor `(batch, heads, queries, channels)`.
        keys: Tensor `(batch, heads, keys, channels)`.
        scale: Float, by which the products are multiplied.

    Returns:
        Tensor `(batch, heads, queries, keys)`.

    Example:

    ```python
    x = np.ones((1, 2, 5, 4), "float32")
    mtl_zoo.layers.attention_scores(x, x, 0.5)  # (1, 2, 5, 5)
    ```
    """
    return ops.matmul(queries * scale, ops.transpose(keys, (0, 1, 3, 2)))


def attend(scores, values):
    """Softmax over the keys, in float32, and the weighted sum of values.

    Args:
        scores: Tensor `(batch, heads, queries, keys)`.
        values: Tensor `(batch, heads, keys, channels)`.

    Returns:
        Tensor `(batch, queries, heads · channels)`.

    Example:

    ```python
    x = np.ones((1, 2, 5, 4), "float32")
    scores = mtl_zoo.layers.attention_scores(x, x, 0.5)
    mtl_zoo.layers.attend(scores, x)  # (1, 5, 8)
    ```
    """
    shares = ops.softmax(ops.cast(scores, "float32"), axis=-1)
    x = ops.matmul(ops.cast(shares, values.dtype), values)
    x = ops.transpose(x, (0, 2, 1, 3))
    _, tokens, heads, channels = ops.shape(x)
    return ops.reshape(x, (-1, tokens, heads * channels))


@keras.saving.register_keras_serializable(package="mtl_zoo")
class SelfAttention(keras.layers.Layer):
    """Multi-head attention of tokens to each other.

    One projection with bias gives queries, keys and values, in that order;
    another one brings the heads together.

    Args:
        num_heads: Integer, which divides the channels.

    Input shape: `(batch, tokens, channels)`.

    Output shape: the same.

    Raises:
        ValueError: If the channels can't be shared among the heads.

    Reference: Vaswani et al., arXiv 1706.03762.

    Example:

    ```python
    mtl_zoo.layers.SelfAttention(2)(np.zeros((1, 5, 8)))  # (1, 5, 8)
    ```
    """

    def __init__(self, num_heads, **kwargs):
        super().__init__(**kwargs)
        self.num_heads = num_heads

    def build(self, input_shape):
        channels = input_shape[-1]
        if channels % self.num_heads:
            raise ValueError(
                f"{channels} channels can't be shared among "
                f"num_heads={self.num_heads}: it has to divide them."
            )
        policy = self.dtype_policy
        self.projection = keras.layers.Dense(
            3 * channels, dtype=policy, name="projection"
        )
        self.projection.build(input_shape)
        self.output_projection = keras.layers.Dense(
            channels, dtype=policy, name="output_projection"
        )
        self.output_projection.build(input_shape)

    def call(self, x):
        channels = x.shape[-1]
        queries, keys, values = (
            split_heads(part, self.num_heads)
            for part in ops.split(self.projection(x), 3, axis=-1)
        )
        scale = (channels // self.num_heads) ** -0.5
        scores = attention_scores(queries, keys, scale)
        return self.output_projection(attend(scores, values))

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        return {**super().get_config(), "num_heads": self.num_heads}


@keras.saving.register_keras_serializable(package="mtl_zoo")
class MLP(keras.layers.Layer):
    """Two dense layers with an exact GELU between, token by token.

    Args:
        ratio: Integer. How many times as wide the hidden layer is. Defaults
            to `4`.

    Input shape: `(batch, …, channels)`.

    Output shape: the same.

    Reference: Vaswani et al., arXiv 1706.03762.

    Example:

    ```python
    mtl_zoo.layers.MLP()(np.zeros((1, 5, 8)))  # (1, 5, 8)
    ```
    """

    def __init__(self, ratio=4, **kwargs):
        super().__init__(**kwargs)
        self.ratio = ratio

    def build(self, input_shape):
        channels = input_shape[-1]
        policy = self.dtype_policy
        self.expand = keras.layers.Dense(
            self.ratio * channels, dtype=policy, name="expand"
        )
        self.expand.build(input_shape)
        self.reduce = keras.layers.Dense(channels, dtype=policy, name="reduce")
        self.reduce.build((*input_shape[:-1], self.ratio * channels))

    def call(self, x):
        return self.reduce(gelu(self.expand(x)))

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        return {**super().get_config(), "ratio": self.ratio}


@keras.saving.register_keras_serializable(package="mtl_zoo")
class TransformerBlock(keras.layers.Layer):
    """A block of a vision transformer, normalised before it computes.

    `x += attention(norm(x)); x += mlp(norm(x))`.

    Args:
        num_heads: Integer, see `mtl_zoo.layers.SelfAttention`.
        mlp_ratio: Integer, see `mtl_zoo.layers.MLP`. Defaults to `4`.
        epsilon: Float, of the layer normalisations. Defaults to `1e-6`.
        stochastic_depth: Float in 0…1. How often a sample's branch is left
            out in training (Huang et al., arXiv 1603.09382). Defaults to `0`.

    Attributes:
        rematerialize: Boolean, whether training computes the block once more
            on the way back instead of keeping what it computed: less memory,
            more time. Defaults to `False`.

    Input shape: `(batch, tokens, channels)`.

    Output shape: the same.

    Raises:
        ValueError: If `stochastic_depth` is not in 0…1.

    Reference: Dosovitskiy et al., arXiv 2010.11929.

    Example:

    ```python
    mtl_zoo.layers.TransformerBlock(2)(np.zeros((1, 5, 8)))  # (1, 5, 8)
    ```
    """

    def __init__(
        self,
        num_heads,
        mlp_ratio=4,
        epsilon=1e-6,
        stochastic_depth=0.0,
        **kwargs,
    ):
        super().__init__(**kwargs)
        if not 0 <= stochastic_depth < 1:
            raise ValueError(
                "stochastic_depth is a share, at least 0 and below 1; "
                f"received {stochastic_depth!r}."
            )
        self.rematerialize = False
        policy = self.dtype_policy
        self.attention_norm = keras.layers.LayerNormalization(
            epsilon=epsilon, dtype=policy, name="attention_norm"
        )
        self.attention = SelfAttention(
            num_heads, dtype=policy, name="attention"
        )
        self.mlp_norm = keras.layers.LayerNormalization(
            epsilon=epsilon, dtype=policy, name="mlp_norm"
        )
        self.mlp = MLP(mlp_ratio, dtype=policy, name="mlp")
        if stochastic_depth > 0:
            self.seed_generator = keras.random.SeedGenerator()
        self.config = {
            "num_heads": num_heads,
            "mlp_ratio": mlp_ratio,
            "epsilon": epsilon,
            "stochastic_depth": stochastic_depth,
        }

    def build(self, input_shape):
        for layer in (
            self.attention_norm,
            self.attention,
            self.mlp_norm,
            self.mlp,
        ):
            layer.build(input_shape)

    def call(self, x, training=None):
        # Chance stays out of what may be computed twice.
        kept = self._kept_branches(x) if training else ()
        run = self._run
        if training and self.rematerialize:
            run = keras.remat(run)
        return run(x, *kept)

    def _run(self, x, *kept):
        for norm, layer, share in zip(
            (self.attention_norm, self.mlp_norm),
            (self.attention, self.mlp),
            kept or (None, None),
            strict=True,
        ):
            branch = layer(norm(x))
            x = x + (branch if share is None else branch * share)
        return x

    def _kept_branches(self, x):
        """Per branch and sample, 0 or what makes up for the zeros."""
        rate = self.config["stochastic_depth"]
        if rate == 0:
            return ()
        ones = ops.ones((ops.shape(x)[0], 1, 1), x.dtype)
        return tuple(
            keras.random.dropout(ones, rate, seed=self.seed_generator)
            for _ in range(2)
        )

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        return {**super().get_config(), **self.config}
