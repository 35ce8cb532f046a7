"""What every network begins with: its tasks, the image, its features."""

import keras

from mtl_zoo import encoders
from mtl_zoo import tasks as tasks_module
from mtl_zoo.layers import ImageNormalization


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
