"""Networks of the survey's public code, Multi-Task-Learning-PyTorch."""

import numpy as np

from mtl_zoo.encoders import ResNet
from mtl_zoo.layers import DeepLabHead
from tools.torch_layouts.blocks import Entry
from tools.torch_layouts.blocks import attention
from tools.torch_layouts.blocks import convolution
from tools.torch_layouts.blocks import dense
from tools.torch_layouts.blocks import distillation
from tools.torch_layouts.blocks import residual_block
from tools.torch_layouts.blocks import unit
from tools.torch_layouts.encoders import hrnet
from tools.torch_layouts.encoders import resnet
from tools.torch_layouts.encoders import resnet_stage
from tools.torch_layouts.encoders import resnet_stem


def hrnet_head(head, prefix):
    """An `HRNetHead`."""
    fuse, prefix = head.fuse.unit, f"{prefix}.last_layer"
    yield from unit(fuse, f"{prefix}.0", f"{prefix}.1")
    yield from convolution(head.prediction, f"{prefix}.3")


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


def task_name(name):
    """The survey's word for a task."""
    return "sal" if name == "saliency" else name


def head(layer, prefix):
    """The head of a task, whichever it has."""
    layout = deeplab_head if isinstance(layer, DeepLabHead) else hrnet_head
    yield from layout(layer, prefix)


def heads(model, prefix):
    """The heads of all tasks."""
    for task in model.tasks:
        layer = model.get_layer(f"head_{task.name}")
        yield from head(layer, f"{prefix}.{task_name(task.name)}")


def backbone(model):
    """The one encoder of all tasks."""
    layout = resnet if isinstance(model.encoder, ResNet) else hrnet
    yield from layout(model.encoder, "backbone.")


def hard_sharing(model):
    """`HardSharing` on HRNet or a dilated ResNet."""
    yield from backbone(model)
    yield from heads(model, "decoders")


def single_task(model):
    """`SingleTask` on HRNet or a dilated ResNet."""
    yield from backbone(model)
    (task,) = model.tasks
    yield from head(model.get_layer(f"head_{task.name}"), "decoder")


def mti_net(model):
    """`MTINet` on HRNet."""
    yield from backbone(model)
    for s in range(4):
        for task in model.auxiliary_tasks:
            layer = model.get_layer(f"initial_prediction_{s}_{task.name}")
            name = task_name(task.name)
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
                model.auxiliary_tasks,
            )
        yield from distillation(
            model.get_layer(f"distillation_{s}"),
            f"distillation_scale_{s}",
            task_name,
        )
    yield from heads(model, "heads")


def feature_propagation(layer, prefix, tasks):
    """A `FeaturePropagation`."""
    for k, block in enumerate(layer.mask_blocks):
        yield from residual_block(block, f"{prefix}.non_linear.{k}")
    yield from convolution(layer.mask_logits, f"{prefix}.non_linear.2")
    yield from residual_block(
        layer.reduce, f"{prefix}.dimensionality_reduction"
    )
    for task, block in zip(tasks, layer.recalibrate, strict=True):
        name = f"{prefix}.se.{task_name(task.name)}.squeeze"
        yield from dense(block.squeeze, f"{name}.0")
        yield from dense(block.excite, f"{name}.2")


def pad_net(model):
    """`PADNet` on HRNet."""
    yield from hrnet(model.encoder, "backbone.0.")
    place = "backbone.1.last_layer"
    yield from unit(model.get_layer("fuse").unit, f"{place}.0", f"{place}.1")
    initial = "initial_task_prediction_heads"
    for task in model.auxiliary_tasks:
        name = task_name(task.name)
        for i in range(2):
            yield from residual_block(
                model.get_layer(f"features_{task.name}_block_{i}"),
                f"{initial}.layers.{name}.{i}",
            )
        yield from convolution(
            model.get_layer(f"initial_prediction_{task.name}"),
            f"{initial}.conv_out.{name}",
        )
    yield from distillation(
        model.get_layer("distillation"), "multi_modal_distillation", task_name
    )
    for task in model.tasks:
        prefix = f"heads.{task_name(task.name)}"
        for i in range(2):
            yield from residual_block(
                model.get_layer(f"refinement_{task.name}_block_{i}"),
                f"{prefix}.{i}",
            )
        yield from convolution(
            model.get_layer(f"head_{task.name}"), f"{prefix}.2"
        )


def mtan_resnet(model):
    """`MTAN` on a dilated ResNet."""
    yield from backbone(model)
    for k in range(4):
        for task in model.tasks:
            yield from attention(
                model.get_layer(f"attention_{k}_{task.name}"),
                f"attention_{k + 1}.{task_name(task.name)}",
            )
        if k < 3:
            yield from residual_block(
                model.get_layer(f"refine_{k}"), f"refine_{k + 1}.0"
            )
    yield from heads(model, "heads")


def _stitched(model):
    """The encoders and heads of `CrossStitch` and `NDDRCNN`."""
    for task in model.tasks:
        prefix = f"backbone.{task_name(task.name)}."
        layer = model.encoder.get_layer
        yield from resnet_stem(layer(f"{task.name}_stem"), prefix)
        for i in range(1, 5):
            yield from resnet_stage(
                layer(f"{task.name}_stage_{i}"), f"{prefix}layer{i}"
            )
    yield from heads(model, "heads")


def cross_stitch(model):
    """`CrossStitch` on a dilated ResNet."""
    yield from _stitched(model)
    names = [task_name(task.name) for task in model.tasks]
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
    """`NDDRCNN` on a dilated ResNet."""
    yield from _stitched(model)
    for i in range(1, 5):
        units = model.encoder.get_layer(f"exchange_{i}").units
        for task, layer in zip(model.tasks, units, strict=True):
            place = f"nddr.layer{i}.layer.{task_name(task.name)}"
            yield from unit(layer, f"{place}.0", f"{place}.1")
