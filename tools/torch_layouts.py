"""Which tensor of the authors' public PyTorch code is which variable here.

A layout yields, for a Keras layer and the prefix of its PyTorch twin, an
`Entry` per variable: the names of the tensors it is made of and how.
"""

import dataclasses
from collections.abc import Callable

import numpy as np


def _convolution_kernel(*tensors):
    """(out, in, height, width) tensors, side by side, as (h, w, in, out)."""
    return np.concatenate(tensors).transpose(2, 3, 1, 0)


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


def convolution(layer, *prefixes, kernel=_convolution_kernel):
    """A convolution; several prefixes stand side by side in its outputs."""
    names = tuple(f"{prefix}.weight" for prefix in prefixes)
    yield Entry(layer.kernel, names, kernel)
    if layer.use_bias:
        names = tuple(f"{prefix}.bias" for prefix in prefixes)
        yield Entry(layer.bias, names, _same)


def normalization(layer, prefix):
    """A batch normalisation."""
    for variable, name in (
        (layer.gamma, "weight"),
        (layer.beta, "bias"),
        (layer.moving_mean, "running_mean"),
        (layer.moving_variance, "running_var"),
    ):
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


def hrnet(encoder, prefix):
    """An `HRNet`, as its authors, the survey and timm name it."""
    for i in (1, 2):
        yield from unit(
            encoder.get_layer(f"stem_{i}"), f"{prefix}conv{i}", f"{prefix}bn{i}"
        )
    for layer in encoder.layers:
        kind, *place = layer.name.split("_")
        if kind == "stage" and place[1] == "block":
            yield from residual_block(layer, f"{prefix}layer1.{place[2]}")
        elif kind == "stage":
            yield from hr_module(layer, f"{prefix}stage{place[0]}.{place[2]}")
        elif kind == "transition":
            stage, branch = int(place[0]), int(place[2])
            name = f"{prefix}transition{stage}.{branch}"
            if branch == stage:  # The new branch is a chain of one.
                name += ".0"
            yield from unit(layer, f"{name}.0", f"{name}.1")


def hr_module(module, prefix):
    """An `HRModule`."""
    for name, block in module.basic_blocks.items():
        _, branch, _, k = name.split("_")
        yield from residual_block(block, f"{prefix}.branches.{branch}.{k}")
    for name, layer in module.links.items():
        j, _, i, k = name.split("_")
        link = f"{prefix}.fuse_layers.{i}.{j}"
        if j < i:
            link += f".{k}"
        yield from unit(layer, f"{link}.0", f"{link}.1")


def hrnet_head(head, prefix):
    """An `HRNetHead`."""
    fuse, prefix = head.fuse.unit, f"{prefix}.last_layer"
    yield from unit(fuse, f"{prefix}.0", f"{prefix}.1")
    yield from convolution(head.prediction, f"{prefix}.3")


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


def resnet_stem(layer, prefix):
    """A `ResNetStem`, as torchvision names it."""
    yield from unit(layer.unit, f"{prefix}conv1", f"{prefix}bn1")


def resnet_stage(stage, prefix):
    """A `ResNetStage`, as torchvision names it."""
    for i, block in enumerate(stage.blocks):
        yield from residual_block(block, f"{prefix}.{i}")


def resnet(encoder, prefix=""):
    """A `ResNet`, as torchvision names it (without its classifier)."""
    yield from resnet_stem(encoder.get_layer("stem"), prefix)
    for i in range(1, 5):
        yield from resnet_stage(
            encoder.get_layer(f"stage_{i}"), f"{prefix}layer{i}"
        )


def deeplab_head(head, prefix):
    """A `DeepLabHead`, as torchvision names it."""
    aspp = f"{prefix}.0"
    for i, branch in enumerate(head.aspp.branches):
        place = f"{aspp}.convs.{i}"
        yield from unit(branch, f"{place}.0", f"{place}.1")
    place = f"{aspp}.convs.{len(head.aspp.branches)}"
    yield from unit(head.aspp.pooled, f"{place}.1", f"{place}.2")
    yield from unit(head.aspp.project, f"{aspp}.project.0", f"{aspp}.project.1")
    yield from unit(head.unit, f"{prefix}.1", f"{prefix}.2")
    yield from convolution(head.prediction, f"{prefix}.4")


def deeplab_heads(model, prefix="heads"):
    """The `DeepLabHead` of every task."""
    for task in model.tasks:
        yield from deeplab_head(
            model.get_layer(f"head_{task.name}"), f"{prefix}.{task.name}"
        )


