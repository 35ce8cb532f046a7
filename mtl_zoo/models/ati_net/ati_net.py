"""ATI-Net: attention on a shared network that has distilled the tasks.

Sinodinos, Armanfard, "Attentive Task Interaction Network for Multi-Task
Learning", ICPR 2022, arXiv 2201.10649.
"""

import keras

from mtl_zoo.encoders import PYRAMIDS
from mtl_zoo.encoders import family
from mtl_zoo.models.ati_net.pyramid import ati_net_on_pyramid
from mtl_zoo.models.ati_net.segnet import ati_net_on_segnet
from mtl_zoo.models.inputs import encode
from mtl_zoo.models.inputs import standardize_tasks
from mtl_zoo.models.multi_task_model import MultiTaskModel
from mtl_zoo.models.pad_net.pad_net import initial_tasks


@keras.saving.register_keras_serializable(package="mtl_zoo")
class ATINet(MultiTaskModel):
    """Attentive task interaction network.

    MTAN with a distillation between encoder and decoder: from the encoder's
    last features every task makes features of its own, the tasks distil from
    each other, and the mean over tasks is what the shared decoder decodes.

    Args:
        encoder: String or `keras.Model`, see `mtl_zoo.encoders.get`.
        tasks: List of `mtl_zoo.tasks.Task`, the targets.
        auxiliary_tasks: List of tasks that take part in the distillation;
            contains the targets. Defaults to `None`, the targets.
        normalization: String, dict or `None`, see
            `mtl_zoo.layers.ImageNormalization`. Defaults to `"auto"`, what
            the encoder wants.
        width: Integer, or four of them, on a feature pyramid. Width of the
            decoder at strides 4, 8 and 16; the fourth is that of the tasks'
            first features at stride 32, which then halve twice. Defaults to
            `None`: the encoder's widths, at most 256, and half of its last
            one, at most 256.
        decode_from: String, what the shared decoder decodes: `"distilled"`,
            the distilled features, as the paper's figure shows; or
            `"bottleneck"`, the encoder's last features, as the released code
            does, so that its checkpoints give its numbers (the distillation
            is computed there, and no output reads it). Defaults to
            `"distilled"`.
        supervise_initial: Boolean or `None`, whether the targets have
            supervised initial predictions; the other auxiliary tasks always
            do. Defaults to `None`, which means: with SegNet they have none, as
            in the released code, with other encoders they have.
        task_statistics: Boolean or `None`, whether the batch normalisations of
            units that all tasks share keep moving statistics per task: the
            tasks' features differ, and their mixture fits none of them.
            Defaults to `None`: they do on feature pyramids, and on SegNet they
            do not, as in the released code.
        name: String. Defaults to `"ati_net"`.
        dtype: Dtype policy. Defaults to the global one.

    Raises:
        ValueError: If `decode_from` is another word.

    Reference: Sinodinos, Armanfard, arXiv 2201.10649.

    Example:

    ```python
    model = mtl_zoo.models.ATINet("segnet", ["semseg:13", "depth", "normals"])
    model(np.zeros((1, 96, 128, 3), "uint8"))["depth"].shape
    ```
    """

    decoders = {
        "segnet": ati_net_on_segnet,
        **dict.fromkeys(PYRAMIDS, ati_net_on_pyramid),
    }

    def __init__(
        self,
        encoder,
        tasks,
        auxiliary_tasks=None,
        normalization="auto",
        width=None,
        decode_from="distilled",
        supervise_initial=None,
        task_statistics=None,
        name="ati_net",
        dtype=None,
    ):
        tasks, auxiliary = standardize_tasks(tasks, auxiliary_tasks)
        inputs, decode = encode(
            type(self), encoder, normalization, width, dtype
        )
        initial = initial_tasks(
            tasks, auxiliary, inputs.family, supervise_initial
        )
        if task_statistics is None:
            task_statistics = inputs.family != "segnet"
        predictions, intermediates = decode(
            inputs,
            tasks,
            auxiliary,
            initial,
            decode_from,
            task_statistics,
            dtype,
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
                "decode_from": decode_from,
                "supervise_initial": supervise_initial,
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

    def warm_start(self, mtan):
        """Take over the weights of an MTAN of the same encoder and tasks.

        The authors train MTAN half of the time and then go on with ATI-Net.
        Everything but the distillation carries over; the decoder and the heads
        do on SegNet only, as on other encoders MTAN has none like them.

        Args:
            mtan: `mtl_zoo.models.MTAN`.

        Raises:
            ValueError: If it has another encoder or other tasks; nothing is
                changed then.

        Example:

        ```python
        tasks = ["semseg:13", "depth"]
        mtan = mtl_zoo.models.MTAN("segnet", tasks)
        model = mtl_zoo.models.ATINet("segnet", tasks)
        model.warm_start(mtan)
        ```
        """
        twins = {layer.name: layer for layer in self.layers}
        twins[mtan.encoder.name] = self.encoder
        layers = [
            layer
            for layer in mtan.layers
            if layer.weights
            and (self._has_decoder(mtan) or not layer.name.startswith("head_"))
        ]
        for layer in layers:
            twin = twins.get(layer.name)
            shapes = [weight.shape for weight in layer.weights]
            if twin is None or shapes != [w.shape for w in twin.weights]:
                raise ValueError(
                    "A warm start needs an MTAN of the same encoder and tasks; "
                    f"its layer {layer.name!r} has no twin in this network."
                )
        for layer in layers:
            twins[layer.name].set_weights(layer.get_weights())

    @staticmethod
    def _has_decoder(mtan):
        return family(mtan.encoder) == "segnet"
