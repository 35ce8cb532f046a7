"""Baselines: one encoder with a head per task, and with a single head.

As compared with in Vandenhende et al., "Multi-Task Learning for Dense
Prediction Tasks: A Survey", TPAMI 2021, arXiv 2004.13379.
"""

import keras

from mtl_zoo.encoders import PYRAMIDS
from mtl_zoo.models.baselines.pyramid import heads_on_pyramid
from mtl_zoo.models.baselines.segnet import heads_on_segnet
from mtl_zoo.models.inputs import encode
from mtl_zoo.models.inputs import standardize_tasks
from mtl_zoo.models.multi_task_model import MultiTaskModel


@keras.saving.register_keras_serializable(package="mtl_zoo")
class HardSharing(MultiTaskModel):
    """One shared encoder, a head per task.

    The head goes with the encoder: HRNet has its own, a dilated ResNet a
    DeepLab head, other pyramids a light one; on SegNet the decoder is shared,
    too.

    Args:
        encoder: String or `keras.Model`, see `mtl_zoo.encoders.get`.
        tasks: List of `mtl_zoo.tasks.Task`.
        normalization: String, dict or `None`, see
            `mtl_zoo.layers.ImageNormalization`. Defaults to `"auto"`, what
            the encoder wants.
        width: Integer, or four of them, at strides 4, 8, 16 and 32. Width of
            the heads on a feature pyramid; a dilated encoder's have the last
            one. Defaults to `None`: 64, and 256 on a dilated encoder; on HRNet
            its own widths.
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

    decoders = {
        "segnet": heads_on_segnet,
        **dict.fromkeys(PYRAMIDS, heads_on_pyramid),
    }

    def __init__(
        self,
        encoder,
        tasks,
        normalization="auto",
        width=None,
        name="hard_sharing",
        dtype=None,
    ):
        tasks, _ = standardize_tasks(tasks)
        inputs, decode = encode(
            type(self), encoder, normalization, width, dtype
        )
        super().__init__(
            inputs.image,
            decode(inputs, tasks, dtype),
            inputs.encoder,
            tasks,
            config={
                "normalization": inputs.normalization,
                "width": inputs.width,
                "dtype": dtype,
            },
            name=name,
        )


@keras.saving.register_keras_serializable(package="mtl_zoo")
class SingleTask(HardSharing):
    """An encoder and a head: the network that multi-task ones are judged by.

    Args:
        encoder: String or `keras.Model`, see `mtl_zoo.encoders.get`.
        tasks: List of one `mtl_zoo.tasks.Task`.
        normalization: String, dict or `None`, see
            `mtl_zoo.layers.ImageNormalization`. Defaults to `"auto"`, what
            the encoder wants.
        width: Integer, or four of them, at strides 4, 8, 16 and 32. Width of
            the heads on a feature pyramid; a dilated encoder's have the last
            one. Defaults to `None`: 64, and 256 on a dilated encoder; on HRNet
            its own widths.
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
        normalization="auto",
        width=None,
        name="single_task",
        dtype=None,
    ):
        tasks, _ = standardize_tasks(tasks)
        if len(tasks) != 1:
            raise ValueError(
                "A single-task model has one task; received "
                f"{[task.name for task in tasks]}."
            )
        super().__init__(
            encoder, tasks, normalization, width, name=name, dtype=dtype
        )
