"""PAD-Net on HRNet or any other feature pyramid.

Xu et al., "PAD-Net", arXiv 1805.04409, as compared with in Vandenhende et al.,
"Multi-Task Learning for Dense Prediction Tasks: A Survey", arXiv 2004.13379.
"""

from mtl_zoo.encoders.pyramid import LEVELS
from mtl_zoo.layers import BottleneckBlock
from mtl_zoo.layers import FeaturePyramidNeck
from mtl_zoo.layers import HRNetFuse
from mtl_zoo.layers import MultiModalDistillation
from mtl_zoo.layers import PredictionConv
from mtl_zoo.layers import ResizeLike

# Width of the tasks' features, and of the neck where there has to be one.
WIDTH = 256
NECK_WIDTH = 128

# Fusing more channels than this at the finest scale would cost more than all
# the rest of the network: a neck makes the scales narrower before.
WIDEST_FUSE = 1024


def pad_net_on_pyramid(inputs, tasks, auxiliary, initial, dtype=None):
    """Features and initial predictions per task, distillation, heads.

    Args:
        inputs: `mtl_zoo.models.inputs.Inputs`.
        tasks: List of `mtl_zoo.tasks.Task`, the targets.
        auxiliary: List of tasks, the auxiliary ones.
        initial: List of strings, the tasks with an initial prediction.
        dtype: Dtype policy. Defaults to the global one.

    Returns:
        Pair of dicts: task name → raw prediction at the image's size, and
        `"initial.<task name>"` → initial prediction at the finest scale.
    """
    pyramid = [inputs.features[level] for level in LEVELS]
    wide = sum(x.shape[-1] for x in pyramid) > WIDEST_FUSE
    if wide or inputs.width is not None:
        pyramid = FeaturePyramidNeck(
            inputs.width or NECK_WIDTH, name="neck", dtype=dtype
        )(pyramid)
    width = inputs.width[0] if inputs.width else WIDTH
    fused = HRNetFuse(name="fuse", dtype=dtype)(pyramid)

    # === Features and initial predictions ===
    task_features = []
    intermediates = {}
    for task in auxiliary:
        x = _two_blocks(fused, width, f"features_{task.name}", dtype)
        task_features.append(x)
        if task.name in initial:
            intermediates[f"initial.{task.name}"] = PredictionConv(
                task.channels, name=f"initial_prediction_{task.name}"
            )(x)

    # === Distillation and final predictions ===
    distilled = MultiModalDistillation(
        [task.name for task in tasks],
        [task.name for task in auxiliary],
        name="distillation",
        dtype=dtype,
    )(task_features)
    predictions = {}
    for task, x in zip(tasks, distilled, strict=True):
        x = _two_blocks(x, width, f"refinement_{task.name}", dtype)
        x = PredictionConv(task.channels, name=f"head_{task.name}")(x)
        predictions[task.name] = ResizeLike(name=task.name)(x, inputs.image)
    return predictions, intermediates


def _two_blocks(x, width, name, dtype):
    for i in range(2):
        x = BottleneckBlock(width, name=f"{name}_block_{i}", dtype=dtype)(x)
    return x
