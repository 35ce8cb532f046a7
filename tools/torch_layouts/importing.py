"""From a PyTorch checkpoint to a network with its weights."""

import inspect

import mtl_zoo
from tools.torch_layouts.checkpoint import read_checkpoint
from tools.torch_layouts.layout import recognize


def import_checkpoint(
    checkpoint, model, encoder, tasks=None, allow_partial=False, **arguments
):
    """A network with the weights of a PyTorch checkpoint.

    Args:
        checkpoint: String or path, see `read_checkpoint`.
        model: String, one of `mtl_zoo.models.list_models()`, or `"encoder"`
            for an ImageNet checkpoint of an encoder alone.
        encoder: String, the encoder's name.
        tasks: List of the target tasks, in the order in which the network was
            trained: some layers join the tasks in that order. None for an
            encoder. Defaults to `None`.
        allow_partial: Boolean. Whether variables may stay as they are and
            tensors be left over. Defaults to `False`.
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
    if (layout.model, layout.encoder_kind) != (model, kind):
        raise ValueError(
            f"{checkpoint}: by the names of its tensors this is {layout}, not "
            f"{model} with {encoder}."
        )
    if layout.dilated and not encoder.endswith("_os8"):
        raise ValueError(
            f"{checkpoint}: {layout} has an encoder of output stride 8; take "
            f"{encoder.split('_os')[0]}_os8, not {encoder}."
        )
    if model == "encoder":
        network = mtl_zoo.encoders.get(encoder)
    else:
        network = _build(model, encoder, tasks, arguments)
    return network, layout, _assign(network, layout, state, allow_partial)


def _build(model, encoder, tasks, arguments):
    if not tasks:
        raise ValueError(
            f"{model} needs its target tasks with their channels, for example "
            "semseg:40,depth:1."
        )
    model_class = mtl_zoo.models.get(model)
    known = inspect.signature(model_class).parameters
    arguments = {k: v for k, v in arguments.items() if v is not None}
    for name in arguments:
        if name not in known:
            raise ValueError(f"{model} has no argument {name}.")
    return model_class(encoder, tasks, **arguments)


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
        except ValueError:  # Tensors of another rank.
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
