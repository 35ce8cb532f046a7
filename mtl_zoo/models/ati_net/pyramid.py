"""ATI-Net on any feature pyramid, through a U-shaped decoder.

Sinodinos, Armanfard, "Attentive Task Interaction Network for Multi-Task
Learning", ICPR 2022, arXiv 2201.10649, which has it on SegNet.
"""

from keras import layers as keras_layers

from mtl_zoo.encoders.pyramid import LEVELS
from mtl_zoo.layers import AttentionModule
from mtl_zoo.layers import PredictionConv
from mtl_zoo.layers import ResizeLike
from mtl_zoo.layers import SegNetHead
from mtl_zoo.layers import TaskInteraction
from mtl_zoo.layers import segnet_unit
from mtl_zoo.models.mtan.pyramid import attend_to_stages

# Nothing of the decoder is wider by default, however wide the encoder is.
WIDEST = 256


def ati_net_on_pyramid(
    inputs,
    tasks,
    auxiliary,
    initial,
    decode_from,
    task_statistics,
    dtype=None,
):
    """MTAN's attention, task interaction, a U-shaped decoder, heads.

    Args:
        inputs: `mtl_zoo.models.inputs.Inputs`.
        tasks: List of `mtl_zoo.tasks.Task`, the targets.
        auxiliary: List of tasks, the auxiliary ones.
        initial: List of strings, the tasks with an initial prediction.
        decode_from: String, see `mtl_zoo.models.ATINet`.
        task_statistics: Boolean, see `mtl_zoo.models.ATINet`.
        dtype: Dtype policy. Defaults to the global one.

    Returns:
        Pair of dicts: task name → raw prediction at the image's size, and
        `"initial.<task name>"` → initial prediction at the coarsest scale.
    """
    # === Attention along the encoder ===
    features = inputs.features
    picked = attend_to_stages(inputs, tasks, task_statistics, dtype)
    attended = {name: xs[-1] for name, xs in picked.items()}

    # === Task interaction ===
    # At most 256, 128, 64 by default, as on SegNet.
    widths = inputs.width or (
        *(min(features[level].shape[-1], WIDEST) for level in LEVELS[:-1]),
        max(1, min(features[LEVELS[-1]].shape[-1] // 2, WIDEST)),
    )
    shared, task_features = TaskInteraction(
        [task.name for task in tasks],
        [task.name for task in auxiliary],
        widths=[max(1, widths[-1] // 2**i) for i in range(3)],
        decode_from=decode_from,
        name="task_interaction",
        dtype=dtype,
    )(features[LEVELS[-1]])
    intermediates = {
        f"initial.{task.name}": PredictionConv(
            task.channels, name=f"initial_prediction_{task.name}"
        )(x)
        for task, x in zip(auxiliary, task_features, strict=True)
        if task.name in initial
    }

    # === The shared decoder, and attention along it ===
    for k, level in reversed(list(enumerate(LEVELS[:-1]))):
        skip = features[level]
        width = widths[k]
        x = ResizeLike(name=f"decoder_{k}_resize")(shared, skip)
        joined = keras_layers.Concatenate(
            name=f"decoder_{k}_concatenate", dtype=dtype
        )([x, skip])
        shared = joined
        for i in range(2):
            shared = segnet_unit(width, f"decoder_{k}_unit_{i}", dtype)(shared)

        unit = segnet_unit(
            width,
            f"decoder_{k}_attended_unit",
            dtype,
            num_statistics=len(tasks) if task_statistics else 1,
        )
        resize = ResizeLike(name=f"decoder_{k}_attended_resize")
        for i, task in enumerate(tasks):
            place = f"decoder_{k}_{task.name}"
            x = resize(attended[task.name], skip)
            x = unit(x, statistics=i if task_statistics else 0)
            x = keras_layers.Concatenate(
                name=f"{place}_concatenate", dtype=dtype
            )([joined, x])
            mask = AttentionModule(
                width, width, name=f"{place}_attention", dtype=dtype
            )(x)
            attended[task.name] = keras_layers.Multiply(
                name=f"{place}_masked", dtype=dtype
            )([mask, shared])

    # === Heads ===
    predictions = {}
    for task in tasks:
        x = SegNetHead(task.channels, name=f"head_{task.name}", dtype=dtype)(
            attended[task.name]
        )
        predictions[task.name] = ResizeLike(name=task.name)(x, inputs.image)
    return predictions, intermediates
