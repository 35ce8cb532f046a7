"""The network that the flags of `training.train` describe."""

import inspect

import keras

import mtl_zoo
from mtl_zoo.models.inputs import check_encoder
from mtl_zoo.models.inputs import standardize_width
from training import settings


def check(config, tasks):
    """Raise `ValueError` unless there is such a network as the flags describe.

    Args:
        config: `absl.flags.FlagValues`.
        tasks: List of `mtl_zoo.tasks.Task`, the targets.
    """
    model_arguments(config, tasks)
    check_encoder(mtl_zoo.models.get(config.model), config.encoder)
    if config.encoder_weights:
        mtl_zoo.presets.resolve(config.encoder_weights)
    check_warm_start(config, config.model)


def check_warm_start(config, model):
    """Raise `ValueError` unless a network can start as `--warm_start` says."""
    if not config.warm_start:
        return
    if not hasattr(mtl_zoo.models.get(model), "warm_start"):
        raise ValueError(f"--warm_start is for ati_net; {model} has none.")
    if config.encoder_weights:
        raise ValueError(
            "--warm_start and --encoder_weights: give one of them, as both "
            "set the encoder's weights."
        )
    source = mtl_zoo.presets.metadata(config.warm_start)["model"]
    if source != "MTAN":
        raise ValueError(
            f"--warm_start={config.warm_start}: a preset of MTAN is needed, "
            f"this is one of {source}."
        )


def create(config, tasks):
    """The network that the flags describe, with its first weights."""
    model = build(config, tasks)
    model.encoder.trainable = not config.freeze_encoder
    if config.freeze_encoder_normalization:
        for layer in model.encoder._flatten_layers():
            if isinstance(layer, keras.layers.BatchNormalization):
                layer.trainable = False
    if config.rematerialize:
        if not hasattr(model.encoder, "rematerialize"):
            raise ValueError(
                f"--rematerialize: {model.encoder.name} can't; ViT can."
            )
        model.encoder.rematerialize = True
    return model


def build(config, tasks):
    """The network, all of which learns."""
    if config.preset:
        return mtl_zoo.models.MultiTaskModel.from_preset(
            config.preset, tasks=tasks
        )
    arguments = model_arguments(config, tasks)
    if config.encoder_weights:
        # Before the network is made, which may multiply its encoder.
        encoder = mtl_zoo.encoders.get(config.encoder)
        mtl_zoo.presets.load_encoder_weights(encoder, config.encoder_weights)
        arguments["encoder"] = encoder
    model = mtl_zoo.models.get(config.model)(**arguments)
    if config.warm_start:
        model.warm_start(mtl_zoo.models.MTAN.from_preset(config.warm_start))
    return model


def model_arguments(config, tasks):
    """The arguments of the network that the flags describe."""
    arguments = {"encoder": config.encoder, "tasks": tasks}
    if config.width:
        arguments["width"] = parse_width(config)
    if config.embed_dim:
        if not takes(config.model, "embed_dim"):
            raise ValueError(
                f"--embed_dim: {config.model} has no such argument; invpt has."
            )
        arguments["embed_dim"] = config.embed_dim
    if config.auxiliary_tasks:
        if not takes_auxiliary_tasks(config.model):
            raise ValueError(
                f"--auxiliary_tasks: {config.model} makes no predictions on "
                "the way."
            )
        arguments["auxiliary_tasks"] = settings.get_tasks(
            config, config.auxiliary_tasks
        )
    return arguments


def parse_width(config):
    """`--width` as the argument of the network."""
    if not takes(config.model, "width"):
        raise ValueError(f"--width: {config.model} has no such argument.")
    try:
        widths = [int(part) for part in config.width]
        return standardize_width(widths[0] if len(widths) == 1 else widths)
    except ValueError:
        raise ValueError(
            f"--width={','.join(config.width)}: give one number or four, each "
            "a multiple of 4, such as 64 or 64,64,96,128."
        ) from None


def takes_auxiliary_tasks(model):
    """Whether a network, by its name, has auxiliary tasks."""
    return takes(model, "auxiliary_tasks")


def takes(model, argument):
    """Whether a network, by its name, has an argument."""
    return argument in inspect.signature(mtl_zoo.models.get(model)).parameters
