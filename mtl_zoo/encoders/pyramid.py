"""The levels of a feature pyramid."""

LEVELS = ("P2", "P3", "P4", "P5")

# Of an encoder that is not dilated.
STRIDES = (4, 8, 16, 32)

# Optional outputs: what the last block of each stage sees, for MTAN.
BEFORE_LAST = tuple(f"{level}_before_last" for level in LEVELS)


def level_strides(encoder):
    """How much smaller than the image each level of a pyramid is.

    Args:
        encoder: `keras.Model`, see `mtl_zoo.encoders.as_pyramid`; it
            may say it itself by an attribute `level_strides`.

    Returns:
        Tuple of four integers, `(4, 8, 16, 32)` unless the encoder is dilated.

    Example:

    ```python
    encoder = mtl_zoo.encoders.get("resnet18_os8")
    level_strides(encoder)  # (4, 8, 8, 8)
    ```
    """
    known = getattr(encoder, "level_strides", None)
    if known is not None:
        return tuple(known)
    size = 256
    shapes = encoder.compute_output_shape((1, size, size, 3))
    return tuple(round(size / shapes[level][1]) for level in LEVELS)
