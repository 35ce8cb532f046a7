"""InvPT: a transformer decoder in which all tasks attend to each other.

Ye and Xu, "Inverted Pyramid Multi-task Transformer for Dense Scene
Understanding", ECCV 2022, arXiv 2203.07997.
"""

import keras

from mtl_zoo.encoders import PYRAMIDS
from mtl_zoo.layers import CropLike
from mtl_zoo.layers import ResizeBy
from mtl_zoo.models.inputs import encode
from mtl_zoo.models.inputs import standardize_tasks
from mtl_zoo.models.invpt.decoder import FINEST
from mtl_zoo.models.invpt.pyramid import invpt_on_pyramid
from mtl_zoo.models.invpt.vit import invpt_on_vit
from mtl_zoo.models.multi_task_model import MultiTaskModel

# Of the first stage. Its height and width are even, for its queries.
STRIDE = 32


@keras.saving.register_keras_serializable(package="mtl_zoo")
class InvPT(MultiTaskModel):
    """Inverted pyramid multi-task transformer.

    Every task makes an initial prediction from the encoder's last feature.
    In three stages, each at twice the resolution of the one before, every
    place of every task attends to all places of all tasks, and passes on to
    the next stage what it attended to. A head per task reads all stages.

    Published on a ViT, whose features all have stride 16. On a feature
    pyramid P5 takes the place of its last feature, and P4 and P3 those of the
    ones that the later stages get. The image is padded below and on the right
    to multiples of 64 after normalisation, and the predictions are cropped.

    Args:
        encoder: String or `keras.Model`, see `mtl_zoo.encoders.get`.
        tasks: List of `mtl_zoo.tasks.Task`.
        embed_dim: Integer. Width of the tasks' features before the first
            stage. Defaults to `512`.
        prediction_dim: Integer. How much wider the stages are for the initial
            predictions: the first has `embed_dim + prediction_dim`, a
            multiple of 8, the others half and a quarter of it. Defaults to
            `64`.
        initial_dim: Integer. Width between the encoder's last feature and the
            tasks' features. Defaults to `None`: the encoder's on a ViT, as
            published; `embed_dim` on a pyramid, the last level of which is
            often much wider.
        normalization: String, dict or `None`, see
            `mtl_zoo.layers.ImageNormalization`. Defaults to `"auto"`, what
            the encoder wants.
        name: String. Defaults to `"invpt"`.
        dtype: Dtype policy. Defaults to the global one.

    Raises:
        ValueError: If the stages' widths can't be shared among their heads, or
            the encoder's strides don't divide 32.

    Reference: Ye, Xu, arXiv 2203.07997.

    Example:

    ```python
    model = mtl_zoo.models.InvPT("vit_tiny_16", ["semseg:40", "depth"])
    model(np.zeros((1, 96, 128, 3), "uint8"))["depth"].shape
    ```
    """

    decoders = {
        "vit": invpt_on_vit,
        **dict.fromkeys(PYRAMIDS, invpt_on_pyramid),
    }

    def __init__(
        self,
        encoder,
        tasks,
        embed_dim=512,
        prediction_dim=64,
        initial_dim=None,
        normalization="auto",
        name="invpt",
        dtype=None,
    ):
        tasks, _ = standardize_tasks(tasks)
        inputs, decode = encode(
            type(self),
            encoder,
            normalization,
            dtype=dtype,
            multiple=2 * STRIDE,
        )
        predictions, initial = decode(
            inputs, STRIDE, tasks, embed_dim, prediction_dim, initial_dim, dtype
        )

        def at_image_size(x, factor, name):
            x = ResizeBy(factor, name=f"{name}_resize")(x)
            return CropLike(name=name)(x, inputs.image)

        predictions = {
            name: at_image_size(x, STRIDE // FINEST, name)
            for name, x in predictions.items()
        }
        intermediates = {
            f"initial.{name}": at_image_size(x, STRIDE, f"initial_{name}")
            for name, x in initial.items()
        }
        super().__init__(
            inputs.image,
            predictions,
            inputs.encoder,
            tasks,
            intermediates=intermediates,
            config={
                "embed_dim": embed_dim,
                "prediction_dim": prediction_dim,
                "initial_dim": initial_dim,
                "normalization": inputs.normalization,
                "dtype": dtype,
            },
            name=name,
        )
