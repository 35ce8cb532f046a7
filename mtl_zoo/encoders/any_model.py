"""Any Keras model as a feature pyramid."""

import keras

from mtl_zoo.encoders import keras_cv
from mtl_zoo.encoders import keras_hub
from mtl_zoo.encoders.pyramid import BEFORE_LAST
from mtl_zoo.encoders.pyramid import LEVELS


def as_pyramid(model):
    """Make a Keras model give features at strides 4, 8, 16 and 32.

    Args:
        model: `keras.Model` with a dict `pyramid_outputs`, or whose output is
            a dict, or a backbone of KerasCV or KerasHub, which is built anew
            (see `mtl_zoo.encoders.KerasHubEncoder`). The dict has the keys
            `"P2"`, `"P3"`, `"P4"`, `"P5"`, finest first. It may have
            `"P2_before_last"` to `"P5_before_last"` too, what the last block
            of each stage sees: MTAN makes its attention from it. Others are
            left out.

    Returns:
        A `keras.Model` whose output is a dict of these; the model itself where
        it is so already.

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
    if keras_hub.is_backbone(model):
        return keras_hub.from_backbone(model)
    outputs = getattr(model, "pyramid_outputs", None)
    if outputs is None and hasattr(model, "pyramid_level_inputs"):
        # KerasCV can't read the configurations of its own layers.
        return keras_cv.from_backbone(model)
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
    kept = {
        key: outputs[key] for key in (*LEVELS, *BEFORE_LAST) if key in outputs
    }
    if isinstance(model.output, dict) and set(kept) <= set(model.output) <= {
        *LEVELS,
        *BEFORE_LAST,
    }:
        return model
    pyramid = keras.Model(model.inputs[0], kept, name=model.name)
    for attribute in ("family", "normalization"):
        if hasattr(model, attribute):
            setattr(pyramid, attribute, getattr(model, attribute))
    return pyramid
