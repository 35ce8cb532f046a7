"""The base class of all networks: one image in, a map per task out."""

import keras

import mtl_zoo.presets
from mtl_zoo import balancing as balancing_module
from mtl_zoo import encoders
from mtl_zoo import tasks as tasks_module
from mtl_zoo.balancing import gradients
from mtl_zoo.balancing.callback import EpochCallback
from mtl_zoo.balancing.task_losses import task_losses
from mtl_zoo.utils import read_image
from mtl_zoo.utils.tensorflow_replicas import num_replicas


class Scene(dict):
    """What a model sees in an image: task name → decoded map.

    A dict that also knows its tasks, so that it can be drawn with names, units
    and colours.

    Args:
        maps: Dict task name → NumPy array.
        tasks: List of `mtl_zoo.tasks.Task`, in order.
    """

    def __init__(self, maps, tasks):
        super().__init__(maps)
        self.tasks = tasks


@keras.saving.register_keras_serializable(package="mtl_zoo")
class MultiTaskModel(keras.Model):
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
    """

    _compiled = None
    _traced_size = None

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
        self._compiled = _Untracked()

    # === Predictions ===

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

    def predict(self, x, *args, **kwargs):
        self._trace_anew(x)
        # Keras sorts the names on some backends.
        outputs = super().predict(x, *args, **kwargs)
        return self._select(outputs, training=False)

    def predict_on_batch(self, x):
        self._trace_anew(x)
        return super().predict_on_batch(x)

    def _trace_anew(self, x):
        """Have images of another size traced by themselves where it matters.

        At a second size Keras traces a function for any size on TensorFlow.
        """
        size = tuple(getattr(x, "shape", ()))[1:3]
        if size != self._traced_size and any(
            getattr(layer, "needs_image_size", False)
            for layer in self.encoder._flatten_layers()
        ):
            self.predict_function = None
        self._traced_size = size

    def predict_image(self, image):
        """Everything the model sees in one picture, decoded.

        Args:
            image: Path to a picture file, `PIL.Image.Image`, or array
                `(height, width[, channels])` with values 0…255; see
                `mtl_zoo.utils.read_image`.

        Returns:
            A dict task name → NumPy array at the picture's size: class ids
            uint8, depth in metres, unit normals, probabilities. See
            `mtl_zoo.tasks.Task.decode`.

        Raises:
            FileNotFoundError: If there is no such file.
            ValueError: If it is not a picture.

        Example:

        ```python
        scene = model.predict_image("photo.jpg")
        scene["depth"].mean()
        ```
        """
        image = read_image(image)
        raw = self.predict(image[None], verbose=0)
        return Scene(
            {
                task.name: keras.ops.convert_to_numpy(
                    task.decode(raw[task.name])
                )[0]
                for task in self.tasks
            },
            self.tasks,
        )

    # === Training ===

    @property
    def supervised_tasks(self):
        """Dict task name → task, of all tasks that have a loss."""
        tasks = [*(self.auxiliary_tasks or []), *self.tasks]
        return {task.name: task for task in tasks}

    def compile(
        self,
        optimizer="adam",
        balancing=None,
        run_eagerly=False,
        steps_per_execution=1,
        jit_compile="auto",
    ):
        """Get ready for training; losses and metrics come from the tasks.

        Args:
            optimizer: String or `keras.optimizers.Optimizer`. Defaults to
                `"adam"`.
            balancing: String or `mtl_zoo.balancing.Balancing`, how the losses
                of the tasks become one, see
                `mtl_zoo.balancing.list_balancings()`. Defaults to
                `mtl_zoo.balancing.Fixed()`, the published weights.
            run_eagerly: As `keras.Model.compile`.
            steps_per_execution: As `keras.Model.compile`.
            jit_compile: As `keras.Model.compile`.

        Example:

        ```python
        model.compile("adam", balancing=mtl_zoo.balancing.Equal())
        model.fit(dataset)
        ```
        """
        super().compile(
            optimizer=optimizer,
            run_eagerly=run_eagerly,
            steps_per_execution=steps_per_execution,
            jit_compile=jit_compile,
        )
        self._compiled.balancing = balancing_module.get(balancing)
        self.balancing.prepare(self.supervised_tasks)
        self._compiled.losses = {
            name: keras.metrics.Mean(name=f"{name}_loss")
            for name in self.supervised_tasks
        }
        self._compiled.metrics = {
            task.name: task.make_metric() for task in self.tasks
        }

    def compile_from_config(self, config):
        # A model that was saved compiled is compiled anew by its user.
        del config

    def get_compile_config(self):
        return None

    @property
    def balancing(self):
        """The `mtl_zoo.balancing.Balancing` of a compiled model, or `None`."""
        # On PyTorch, Keras asks for the variables within the constructor.
        return self._compiled.balancing if self._compiled else None

    @property
    def variables(self):
        # Like the state of random generators, that of balancing is no weight.
        own = self.balancing.variables if self.balancing else []
        return [*super().variables, *own]

    @property
    def metrics(self):
        compiled = self._compiled
        return [
            *super().metrics,
            *compiled.losses.values(),
            *compiled.metrics.values(),
        ]

    def fit(self, *args, callbacks=None, **kwargs):
        callbacks = keras.tree.flatten(callbacks or [])
        callbacks = [EpochCallback(), *callbacks]
        return super().fit(*args, callbacks=callbacks, **kwargs)

    def train_step(self, *args):
        return gradients.train_step(self, *args)

    def compute_loss(
        self, x=None, y=None, y_pred=None, sample_weight=None, training=True
    ):
        """Losses of all predictions, intermediate ones too, balanced.

        Args:
            x: Not used.
            y: Dict task name → labels.
            y_pred: Dict as `call` gives it.
            sample_weight: Not supported; labels carry what to ignore.
            training: Boolean, whether it is the loss to minimise or the one to
                report of validation. Defaults to `True`.

        Returns:
            A scalar float32 tensor. In a step of `tf.distribute` divided by the
            number of replicas, as Keras expects it.
        """
        del x
        losses, labelled = self.task_losses(y, y_pred, sample_weight)
        return self.total_loss(losses, labelled, training)

    def task_losses(self, y, y_pred, sample_weight=None):
        """The loss of every task, over all of its predictions.

        See `mtl_zoo.balancing.task_losses`.

        Args:
            y: Dict task name → labels.
            y_pred: Dict as `call` gives it.
            sample_weight: Not supported.

        Returns:
            A pair, in the order of `supervised_tasks`: a list of scalar float32
            tensors, 0 for a task without labels; a float32 tensor `(tasks,)`,
            1 where there are labels, else 0.

        Raises:
            ValueError: If there are no labels of any task, or there are
                weights.
        """
        if sample_weight is not None:
            raise ValueError(
                "sample_weight is not supported: mark what does not count as "
                "ignored in the labels."
            )
        tasks = self.supervised_tasks
        losses, labelled = task_losses(tasks, y, y_pred)
        for (name, task), loss in zip(tasks.items(), losses, strict=True):
            if name in y:
                # A batch counts by its images that have labels.
                known = keras.ops.any(task.valid(y[name]), axis=(1, 2, 3))
                images = keras.ops.sum(keras.ops.cast(known, "float32"))
                self._compiled.losses[name].update_state(loss, images)
        return losses, labelled

    def total_loss(self, losses, labelled, training=True):
        """One number of the losses of the tasks, and of those of layers.

        Args:
            losses: As `task_losses` gives them.
            labelled: As `task_losses` gives it.
            training: As for `compute_loss`.

        Returns:
            As `compute_loss`.
        """
        losses = keras.ops.stack(losses)
        if training:
            total = self.balancing.combine(losses, labelled)
        else:
            total = self.balancing.validation_loss(losses)
        return sum(self.losses, total) / num_replicas()

    def track_loss(self, loss, x):
        """Count the loss of a batch in what training reports as `loss`.

        Args:
            loss: Scalar.
            x: Tensor, the batch of images.
        """
        self._loss_tracker.update_state(
            loss, sample_weight=keras.ops.shape(x)[0]
        )

    def compute_metrics(self, x, y, y_pred, sample_weight=None):
        del x, sample_weight
        for name, metric in self._compiled.metrics.items():
            if name in y:
                metric.update_state(y[name], y_pred[name])
        return self.get_metrics_result()

    def get_metrics_result(self):
        results = {"loss": self._loss_tracker.result()}
        for metric in self._compiled.losses.values():
            results[metric.name] = metric.result()
        for name, metric in self._compiled.metrics.items():
            for key, value in metric.result().items():
                results[f"{name}_{key}"] = value
        return results

    # === Saving ===

    def get_config(self):
        serialize = keras.saving.serialize_keras_object
        config = {
            "name": self.name,
            "encoder": serialize(self.encoder),
            "tasks": [serialize(task) for task in self.tasks],
            **self._config,
        }
        if self.auxiliary_tasks is not None:
            config["auxiliary_tasks"] = [
                serialize(task) for task in self.auxiliary_tasks
            ]
        return config

    @classmethod
    def from_config(cls, config, custom_objects=None):
        config = dict(config)
        deserialize = keras.saving.deserialize_keras_object
        config["encoder"] = deserialize(config["encoder"], custom_objects)
        for key in ("tasks", "auxiliary_tasks"):
            if config.get(key) is not None:
                config[key] = [
                    deserialize(task, custom_objects) for task in config[key]
                ]
        return cls(**config)

    @classmethod
    def from_preset(cls, preset, load_weights=True):
        """A model from a preset.

        Args:
            preset: String. A name of `mtl_zoo.presets.list_presets()`, a local
                folder, or `"https://…/"`, `"hf://org/name[@revision]"`,
                `"kaggle://…"`, `"gs://…"`.
            load_weights: Boolean. `False` gives the architecture with fresh
                weights. Defaults to `True`.

        Returns:
            A model of this class (of any class for `MultiTaskModel`).

        Raises:
            ValueError: If there is no such preset, a file of it is missing or
                altered, or it is a model of another class.

        Example:

        ```python
        model = mtl_zoo.models.MultiTaskModel.from_preset(
            "mti_net_hrnet_w18_small_v2_rooms"
        )
        ```
        """
        return mtl_zoo.presets.load(
            preset, expected_class=cls, load_weights=load_weights
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
        mtl_zoo.presets.save(
            self, directory, metadata=metadata, weights_dtype=weights_dtype
        )


class _Untracked:
    """Holds what compiling adds to a model out of Keras's tracking.

    Tracked, the metrics and the state of the balancing would be among the
    model's weights.
    """

    def __init__(self):
        self.balancing = None
        self.losses = {}
        self.metrics = {}


def standardize_tasks(tasks, auxiliary_tasks=None):
    """Tasks and auxiliary tasks of a model, checked.

    Args:
        tasks: List of `mtl_zoo.tasks.Task` or their string forms.
        auxiliary_tasks: The same; it contains every target. Defaults to
            `None`, which means the targets.

    Returns:
        A pair of lists of `mtl_zoo.tasks.Task`.

    Raises:
        ValueError: If a target is not among the auxiliary tasks.
    """
    tasks = tasks_module.get_all(tasks)
    if auxiliary_tasks is None:
        return tasks, tasks
    auxiliary_tasks = tasks_module.get_all(auxiliary_tasks)
    names = [task.name for task in auxiliary_tasks]
    missing = [task.name for task in tasks if task.name not in names]
    if missing:
        raise ValueError(
            f"Every task is an auxiliary task too; {missing} are not among "
            f"the auxiliary tasks {names}."
        )
    return tasks, auxiliary_tasks


def encode(encoder, normalization, dtype=None, takes_segnet=False):
    """The beginning of every model: image, normalisation, encoder.

    Args:
        encoder: String or `keras.Model`, see `mtl_zoo.encoders.get`.
        normalization: String or `None`, see
            `mtl_zoo.layers.ImageNormalization`.
        dtype: Dtype policy of a new encoder. Defaults to `None`.
        takes_segnet: Boolean, whether the model has a way to decode SegNet,
            which is no feature pyramid. Defaults to `False`.

    Returns:
        A triple: the input tensor, the encoder, its dict of features.

    Raises:
        ValueError: If the encoder is a SegNet and the model can't take it.
    """
    from mtl_zoo.layers import ImageNormalization

    encoder = encoders.get(encoder, dtype=dtype)
    if isinstance(encoder, encoders.SegNet) and not takes_segnet:
        able = [
            name
            for name in encoders.list_encoders()
            if not name.startswith("segnet")
        ]
        raise ValueError(
            f"This network can't take the encoder {encoder.name!r}: it needs "
            "features at strides 4, 8, 16 and 32, and SegNet is made for its "
            f"own decoder. Encoders that it can take: {', '.join(able)}, or a "
            "Keras model with `pyramid_outputs`."
        )
    image = keras.Input((None, None, 3), name="image")
    x = ImageNormalization(normalization, name="normalization")(image)
    return image, encoder, encoder(x)
