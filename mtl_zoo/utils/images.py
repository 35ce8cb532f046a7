"""Reading pictures, whatever their kind, as RGB."""

import io
import math
import os
import urllib.parse

import numpy as np
from PIL import ExifTags
from PIL import Image

from mtl_zoo.utils.text import one_line
from mtl_zoo.utils.text import unknown

# As many pixels as Pillow takes without a warning: 9,000 × 9,900.
MAX_PIXELS = 89_478_485
# Of what networks are trained on or look at.
MAX_SIDE = 8192
# What a network looks at unless a size is asked for: 4096 × 4096.
MAX_SEEN = 2**24
# Of numbers that may be larger than 255: less than this cannot be told from a
# picture of 8, 10 or 12 bits, and would be all but black.
_DARKEST_16_BIT = 4096
# Of floats: what lies between 0…1 and this is neither clearly 0…1 nor 0…255.
_DARKEST_255 = 16
# What photographs, masks and depth are stored as. Pillow reads others, some by
# running a program on what the file holds.
_FORMATS = (
    "AVIF BMP DIB GIF HEIF ICO JPEG JPEG2000 MPO PCX PNG PPM SGI TGA TIFF WEBP"
).split()
# What Exif says → what makes a picture upright.
_TURNED = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_ADDRESSES = ("http", "https", "ftp", "file", "data")
_DATA_FORMATS = ("channels_last", "channels_first")


