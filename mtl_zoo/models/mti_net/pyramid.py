"""MTI-Net on HRNet or any other feature pyramid.

Vandenhende, Georgoulis, Van Gool, "MTI-Net: Multi-Scale Task Interaction
Networks for Multi-Task Learning", ECCV 2020, arXiv 2001.06902.
"""

from keras import layers as keras_layers

from mtl_zoo.encoders.pyramid import LEVELS
from mtl_zoo.layers import FeaturePropagation
from mtl_zoo.layers import FeaturePyramidNeck
from mtl_zoo.layers import HRNetHead
from mtl_zoo.layers import InitialPrediction
from mtl_zoo.layers import MultiModalDistillation
from mtl_zoo.layers import ResizeLike

# Of the neck on every encoder but HRNet, whose scales are narrow as they are.
WIDTH = 128


def mti_net_on_pyramid(inputs, tasks, auxiliary, grouping, dtype=None):
    """Initial predictions, propagation, distillation at every scale, heads.

    Args:
        inputs: `mtl_zoo.models.inputs.Inputs`.
        tasks: List of `mtl_zoo.tasks.Task`, the targets.
        auxiliary: List of tasks, the auxiliary ones.
        grouping: String, see `mtl_zoo.layers.FeaturePropagation`.
        dtype: Dtype policy. Defaults to the global one.

    Returns:
        Pair of dicts: task name → raw prediction at the image's size, and
        `"scale_<0 to 3>.<task name>"` → initial prediction at that scale.
    """
    features = [inputs.features[level] for level in LEVELS]
    if inputs.width is not None or inputs.family != "hrnet":
        features = FeaturePyramidNeck(
            inputs.width or WIDTH, name="neck", dtype=dtype
        )(features)
    target_names = [task.name for task in tasks]
    auxiliary_names = [task.name for task in auxiliary]

    # === From coarse to fine: initial predictions, propagation ===
    intermediates = {}
    distilled = {}
    propagated = None
    for s in reversed(range(len(features))):
        task_features = []
        for i, task in enumerate(auxiliary):
            x = features[s]
            if propagated is not None:
                coarse = ResizeLike(name=f"resize_{s}_{task.name}")(
                    propagated[i], x
                )
                x = keras_layers.Concatenate(
                    name=f"concatenate_{s}_{task.name}", dtype=dtype
                )([x, coarse])
            x, prediction = InitialPrediction(
                task.channels,
                features[s].shape[-1],
                name=f"initial_prediction_{s}_{task.name}",
                dtype=dtype,
            )(x)
            task_features.append(x)
            intermediates[f"scale_{s}.{task.name}"] = prediction
        if s > 0:
            propagated = FeaturePropagation(
                grouping, name=f"feature_propagation_{s}", dtype=dtype
            )(task_features)

        # === Distillation at this scale ===
        distilled[s] = MultiModalDistillation(
            target_names,
            auxiliary_names,
            name=f"distillation_{s}",
            dtype=dtype,
        )(task_features)

    # === Aggregation over scales ===
    predictions = {}
    for i, task in enumerate(tasks):
        x = HRNetHead(task.channels, name=f"head_{task.name}", dtype=dtype)(
            [distilled[s][i] for s in range(len(features))]
        )
        predictions[task.name] = ResizeLike(name=task.name)(x, inputs.image)
    return predictions, dict(sorted(intermediates.items()))
