"""What tools that measure presets are asked for."""

from absl import flags

import mtl_zoo

flags.DEFINE_list(
    "preset",
    None,
    "Names, folders or addresses of presets. Default: all of the registry.",
)
flags.DEFINE_integer(
    "rounds",
    10,
    "How often everything is run.",
    lower_bound=1,
    upper_bound=10_000,
)


def presets(config):
    """The presets of `--preset`, each once.

    Args:
        config: `absl.flags.FlagValues`.

    Returns:
        List of strings.

    Raises:
        ValueError: If one is none: before any is measured.
    """
    names = list(dict.fromkeys(config.preset or mtl_zoo.presets.list_presets()))
    for name in names:
        mtl_zoo.presets.metadata(name)
    return names
