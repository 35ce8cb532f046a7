"""What InvPT's decoder is made of: attention over all tasks and all places.

Ye and Xu, "Inverted Pyramid Multi-task Transformer for Dense Scene
Understanding", ECCV 2022, arXiv 2203.07997.

The maps of the tasks stand one below the other, `(batch, tasks · rows,
columns, channels)`: row by row these are the tokens of the first task, then of
the second, and so on.
"""

import keras
from keras import ops

from mtl_zoo.layers.convolution import Conv2D
from mtl_zoo.layers.normalization import BatchNormalization
from mtl_zoo.layers.resizing import resize
from mtl_zoo.layers.transformer import MLP
from mtl_zoo.layers.transformer import attend
from mtl_zoo.layers.transformer import attention_scores
from mtl_zoo.layers.transformer import split_heads

HEADS = 2

# Of the layer normalisations.
EPSILON = 1e-5


@keras.saving.register_keras_serializable(package="mtl_zoo")
class CrossTaskAttention(keras.layers.Layer):
    """Attention from every place of every task to all places of all tasks.

    Queries come from a depthwise conv 3×3 of stride 2 and BN, of each task's
    own; keys and values from average pooling, so that they are equally few at
    every stage; each then goes through a dense layer. The scores may take up
    those of the stage before, enlarged, by a 1×1 convolution over the heads
    (attention message passing).

    Args:
        tasks: List of strings, the names of the tasks.
        pool_size: Integer, which divides height and width. Size and stride of
            the pooling.
        passes_message: Boolean, whether there are scores of a stage before.
            Defaults to `False`.

    Call arguments:
        maps: List of a tensor `(batch, height, width, channels)` per task;
            height and width are even.
        former: Tensor, the scores of the stage before, if it passes a message.

    Returns: pair of the attention's result `(batch, tasks · height, width,
    channels)`, and its scores before the softmax `(batch, 2, tasks · height/2
    · width/2, keys)`.

    Raises:
        ValueError: If the number of channels is odd.

    Reference: Ye, Xu, arXiv 2203.07997.

    Example:

    ```python
    layer = mtl_zoo.layers.CrossTaskAttention(["semseg", "depth"], 2)
    x, scores = layer([np.zeros((1, 4, 6, 8))] * 2)  # (1, 8, 6, 8)
    ```
    """

    def __init__(self, tasks, pool_size, passes_message=False, **kwargs):
        super().__init__(**kwargs)
        self.tasks = list(tasks)
        self.pool_size = pool_size
        self.passes_message = passes_message

    def build(self, maps_shape):
        shape = maps_shape[0]
        width = shape[-1]
        if width % HEADS:
            raise ValueError(
                f"{width} channels can't be shared among {HEADS} heads."
            )
        policy = self.dtype_policy
        self.query_convolutions, self.query_norms = {}, {}
        for task in self.tasks:
            layer = keras.layers.DepthwiseConv2D(
                3,
                strides=2,
                use_bias=False,
                data_format="channels_last",
                dtype=policy,
                name=f"query_convolution_{task}",
            )
            layer.build((None, None, None, width))  # Padded, in `call`.
            self.query_convolutions[task] = layer
            layer = BatchNormalization(dtype=policy, name=f"query_norm_{task}")
            layer.build(shape)
            self.query_norms[task] = layer
        self.projections = {}
        for name in ("queries", "keys", "values", "output"):
            layer = keras.layers.Dense(width, dtype=policy, name=name)
            layer.build((None, None, width))
            self.projections[name] = layer
        if self.passes_message:
            self.message_kernel = self.add_weight(
                name="message_kernel", shape=(2 * HEADS, HEADS)
            )
            self.message_bias = self.add_weight(
                name="message_bias", shape=(HEADS,), initializer="zeros"
            )

    def call(self, maps, former=None, training=None):
        rows, columns, width = ops.shape(maps[0])[1:]
        queries = ops.concatenate(
            [
                self._query_map(task, x, training)
                for task, x in zip(self.tasks, maps, strict=True)
            ],
            axis=1,
        )
        pooled = ops.average_pool(
            ops.concatenate(maps, axis=1),
            self.pool_size,
            self.pool_size,
            data_format="channels_last",
        )
        scores = attention_scores(
            self._project("queries", queries),
            self._project("keys", pooled),
            width**-0.5,
        )
        if self.passes_message:
            scores = self._take_up(former, scores, (rows // 2, columns // 2))
        x = attend(scores, self._project("values", pooled))
        x = self.projections["output"](x)
        x = ops.reshape(x, (-1, rows // 2, columns // 2, width))
        x = resize(x, (rows, columns))
        x = ops.reshape(x, (-1, len(self.tasks) * rows, columns, width))
        return x, scores

    def _query_map(self, task, x, training):
        x = ops.pad(x, [(0, 0), (1, 1), (1, 1), (0, 0)])
        x = self.query_convolutions[task](x)
        return self.query_norms[task](x, training=training)

    def _project(self, name, x):
        rows, columns, width = ops.shape(x)[1:]
        tokens = ops.reshape(x, (-1, rows * columns, width))
        return split_heads(self.projections[name](tokens), HEADS)

    def _take_up(self, former, scores, size):
        """The scores, mixed with the enlarged ones of the stage before."""
        _, _, queries, keys = ops.shape(scores)
        rows, columns = size
        former = ops.reshape(former, (-1, rows // 2, columns // 2, keys))
        former = resize(former, size)
        former = ops.reshape(former, (-1, HEADS, queries * keys))
        scores = ops.reshape(scores, (-1, HEADS, queries * keys))
        both = ops.concatenate([scores, former], axis=1)
        mixed = ops.matmul(ops.transpose(self.message_kernel), both)
        mixed = mixed + ops.expand_dims(self.message_bias, -1)
        return ops.reshape(mixed, (-1, HEADS, queries, keys))

    def compute_output_spec(self, maps, former=None, training=None):
        batch, rows, columns, width = maps[0].shape
        tasks = len(self.tasks)

        queries, keys = (
            None
            if rows is None or columns is None
            else tasks * (rows // divisor) * (columns // divisor)
            for divisor in (2, self.pool_size)
        )
        tall = None if rows is None else tasks * rows
        return (
            keras.KerasTensor(
                (batch, tall, columns, width), self.compute_dtype
            ),
            keras.KerasTensor(
                (batch, HEADS, queries, keys), self.compute_dtype
            ),
        )

    def get_config(self):
        return {
            **super().get_config(),
            "tasks": self.tasks,
            "pool_size": self.pool_size,
            "passes_message": self.passes_message,
        }


@keras.saving.register_keras_serializable(package="mtl_zoo")
class CrossTaskBlock(keras.layers.Layer):
    """A transformer block over all tasks together.

    `x += attention(norm(x)); x += mlp(norm(x))`, with `CrossTaskAttention`.

    Args:
        tasks: As for `mtl_zoo.layers.CrossTaskAttention`.
        pool_size: Likewise.
        passes_message: Likewise. Defaults to `False`.

    Call arguments:
        maps: List of a tensor `(batch, height, width, channels)` per task.
        former: Tensor, the scores of the stage before, if it passes a message.

    Returns: pair of a list of maps of that shape, and the scores, see
    `mtl_zoo.layers.CrossTaskAttention`.

    Reference: Ye, Xu, arXiv 2203.07997.

    Example:

    ```python
    layer = mtl_zoo.layers.CrossTaskBlock(["semseg", "depth"], 2)
    maps, scores = layer([np.zeros((1, 4, 6, 8))] * 2)
    ```
    """

    def __init__(self, tasks, pool_size, passes_message=False, **kwargs):
        super().__init__(**kwargs)
        policy = self.dtype_policy
        self.attention_norm = keras.layers.LayerNormalization(
            epsilon=EPSILON, dtype=policy, name="attention_norm"
        )
        self.attention = CrossTaskAttention(
            tasks, pool_size, passes_message, dtype=policy, name="attention"
        )
        self.mlp_norm = keras.layers.LayerNormalization(
            epsilon=EPSILON, dtype=policy, name="mlp_norm"
        )
        self.mlp = MLP(dtype=policy, name="mlp")

    def build(self, maps_shape):
        self.attention.build(maps_shape)
        for layer in (self.attention_norm, self.mlp_norm, self.mlp):
            layer.build(maps_shape[0])

    def call(self, maps, former=None, training=None):
        x = ops.concatenate(maps, axis=1)
        normed = ops.split(self.attention_norm(x), len(maps), axis=1)
        branch, scores = self.attention(normed, former, training=training)
        x = x + branch
        x = x + self.mlp(self.mlp_norm(x))
        return ops.split(x, len(maps), axis=1), scores

    def compute_output_spec(self, maps, former=None, training=None):
        _, scores = self.attention.compute_output_spec(maps, former)
        return (
            [keras.KerasTensor(x.shape, self.compute_dtype) for x in maps],
            scores,
        )

    def get_config(self):
        return {
            **super().get_config(),
            "tasks": self.attention.tasks,
            "pool_size": self.attention.pool_size,
            "passes_message": self.attention.passes_message,
        }


@keras.saving.register_keras_serializable(package="mtl_zoo")
class CrossTaskAggregation(keras.layers.Layer):
    """Brings the stages of a decoder together, for each task.

    At every stage the tasks' maps, side by side, are normalised as one; after
    the first stage a 1×1 convolution with bias brings them to its width; all
    are resized to a multiple of the first stage's size, and summed.

    Args:
        tasks: List of strings, the names of the tasks.
        factor: Integer. By what height and width of the first stage are
            multiplied. Defaults to `8`.

    Call arguments:
        stages: List of the stages, coarsest first; each a list of a tensor
            `(batch, height, width, channels)` per task.

    Returns: list of a tensor `(batch, factor · height, factor · width,
    channels)` per task, of the first stage's height, width and channels.

    Reference: Ye, Xu, arXiv 2203.07997.

    Example:

    ```python
    layer = mtl_zoo.layers.CrossTaskAggregation(["semseg", "depth"])
    coarse, fine = np.zeros((1, 2, 3, 8)), np.zeros((1, 4, 6, 4))
    layer([[coarse, coarse], [fine, fine]])  # two of (1, 16, 24, 8)
    ```
    """

    def __init__(self, tasks, factor=8, **kwargs):
        super().__init__(**kwargs)
        self.tasks = list(tasks)
        self.factor = factor

    def build(self, stages_shape):
        policy = self.dtype_policy
        filters = stages_shape[0][0][-1]
        self.norms, self.projections = {}, {}
        for s, shapes in enumerate(stages_shape):
            *size, width = shapes[0]
            norm = keras.layers.LayerNormalization(
                epsilon=EPSILON, dtype=policy, name=f"norm_{s}"
            )
            norm.build((*size, width * len(self.tasks)))
            self.norms[f"norm_{s}"] = norm
            for task in self.tasks if s > 0 else ():
                name = f"projection_{s}_{task}"
                layer = Conv2D(filters, dtype=policy, name=name)
                layer.build(shapes[0])
                self.projections[name] = layer

    def call(self, stages):
        rows, columns = ops.shape(stages[0][0])[1:3]
        size = (self.factor * rows, self.factor * columns)
        sums = None
        for s, maps in enumerate(stages):
            x = self.norms[f"norm_{s}"](ops.concatenate(maps, axis=-1))
            parts = ops.split(x, len(self.tasks), axis=-1)
            if s > 0:
                parts = [
                    self.projections[f"projection_{s}_{task}"](x)
                    for task, x in zip(self.tasks, parts, strict=True)
                ]
            parts = [resize(x, size) for x in parts]
            sums = list(map(ops.add, sums, parts)) if sums else parts
        return sums

    def compute_output_spec(self, stages):
        batch, *size, width = stages[0][0].shape
        size = [None if n is None else self.factor * n for n in size]
        return [
            keras.KerasTensor((batch, *size, width), self.compute_dtype)
            for _ in self.tasks
        ]

    def get_config(self):
        return {
            **super().get_config(),
            "tasks": self.tasks,
            "factor": self.factor,
        }
