"""Soft parameter sharing: a network per task, features exchanged on the way.

Misra et al., "Cross-Stitch Networks for Multi-Task Learning", CVPR 2016,
arXiv 1604.03539; Gao et al., "NDDR-CNN", CVPR 2019, arXiv 1801.08297; both as
compared with in Vandenhende et al., arXiv 2004.13379.
"""

import keras

from mtl_zoo import encoders
from mtl_zoo.encoders import ResNet
from mtl_zoo.encoders import StitchedResNet
from mtl_zoo.encoders.pyramid import LEVELS
from mtl_zoo.layers import ImageNormalization
from mtl_zoo.models.inputs import standardize_tasks
from mtl_zoo.models.multi_task_model import MultiTaskModel
from mtl_zoo.models.pyramid_head import head_class
from mtl_zoo.models.pyramid_head import predict


class _StitchedModel(MultiTaskModel):
    """An encoder per task with exchange after every stage, a head per task."""

    encoder_kinds = ("resnet",)
    unit = None

    def __init__(
        self,
        encoder,
        tasks,
        normalization="imagenet",
        name=None,
        dtype=None,
    ):
        tasks, _ = standardize_tasks(tasks)
        names = [task.name for task in tasks]
        if not isinstance(encoder, StitchedResNet):
            encoder = self._stitch(encoders.get(encoder, dtype), names, dtype)
        if encoder.task_names != names or encoder.unit != self.unit:
            raise ValueError(
                f"{encoder.name!r} is stitched by {encoder.unit!r} for the "
                f"tasks {encoder.task_names}; needed is {self.unit!r} for "
                f"{names}."
            )
        image = keras.Input((None, None, 3), name="image")
        x = ImageNormalization(normalization, name="normalization")(image)
        features = encoder(x)
        head = head_class(encoder)
        predictions = {
            task.name: predict(
                [features[f"{task.name}_{level}"] for level in LEVELS],
                task,
                image,
                head,
                dtype,
            )
            for task in tasks
        }
        super().__init__(
            image,
            predictions,
            encoder,
            tasks,
            config={"normalization": normalization, "dtype": dtype},
            name=name,
        )

    @classmethod
    def _stitch(cls, encoder, task_names, dtype):
        if not isinstance(encoder, ResNet):
            able = [
                name
                for name in encoders.list_encoders()
                if encoders.kind(name) in cls.encoder_kinds
            ]
            raise ValueError(
                f"{cls.__name__} can't take the encoder {encoder.name!r}: "
                "tasks exchange features after every stage, which needs the "
                "stages of a ResNet. Encoders that it can take: "
                f"{', '.join(able)}."
            )
        return StitchedResNet(
            encoder,
            task_names,
            cls.unit,
            name=f"{encoder.name}_{cls.unit}",
            dtype=dtype,
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
        normalization: String or `None`, see
            `mtl_zoo.layers.ImageNormalization`. Defaults to `"imagenet"`.
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
        normalization="imagenet",
        name="cross_stitch",
        dtype=None,
    ):
        super().__init__(encoder, tasks, normalization, name, dtype)


@keras.saving.register_keras_serializable(package="mtl_zoo")
class NDDRCNN(_StitchedModel):
    """NDDR-CNN: tasks mix their features by 1×1 convolutions.

    Every task has an encoder of its own; after every stage its features become
    a 1×1 convolution, with BN and ReLU, of those of all tasks.

    Args:
        encoder: String or `mtl_zoo.encoders.ResNet`. Every task gets one like
            it, and starts from its weights.
        tasks: List of `mtl_zoo.tasks.Task`.
        normalization: String or `None`, see
            `mtl_zoo.layers.ImageNormalization`. Defaults to `"imagenet"`.
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
        normalization="imagenet",
        name="nddr_cnn",
        dtype=None,
    ):
        super().__init__(encoder, tasks, normalization, name, dtype)