def hard_sharing(model):
    """`HardSharing` on HRNet, as in the survey's code."""
    yield from hrnet(model.encoder, "backbone.")
    for task in model.tasks:
        yield from hrnet_head(
            model.get_layer(f"head_{task.name}"), f"decoders.{task.name}"
        )


def mti_net(model):
    """`MTINet` on HRNet, as in the survey's code."""
    auxiliary = [task.name for task in model.auxiliary_tasks]
    yield from hrnet(model.encoder, "backbone.")
    for s in range(4):
        for name in auxiliary:
            layer = model.get_layer(f"initial_prediction_{s}_{name}")
            for k, block in enumerate(layer.blocks):
                yield from residual_block(
                    block, f"scale_{s}.refinement.{name}.{k}"
                )
            yield from convolution(
                layer.prediction, f"scale_{s}.decoders.{name}"
            )
        if s > 0:
            yield from feature_propagation(
                model.get_layer(f"feature_propagation_{s}"),
                f"fpm_scale_{s}",
                auxiliary,
            )
        yield from distillation(
            model.get_layer(f"distillation_{s}"), f"distillation_scale_{s}"
        )
    for task in model.tasks:
        yield from hrnet_head(
            model.get_layer(f"head_{task.name}"), f"heads.{task.name}"
        )


def feature_propagation(layer, prefix, tasks):
    """A `FeaturePropagation`."""
    for k, block in enumerate(layer.mask_blocks):
        yield from residual_block(block, f"{prefix}.non_linear.{k}")
    yield from convolution(layer.mask_logits, f"{prefix}.non_linear.2")
    yield from residual_block(
        layer.reduce, f"{prefix}.dimensionality_reduction"
    )
    for task, block in zip(tasks, layer.recalibrate, strict=True):
        name = f"{prefix}.se.{task}"
        for dense, place in (
            (block.squeeze, f"{name}.squeeze.0"),
            (block.excite, f"{name}.squeeze.2"),
        ):
            yield from convolution(dense, place, kernel=_dense_kernel)


def pad_net(model):
    """`PADNet` on HRNet, as in the survey's code."""
    yield from hrnet(model.encoder, "backbone.0.")
    place = "backbone.1.last_layer"
    yield from unit(model.get_layer("fuse").unit, f"{place}.0", f"{place}.1")
    initial = "initial_task_prediction_heads"
    for task in model.auxiliary_tasks:
        for i in range(2):
            yield from residual_block(
                model.get_layer(f"features_{task.name}_block_{i}"),
                f"{initial}.layers.{task.name}.{i}",
            )
        yield from convolution(
            model.get_layer(f"initial_prediction_{task.name}"),
            f"{initial}.conv_out.{task.name}",
        )
    yield from distillation(
        model.get_layer("distillation"), "multi_modal_distillation"
    )
    for task in model.tasks:
        for i in range(2):
            yield from residual_block(
                model.get_layer(f"refinement_{task.name}_block_{i}"),
                f"heads.{task.name}.{i}",
            )
        yield from convolution(
            model.get_layer(f"head_{task.name}"), f"heads.{task.name}.2"
        )


def mtan_resnet(model):
    """`MTAN` on a dilated ResNet, as in the survey's code."""
    yield from resnet(model.encoder, "backbone.")
    for k in range(4):
        for task in model.tasks:
            yield from attention(
                model.get_layer(f"attention_{k}_{task.name}"),
                f"attention_{k + 1}.{task.name}",
            )
        if k < 3:
            yield from residual_block(
                model.get_layer(f"refine_{k}"), f"refine_{k + 1}.0"
            )
    yield from deeplab_heads(model)


def _stitched(model):
    """The encoders and heads of `CrossStitch` and `NDDRCNN`."""
    for task in model.tasks:
        prefix = f"backbone.{task.name}."
        layer = model.encoder.get_layer
        yield from resnet_stem(layer(f"{task.name}_stem"), prefix)
        for i in range(1, 5):
            yield from resnet_stage(
                layer(f"{task.name}_stage_{i}"), f"{prefix}layer{i}"
            )
    yield from deeplab_heads(model)


def cross_stitch(model):
    """`CrossStitch` on a dilated ResNet, as in the survey's code."""
    yield from _stitched(model)
    names = [task.name for task in model.tasks]
    for i in range(1, 5):
        prefix = f"cross_stitch.layer{i}.cross_stitch_unit"
        variable = model.encoder.get_layer(f"exchange_{i}").stitches
        yield Entry(
            variable,
            tuple(f"{prefix}.{a}.{b}.param" for a in names for b in names),
            lambda *tensors, shape=tuple(variable.shape): np.stack(
                tensors
            ).reshape(shape),
        )


