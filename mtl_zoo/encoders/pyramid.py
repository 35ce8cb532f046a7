"""Any Keras model as a feature pyramid."""

import keras

LEVELS = ("P2", "P3", "P4", "P5")


def as_pyramid(model):
    """Make a Keras model give features at strides 4, 8, 16 and 32.

    Args:
        model: `keras.Model` with a dict `pyramid_outputs` (as KerasHub's
            backbones have), or whose output is a dict; the dict has the keys
            `"P2"`, `"P3"`, `"P4"`, `"P5"` (others are left out).

    Returns:
        A `keras.Model` whose output is a dict of these four; the model itself
        where it is so already.

    Raises:
        ValueError: If the model gives no such dict, or its input is not one
            image.

    Example:

    ```python
    encoder = mtl_zoo.encoders.as_pyramid(my_keras_hub_backbone)
    ```
    """
    if not isinstance(model, keras.Model):
        raise ValueError(
            "An encoder is a name (see mtl_zoo.encoders.list_encoders()) or a "
            f"Keras model; received {model!r}."
        )
    outputs = getattr(model, "pyramid_outputs", None)
    if outputs is None:
        outputs = getattr(model, "output", None)
    if not isinstance(outputs, dict) or not set(LEVELS) <= set(outputs):
        found = sorted(outputs) if isinstance(outputs, dict) else outputs
        raise ValueError(
            f"Encoder {model.name!r} can't be used: it needs `pyramid_outputs` "
            f"or a dict output with the keys {', '.join(LEVELS)}; it has "
            f"{found!r}."
        )
    if len(model.inputs) != 1:
        raise ValueError(
            f"Encoder {model.name!r} can't be used: it needs one input, an "
            f"image; it has {len(model.inputs)}."
        )
    if isinstance(model.output, dict) and set(model.output) == set(LEVELS):
        return model
    return keras.Model(
        model.inputs[0],
        {level: outputs[level] for level in LEVELS},
        name=model.name,
    )
