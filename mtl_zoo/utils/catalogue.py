"""Parts by the names that commands use: the library's own, and those of users.

See `mtl_zoo.register` for how a user's come in.
"""

import re

import keras

from mtl_zoo.utils.text import unknown

# Classes of users that a preset may name, see `mtl_zoo.presets`.
OWN_CLASSES = set()

_NAME = re.compile(r"[A-Za-z]\w*")


class Catalogue(dict):
    """A dict name → part of one kind, which says what it has.

    Args:
        kind: String. What the parts are, as errors call them.
        parts: Dict or pairs, the library's own. Defaults to none.

    Example:

    ```python
    fruits = Catalogue("Fruit", {"apple": 1})
    fruits.find("appel")  # ValueError: … Did you mean 'apple'?
    ```
    """

    def __init__(self, kind, parts=()):
        super().__init__(parts)
        self.kind = kind

    def find(self, name):
        """The part of a name.

        Args:
            name: String.

        Returns:
            The part.

        Raises:
            ValueError: If there is none; it lists those there are.
        """
        if name not in self:
            raise unknown(self.kind, name, self)
        return self[name]

    def add(self, name, part):
        """Add a part that is not the library's.

        Args:
            name: String: letters, digits, underscores.
            part: The part.

        Raises:
            ValueError: If the name is taken or can't be one.
        """
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            raise ValueError(
                f"{self.kind} {name!r} can't be registered: a name consists "
                "of letters, digits and underscores."
            )
        if name in self:
            raise ValueError(
                f"{self.kind} {name!r} can't be registered: there is one of "
                "that name."
            )
        self[name] = part


def allow_class(part):
    """Let presets and Keras's files hold objects of a user's class.

    Args:
        part: A class; anything else is left alone.
    """
    if not isinstance(part, type):
        return
    if keras.saving.get_registered_name(part) == part.__name__:
        keras.saving.register_keras_serializable(package=part.__module__)(part)
    OWN_CLASSES.add(part)
