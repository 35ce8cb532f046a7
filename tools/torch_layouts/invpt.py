"""Vision transformers as timm names them, and InvPT on them.

The code of InvPT's authors is prismformore/Multi-Task-Transformer.
"""

import math

import keras
import numpy as np

from mtl_zoo.layers import resize_bicubic
from tools.torch_layouts import blocks
from tools.torch_layouts.blocks import Entry
from tools.torch_layouts.survey import task_name


def dense(layer, prefix):
    """A dense layer."""
    yield Entry(layer.kernel, (f"{prefix}.weight",), np.transpose)
    yield Entry(layer.bias, (f"{prefix}.bias",), np.asarray)


def layer_norm(layer, prefix):
    """A layer normalisation."""
    yield Entry(layer.gamma, (f"{prefix}.weight",), np.asarray)
    yield Entry(layer.beta, (f"{prefix}.bias",), np.asarray)


def mlp(layer, prefix):
    """An `MLP`."""
    yield from dense(layer.expand, f"{prefix}.fc1")
    yield from dense(layer.reduce, f"{prefix}.fc2")


def vit(encoder, prefix=""):
    """A `ViT`, as timm names it (without its classifier)."""
    yield from blocks.convolution(
        encoder.get_layer("patch_embedding"), f"{prefix}patch_embed.proj"
    )
    yield from position_embedding(
        encoder.get_layer("position_embedding"), prefix
    )
    for i, block in enumerate(encoder.blocks):
        name = f"{prefix}blocks.{i}"
        yield from layer_norm(block.attention_norm, f"{name}.norm1")
        yield from dense(block.attention.projection, f"{name}.attn.qkv")
        yield from dense(block.attention.output_projection, f"{name}.attn.proj")
        yield from layer_norm(block.mlp_norm, f"{name}.norm2")
        yield from mlp(block.mlp, f"{name}.mlp")
    yield from layer_norm(encoder.get_layer("norm"), f"{prefix}norm")


def position_embedding(layer, prefix):
    """A `PositionEmbedding`; of a square of another size it is resized."""

    def positions(tensor):
        tensor = tensor[0, 1:]
        grid = layer.grid
        if len(tensor) != math.prod(grid):
            grid = (math.isqrt(len(tensor)),) * 2
        grid = tensor.reshape((*grid, -1))
        return keras.ops.convert_to_numpy(resize_bicubic(grid, layer.grid))

    names = (f"{prefix}pos_embed",)
    yield Entry(layer.class_token, (f"{prefix}cls_token",), lambda x: x[0])
    yield Entry(layer.class_position, names, lambda x: x[0, :1])
    yield Entry(layer.positions, names, positions)


def invpt(model):
    """`InvPT` on a ViT."""
    yield from vit(model.encoder, "backbone.")
    yield from invpt_decoder(model, model.tasks)


def invpt_decoder(model, tasks):
    """The layers of InvPT's decoder in a model."""
    layer = model.get_layer
    decoder = "multi_task_decoder"
    for i, name in enumerate(("skip_2", "skip_1")):
        yield from blocks.convolution(layer(name), f"{decoder}.scale_embed.{i}")
    for task in tasks:
        yield from initial_prediction(model, task, decoder)
    for s in range(3):
        prefix = f"{decoder}.invpt.invpt_stages.{s}"
        for t, task in enumerate(tasks if s > 0 else ()):
            place = f"{prefix}.patch_embed.{t}.proj"
            for i, (convolution, norm) in enumerate(((1, 2), (4, 5)), start=1):
                yield from blocks.unit(
                    layer(f"stage_{s}_{task.name}_unit_{i}"),
                    f"{place}.{convolution}",
                    f"{place}.{norm}",
                )
        yield from cross_task_block(layer(f"stage_{s}"), f"{prefix}.blocks.0")
    yield from aggregation(layer("aggregation"), f"{decoder}.invpt")
    for task in tasks:
        name = task_name(task.name)
        place = f"{decoder}.invpt.mt_proj.{name}"
        yield from blocks.unit(
            layer(f"refinement_{task.name}"), f"{place}.0", f"{place}.1"
        )
        yield from prediction(
            layer(f"head_{task.name}"), f"heads.{name}.linear_pred"
        )


