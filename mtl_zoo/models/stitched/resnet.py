"""Heads of networks whose tasks have a ResNet each.

As compared with in Vandenhende et al., "Multi-Task Learning for Dense
Prediction Tasks: A Survey", arXiv 2004.13379.
"""

from mtl_zoo.encoders.pyramid import LEVELS
from mtl_zoo.models.pyramid_head import predict


def heads_on_stitched_resnet(inputs, tasks, dtype=None):
    """A head per task that reads the task's own features.

    Args:
        inputs: `mtl_zoo.models.inputs.Inputs`, of a
            `mtl_zoo.encoders.StitchedResNet`.
        tasks: List of `mtl_zoo.tasks.Task`.
        dtype: Dtype policy. Defaults to the global one.

    Returns:
        Dict task name → raw prediction at the image's size.
    """
    return {
        task.name: predict(
            inputs,
            task,
            [inputs.features[f"{task.name}_{level}"] for level in LEVELS],
            dtype,
        )
        for task in tasks
    }
