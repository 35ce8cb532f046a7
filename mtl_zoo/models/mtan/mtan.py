"""MTAN: one shared network, and attention per task that picks from it.

Liu, Johns, Davison, "End-to-End Multi-Task Learning with Attention", CVPR 2019,
arXiv 1803.10704.
"""

import keras

from mtl_zoo.encoders import SegNet
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
        normalization: String or `None`, see
            `mtl_zoo.layers.ImageNormalization`. Defaults to `"imagenet"`.
        name: String. Defaults to `"mtan"`.
        dtype: Dtype policy. Defaults to the global one.

    Reference: Liu et al., arXiv 1803.10704.

    Example:

    ```python
    model = mtl_zoo.models.MTAN("segnet", ["semseg:13", "depth", "normals"])
    model(np.zeros((1, 96, 128, 3), "uint8"))["depth"].shape
    ```
    """

    encoder_kinds = ("segnet", "resnet", "hrnet", "pyramid")

    def __init__(
        self,
        encoder,
        tasks,
        normalization="imagenet",
        name="mtan",
        dtype=None,
    ):
        tasks, _ = standardize_tasks(tasks)
        image, encoder, features = encode(
            encoder, normalization, dtype, takes_segnet=True
        )
        if isinstance(encoder, SegNet):
            predictions = mtan_on_segnet(features, tasks, dtype)
        else:
            predictions = mtan_on_pyramid(
                features, tasks, image, encoder, dtype
            )
        super().__init__(
            image,
            predictions,
            encoder,
            tasks,
            config={"normalization": normalization, "dtype": dtype},
            name=name,
        )