def cross_task_block(block, prefix):
    """A `CrossTaskBlock`."""
    yield from layer_norm(block.attention_norm, f"{prefix}.norm1")
    yield from layer_norm(block.mlp_norm, f"{prefix}.norm2")
    yield from mlp(block.mlp, f"{prefix}.mlp")
    attention, prefix = block.attention, f"{prefix}.attn"
    for t, task in enumerate(attention.tasks):
        place = f"{prefix}.conv_proj_q.{t}"
        yield from blocks.depthwise(
            attention.query_convolutions[task], f"{place}.conv"
        )
        yield from blocks.normalization(
            attention.query_norms[task], f"{place}.bn"
        )
    for name, there in (
        ("queries", "proj_q"),
        ("keys", "proj_k"),
        ("values", "proj_v"),
        ("output", "proj"),
    ):
        yield from dense(attention.projections[name], f"{prefix}.{there}")
    if attention.passes_message:
        place = f"{prefix}.fuse_attn"
        yield Entry(
            attention.message_kernel,
            (f"{place}.weight",),
            lambda x: x[:, :, 0, 0].T,
        )
        yield Entry(attention.message_bias, (f"{place}.bias",), np.asarray)


def aggregation(layer, prefix):
    """A `CrossTaskAggregation`."""
    for s, norm in enumerate(layer.norms.values()):
        yield from layer_norm(norm, f"{prefix}.norm_mts.{s}")
        for t, task in enumerate(layer.tasks if s > 0 else ()):
            yield from blocks.convolution(
                layer.projections[f"projection_{s}_{task}"],
                f"{prefix}.redu_chan.{s}.{t}",
            )


# The authors give saliency two channels, of which a softmax is taken; that is
# the sigmoid of their difference, the one channel that it has here.


def _one_logit(tensor, channels):
    """Weights or bias of a prediction with as many channels as it has here."""
    if channels == 1 and len(tensor) == 2:
        return tensor[1:] - tensor[:1]
    return tensor


def prediction(layer, prefix):
    """A `PredictionConv`."""

    def kernel(tensor):
        tensor = _one_logit(tensor, layer.filters)
        return tensor.transpose(2, 3, 1, 0)

    yield Entry(layer.kernel, (f"{prefix}.weight",), kernel)
    yield Entry(
        layer.bias,
        (f"{prefix}.bias",),
        lambda x: _one_logit(x, layer.filters),
    )


def initial_prediction(model, task, prefix):
    """A task's features, its initial prediction, and the mix of both."""
    name = task_name(task.name)
    for i in range(2):
        place = f"{prefix}.preliminary_decoder.{name}.{i}"
        yield from blocks.unit(
            model.get_layer(f"initial_{task.name}_unit_{i + 1}"),
            f"{place}.conv",
            f"{place}.bn1",
        )
    head = f"{prefix}.intermediate_head.{name}"
    yield from prediction(
        model.get_layer(f"initial_{task.name}_prediction"), head
    )

    # The mix reads both of the authors' channels z of saliency. With p = z[1]
    # - z[0] it is a z[0] + b z[1] = (a + b) z[0] + b p, and z[0] is linear in
    # the features, of which the mix has weights, too.
    mix = model.get_layer(f"initial_{task.name}_mix")
    place = f"{prefix}.invpt.mix_proj.{name}.0"

    def two_for_one(weight):
        return (task.channels, weight.shape[1] - mix.kernel.shape[2]) == (1, 1)

    def kernel(weight, first):
        matrix = weight[:, :, 0, 0]
        if two_for_one(weight):
            of_features, a, b = np.split(matrix, [-2, -1], axis=1)
            of_features = of_features + (a + b) * first[0, :, 0, 0]
            matrix = np.concatenate([of_features, b], axis=1)
        return matrix.T[None, None]

    def bias(tensor, weight, first):
        if two_for_one(weight):
            tensor = tensor + weight[:, -2:, 0, 0].sum(axis=1) * first[0]
        return tensor

    yield Entry(mix.kernel, (f"{place}.weight", f"{head}.weight"), kernel)
    yield Entry(
        mix.bias, (f"{place}.bias", f"{place}.weight", f"{head}.bias"), bias
    )
