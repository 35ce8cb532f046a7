"""Names of files that are to be alike and are not quite."""

import difflib
import re
import unicodedata

# What tools add to the names of labels.
_ADDED = re.compile(
    r"[_\-. ]*(mask|label(s|ed|ids?)?|seg(mentation)?|semseg|gt|annotation|"
    r"depth|disp(arity)?|normals?|edges?|saliency|sal|parts|image|img|rgb|"
    r"color)$",
    re.IGNORECASE,
)
# Comparing by likeness takes time: of these many names, of each folder.
_COMPARED = 20


class Names:
    """The names of images, to find those that labels may be meant for.

    Args:
        images: Dict name without suffix → path.

    Example:

    ```python
    Names({"0001": path}).problem(label_path, "0001_mask")
    ```
    """

    def __init__(self, images):
        self._images = images
        self._compared = 0
        self._alike = [
            (why, alike, {alike(name): name for name in images})
            for why, alike in (
                ("the same letters, made of other characters", _composed),
                ("upper and lower case differ", _folded),
                ("a label has the name of its image, nothing added", _plain),
            )
        ]

    def problem(self, path, name, unread=None):
        """What to say of a label that no image has the name of.

        Args:
            path: Path of the label.
            name: String, its name without suffix.
            unread: Path of a file of that name which is no picture that can be
                read. Defaults to `None`.

        Returns:
            A string that shows the name beside that of the nearest image.
        """
        if unread is not None:
            return (
                f"{unread}: no format that is read here, and {path} is its "
                "label; make it a JPEG or PNG."
            )
        nearest, why = self._nearest(name)
        if nearest is None:
            return f"{path}: there is no image of that name."
        return (
            f"{path}: there is no image of that name, but "
            f"{self._images[nearest].name} ({ascii(name)} beside "
            f"{ascii(nearest)}): {why}. Rename one of them."
        )

    def _nearest(self, name):
        for why, alike, images in self._alike:
            if alike(name) in images:
                return images[alike(name)], why
        self._compared += 1
        if self._compared <= _COMPARED:
            names = list(self._images)[:1000]
            for nearest in difflib.get_close_matches(name, names, 1, 0.8):
                return nearest, "a label has the name of its image"
        return None, None


def _composed(name):
    return unicodedata.normalize("NFC", name)


def _folded(name):
    return _composed(name).casefold()


def _plain(name):
    return _ADDED.sub("", _folded(name))
