"""Cameras: fields of view, focal lengths, and what a photograph tells of them.

Angles are horizontal fields of view in degrees.
"""

import math

from PIL import ExifTags
from PIL import Image

from mtl_zoo.utils.images import exif
from mtl_zoo.utils.images import is_file
from mtl_zoo.utils.images import open_image
from mtl_zoo.utils.images import orientation

# Of the frame of 35 mm film, in millimetres.
_FILM_DIAGONAL = 43.27


def focal_length(field_of_view, width):
    """The focal length of a camera, in pixels.

    Args:
        field_of_view: Float, degrees.
        width: Number, of the picture in pixels.

    Returns:
        Float.

    Raises:
        ValueError: If the field of view is not between 1 and 170 degrees.

    Example:

    ```python
    focal_length(90, 256)  # 128.0
    ```
    """
    if isinstance(field_of_view, str) or not 1 <= field_of_view <= 170:
        raise ValueError(
            f"A field of view is 1 to 170 degrees; received {field_of_view!r}."
        )
    return width / 2 / math.tan(math.radians(field_of_view) / 2)


def nearness(field_of_view, reference):
    """How much nearer things look through a camera than through another.

    Args:
        field_of_view: Float, degrees, of the camera. The longer its lens, the
            smaller that is, and the nearer things look.
        reference: Float, degrees, of the other one.

    Returns:
        Float, the ratio of their focal lengths.

    Raises:
        ValueError: If a field of view is not between 1 and 170 degrees.

    Example:

    ```python
    nearness(60, 90)  # 1.73
    ```
    """
    return focal_length(field_of_view, 1) / focal_length(reference, 1)


def field_of_view(focal, width):
    """The field of view of a camera, in degrees; see `focal_length`.

    Args:
        focal: Float, the focal length in pixels.
        width: Number, of the picture in pixels.

    Returns:
        Float.

    Example:

    ```python
    field_of_view(128.0, 256)  # 90.0
    ```
    """
    return math.degrees(2 * math.atan(width / 2 / focal))


def at_width(angle, width, other):
    """The field of view with which things look as large, in other pictures.

    Args:
        angle: Float, the field of view of a camera, in degrees.
        width: Number, of its pictures in pixels.
        other: Number, of the other camera's pictures in pixels.

    Returns:
        Float, degrees; both cameras have the same focal length in pixels.

    Raises:
        ValueError: If the field of view is not between 1 and 170 degrees.

    Example:

    ```python
    at_width(90, 256, 128)  # 53.1
    ```
    """
    return field_of_view(focal_length(angle, width), other)


def read_field_of_view(image):
    """The field of view that a picture's Exif data tells.

    Args:
        image: What `mtl_zoo.utils.read_image` takes; of an array nothing is
            known.

    Returns:
        Float, degrees across the picture when it is upright, or `None`.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If a file is not a readable picture.

    Example:

    ```python
    read_field_of_view("photo.jpg")  # 66.2 of many telephones
    ```
    """
    if is_file(image):
        image = open_image(image)
    if not isinstance(image, Image.Image):
        return None
    length = exif(image, ExifTags.Base.FocalLengthIn35mmFilm, ExifTags.IFD.Exif)
    # 0 says that it is not known.
    if length is None or not 5 <= length <= 2000:
        return None
    width, height = image.size
    # Orientations 5 to 8 lie on their side as they are stored.
    upright = height if orientation(image) >= 5 else width
    focal = length / _FILM_DIAGONAL * math.hypot(width, height)
    found = field_of_view(focal, upright)
    return found if found >= 1 else None  # Of a picture that was cut.
