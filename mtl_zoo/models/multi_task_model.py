"""The base class of all networks: one image in, a map per task out.

What is done with a network lies beside it: `training.py`, `prediction.py`,
`kept_state.py`.
"""

import keras

from mtl_zoo import encoders
from mtl_zoo import presets as preset_library
from mtl_zoo.models import checks
from mtl_zoo.models.kept_state import KeptState
from mtl_zoo.models.prediction import Prediction
from mtl_zoo.models.training import Training
from mtl_zoo.models.training import Untracked
from mtl_zoo.utils.camera import focal_length
from mtl_zoo.utils.images import MAX_SEEN
from mtl_zoo.utils.images import MAX_SIDE
from mtl_zoo.utils.images import can_be_seen


class _ClassProperty(property):
    """A property of the class itself, such as `MTINet.presets`."""

    def __get__(self, instance, owner=None):
        return self.fget(owner)


@keras.saving.register_keras_serializable(package="mtl_zoo")
class MultiTaskModel(KeptState, Prediction, Training, keras.Model):
    """A functional Keras model that predicts several tasks from one image.

    `model(images)` takes RGB 0…255 `(batch, height, width, 3)`, uint8 or float,
    of any height and width, and gives a dict task name → raw prediction
    `(batch, height, width, channels)`, float32, in the order of `tasks`.
    `model(images, training=True)` gives the intermediate predictions too, by
    which training is supervised on the way (deep supervision).

    Use a subclass, such as `mtl_zoo.models.MTINet`; or subclass it: build
    functional tensors and hand them to this constructor.

    Args:
        image: `keras.KerasTensor`, the input.
        predictions: Dict task name → `keras.KerasTensor`, raw predictions at
            the image's size.
        encoder: The encoder, a `keras.Model`.
        tasks: List of `mtl_zoo.tasks.Task` that come out.
        auxiliary_tasks: List of tasks that are predicted on the way and
            supervised; `None` where there are none. Defaults to `None`.
        intermediates: Dict `"<where>.<task name>"` → `keras.KerasTensor`, the
            intermediate predictions at any size. Defaults to `None`.
        config: Dict. The subclass's constructor arguments besides `encoder`,
            `tasks` and `auxiliary_tasks`.
        **kwargs: As `keras.Model`.

    A subclass that builds itself on an encoder says in `decoders` which of its
    functions serves which family of encoders, see `mtl_zoo.encoders.family`.
    """

    decoders = {}
    _compiled = None

    def __init__(
        self,
        image,
        predictions,
        encoder,
        tasks,
        auxiliary_tasks=None,
        intermediates=None,
        config=None,
        **kwargs,
    ):
        intermediates = intermediates or {}
        super().__init__(
            inputs=image, outputs={**predictions, **intermediates}, **kwargs
        )
        self.encoder = encoder
        self.tasks = list(tasks)
        self.auxiliary_tasks = auxiliary_tasks and list(auxiliary_tasks)
        self.target_names = [task.name for task in tasks]
        self.intermediate_names = list(intermediates)
        self._config = dict(config or {})
        self._compiled = Untracked()

    def __call__(self, inputs, *args, **kwargs):
        inputs = checks.standardize_images(inputs, some=False)
        return super().__call__(inputs, *args, **kwargs)

    def call(self, inputs, training=None, mask=None):
        outputs = super().call(inputs, training=training, mask=mask)
        return self._select(outputs, training)

    def compute_output_spec(self, inputs, training=None, mask=None):
        outputs = super().compute_output_spec(inputs, training, mask)
        return self._select(outputs, training)

    def _select(self, outputs, training):
        names = self.target_names
        if training:
            names = names + self.intermediate_names
        return {name: outputs[name] for name in names}

    # === Saving ===

    def get_config(self):
        serialize = keras.saving.serialize_keras_object
        config = {
            "name": self.name,
            "encoder": serialize(self.encoder),
            "tasks": [serialize(task) for task in self.tasks],
            **self._config,
        }
        # What isn't that of its class, the encoder's configuration can't tell.
        family = encoders.family(self.encoder)
        if family != getattr(type(self.encoder), "family", "pyramid"):
            config["encoder_family"] = family
        for name in ("working_size", "field_of_view"):
            if getattr(self, name) is not None:
                config[name] = getattr(self, name)
        if self.auxiliary_tasks is not None:
            config["auxiliary_tasks"] = [
                serialize(task) for task in self.auxiliary_tasks
            ]
        return config

    @classmethod
    def from_config(cls, config, custom_objects=None):
        config = dict(config)
        deserialize = keras.saving.deserialize_keras_object
        encoder = deserialize(config["encoder"], custom_objects)
        if "encoder_family" in config:
            encoder.family = config.pop("encoder_family")
        config["encoder"] = encoder
        for key in ("tasks", "auxiliary_tasks"):
            if config.get(key) is not None:
                config[key] = [
                    deserialize(task, custom_objects) for task in config[key]
                ]
        trained = {
            name: config.pop(name, None)
            for name in ("working_size", "field_of_view")
        }
        model = cls(**config)
        model.set_camera(**trained)
        return model

    def set_camera(self, working_size=None, field_of_view=None):
        """Say what images the model was trained on; saved with it.

        Training does it, with the size of the first images after `compile`;
        what is said later than that stays. Pictures are brought to about this
        size before the network looks at them, see `predict_image`.

        Args:
            working_size: Pair `(height, width)` of pixels, or `None`.
                Defaults to `None`.
            field_of_view: Float or `None`, degrees across an image of the
                working size for which depth is in metres. Defaults to `None`.

        Raises:
            ValueError: If a number is not possible, or there is a field of
                view without a size.

        Example:

        ```python
        model.set_camera((192, 256), field_of_view=60)
        ```
        """
        if working_size is not None:
            working_size = self.size_for((1, 1), working_size)
            if not can_be_seen(working_size):
                raise ValueError(
                    f"working_size has sides of up to {MAX_SIDE} pixels and "
                    f"{MAX_SEEN:,} in all; received {working_size}."
                )
        if field_of_view is not None:
            if working_size is None:
                raise ValueError("field_of_view needs a working_size, too.")
            focal_length(field_of_view, working_size[1])
        self.working_size = working_size
        self.field_of_view = field_of_view
        self._compiled.sized = working_size is not None

    @_ClassProperty
    def presets(cls):
        """Dict name → description of the presets of this class."""
        return {
            name: entry["description"]
            for name, entry in preset_library.list_presets().items()
            if cls is MultiTaskModel or entry["model"] == cls.__name__
        }

    @classmethod
    def from_preset(
        cls,
        handle,
        tasks=None,
        num_classes=None,
        dtype=None,
        name=None,
        load_weights=True,
        verify=True,
    ):
        """A model from a preset, for its own tasks or for others.

        Tasks that are kept keep their weights, new ones and those with another
        number of classes begin anew; `load_report` of the model says what is
        loaded, fresh and left out.

        Args:
            handle: String. A name of `mtl_zoo.presets.list_presets()`, a local
                folder, or `"https://…/"`, `"hf://org/name[@revision]"`,
                `"kaggle://…"`, `"gs://…"`.
            tasks: List of `mtl_zoo.tasks.Task` or their string forms; the name
                of a task of the preset means that task. Defaults to `None`,
                the preset's.
            num_classes: Integer, for the one task that has classes; or dict
                task name → integer. Defaults to `None`, the preset's.
            dtype: Dtype policy. Defaults to `None`, the global one unless the
                preset was saved with another.
            name: String, the model's name. Defaults to `None`, the preset's.
            load_weights: Boolean. `False` gives the architecture with fresh
                weights. Defaults to `True`.
            verify: Boolean. Whether size and sha256 of every local file are
                compared. Defaults to `True`.

        Returns:
            A model of this class (of any class for `MultiTaskModel`).

        Raises:
            ValueError: If there is no such preset, a file of it is missing or
                altered, it is a model of another class, or it can't have
                these tasks.

        Example:

        ```python
        model = mtl_zoo.models.MultiTaskModel.from_preset(
            "mti_net_efficientnet_lite0_rooms",
            tasks=["semseg", "saliency"],
            num_classes=2,
        )
        print(model.load_report)
        ```
        """
        return preset_library.load(
            handle,
            expected_class=cls,
            tasks=tasks,
            num_classes=num_classes,
            dtype=dtype,
            name=name,
            load_weights=load_weights,
            verify=verify,
        )

    def save_to_preset(self, directory, metadata=None, weights_dtype="float32"):
        """Save architecture and weights as a preset folder.

        Args:
            directory: String or path. A new folder, or a preset to replace.
            metadata: Dict of entries for `metadata.json`, such as `metrics`,
                `dataset`, `license`. Defaults to `None`.
            weights_dtype: String, `"float32"` or `"float16"`, how weights are
                stored. Defaults to `"float32"`.

        Example:

        ```python
        model.save_to_preset("my_preset")
        ```
        """
        preset_library.save(
            self, directory, metadata=metadata, weights_dtype=weights_dtype
        )
