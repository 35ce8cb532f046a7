"""MTAN on a feature pyramid: ResNet, dilated or not, and any other.

Liu, Johns, Davison, "End-to-End Multi-Task Learning with Attention",
arXiv 1803.10704; on ResNet as compared with in Vandenhende et al., "Multi-Task
Learning for Dense Prediction Tasks: A Survey", arXiv 2004.13379.
"""

from keras import layers as keras_layers

from mtl_zoo.encoders.pyramid import LEVELS
from mtl_zoo.encoders.pyramid import level_strides
from mtl_zoo.layers import AttentionModule
from mtl_zoo.layers import BottleneckBlock
from mtl_zoo.layers import ResizeLike
from mtl_zoo.models.pyramid_head import predict


def mtan_on_pyramid(inputs, tasks, task_statistics, dtype=None):
    """Attention along the stages of the encoder, then heads.

    A dilated encoder's head reads what the task attends to in the last stage,
    as published; other heads read all stages, as the last one is too coarse.

    Args:
        inputs: `mtl_zoo.models.inputs.Inputs`.
        tasks: List of `mtl_zoo.tasks.Task`.
        task_statistics: Boolean, see `mtl_zoo.models.MTAN`.
        dtype: Dtype policy. Defaults to the global one.

    Returns:
        Dict task name → raw prediction at the image's size.
    """
    attended = attend_to_stages(inputs, tasks, task_statistics, dtype)
    return {
        task.name: predict(inputs, task, attended[task.name], dtype)
        for task in tasks
    }


def attend_to_stages(inputs, tasks, task_statistics, dtype=None):
    """What every task picks from every stage of the encoder.

    A task's mask at a stage is made from the input of the stage's last block
    (from its output where the encoder does not show it) and from what the task
    has picked from the stage before, refined by a block that all tasks share.

    Args:
        inputs: As for `mtan_on_pyramid`.
        tasks: List of `mtl_zoo.tasks.Task`.
        task_statistics: As for `mtan_on_pyramid`.
        dtype: Dtype policy. Defaults to the global one.

    Returns:
        Dict task name → list of four tensors of the pyramid's shapes.
    """
    features = inputs.features
    strides = level_strides(inputs.encoder)
    attended = {task.name: [] for task in tasks}
    refined = {}
    for k, level in enumerate(LEVELS):
        stage = features[level]
        before_last = features.get(f"{level}_before_last", stage)
        width = stage.shape[-1]
        for task in tasks:
            place = f"{k}_{task.name}"
            x = before_last
            if k > 0:
                x = keras_layers.Concatenate(
                    name=f"concatenate_{place}", dtype=dtype
                )([x, refined[task.name]])
            mask = AttentionModule(
                max(1, width // 4),
                width,
                name=f"attention_{place}",
                dtype=dtype,
            )(x)
            x = keras_layers.Multiply(name=f"masked_{place}", dtype=dtype)(
                [mask, stage]
            )
            attended[task.name].append(x)
        if k < len(LEVELS) - 1:
            finer = {name: xs[-1] for name, xs in attended.items()}
            coarser = strides[k + 1] > strides[k]
            refined = _refine(
                finer,
                features[LEVELS[k + 1]],
                k,
                coarser,
                task_statistics,
                dtype,
            )
    return attended


def _refine(attended, next_stage, k, coarser, task_statistics, dtype):
    """To the width and the size of the next stage."""
    block = BottleneckBlock(
        next_stage.shape[-1],
        num_statistics=len(attended) if task_statistics else 1,
        name=f"refine_{k}",
        dtype=dtype,
    )
    # Rounds sizes up, as the strides of ResNet and HRNet do.
    pool = keras_layers.MaxPooling2D(
        2,
        padding="same",
        data_format="channels_last",
        name=f"pool_{k}",
        dtype=dtype,
    )
    # Other encoders may round down.
    resize = ResizeLike(name=f"resize_{k}")
    refined = {}
    for i, (name, x) in enumerate(attended.items()):
        x = block(x, statistics=i if task_statistics else 0)
        if coarser:
            x = pool(x)
        refined[name] = resize(x, next_stage)
    return refined
