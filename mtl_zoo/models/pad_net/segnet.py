"""PAD-Net on SegNet.

Xu et al., arXiv 1805.04409, with the encoder and the decoders of SegNet, as
compared with in Sinodinos, Armanfard, arXiv 2201.10649.
"""

from mtl_zoo.layers import MultiModalDistillation
from mtl_zoo.layers import PredictionConv
from mtl_zoo.layers import SegNetDecoder
from mtl_zoo.layers import SegNetHead


def pad_net_on_segnet(inputs, tasks, auxiliary, initial, dtype=None):
    """A decoder per auxiliary task, distillation, a head per target.

    Args:
        inputs: `mtl_zoo.models.inputs.Inputs`.
        tasks: List of `mtl_zoo.tasks.Task`, the targets.
        auxiliary: List of tasks, the auxiliary ones.
        initial: List of strings, the tasks with an initial prediction.
        dtype: Dtype policy. Defaults to the global one.

    Returns:
        Pair of dicts: task name → raw prediction at the image's size, and
        `"initial.<task name>"` → initial prediction.
    """
    features = inputs.features
    task_features = []
    intermediates = {}
    for task in auxiliary:
        _, decoded = SegNetDecoder(name=f"decoder_{task.name}", dtype=dtype)(
            features["bottleneck"], features
        )
        task_features.append(decoded[-1])
        if task.name in initial:
            intermediates[f"initial.{task.name}"] = PredictionConv(
                task.channels, name=f"initial_prediction_{task.name}"
            )(decoded[-1])
    distilled = MultiModalDistillation(
        [task.name for task in tasks],
        [task.name for task in auxiliary],
        use_bias=True,
        name="distillation",
        dtype=dtype,
    )(task_features)
    predictions = {
        task.name: SegNetHead(
            task.channels, name=f"head_{task.name}", dtype=dtype
        )(x)
        for task, x in zip(tasks, distilled, strict=True)
    }
    return predictions, intermediates
