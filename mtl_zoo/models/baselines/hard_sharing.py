"""Baselines: one encoder with a head per task, and with a single head.

As compared with in Vandenhende et al., "Multi-Task Learning for Dense
Prediction Tasks: A Survey", TPAMI 2021, arXiv 2004.13379.
"""

import keras

from mtl_zoo.encoders import SegNet
from mtl_zoo.encoders.pyramid import LEVELS
from mtl_zoo.layers import SegNetDecoder
from mtl_zoo.layers import SegNetHead
from mtl_zoo.models.inputs import encode
from mtl_zoo.models.inputs import standardize_tasks
from mtl_zoo.models.multi_task_model import MultiTaskModel
from mtl_zoo.models.pyramid_head import head_class
from mtl_zoo.models.pyramid_head import predict


@keras.saving.register_keras_serializable(package="mtl_zoo")
class HardSharing(MultiTaskModel):
    """One shared encoder, a head per task.

    The head goes with the encoder: HRNet has its own, a dilated ResNet a
    DeepLab head, other pyramids a light one; on SegNet the decoder is shared,
    too.

    Args:
        encoder: String or `keras.Model`, see `mtl_zoo.encoders.get`.
        tasks: List of `mtl_zoo.tasks.Task`.
        normalization: String or `None`, see
            `mtl_zoo.layers.ImageNormalization`. Defaults to `"imagenet"`.
        name: String. Defaults to `"hard_sharing"`.
        dtype: Dtype policy. Defaults to the global one.

    Reference: Vandenhende et al., arXiv 2004.13379, "MTL baseline".

    Example:

    ```python
    model = mtl_zoo.models.HardSharing(
        "hrnet_w18_small_v2", ["semseg:40", "depth"]
    )
    ```
    """

    encoder_kinds = ("segnet", "resnet", "hrnet", "pyramid")

    def __init__(
        self,
        encoder,
        tasks,
        normalization="imagenet",
        name="hard_sharing",
        dtype=None,
    ):
        tasks, _ = standardize_tasks(tasks)
        image, encoder, features = encode(
            encoder, normalization, dtype, takes_segnet=True
        )
        if isinstance(encoder, SegNet):
            predictions = _segnet_heads(features, tasks, dtype)
        else:
            pyramid = [features[level] for level in LEVELS]
            head = head_class(encoder)
            predictions = {
                task.name: predict(pyramid, task, image, head, dtype)
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


def _segnet_heads(features, tasks, dtype):
    """One decoder for all tasks, which is the most of this network."""
    _, decoded = SegNetDecoder(name="decoder", dtype=dtype)(
        features["bottleneck"], features
    )
    return {
        task.name: SegNetHead(
            task.channels, name=f"head_{task.name}", dtype=dtype
        )(decoded[-1])
        for task in tasks
    }


@keras.saving.register_keras_serializable(package="mtl_zoo")
class SingleTask(HardSharing):
    """An encoder and a head: the network that multi-task ones are judged by.

    Args:
        encoder: String or `keras.Model`, see `mtl_zoo.encoders.get`.
        tasks: List of one `mtl_zoo.tasks.Task`.
        normalization: String or `None`, see
            `mtl_zoo.layers.ImageNormalization`. Defaults to `"imagenet"`.
        name: String. Defaults to `"single_task"`.
        dtype: Dtype policy. Defaults to the global one.

    Raises:
        ValueError: If there is not exactly one task.

    Example:

    ```python
    model = mtl_zoo.models.SingleTask("hrnet_w18_small_v2", ["depth"])
    ```
    """

    def __init__(
        self,
        encoder,
        tasks,
        normalization="imagenet",
        name="single_task",
        dtype=None,
    ):
        tasks, _ = standardize_tasks(tasks)
        if len(tasks) != 1:
            raise ValueError(
                "A single-task model has one task; received "
                f"{[task.name for task in tasks]}."
            )
        super().__init__(encoder, tasks, normalization, name=name, dtype=dtype)
