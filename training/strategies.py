"""Training on several devices, by what the backends themselves offer.

`mirrored` and `multi_worker` are TensorFlow's `tf.distribute`, `data_parallel`
is Keras's distribution on JAX. The batch size is that of all devices together.
"""

import contextlib
import dataclasses
import json
import os

import keras

STRATEGIES = ("none", "mirrored", "multi_worker", "data_parallel")
_BACKENDS = {
    "mirrored": "tensorflow",
    "multi_worker": "tensorflow",
    "data_parallel": "jax",
}


@dataclasses.dataclass
class Strategy:
    """How a run is spread over devices.

    Attributes:
        num_devices: Integer, how many devices share a batch.
        is_chief: Boolean, whether this process writes the run's files.
        scope: Callable without arguments that gives a context in which the
            model is built and trained.
    """

    num_devices: int = 1
    is_chief: bool = True
    scope: object = contextlib.nullcontext


def check(name, num_devices, batch_size):
    """Raise `ValueError` unless the flags fit each other and the backend.

    Args:
        name: String, one of `STRATEGIES`.
        num_devices: Integer or `None`.
        batch_size: Integer.
    """
    if name == "none":
        if (num_devices or 1) > 1:
            raise ValueError(
                f"--num_devices={num_devices}: more than one device needs "
                "--strategy=mirrored (TensorFlow) or data_parallel (JAX)."
            )
        return
    backend = keras.backend.backend()
    if backend != _BACKENDS[name]:
        raise ValueError(
            f"--strategy={name} needs KERAS_BACKEND={_BACKENDS[name]}; it is "
            f"{backend}."
        )
    if name == "multi_worker":
        workers = _workers()
        if num_devices is not None:
            raise ValueError(
                "--num_devices: multi_worker takes all devices of every worker."
            )
        num_devices = len(workers)
    check_batch(batch_size, num_devices or 1)


def check_batch(batch_size, num_devices):
    """Raise `ValueError` unless the devices can share a batch equally.

    Args:
        batch_size: Integer.
        num_devices: Integer.
    """
    if batch_size % num_devices:
        raise ValueError(
            f"--batch_size={batch_size}: {num_devices} devices share a batch, "
            f"so it is a multiple of {num_devices}."
        )


def create(name, num_devices=None):
    """Set up the devices; the first thing that a process does with them.

    Args:
        name: String, one of `STRATEGIES`.
        num_devices: Integer, or `None` for all GPUs. On a machine without
            GPUs, as many parts of its CPU. Defaults to `None`.

    Returns:
        A `Strategy`.

    Raises:
        ValueError: If there are not as many GPUs.

    Example:

    ```python
    strategy = create("mirrored", num_devices=2)
    with strategy.scope():
        model = mtl_zoo.models.HardSharing("hrnet_w18_small_v2", ["depth"])
    ```
    """
    if name == "mirrored":
        return _mirrored(num_devices)
    if name == "multi_worker":
        return _multi_worker()
    if name == "data_parallel":
        return _data_parallel(num_devices)
    return Strategy()


def _mirrored(num_devices):
    import tensorflow as tf

    kind = "GPU" if tf.config.list_physical_devices("GPU") else "CPU"
    if kind == "CPU" and (num_devices or 1) > 1:
        cpu = tf.config.list_physical_devices("CPU")[0]
        part = tf.config.LogicalDeviceConfiguration()
        tf.config.set_logical_device_configuration(cpu, [part] * num_devices)
    devices = [device.name for device in tf.config.list_logical_devices(kind)]
    strategy = tf.distribute.MirroredStrategy(
        _some_of(devices, num_devices, kind)
    )
    return Strategy(strategy.num_replicas_in_sync, scope=strategy.scope)


def _multi_worker():
    import tensorflow as tf

    class Workers(tf.distribute.MultiWorkerMirroredStrategy):
        def reduce(self, reduce_op, value, axis):
            # Keras asks for the mean over the first axis of its logs, which
            # are scalars.
            if self.experimental_local_results(value)[0].shape.rank == 0:
                axis = None
            return super().reduce(reduce_op, value, axis)

    _workers()
    strategy = Workers()
    resolver = strategy.cluster_resolver
    is_chief = resolver.task_type in (None, "chief") or (
        resolver.task_type == "worker"
        and resolver.task_id == 0
        and "chief" not in resolver.cluster_spec().as_dict()
    )
    return Strategy(
        strategy.num_replicas_in_sync, is_chief, scope=strategy.scope
    )


def _workers():
    """Addresses of the machines that train together."""
    try:
        cluster = json.loads(os.environ["TF_CONFIG"])["cluster"]
        return [*cluster.get("chief", []), *cluster["worker"]]
    except (KeyError, TypeError, AttributeError, ValueError):
        raise ValueError(
            "--strategy=multi_worker needs the environment variable TF_CONFIG, "
            'such as {"cluster": {"worker": ["host1:2222", "host2:2222"]}, '
            '"task": {"type": "worker", "index": 0}}.'
        ) from None


def _data_parallel(num_devices):
    import jax

    if (num_devices or 1) > 1:
        # Does nothing where there are GPUs; too late once JAX has begun.
        with contextlib.suppress(RuntimeError):
            jax.config.update("jax_num_cpu_devices", num_devices)
    devices = keras.distribution.list_devices()
    devices = _some_of(devices, num_devices, jax.default_backend().upper())
    distribution = keras.distribution.DataParallel(devices=devices)
    return Strategy(len(devices), scope=distribution.scope)


def _some_of(devices, number, kind):
    if number is not None and number > len(devices):
        raise ValueError(
            f"--num_devices={number}: there are {len(devices)} of kind {kind}."
        )
    return devices[:number]


@contextlib.contextmanager
def synchronized_normalization(model, on=True):
    """Batch normalisation over all replicas while the context lasts.

    A model that is saved has to work on one device and on every backend: what
    it was trained on is no part of it.

    Args:
        model: `keras.Model`.
        on: Boolean. Defaults to `True`.

    Example:

    ```python
    with synchronized_normalization(model):
        model.fit(data)
    ```
    """
    layers = [
        layer
        for layer in model._flatten_layers()
        if isinstance(layer, keras.layers.BatchNormalization)
    ]
    before = [layer.synchronized for layer in layers]
    for layer in layers:
        layer.synchronized = on
    try:
        yield
    finally:
        for layer, value in zip(layers, before, strict=True):
            layer.synchronized = value
