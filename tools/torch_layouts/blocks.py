"""Layouts of the blocks that several networks share.

A layout yields, for a Keras layer and the prefix of its PyTorch twin, an
`Entry` per variable: the names of the tensors it is made of and how.
"""

import dataclasses
from collections.abc import Callable

import numpy as np


def _kernel(*tensors):
    """(out, in, height, width) tensors, side by side, as (h, w, in, out)."""
    return np.concatenate(tensors).transpose(2, 3, 1, 0)


def _depthwise_kernel(tensor):
    """A (channels, 1, height, width) tensor as (h, w, channels, 1)."""
    return tensor.transpose(2, 3, 0, 1)


def _dense_kernel(tensor):
    """A dense (out, in) matrix as a 1×1 convolution kernel."""
    return tensor.T[None, None]


def _same(*tensors):
    return np.concatenate(tensors)


@dataclasses.dataclass
class Entry:
    """One Keras variable and the PyTorch tensors that it is made of."""

    variable: object
    names: tuple[str, ...]
    convert: Callable


def convolution(layer, *prefixes, kernel=_kernel):
    """A convolution; several prefixes stand side by side in its outputs."""
    names = tuple(f"{prefix}.weight" for prefix in prefixes)
    yield Entry(layer.kernel, names, kernel)
    if layer.use_bias:
        names = tuple(f"{prefix}.bias" for prefix in prefixes)
        yield Entry(layer.bias, names, _same)


def depthwise(layer, prefix):
    """A depthwise convolution without bias."""
    yield Entry(layer.kernel, (f"{prefix}.weight",), _depthwise_kernel)


def dense(layer, prefix):
    """A 1×1 convolution that is a dense layer there."""
    yield from convolution(layer, prefix, kernel=_dense_kernel)


def normalization(layer, prefix):
    """A batch normalisation."""
    variables = [(layer.gamma, "weight"), (layer.beta, "bias")]
    # Where Keras keeps statistics per task, they start from what tasks shared.
    for mean, variance in layer.moving:
        variables += [(mean, "running_mean"), (variance, "running_var")]
    for variable, name in variables:
        yield Entry(variable, (f"{prefix}.{name}",), _same)


def unit(layer, convolution_prefix, normalization_prefix):
    """A `ConvUnit`."""
    yield from convolution(layer.convolution, convolution_prefix)
    yield from normalization(layer.normalization, normalization_prefix)


def residual_block(block, prefix):
    """A `BasicBlock` or `BottleneckBlock`, as torchvision names them."""
    for i, layer in enumerate(block.units, start=1):
        yield from unit(layer, f"{prefix}.conv{i}", f"{prefix}.bn{i}")
    if block.projection is not None:
        yield from unit(
            block.projection,
            f"{prefix}.downsample.0",
            f"{prefix}.downsample.1",
        )


def attention(layer, prefix):
    """An `AttentionModule`."""
    yield from unit(layer.squeeze, f"{prefix}.0", f"{prefix}.1")
    yield from unit(layer.mask, f"{prefix}.3", f"{prefix}.4")


def distillation(layer, prefix, rename=str):
    """A `MultiModalDistillation`; `rename` gives a task's name there."""
    for target in layer.targets:
        for source in layer.auxiliary:
            if source != target:
                pair = f"{rename(target)}.{rename(source)}"
                name = f"{prefix}.self_attention.{pair}"
                yield from convolution(
                    layer.attention[f"{target}_{source}"].values_and_gates,
                    f"{name}.conv",
                    f"{name}.attention.0",
                )
