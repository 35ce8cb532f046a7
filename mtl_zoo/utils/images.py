"""Reading pictures, whatever their kind, as RGB."""

import os

import numpy as np
from PIL import Image
from PIL import ImageOps


def read_image(image):
    """A picture as an RGB array.

    Turned upright where the file says how the camera was held; greyscale
    becomes three equal channels; transparency is laid on white.

    Args:
        image: Path to a picture file, `PIL.Image.Image`, or array
            `(height, width)`, `(height, width, 1)`, `(height, width, 3)` or
            `(height, width, 4)` with values 0…255.

    Returns:
        uint8 array `(height, width, 3)`.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If a file is not a readable picture, or an array is not of
            such a shape or range.

    Example:

    ```python
    mtl_zoo.utils.read_image("photo.jpg").shape  # (height, width, 3)
    ```
    """
    if isinstance(image, (str, os.PathLike)):
        image = open_image(image)
    elif not isinstance(image, Image.Image):
        image = _from_array(np.asarray(image))
    image = ImageOps.exif_transpose(image)
    if image.mode in ("I", "I;16", "I;16B", "F"):
        # Pillow would clip these to 255 instead of scaling them.
        values = np.asarray(image, "float64")
        image = Image.fromarray((values / 257.0).clip(0, 255).astype("uint8"))
    if image.has_transparency_data:
        image = image.convert("RGBA")
        white = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(white, image)
    return np.asarray(image.convert("RGB"))


def open_image(path):
    """A picture file as it is stored, fully read.

    Args:
        path: Path to a picture file.

    Returns:
        A `PIL.Image.Image` of any mode.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If the file is not a readable picture.

    Example:

    ```python
    np.asarray(mtl_zoo.utils.open_image("labels.png")).dtype  # uint8
    ```
    """
    path = os.fspath(path)
    if not os.path.isfile(path):
        raise FileNotFoundError(f"{path}: no such file.")
    try:
        with Image.open(path) as image:
            image.load()
            return image
    except (OSError, SyntaxError, Image.DecompressionBombError) as error:
        reason = "it is empty" if os.path.getsize(path) == 0 else error
        raise ValueError(
            f"{path}: not a picture that can be read ({reason})."
        ) from error


def resize_nearest(pixels, image_size):
    """Pixels at another size, each that of the nearest one.

    Args:
        pixels: Array `(height, width[, channels])`.
        image_size: Pair `(height, width)`.

    Returns:
        Array of that size and the same dtype.

    Example:

    ```python
    resize_nearest(np.eye(2), (4, 4))
    ```
    """
    if pixels.shape[:2] == tuple(image_size):
        return pixels
    rows, columns = (
        ((np.arange(new) + 0.5) * (old / new)).astype("int64")
        for new, old in zip(image_size, pixels.shape, strict=False)
    )
    return pixels[rows[:, None], columns]


def _from_array(array):
    shape = array.shape
    if array.ndim == 3 and shape[-1] == 1:
        array = array[..., 0]
    if (
        array.ndim not in (2, 3)
        or (array.ndim == 3 and array.shape[-1] not in (3, 4))
        or array.size == 0
    ):
        raise ValueError(
            "An image array has shape (height, width), or (height, width, "
            f"channels) with 1, 3 or 4 channels; received {shape}."
        )
    if array.dtype != np.uint8:
        low, high = array.min(), array.max()
        if not (np.isfinite([low, high]).all() and 0 <= low <= high <= 255):
            raise ValueError(
                "An image array has finite values 0…255; received "
                f"{low}…{high}."
            )
        array = np.round(array).astype("uint8")
    return Image.fromarray(array)
