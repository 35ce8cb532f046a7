"""Hard parameter sharing on HRNet, ResNet or any other feature pyramid.

As compared with in Vandenhende et al., "Multi-Task Learning for Dense
Prediction Tasks: A Survey", arXiv 2004.13379.
"""

from mtl_zoo.encoders.pyramid import LEVELS
from mtl_zoo.models.pyramid_head import predict


def heads_on_pyramid(inputs, tasks, dtype=None):
    """A head per task that reads all levels.

    Args:
        inputs: `mtl_zoo.models.inputs.Inputs`.
        tasks: List of `mtl_zoo.tasks.Task`.
        dtype: Dtype policy. Defaults to the global one.

    Returns:
        Dict task name → raw prediction at the image's size.
    """
    pyramid = [inputs.features[level] for level in LEVELS]
    return {task.name: predict(inputs, task, pyramid, dtype) for task in tasks}
