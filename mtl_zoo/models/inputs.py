"""What every network begins with: its tasks, the image, its features."""

import dataclasses

import keras

from mtl_zoo import encoders
from mtl_zoo import tasks as tasks_module
from mtl_zoo.encoders import FAMILIES
from mtl_zoo.encoders import PYRAMIDS
from mtl_zoo.layers import ImageNormalization
from mtl_zoo.layers import PadToMultiple
from mtl_zoo.tasks.registry import as_list


@dataclasses.dataclass(frozen=True)
class Inputs:
    """What a decoder works on.

    Args:
        image: `keras.KerasTensor`, the network's input.
        encoder: The encoder, a `keras.Model`.
        features: Dict of tensors as the encoder gives it.
        normalization: String, dict or `None`, how the image is normalised.
        width: Tuple of four integers or `None`, see `standardize_width`.
    """

    image: object
    encoder: keras.Model
    features: dict
    normalization: str | dict | None
    width: tuple | None

    @property
    def family(self):
        """String, the encoder's family, see `mtl_zoo.encoders.family`."""
        return encoders.family(self.encoder)


def standardize_tasks(tasks, auxiliary_tasks=None):
    """Tasks and auxiliary tasks of a model, checked.

    Args:
        tasks: List of `mtl_zoo.tasks.Task` or their string forms.
        auxiliary_tasks: The same; it contains every target, whose name alone
            means that task. Defaults to `None`, which means the targets.

    Returns:
        A pair of lists of `mtl_zoo.tasks.Task`.

    Raises:
        ValueError: If a target is not among the auxiliary tasks.
    """
    tasks = tasks_module.get_all(tasks)
    if auxiliary_tasks is None:
        return tasks, tasks
    by_name = {task.name: task for task in tasks}
    auxiliary_tasks = tasks_module.get_all(
        by_name.get(task.strip(), task) if isinstance(task, str) else task
        for task in as_list(auxiliary_tasks)
    )
    names = [task.name for task in auxiliary_tasks]
    missing = [task.name for task in tasks if task.name not in names]
    if missing:
        raise ValueError(
            f"Every task is an auxiliary task too; {missing} are not among "
            f"the auxiliary tasks {names}."
        )
    return tasks, auxiliary_tasks


def standardize_width(width):
    """The width of a decoder on a feature pyramid, for each of its levels.

    Args:
        width: Integer, four integers (at strides 4, 8, 16 and 32), or `None`.

    Returns:
        Tuple of four integers; `None` if there is none.

    Raises:
        ValueError: If it is something else.
    """
    if width is None:
        return None
    widths = (width,) * 4 if isinstance(width, int) else tuple(width)
    if len(widths) != 4 or not all(
        isinstance(n, int) and n > 0 and n % 4 == 0 for n in widths
    ):
        raise ValueError(
            f"width={width!r} is not possible: give one number or four, at "
            "strides 4, 8, 16 and 32, each a multiple of 4."
        )
    return widths


def get_encoder(network, encoder, dtype=None):
    """An encoder that a network has a decoder for.

    Args:
        network: `mtl_zoo.models.MultiTaskModel` or a subclass; its `decoders`
            tell which families of encoders it can take.
        encoder: String or `keras.Model`, see `mtl_zoo.encoders.get`.
        dtype: Dtype policy of a new encoder. Defaults to the global one.

    Returns:
        A `keras.Model`.

    Raises:
        ValueError: If the network can't take it.
    """
    encoder = encoders.get(encoder, dtype=dtype)
    check_encoder(network, encoder)
    return encoder


def check_encoder(network, encoder):
    """Raise unless a network has a decoder for an encoder.

    Args:
        network: As for `get_encoder`.
        encoder: As for `get_encoder`; nothing is built of a name.

    Raises:
        ValueError: Naming the encoders that it can take.
    """
    family = encoders.family(encoder)
    if family in network.decoders:
        return
    able = [
        name
        for name in encoders.list_encoders()
        if encoders.family(name) in network.decoders
    ]
    other = (
        ", or a Keras model with `pyramid_outputs`"
        if "pyramid" in network.decoders
        else ""
    )
    name = encoder if isinstance(encoder, str) else encoder.name
    raise ValueError(
        f"{network.__name__} can't take the encoder {name!r}: it gives "
        f"{FAMILIES.get(family, family)}, and there are decoders for the "
        f"families {', '.join(network.decoders)} only. Encoders that it can "
        f"take: {', '.join(able)}{other}."
    )


def encode(
    network, encoder, normalization="auto", width=None, dtype=None, multiple=1
):
    """The beginning of every network: image, normalisation, encoder.

    Args:
        network: As for `get_encoder`.
        encoder: As for `get_encoder`.
        normalization: String, dict or `None`, see
            `mtl_zoo.layers.ImageNormalization`; `"auto"` is what the encoder
            wants. Defaults to `"auto"`.
        width: As for `standardize_width`. Defaults to `None`.
        dtype: As for `get_encoder`. Defaults to the global one.
        multiple: Integer. Of what height and width of the normalised image
            become multiples, see `mtl_zoo.layers.PadToMultiple`; the features
            are those of this image. Defaults to `1`.

    Returns:
        A pair: the `Inputs`, and the decoder, a callable of `network.decoders`.

    Raises:
        ValueError: If the network can't take the encoder, or the decoder has
            no such width.
    """
    encoder = get_encoder(network, encoder, dtype)
    family = encoders.family(encoder)
    if width is not None and family not in PYRAMIDS:
        raise ValueError(
            f"width={width!r}: the decoder of {network.__name__} for the "
            f"family {family} has the widths of its encoder."
        )
    inputs = read_image(encoder, normalization, width, multiple)
    return inputs, network.decoders[family]


def read_image(encoder, normalization="auto", width=None, multiple=1):
    """As `encode`, of an encoder that is known to fit.

    Args:
        encoder: `keras.Model`.
        normalization: As for `encode`. Defaults to `"auto"`.
        width: As for `encode`. Defaults to `None`.
        multiple: As for `encode`. Defaults to `1`.

    Returns:
        The `Inputs`.
    """
    if normalization == "auto":
        normalization = getattr(encoder, "normalization", "imagenet")
    image = keras.Input((None, None, 3), name="image")
    x = ImageNormalization(normalization, name="normalization")(image)
    if multiple > 1:
        # As the normalisation: the encoder makes of it what its policy says.
        x = PadToMultiple(multiple, name="padding", dtype="float32")(x)
    return Inputs(
        image, encoder, encoder(x), normalization, standardize_width(width)
    )


def normalizes(model):
    """Whether the model takes 0…255 and normalises it by itself.

    Args:
        model: `mtl_zoo.models.MultiTaskModel`.

    Returns:
        A boolean.

    Example:

    ```python
    normalizes(mtl_zoo.models.HardSharing(encoder, tasks))  # True
    ```
    """
    return any(
        isinstance(layer, ImageNormalization) and layer.mode is not None
        for layer in model.layers
    )
