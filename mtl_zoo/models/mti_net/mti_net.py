"""MTI-Net: tasks exchange what they see at every scale.

Vandenhende, Georgoulis, Van Gool, "MTI-Net: Multi-Scale Task Interaction
Networks for Multi-Task Learning", ECCV 2020, arXiv 2001.06902.
"""

import keras

from mtl_zoo.encoders import HRNet
from mtl_zoo.layers import FeaturePropagation
from mtl_zoo.layers import FeaturePyramidNeck
from mtl_zoo.layers import HRNetHead
from mtl_zoo.layers import InitialPrediction
from mtl_zoo.layers import MultiModalDistillation
from mtl_zoo.layers import ResizeLike
from mtl_zoo.models.inputs import encode
from mtl_zoo.models.inputs import standardize_tasks
from mtl_zoo.models.multi_task_model import MultiTaskModel


@keras.saving.register_keras_serializable(package="mtl_zoo")
class MTINet(MultiTaskModel):
    """Multi-scale task interaction network.

    From the coarsest scale to the finest: every auxiliary task makes an
    initial prediction from the encoder's features and from what the feature
    propagation module brings from the scale before; at every scale the tasks
    distil from each other; a head per target task aggregates the scales.

    Args:
        encoder: String or `keras.Model`, see `mtl_zoo.encoders.get`.
        tasks: List of `mtl_zoo.tasks.Task`, the targets.
        auxiliary_tasks: List of tasks that are predicted on the way; contains
            the targets. Defaults to `None`, the targets.
        normalization: String or `None`, see
            `mtl_zoo.layers.ImageNormalization`. Defaults to `"imagenet"`.
        grouping: String, see `mtl_zoo.layers.FeaturePropagation`. Defaults to
            `"neighbours"`, as the published numbers.
        neck_filters: Integer. Width of the feature pyramid neck that comes
            first on every encoder but HRNet, whose scales are narrow as they
            are. Defaults to `128`.
        name: String. Defaults to `"mti_net"`.
        dtype: Dtype policy. Defaults to the global one.

    Reference: Vandenhende et al., arXiv 2001.06902.

    Example:

    ```python
    model = mtl_zoo.models.MTINet(
        "hrnet_w18_small_v2", ["semseg:40", "depth"]
    )
    model(np.zeros((1, 96, 128, 3), "uint8"))["depth"].shape
    ```
    """

    encoder_kinds = ("resnet", "hrnet", "pyramid")

    def __init__(
        self,
        encoder,
        tasks,
        auxiliary_tasks=None,
        normalization="imagenet",
        grouping="neighbours",
        neck_filters=128,
        name="mti_net",
        dtype=None,
    ):
        tasks, auxiliary = standardize_tasks(tasks, auxiliary_tasks)
        image, encoder, pyramid = encode(encoder, normalization, dtype)
        features = [pyramid[level] for level in ("P2", "P3", "P4", "P5")]
        if not isinstance(encoder, HRNet):
            features = FeaturePyramidNeck(
                neck_filters, name="neck", dtype=dtype
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
                    x = keras.layers.Concatenate(
                        name=f"concatenate_{s}_{task.name}"
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
            predictions[task.name] = ResizeLike(name=task.name)(x, image)

        super().__init__(
            image,
            predictions,
            encoder,
            tasks,
            auxiliary_tasks=auxiliary,
            intermediates=dict(sorted(intermediates.items())),
            config={
                "normalization": normalization,
                "grouping": grouping,
                "neck_filters": neck_filters,
                "dtype": dtype,
            },
            name=name,
        )
