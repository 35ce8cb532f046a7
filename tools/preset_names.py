"""What files made of presets are called."""

import re

import mtl_zoo


def by_name(handles=None):
    """Presets by the names that their files get.

    Args:
        handles: List of presets' names, folders or addresses. Defaults to
            `None`, all of the registry.

    Returns:
        A dict name → handle.

    Raises:
        ValueError: If there is no such preset, or two would have one name.

    Example:

    ```python
    by_name(["hf://me/rooms"])  # {"me_rooms": "hf://me/rooms"}
    ```
    """
    named = {}
    for handle in handles or mtl_zoo.presets.list_presets():
        name = mtl_zoo.presets.resolve(handle).name
        if "://" in handle:
            # What a hub calls its folders says nothing.
            name = handle.split("://")[1].split("@")[0].strip("/")
        name = re.sub(r"\W+", "_", name)
        if name in named:
            raise ValueError(
                f"Files of {named[name]} and of {handle} would both be called "
                f"{name}; give folders of different names."
            )
        named[name] = handle
    return named
