"""Networks on SegNet of the public code of MTAN and of ATI-Net."""

from tools.torch_layouts.blocks import attention
from tools.torch_layouts.blocks import convolution
from tools.torch_layouts.blocks import distillation
from tools.torch_layouts.blocks import unit

# Their own words for tasks.
TASK_NAMES = {"semseg": "segmentation", "normals": "normal"}


def task_name(name):
    """Their word for a task."""
    return TASK_NAMES.get(name, name)


def _stages(units, prefix, first, others):
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
    yield from _stages(units, "", "encoder_block", "conv_block_enc")


def segnet_decoder(decoder, prefix=""):
    """A `SegNetDecoder`."""
    yield from _stages(decoder.units, prefix, "decoder_block", "conv_block_dec")


def segnet_heads(model, prefix=""):
    """The `SegNetHead` of every task."""
    for t, task in enumerate(model.tasks, start=1):
        head = model.get_layer(f"head_{task.name}")
        yield from convolution(head.convolution, f"{prefix}pred_task{t}.0")
        yield from convolution(head.prediction, f"{prefix}pred_task{t}.1")


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
        prefix = f"{prefix}.{task_name(task)}"
        yield from unit(
            layer, f"{prefix}.{3 * int(i)}", f"{prefix}.{3 * int(i) + 1}"
        )
    yield from distillation(
        interaction.distillation, "multi_modal_distillation", task_name
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
        task_name,
    )
    yield from segnet_heads(model)
