"""ATI-Net on SegNet.

Sinodinos, Armanfard, "Attentive Task Interaction Network for Multi-Task
Learning", ICPR 2022, arXiv 2201.10649, figure 2.
"""

from mtl_zoo.layers import PredictionConv
from mtl_zoo.layers import TaskInteraction
from mtl_zoo.models.mtan.segnet import mtan_on_segnet


def ati_net_on_segnet(
    inputs,
    tasks,
    auxiliary,
    initial,
    decode_from,
    task_statistics,
    dtype=None,
):
    """MTAN whose decoder decodes what the tasks have distilled.

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
        `"initial.<task name>"` → initial prediction at stride 32.
    """
    features = inputs.features
    distilled, task_features = TaskInteraction(
        [task.name for task in tasks],
        [task.name for task in auxiliary],
        widths=[features[f"stage_{i}"].shape[-1] for i in (2, 1, 0)],
        decode_from=decode_from,
        name="task_interaction",
        dtype=dtype,
    )(features["bottleneck"])
    intermediates = {
        f"initial.{task.name}": PredictionConv(
            task.channels, name=f"initial_prediction_{task.name}"
        )(x)
        for task, x in zip(auxiliary, task_features, strict=True)
        if task.name in initial
    }
    predictions = mtan_on_segnet(
        inputs, tasks, task_statistics, dtype, decoded_from=distilled
    )
    return predictions, intermediates
