"""InvPT's decoder: from four features to a map per task.

Ye and Xu, "Inverted Pyramid Multi-task Transformer for Dense Scene
Understanding", ECCV 2022, arXiv 2203.07997.
"""

import keras

from mtl_zoo.layers import Conv2D
from mtl_zoo.layers import Conv2DTranspose
from mtl_zoo.layers import ConvUnit
from mtl_zoo.layers import CrossTaskAggregation
from mtl_zoo.layers import CrossTaskBlock
from mtl_zoo.layers import PredictionConv
from mtl_zoo.layers import ResizeBy

# Each at twice the resolution and half the width of the one before.
STAGES = 3

# How much finer than the first stage the final predictions are.
FINEST = 8


def decode(
    features,
    strides,
    stride,
    tasks,
    embed_dim=512,
    prediction_dim=64,
    initial_dim=None,
    dtype=None,
):
    """Initial predictions, three stages over all tasks, final predictions.

    Args:
        features: List of three tensors `(batch, height, width, any)`: what
            the skips of the last and of the second stage are made of, and what
            is decoded.
        strides: Integers, the stride of each of them.
        stride: Integer, that of the first stage.
        tasks: List of `mtl_zoo.tasks.Task`.
        embed_dim: Integer. Width of the tasks' features.
        prediction_dim: Integer. How much wider the first stage is than that.
        initial_dim: Integer. Width of the first of the two units that the
            initial predictions come from. Defaults to `None`, that of the
            feature that is decoded.
        dtype: Dtype policy. Defaults to the global one.

    Returns:
        Pair of dicts task name → tensor `(batch, rows, columns, channels)`:
        the final predictions, at eight times the first stage's resolution; the
        initial ones, at that of the first stage.

    Raises:
        ValueError: If the stages' widths can't be shared among their heads, or
            a stride does not divide the first stage's.
    """
    width = embed_dim + prediction_dim
    if width % 2**STAGES:
        raise ValueError(
            f"embed_dim + prediction_dim = {width} is not possible: the last "
            f"of {STAGES} stages has a quarter of it and two heads, so it is "
            f"a multiple of {2**STAGES}."
        )
    if any(stride % n for n in strides):
        raise ValueError(
            f"Features at strides {tuple(strides)} can't be decoded: they have "
            f"to divide {stride}, that of the first stage."
        )
    ratios = [stride // n for n in strides]
    names = [task.name for task in tasks]
    last, second, decoded = features
    skips = [
        None,
        _skip(second, ratios[1], 2, width // 2, "skip_1", dtype),
        _skip(last, ratios[0], 4, width // 4, "skip_2", dtype),
    ]

    # === Initial predictions ===
    x = _resize(decoded, ratios[2], 1, "decoded", dtype)
    initial, maps = {}, []
    for task in tasks:
        prefix = f"initial_{task.name}"
        y = ConvUnit(
            initial_dim or decoded.shape[-1],
            name=f"{prefix}_unit_1",
            dtype=dtype,
        )(x)
        y = ConvUnit(embed_dim, name=f"{prefix}_unit_2", dtype=dtype)(y)
        prediction = PredictionConv(task.channels, name=f"{prefix}_prediction")(
            y
        )
        initial[task.name] = prediction
        y = keras.layers.Concatenate(name=f"{prefix}_concatenate", dtype=dtype)(
            [y, prediction]
        )
        maps.append(Conv2D(width, name=f"{prefix}_mix", dtype=dtype)(y))

    # === Stages: all tasks look at each other ===
    scores = None
    stages = []
    for s, skip in enumerate(skips):
        if s > 0:
            maps = [
                _enlarge(x, width // 2**s, skip, f"stage_{s}_{name}", dtype)
                for name, x in zip(names, maps, strict=True)
            ]
        maps, scores = CrossTaskBlock(
            names,
            pool_size=2 ** (s + 1),
            passes_message=s > 0,
            name=f"stage_{s}",
            dtype=dtype,
        )(maps, former=scores)
        stages.append(maps)

    # === All stages, and the final predictions ===
    maps = CrossTaskAggregation(names, FINEST, name="aggregation", dtype=dtype)(
        stages
    )
    predictions = {}
    for task, x in zip(tasks, maps, strict=True):
        x = ConvUnit(
            width, use_bias=True, name=f"refinement_{task.name}", dtype=dtype
        )(x)
        predictions[task.name] = PredictionConv(
            task.channels, name=f"head_{task.name}"
        )(x)
    return predictions, initial


def _resize(x, ratio, wanted, name, dtype):
    """A feature at the resolution that is wanted."""
    if ratio == wanted:
        return x
    return ResizeBy(wanted / ratio, name=f"{name}_resize", dtype=dtype)(x)


def _skip(x, ratio, wanted, filters, name, dtype):
    """What a stage gets of the encoder, at its resolution and width."""
    if ratio < wanted:
        x = Conv2DTranspose(filters, name=name, dtype=dtype)(x)
        return _resize(x, 2 * ratio, wanted, name, dtype)
    x = _resize(x, ratio, wanted, name, dtype)
    return Conv2D(filters, 3, name=name, dtype=dtype)(x)


def _enlarge(x, filters, skip, name, dtype):
    """A task's map at twice the resolution, with the stage's skip."""
    x = ResizeBy(2, name=f"{name}_resize", dtype=dtype)(x)
    for i in (1, 2):
        x = ConvUnit(
            filters, dilation_rate=2, name=f"{name}_unit_{i}", dtype=dtype
        )(x)
    return keras.layers.Add(name=f"{name}_add", dtype=dtype)([x, skip])
