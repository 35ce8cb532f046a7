"""MTAN on SegNet.

Liu, Johns, Davison, "End-to-End Multi-Task Learning with Attention",
arXiv 1803.10704, section 3.2 and figure 2.
"""

from keras import layers as keras_layers

from mtl_zoo.layers import AttentionModule
from mtl_zoo.layers import ResizeLike
from mtl_zoo.layers import SegNetDecoder
from mtl_zoo.layers import SegNetHead
from mtl_zoo.layers import segnet_unit


def mtan_on_segnet(
    inputs, tasks, task_statistics, dtype=None, decoded_from=None
):
    """Attention along the encoder, then along the decoder, then heads.

    Args:
        inputs: `mtl_zoo.models.inputs.Inputs`.
        tasks: List of `mtl_zoo.tasks.Task`.
        task_statistics: Boolean, see `mtl_zoo.models.MTAN`.
        dtype: Dtype policy. Defaults to the global one.
        decoded_from: Tensor that the shared decoder decodes. Defaults to
            `None`, the encoder's bottleneck.

    Returns:
        Dict task name → raw prediction at the image's size.
    """
    features = inputs.features
    # Name → which statistics of a shared unit are the task's.
    names = {
        task.name: i if task_statistics else 0 for i, task in enumerate(tasks)
    }
    shared_by = {"num_statistics": len(tasks) if task_statistics else 1}
    stages = range(5)
    shared = [features[f"stage_{i}"] for i in stages]
    widths = [x.shape[-1] for x in shared]

    # === Attention along the encoder ===
    attended = dict.fromkeys(names)
    for i in stages:
        unit = segnet_unit(
            widths[min(i + 1, 4)], f"encoder_{i}_unit", dtype, **shared_by
        )
        pool = keras_layers.MaxPooling2D(
            2,
            data_format="channels_last",
            name=f"encoder_{i}_pool",
            dtype=dtype,
        )
        for name, statistics in names.items():
            x = features[f"stage_{i}_first"]
            if attended[name] is not None:
                x = _concatenate(
                    x, attended[name], f"encoder_{i}_{name}", dtype
                )
            x = _attend(x, shared[i], f"encoder_{i}_{name}", dtype)
            attended[name] = pool(unit(x, statistics=statistics))

    # === The shared decoder, and attention along it ===
    if decoded_from is None:
        decoded_from = features["bottleneck"]
    unpooled, decoded = SegNetDecoder(name="decoder", dtype=dtype)(
        decoded_from, features
    )
    for i, sparse, dense in zip(
        reversed(stages), unpooled, decoded, strict=True
    ):
        unit = segnet_unit(
            widths[4] if i == 4 else widths[max(0, i - 1)],
            f"decoder_{i}_unit",
            dtype,
            **shared_by,
        )
        resize = ResizeLike(align_corners=True, name=f"decoder_{i}_resize")
        for name, statistics in names.items():
            x = resize(attended[name], sparse)
            x = unit(x, statistics=statistics)
            x = _concatenate(sparse, x, f"decoder_{i}_{name}", dtype)
            attended[name] = _attend(x, dense, f"decoder_{i}_{name}", dtype)

    # === Heads ===
    return {
        task.name: SegNetHead(
            task.channels, name=f"head_{task.name}", dtype=dtype
        )(attended[task.name])
        for task in tasks
    }


def _concatenate(a, b, name, dtype):
    return keras_layers.Concatenate(name=f"{name}_concatenate", dtype=dtype)(
        [a, b]
    )


def _attend(x, shared, name, dtype):
    """A mask made from `x`, times the shared features."""
    width = shared.shape[-1]
    mask = AttentionModule(width, width, name=f"{name}_attention", dtype=dtype)(
        x
    )
    return keras_layers.Multiply(name=f"{name}_masked", dtype=dtype)(
        [mask, shared]
    )