def read_image(image, data_format="channels_last"):
    """A picture as an RGB array.

    Turned upright where the file says how the camera was held; greyscale
    becomes three equal channels; transparency is laid on white.

    What white is follows from the kind of numbers: 255 of 8 bits, 65535 of
    more, 1 of floats up to 1, 255 of floats that are clearly larger, true of
    booleans. Where it does not follow, the picture is refused.

    Args:
        image: Path to a picture file; its content as bytes, or a file opened
            for reading them; `PIL.Image.Image` of any mode; or array
            `(height, width)`, `(height, width, 1)`, `(height, width, 3)` or
            `(height, width, 4)` of booleans, whole numbers or floats.
        data_format: String, `"channels_last"`, or `"channels_first"` for
            arrays `(channels, height, width)`. Defaults to `"channels_last"`.

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
    if data_format not in _DATA_FORMATS:
        raise unknown("data_format", data_format, _DATA_FORMATS)
    if is_file(image):
        image = open_image(image)
    elif image is None or isinstance(image, dict):
        raise ValueError(
            "A picture is a path, bytes, an open file, a PIL image or an "
            f"array; received {type(image).__name__}."
        )
    elif not isinstance(image, Image.Image):
        image = _from_array(np.asarray(image), data_format)
    name = getattr(image, "filename", "")
    turned = _TURNED.get(orientation(image))
    if turned is not None:
        image = image.transpose(turned)
    if image.mode == "F" or image.mode.startswith("I"):
        # Pillow would clip these to 255 instead of scaling them.
        try:
            image = Image.fromarray(_to_8_bits(np.asarray(image)))
        except ValueError as error:
            raise ValueError(f"{name}: {error}" if name else error) from error
    return np.asarray(_to_rgb(image))


def can_be_seen(size):
    """Whether networks look at images of a size unless they are asked to.

    Args:
        size: Pair of integers `(height, width)`.

    Returns:
        Boolean.

    Example:

    ```python
    can_be_seen((3000, 4000))  # True
    ```
    """
    return (
        0 < min(size) and max(size) <= MAX_SIDE and math.prod(size) <= MAX_SEEN
    )


def is_file(image):
    """Whether a picture is given as a file: its path, content or open file.

    Args:
        image: What `read_image` takes.

    Returns:
        Boolean.

    Example:

    ```python
    is_file("photo.jpg")  # True
    ```
    """
    stored = (str, os.PathLike, bytes, bytearray, memoryview)
    return isinstance(image, stored) or hasattr(image, "read")


def open_image(source):
    """A picture file as it is stored, fully read.

    Args:
        source: Path to a picture file, its content as bytes, or a file opened
            for reading them.

    Returns:
        A `PIL.Image.Image` of any mode.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If the file is not a readable picture, or one of more than
            89 million pixels.

    Example:

    ```python
    np.asarray(mtl_zoo.utils.open_image("labels.png")).dtype  # uint8
    ```
    """
    if isinstance(source, (bytes, bytearray, memoryview)):
        source, name = io.BytesIO(source), "The bytes given"
    elif hasattr(source, "read"):
        name = getattr(source, "name", "The file given")
    else:
        source = name = os.path.expanduser(os.fspath(source))
        _check_is_file(source)
    Image.init()
    formats = [name for name in _FORMATS if name in Image.OPEN]
    try:
        with Image.open(source, formats=formats) as image:
            _check_size(image, name)
            image.load()
            # Some formats find out only now.
            _check_size(image, name)
            return image
    except _TooLarge as error:
        raise ValueError(str(error)) from None
    except Image.DecompressionBombError as error:
        raise ValueError(f"{name}: too many pixels ({error})") from error
    except Exception as error:  # What Pillow raises depends on the bytes.
        reason = one_line(error)
        if isinstance(source, str) and os.path.getsize(source) == 0:
            reason = "it is empty"
        elif isinstance(source, io.BytesIO):
            # Pillow names an object of no meaning to anybody.
            given = source.getbuffer().nbytes
            reason = reason.partition(" <_io")[0] if given else "they are none"
        raise ValueError(
            f"{name}: not a picture that can be read ({reason[:150]})."
        ) from error


def exif(image, tag, part=None):
    """What a picture's Exif data says of one thing.

    It is only a note beside the picture, which may be right where that is
    damaged, or of a type that it can't have.

    Args:
        image: `PIL.Image.Image`.
        tag: `PIL.ExifTags.Base`.
        part: `PIL.ExifTags.IFD`, where in the data it stands. Defaults to
            `None`, at its beginning.

    Returns:
        Float, or `None` where there is no such number.

    Example:

    ```python
    exif(image, ExifTags.Base.Orientation)
    ```
    """
    try:
        said = image.getexif()
        value = (said if part is None else said.get_ifd(part))[tag]
        return None if isinstance(value, (str, bytes)) else float(value)
    except Exception:  # What Pillow raises depends on the bytes.
        return None


def orientation(image):
    """How a photograph lies as it is stored.

    Args:
        image: `PIL.Image.Image`.

    Returns:
        Integer from 1 (upright) to 8, as Exif tells it.

    Example:

    ```python
    orientation(open_image("photo.jpg"))
    ```
    """
    said = exif(image, ExifTags.Base.Orientation)
    return int(said) if said in range(1, 9) else 1


class _TooLarge(Exception):
    """A picture of more pixels than are read."""


def _check_size(image, name):
    width, height = image.size
    if width * height > MAX_PIXELS:
        raise _TooLarge(
            f"{name}: {width}×{height} pixels are too many; up to "
            f"{MAX_PIXELS:,} are read."
        )


def _check_is_file(path):
    if urllib.parse.urlsplit(path).scheme in _ADDRESSES:
        raise ValueError(
            f"{path[:100]}: an address, not a file; download the picture first."
        )
    if os.path.isdir(path):
        raise ValueError(f"{path}: a folder, not a picture.")
    if not os.path.exists(path):
        raise FileNotFoundError(f"{path or repr(path)}: no such file.")
    # Reading a pipe or a device might never end.
    if not os.path.isfile(path):
        raise ValueError(f"{path}: not a file with a picture.")


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


def _to_rgb(image):
    """A picture of 8 bits and any mode as RGB, laid on white."""
    if image.mode == "LAB":
        from PIL import ImageCms

        profiles = map(ImageCms.createProfile, ("LAB", "sRGB"))
        return ImageCms.profileToProfile(image, *profiles, outputMode="RGB")
    if image.mode in ("La", "RGBa"):  # Premultiplied by the transparency.
        image = image.convert({"La": "LA", "RGBa": "RGBA"}[image.mode])
    if image.has_transparency_data:
        image = image.convert("RGBA")
        white = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(white, image)
    return image.convert("RGB")


def _from_array(array, data_format):
    shape = array.shape
    if array.ndim == 3 and data_format == "channels_first":
        array = np.moveaxis(array, 0, -1)
    if array.ndim == 3 and array.shape[-1] == 1:
        array = array[..., 0]
    if (
        array.ndim not in (2, 3)
        or (array.ndim == 3 and array.shape[-1] not in (3, 4))
        or array.size == 0
    ):
        hint = ""
        if len(shape) == 3 and shape[0] in (1, 3, 4):
            hint = (
                "; if that is (channels, height, width), say "
                "data_format='channels_first', or move the first axis last"
            )
        if len(shape) == 4:
            hint = "; give one image of a batch at a time"
        raise ValueError(
            "An image array has shape (height, width), or (height, width, "
            f"channels) with 1, 3 or 4 channels; received {shape}{hint}."
        )
    if array.dtype != np.uint8:
        array = _to_8_bits(array)
    return Image.fromarray(np.ascontiguousarray(array))


def _to_8_bits(array):
    """Numbers of another kind as 0…255; refused where white is not clear."""
    if array.dtype.kind == "b":
        return array.astype("uint8") * np.uint8(255)
    if array.dtype.kind not in "uif":
        raise ValueError(
            f"An image array has numbers; received dtype {array.dtype}."
        )
    low, high = float(array.min()), float(array.max())
    white = _white(array.dtype, low, high)
    if white is None:
        raise ValueError(
            f"An image array has values 0…1, 0…255 or 0…65535; {low:g}…{high:g}"
            f" of {array.dtype} is not clearly any of these: divide by what "
            "white is, and give floats 0…1."
        )
    scaled = array.astype("float32") * np.float32(255 / white)
    return scaled.round().clip(0, 255).astype("uint8")


def _white(dtype, low, high):
    """The value that is white, or `None`."""
    if not (np.isfinite([low, high]).all() and low >= 0):
        return None
    if dtype.kind == "f":
        # Resizing overshoots a little.
        if high <= 1.001:
            return 1
        return 255 if _DARKEST_255 <= high <= 255.5 else None
    if high == 0:
        return 255
    if _DARKEST_16_BIT <= high <= 65535:
        return 65535
    # Whole numbers of more bits that hold 0…255, as NumPy's own do.
    is_16_bit = dtype.itemsize == 2 and dtype.kind == "u"
    return 255 if 1 < high <= 255 and not is_16_bit else None
