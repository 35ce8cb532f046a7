"""MTI-Net: tasks exchange what they see at every scale.

Vandenhende, Georgoulis, Van Gool, "MTI-Net: Multi-Scale Task Interaction
Networks for Multi-Task Learning", ECCV 2020, arXiv 2001.06902.
"""

import keras

from mtl_zoo.encoders import PYRAMIDS
from mtl_zoo.models.inputs import encode
from mtl_zoo.models.inputs import standardize_tasks
from mtl_zoo.models.mti_net.pyramid import WIDTH
from mtl_zoo.models.mti_net.pyramid import mti_net_on_pyramid
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
        normalization: String, dict or `None`, see
            `mtl_zoo.layers.ImageNormalization`. Defaults to `"auto"`, what
            the encoder wants.
        grouping: String, see `mtl_zoo.layers.FeaturePropagation`. Defaults to
            `"neighbours"`, as the published numbers.
        width: Integer, or four of them, at strides 4, 8, 16 and 32. Width of
            the tasks' features, to which a feature pyramid neck brings those
            of the encoder. Defaults to `None`: 128; no neck on HRNet, whose
            scales are narrow as they are.
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

    decoders = dict.fromkeys(PYRAMIDS, mti_net_on_pyramid)

    def __init__(
        self,
        encoder,
        tasks,
        auxiliary_tasks=None,
        normalization="auto",
        grouping="neighbours",
        width=None,
        name="mti_net",
        dtype=None,
    ):
        tasks, auxiliary = standardize_tasks(tasks, auxiliary_tasks)
        inputs, decode = encode(
            type(self), encoder, normalization, width, dtype
        )
        predictions, intermediates = decode(
            inputs, tasks, auxiliary, grouping, dtype
        )
        super().__init__(
            inputs.image,
            predictions,
            inputs.encoder,
            tasks,
            auxiliary_tasks=auxiliary,
            intermediates=intermediates,
            config={
                "normalization": inputs.normalization,
                "grouping": grouping,
                "width": inputs.width,
                "dtype": dtype,
            },
            name=name,
        )

    @classmethod
    def from_config(cls, config, custom_objects=None):
        config = dict(config)
        # The name and the default of `width` in version 0.1.0.
        filters = config.pop("neck_filters", None)
        if filters not in (None, WIDTH):
            config["width"] = filters
        return super().from_config(config, custom_objects)
