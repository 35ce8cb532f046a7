"""From a PyTorch checkpoint to a network with its weights."""

import inspect
import math

import mtl_zoo
from mtl_zoo.encoders.pyramid import level_strides
from tools.torch_layouts.checkpoint import read_checkpoint
from tools.torch_layouts.layout import recognize

# What InvPT's authors train at: the only grids of patches that are no squares.
_GRIDS = {1008: (28, 36)}


def import_checkpoint(
    checkpoint,
    model,
    encoder,
    tasks=None,
    allow_partial=False,
    image_size=None,
    **arguments,
):
    """A network with the weights of a PyTorch checkpoint.

    Args:
        checkpoint: String or path, see `read_checkpoint`.
        model: String, one of `mtl_zoo.models.list_models()`, or `"encoder"`
            for an ImageNet checkpoint of an encoder alone.
        encoder: String, the encoder's name, or the encoder itself, a
            `keras.Model`.
        tasks: List of the target tasks, in the order in which the network was
            trained: some layers join the tasks in that order. None for an
            encoder. Defaults to `None`.
        allow_partial: Boolean. Whether variables may stay as they are and
            tensors be left over. Defaults to `False`.
        image_size: Pair `(height, width)` that the network was trained at, for
            the position embedding of a ViT given by name. Defaults to `None`:
            a square, or that of NYUD-v2, as many patches as the checkpoint
            has.
        **arguments: Of the model's class, such as `normalization`; those that
            are `None` are left out.

    Returns:
        A triple: the network, the `Layout` that the checkpoint has, and a list
        of strings: what of the checkpoint was not taken, and what of the
        network was not in it.

    Raises:
        ValueError: If the checkpoint can't be read, has no known layout, is
            that of another network, or, without `allow_partial`, a tensor is
            missing, left over or of another shape.
        FileNotFoundError: If there is no such file.
        ImportError: If the library that reads it is missing.

    Example:

    ```python
    model, layout, notes = import_checkpoint(
        "best_model.pth", "mti_net", "hrnet_w18_small_v2", ["semseg:40"]
    )
    ```
    """
    state = read_checkpoint(checkpoint)
    layout = recognize(state)
    kind = mtl_zoo.encoders.family(encoder)
    name = getattr(encoder, "name", encoder)
    if (layout.model, layout.encoder_kind) != (model, kind):
        raise ValueError(
            f"{checkpoint}: by the names of its tensors this is {layout}, not "
            f"{model} with {name}."
        )
    if layout.dilated:
        encoder = mtl_zoo.encoders.get(encoder, dtype=arguments.get("dtype"))
        if level_strides(encoder)[-1] != 8:
            raise ValueError(
                f"{checkpoint}: {layout} has an encoder of output stride 8; "
                f"take {name.split('_os')[0]}_os8, or output_stride=8, not "
                f"{name}."
            )
    arguments["encoder"] = _encoder(encoder, kind, model, state, image_size)
    network = _build(model, tasks, arguments)
    notes = _assign(network, layout, state, allow_partial)
    if model != "encoder" and kind == "vit":
        network.set_camera(working_size=network.encoder.config["image_size"])
    return network, layout, notes


def _encoder(encoder, kind, model, state, image_size):
    """The encoder; a ViT given by name has the checkpoint's positions."""
    if kind != "vit" or not isinstance(encoder, str):
        if image_size is not None:
            raise ValueError(
                "image_size is for a ViT given by name; others take any size."
            )
        return encoder
    if image_size is None and model != "encoder":
        image_size = _trained_size(state)
    sizes = {} if image_size is None else {"image_size": image_size}
    return mtl_zoo.encoders.get(encoder, **sizes)


def _trained_size(state, patch_size=16):
    """The image size of a ViT by how many patches it has positions for."""
    shapes = [x.shape for k, x in state.items() if k.endswith("pos_embed")]
    if not shapes:
        return None  # It is told that this tensor is missing.
    count = shapes[0][1] - 1  # Without the class token.
    side = math.isqrt(count)
    grid = (side, side) if side**2 == count else _GRIDS.get(count)
    if grid is None:
        raise ValueError(
            f"The checkpoint has positions for {count} patches, which are no "
            "square: give the image_size that it was trained at."
        )
    return tuple(n * patch_size for n in grid)


def _build(model, tasks, arguments):
    arguments = {k: v for k, v in arguments.items() if v is not None}
    if model == "encoder":
        encoder = arguments.pop("encoder")
        for name in (*(["tasks"] if tasks else []), *arguments):
            raise ValueError(f"An encoder alone has no {name}; leave it out.")
        return mtl_zoo.encoders.get(encoder)
    if not tasks:
        raise ValueError(
            f"{model} needs its target tasks with their channels, for example "
            "semseg:40,depth:1."
        )
    model_class = mtl_zoo.models.get(model)
    known = inspect.signature(model_class).parameters
    for name in arguments:
        if name not in known:
            raise ValueError(f"{model} has no argument {name}.")
    return model_class(tasks=tasks, **arguments)


def _assign(network, layout, state, allow_partial):
    """Set all variables, or none; what did not fit, as a list of strings."""
    values, used, covered, problems = [], set(), set(), []
    for entry in layout.entries(network):
        shape = tuple(entry.variable.shape)
        missing = [name for name in entry.names if name not in state]
        problems += [f"{name} is missing" for name in missing]
        used.update(entry.names)
        covered.add(id(entry.variable))
        if missing:
            continue
        tensors = [state[name] for name in entry.names]
        try:
            value = entry.convert(*tensors)
        except (ValueError, IndexError):  # Tensors of another rank.
            value = None
        if value is None or value.shape != shape:
            problems.append(
                f"{' and '.join(entry.names)} of shape "
                f"{' and '.join(str(x.shape) for x in tensors)} can't become "
                f"{entry.variable.path} of shape {shape}"
            )
        else:
            values.append((entry.variable, value))
    problems += [
        f"{variable.path} is not in the checkpoint"
        for variable in network.weights
        if id(variable) not in covered
    ]
    rest = sorted(set(state) - used)
    known = [name for name in rest if layout.is_unused(name)]
    problems += [f"{name} is not used" for name in rest if name not in known]
    if problems and not (allow_partial and values):
        shown = "; ".join(problems[:8])
        more = f"; and {len(problems) - 8} more" if len(problems) > 8 else ""
        raise ValueError(
            f"The checkpoint does not fit: {shown}{more}. --allow_partial "
            "imports what fits."
        )
    for variable, value in values:
        variable.assign(value)
    return problems + [f"{name} is no part of the network" for name in known]