def nddr_cnn(model):
    """`NDDRCNN` on a dilated ResNet, as in the survey's code."""
    yield from _stitched(model)
    for i in range(1, 5):
        units = model.encoder.get_layer(f"exchange_{i}").units
        for task, layer in zip(model.tasks, units, strict=True):
            place = f"nddr.layer{i}.layer.{task.name}"
            yield from unit(layer, f"{place}.0", f"{place}.1")


# What is stored with a network and no network reads: the parameters of the
# uncertainty weighting.
UNUSED = ("logsigma",)

# The SegNet networks' own words for tasks.
SEGNET_TASK_NAMES = {"semseg": "segmentation", "normals": "normal"}


def _segnet_task_name(name):
    return SEGNET_TASK_NAMES.get(name, name)


def _segnet_stages(units, prefix, first, others):
    """All units of a SegNet encoder or decoder; `units` are by their name."""
    for name, layer in units.items():
        _, i, _, k = name.split("_")
        if k == "0":
            place = f"{prefix}{first}.{i}"
        elif int(i) < 2:  # A stage of two units, the second on its own.
            place = f"{prefix}{others}.{i}"
        else:
            place = f"{prefix}{others}.{i}.{int(k) - 1}"
        yield from unit(layer, f"{place}.0", f"{place}.1")


def segnet(encoder):
    """A `SegNet`, as MTAN's authors name it."""
    units = {
        layer.name: layer for layer in encoder.layers if "_unit_" in layer.name
    }
    yield from _segnet_stages(units, "", "encoder_block", "conv_block_enc")


def segnet_decoder(decoder, prefix=""):
    """A `SegNetDecoder`."""
    yield from _segnet_stages(
        decoder.units, prefix, "decoder_block", "conv_block_dec"
    )


def segnet_heads(model, prefix=""):
    """The `SegNetHead` of every task."""
    for t, task in enumerate(model.tasks, start=1):
        head = model.get_layer(f"head_{task.name}")
        yield from convolution(head.convolution, f"{prefix}pred_task{t}.0")
        yield from convolution(head.prediction, f"{prefix}pred_task{t}.1")


def attention(layer, prefix):
    """An `AttentionModule`."""
    yield from unit(layer.squeeze, f"{prefix}.0", f"{prefix}.1")
    yield from unit(layer.mask, f"{prefix}.3", f"{prefix}.4")


def hard_sharing_segnet(model):
    """`HardSharing` on SegNet, as in MTAN's code."""
    yield from segnet(model.encoder)
    yield from segnet_decoder(model.get_layer("decoder"))
    yield from segnet_heads(model)


def mtan_segnet(model, prefix=""):
    """`MTAN` on SegNet, as in its authors' code."""
    yield from segnet(model.encoder)
    yield from segnet_decoder(model.get_layer("decoder"))
    for side in ("encoder", "decoder"):
        for i in range(5):
            for t, task in enumerate(model.tasks):
                yield from attention(
                    model.get_layer(f"{side}_{i}_{task.name}_attention"),
                    f"{prefix}{side}_att.{t}.{i}",
                )
            place = f"{prefix}{side}_block_att.{i}"
            yield from unit(
                model.get_layer(f"{side}_{i}_unit"), f"{place}.0", f"{place}.1"
            )
    yield from segnet_heads(model, prefix)


def ati_net_segnet(model):
    """`ATINet` on SegNet, as in its authors' code."""
    yield from mtan_segnet(model, prefix="_")
    interaction = model.get_layer("task_interaction")
    for name, layer in interaction.units.items():
        way, _, rest = name.partition("_")
        task, _, i = rest.rpartition("_")
        prefix = {"narrow": "pred_task_init", "widen": "encode_task_preds"}[way]
        prefix = f"{prefix}.{_segnet_task_name(task)}"
        yield from unit(
            layer, f"{prefix}.{3 * int(i)}", f"{prefix}.{3 * int(i) + 1}"
        )
    yield from distillation(
        interaction.distillation, "multi_modal_distillation", _segnet_task_name
    )


def pad_net_segnet(model):
    """`PADNet` on SegNet, as in the code of ATI-Net."""
    yield from segnet(model.encoder)
    for t, task in enumerate(model.auxiliary_tasks):
        yield from segnet_decoder(
            model.get_layer(f"decoder_{task.name}"), f"decoders.{t}."
        )
    yield from distillation(
        model.get_layer("distillation"),
        "multi_modal_distillation",
        _segnet_task_name,
    )
    yield from segnet_heads(model)
