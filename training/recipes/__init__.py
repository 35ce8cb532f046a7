"""Published settings, one small module each.

A recipe has `FLAGS`, what `training.train` takes where a flag isn't given, and
`EXPECTED`, the published result; its docstring says where both come from, the
command, and what differs from the publication.
"""

import importlib
import pathlib
import types

from mtl_zoo.register import RECIPES
from mtl_zoo.utils.text import unknown


def list_recipes():
    """Names of the recipes.

    Returns:
        A list of strings.

    Example:

    ```python
    list_recipes()  # ["cityscapes_mtan", …]
    ```
    """
    folder = pathlib.Path(__file__).parent
    own = sorted(p.stem for p in folder.glob("*.py") if p.stem[0] != "_")
    return [*own, *RECIPES]


def get(name):
    """A recipe by name.

    Args:
        name: String, one of `list_recipes()`.

    Returns:
        An object with `FLAGS` and `EXPECTED`.

    Raises:
        ValueError: If there is no recipe of that name.

    Example:

    ```python
    get("nyud_mti_net").EXPECTED
    ```
    """
    if name in RECIPES:
        settings, expected = RECIPES[name]
        return types.SimpleNamespace(FLAGS=settings, EXPECTED=expected)
    if name not in list_recipes():
        raise unknown("Recipe", name, list_recipes())
    return importlib.import_module(f"training.recipes.{name}")


def apply(config):
    """Set the flags that are not given to what `--recipe` says.

    Args:
        config: `absl.flags.FlagValues`, parsed.

    Example:

    ```python
    apply(flags.FLAGS)
    ```
    """
    if config.recipe is None:
        return
    for name, value in get(config.recipe).FLAGS.items():
        if not config[name].present:
            config[name].parse(value)
