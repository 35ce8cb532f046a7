"""PAD-Net: tasks predict, then distil from each other's predictions.

Xu, Ouyang, Wang, Sebe, "PAD-Net: Multi-Tasks Guided Prediction-and-
Distillation Network for Simultaneous Depth Estimation and Scene Parsing",
CVPR 2018, arXiv 1805.04409.
"""

import keras

from mtl_zoo.encoders import PYRAMIDS
from mtl_zoo.models.inputs import encode
from mtl_zoo.models.inputs import standardize_tasks
from mtl_zoo.models.multi_task_model import MultiTaskModel
from mtl_zoo.models.pad_net.pyramid import pad_net_on_pyramid
from mtl_zoo.models.pad_net.segnet import pad_net_on_segnet


@keras.saving.register_keras_serializable(package="mtl_zoo")
class PADNet(MultiTaskModel):
    """Prediction-and-distillation network.

    Every auxiliary task has features and an initial prediction of its own; by
    multi-modal distillation each target looks at the features of all; a head
    per target gives the final prediction.

    Args:
        encoder: String or `keras.Model`, see `mtl_zoo.encoders.get`.
        tasks: List of `mtl_zoo.tasks.Task`, the targets.
        auxiliary_tasks: List of tasks that are predicted on the way; contains
            the targets. Defaults to `None`, the targets.
        normalization: String, dict or `None`, see
            `mtl_zoo.layers.ImageNormalization`. Defaults to `"auto"`, what
            the encoder wants.
        width: Integer, or four of them, at strides 4, 8, 16 and 32. On a
            feature pyramid a neck brings the encoder's features to these
            widths, and those of the tasks have the first one. Defaults to
            `None`: 256 for the tasks' features, and no neck but on a pyramid
            of more than 1024 channels, such as that of ResNet-50, where it is
            128 wide.
        supervise_initial: Boolean or `None`, whether the targets have
            supervised initial predictions; the other auxiliary tasks always
            do. Defaults to `None`, as published: with SegNet they have none,
            with other encoders they have.
        name: String. Defaults to `"pad_net"`.
        dtype: Dtype policy. Defaults to the global one.

    Reference: Xu et al., arXiv 1805.04409; on SegNet as compared with in
    Sinodinos, Armanfard, "ATI-Net", arXiv 2201.10649.

    Example:

    ```python
    model = mtl_zoo.models.PADNet(
        "hrnet_w18_small_v2", ["semseg:40", "depth"]
    )
    model(np.zeros((1, 96, 128, 3), "uint8"))["depth"].shape
    ```
    """

    decoders = {
        "segnet": pad_net_on_segnet,
        **dict.fromkeys(PYRAMIDS, pad_net_on_pyramid),
    }

    def __init__(
        self,
        encoder,
        tasks,
        auxiliary_tasks=None,
        normalization="auto",
        width=None,
        supervise_initial=None,
        name="pad_net",
        dtype=None,
    ):
        tasks, auxiliary = standardize_tasks(tasks, auxiliary_tasks)
        inputs, decode = encode(
            type(self), encoder, normalization, width, dtype
        )
        initial = initial_tasks(
            tasks, auxiliary, inputs.family, supervise_initial
        )
        predictions, intermediates = decode(
            inputs, tasks, auxiliary, initial, dtype
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
                "width": inputs.width,
                "supervise_initial": supervise_initial,
                "dtype": dtype,
            },
            name=name,
        )


def initial_tasks(tasks, auxiliary, family, supervise_initial):
    """The tasks that have an initial prediction.

    Args:
        tasks: List of `mtl_zoo.tasks.Task`, the targets.
        auxiliary: List of tasks, the auxiliary ones.
        family: String, see `mtl_zoo.encoders.family`.
        supervise_initial: Boolean or `None`, see `mtl_zoo.models.PADNet`.

    Returns:
        List of strings, names in the order of `auxiliary`.
    """
    if supervise_initial is None:
        supervise_initial = family != "segnet"
    names = [task.name for task in auxiliary]
    if supervise_initial:
        return names
    targets = [task.name for task in tasks]
    return [name for name in names if name not in targets]
