"""Encoders, as torchvision, timm and the authors of HRNet name them."""

from mtl_zoo.layers import InvertedResidual
from tools.torch_layouts.blocks import convolution
from tools.torch_layouts.blocks import depthwise
from tools.torch_layouts.blocks import normalization
from tools.torch_layouts.blocks import residual_block
from tools.torch_layouts.blocks import unit


def hrnet(encoder, prefix=""):
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


def efficientnet_lite(encoder):
    """An `EfficientNetLite`, as efficientnet-lite-pytorch names it."""
    yield from convolution(encoder.get_layer("stem"), "_conv_stem")
    yield from normalization(encoder.get_layer("stem_normalization"), "_bn0")
    blocks = (x for x in encoder.layers if isinstance(x, InvertedResidual))
    for i, block in enumerate(blocks):
        prefix = f"_blocks.{i}"
        if block.expand is not None:
            yield from convolution(block.expand, f"{prefix}._expand_conv")
            yield from normalization(
                block.expand_normalization, f"{prefix}._bn0"
            )
        yield from depthwise(block.depthwise, f"{prefix}._depthwise_conv")
        yield from normalization(
            block.depthwise_normalization, f"{prefix}._bn1"
        )
        yield from convolution(block.project, f"{prefix}._project_conv")
        yield from normalization(block.project_normalization, f"{prefix}._bn2")
