"""MTAN: one shared network, and attention per task that picks from it.

Liu, Johns, Davison, "End-to-End Multi-Task Learning with Attention", CVPR 2019,
arXiv 1803.10704.
"""

import keras

from mtl_zoo.encoders import PYRAMIDS
from mtl_zoo.models.inputs import encode
from mtl_zoo.models.inputs import standardize_tasks
from mtl_zoo.models.mtan.pyramid import mtan_on_pyramid
from mtl_zoo.models.mtan.segnet import mtan_on_segnet
from mtl_zoo.models.multi_task_model import MultiTaskModel


@keras.saving.register_keras_serializable(package="mtl_zoo")
class MTAN(MultiTaskModel):
    """Multi-task attention network.

    Every task has attention modules of its own: masks over places and channels
    that pick, stage by stage, from the features that all tasks share.

    On SegNet the tasks attend to the encoder and to the decoder, as in the
    paper; on ResNet and any other pyramid to the stages of the encoder. With a
    dilated ResNet a DeepLab head reads the last stage, as published; with
    other pyramids a head reads all stages, as the last one is too coarse.

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
        task_statistics: Boolean or `None`, whether the batch normalisations of
            units that all tasks share keep moving statistics per task: the
            tasks' features differ, and their mixture fits none of them.
            Defaults to `None`: they do on feature pyramids, and on SegNet they
            do not, as in the released code.
        name: String. Defaults to `"mtan"`.
        dtype: Dtype policy. Defaults to the global one.

    Reference: Liu et al., arXiv 1803.10704.

    Example:

    ```python
    model = mtl_zoo.models.MTAN("segnet", ["semseg:13", "depth", "normals"])
    model(np.zeros((1, 96, 128, 3), "uint8"))["depth"].shape
    ```
    """

    decoders = {
        "segnet": mtan_on_segnet,
        **dict.fromkeys(PYRAMIDS, mtan_on_pyramid),
    }

    def __init__(
        self,
        encoder,
        tasks,
        normalization="auto",
        width=None,
        task_statistics=None,
        name="mtan",
        dtype=None,
    ):
        tasks, _ = standardize_tasks(tasks)
        inputs, decode = encode(
            type(self), encoder, normalization, width, dtype
        )
        if task_statistics is None:
            task_statistics = inputs.family != "segnet"
        predictions = decode(inputs, tasks, task_statistics, dtype)
        super().__init__(
            inputs.image,
            predictions,
            inputs.encoder,
            tasks,
            config={
                "normalization": inputs.normalization,
                "width": inputs.width,
                "task_statistics": task_statistics,
                "dtype": dtype,
            },
            name=name,
        )

    @classmethod
    def from_config(cls, config, custom_objects=None):
        # Version 0.1.0 had no such argument, and statistics of all tasks.
        config = {"task_statistics": False, **config}
        return super().from_config(config, custom_objects)
