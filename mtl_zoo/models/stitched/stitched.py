"""Soft parameter sharing: a network per task, features exchanged on the way.

Misra et al., "Cross-Stitch Networks for Multi-Task Learning", CVPR 2016,
arXiv 1604.03539; Gao et al., "NDDR-CNN", CVPR 2019, arXiv 1801.08297; both as
compared with in Vandenhende et al., arXiv 2004.13379.
"""

import keras

from mtl_zoo.encoders import StitchedResNet
from mtl_zoo.models.inputs import get_encoder
from mtl_zoo.models.inputs import read_image
from mtl_zoo.models.inputs import standardize_tasks
from mtl_zoo.models.multi_task_model import MultiTaskModel
from mtl_zoo.models.stitched.resnet import heads_on_stitched_resnet


class _StitchedModel(MultiTaskModel):
    """An encoder per task with exchange after every stage, a head per task."""

    # The exchange needs the stages of a ResNet.
    decoders = {"resnet": heads_on_stitched_resnet}
    unit = None

    def __init__(
        self,
        encoder,
        tasks,
        normalization="auto",
        width=None,
        name=None,
        dtype=None,
    ):
        tasks, _ = standardize_tasks(tasks)
        names = [task.name for task in tasks]
        if not isinstance(encoder, StitchedResNet):
            encoder = get_encoder(type(self), encoder, dtype)
            encoder = StitchedResNet(
                encoder,
                names,
                self.unit,
                name=f"{encoder.name}_{self.unit}",
                dtype=dtype,
            )
        if encoder.task_names != names or encoder.unit != self.unit:
            raise ValueError(
                f"{encoder.name!r} is stitched by {encoder.unit!r} for the "
                f"tasks {encoder.task_names}; needed is {self.unit!r} for "
                f"{names}."
            )
        inputs = read_image(encoder, normalization, width)
        super().__init__(
            inputs.image,
            self.decoders["resnet"](inputs, tasks, dtype),
            encoder,
            tasks,
            config={
                "normalization": inputs.normalization,
                "width": inputs.width,
                "dtype": dtype,
            },
            name=name,
        )


@keras.saving.register_keras_serializable(package="mtl_zoo")
class CrossStitch(_StitchedModel):
    """Cross-stitch network: tasks mix their features channel by channel.

    Every task has an encoder of its own; after every stage its features become
    a learned weighted sum, per channel, of those of all tasks.

    Args:
        encoder: String or `mtl_zoo.encoders.ResNet`. Every task gets one like
            it, and starts from its weights.
        tasks: List of `mtl_zoo.tasks.Task`.
        normalization: String, dict or `None`, see
            `mtl_zoo.layers.ImageNormalization`. Defaults to `"auto"`, what
            the encoder wants.
        width: Integer, or four of them, at strides 4, 8, 16 and 32. Width of
            the heads on a feature pyramid; a dilated encoder's have the last
            one. Defaults to `None`: 64, and 256 on a dilated encoder.
        name: String. Defaults to `"cross_stitch"`.
        dtype: Dtype policy. Defaults to the global one.

    Raises:
        ValueError: If the encoder is no ResNet.

    Reference: Misra et al., arXiv 1604.03539.

    Example:

    ```python
    model = mtl_zoo.models.CrossStitch("resnet18_os8", ["semseg:40", "depth"])
    ```
    """

    unit = "cross_stitch"

    def __init__(
        self,
        encoder,
        tasks,
        normalization="auto",
        width=None,
        name="cross_stitch",
        dtype=None,
    ):
        super().__init__(encoder, tasks, normalization, width, name, dtype)


@keras.saving.register_keras_serializable(package="mtl_zoo")
class NDDRCNN(_StitchedModel):
    """NDDR-CNN: tasks mix their features by 1×1 convolutions.

    Every task has an encoder of its own; after every stage its features become
    a 1×1 convolution, with BN and ReLU, of those of all tasks.

    Args:
        encoder: String or `mtl_zoo.encoders.ResNet`. Every task gets one like
            it, and starts from its weights.
        tasks: List of `mtl_zoo.tasks.Task`.
        normalization: String, dict or `None`, see
            `mtl_zoo.layers.ImageNormalization`. Defaults to `"auto"`, what
            the encoder wants.
        width: Integer, or four of them, at strides 4, 8, 16 and 32. Width of
            the heads on a feature pyramid; a dilated encoder's have the last
            one. Defaults to `None`: 64, and 256 on a dilated encoder.
        name: String. Defaults to `"nddr_cnn"`.
        dtype: Dtype policy. Defaults to the global one.

    Raises:
        ValueError: If the encoder is no ResNet.

    Reference: Gao et al., arXiv 1801.08297.

    Example:

    ```python
    model = mtl_zoo.models.NDDRCNN("resnet18_os8", ["semseg:40", "depth"])
    ```
    """

    unit = "nddr"

    def __init__(
        self,
        encoder,
        tasks,
        normalization="auto",
        width=None,
        name="nddr_cnn",
        dtype=None,
    ):
        super().__init__(encoder, tasks, normalization, width, name, dtype)
