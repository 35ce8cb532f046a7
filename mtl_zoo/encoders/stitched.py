"""ResNets side by side, one per task, that exchange features.

Misra et al., "Cross-Stitch Networks for Multi-Task Learning", arXiv 1604.03539;
Gao et al., "NDDR-CNN", arXiv 1801.08297.
"""

import keras

from mtl_zoo.encoders.pyramid import level_strides
from mtl_zoo.layers import CrossStitchUnit
from mtl_zoo.layers import NDDRUnit
from mtl_zoo.utils.text import unknown

STAGES = ("stage_1", "stage_2", "stage_3", "stage_4")

UNITS = {"cross_stitch": CrossStitchUnit, "nddr": NDDRUnit}


@keras.saving.register_keras_serializable(package="mtl_zoo")
class StitchedResNet(keras.Model):
    """A ResNet per task; after every stage the tasks exchange features.

    Args:
        encoder: `mtl_zoo.encoders.ResNet`, or another model with layers
            `stem` and `stage_1` to `stage_4` like its. Every task gets one
            like it, and starts from its weights.
        task_names: List of strings.
        unit: String, how features are exchanged: `"cross_stitch"` or
            `"nddr"`, see `mtl_zoo.layers.CrossStitchUnit` and
            `mtl_zoo.layers.NDDRUnit`.
        name: String. Defaults to `"stitched_resnet"`.
        dtype: Dtype policy of the units. Defaults to the global one.
        trainable: Boolean, whether all of it learns. Defaults to `None`, as
            its layers do.

    Input shape: `(batch, height, width, 3)`, a normalised image.

    Returns: dict with `"<task name>_P2"` to `"<task name>_P5"` for every task,
    at the strides of `encoder`.

    Example:

    ```python
    encoder = mtl_zoo.encoders.StitchedResNet(
        mtl_zoo.encoders.get("resnet18_os8"), ["semseg", "depth"], "nddr"
    )
    encoder(np.zeros((1, 96, 128, 3)))["depth_P5"].shape  # (1, 12, 16, 512)
    ```
    """

    def __init__(
        self,
        encoder,
        task_names,
        unit,
        name="stitched_resnet",
        dtype=None,
        trainable=None,
    ):
        layers = {layer.name for layer in getattr(encoder, "layers", ())}
        if not layers.issuperset(("stem", *STAGES)):
            raise ValueError(
                "Only an encoder with layers stem and stage_1 to stage_4, as a "
                f"ResNet has, can be stitched; received {encoder!r}."
            )
        if unit not in UNITS:
            raise unknown("unit", unit, UNITS)

        # === Functional model ===
        image = keras.Input((None, None, 3), name="image")
        twins = {}
        features = []
        for task in task_names:
            stem = twins[task, "stem"] = _twin(encoder, "stem", task)
            features.append(stem(image))
        outputs = {}
        for i, name_of_stage in enumerate(STAGES, start=1):
            for t, task in enumerate(task_names):
                stage = _twin(encoder, name_of_stage, task)
                twins[task, name_of_stage] = stage
                _, features[t] = stage(features[t])
            features = UNITS[unit](name=f"exchange_{i}", dtype=dtype)(features)
            for task, x in zip(task_names, features, strict=True):
                outputs[f"{task}_P{i + 1}"] = x
        for (_, source), layer in twins.items():
            layer.set_weights(encoder.get_layer(source).get_weights())
        super().__init__(
            inputs=image, outputs=outputs, name=name, trainable=trainable
        )

        # === Config ===
        self.task_names = list(task_names)
        self.unit = unit
        self.level_strides = level_strides(encoder)
        self.normalization = getattr(encoder, "normalization", "imagenet")
        self.config = {
            "encoder": keras.saving.serialize_keras_object(encoder),
            "task_names": list(task_names),
            "unit": unit,
            "dtype": dtype,
        }

    def get_config(self):
        return {"name": self.name, "trainable": self.trainable, **self.config}

    @classmethod
    def from_config(cls, config, custom_objects=None):
        encoder = keras.saving.deserialize_keras_object(
            config["encoder"], custom_objects
        )
        return cls(**{**config, "encoder": encoder})


def _twin(encoder, name, task):
    """A fresh layer like one of the encoder's."""
    layer = encoder.get_layer(name)
    config = {**layer.get_config(), "name": f"{task}_{name}"}
    return type(layer).from_config(config)
