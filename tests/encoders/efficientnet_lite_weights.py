"""Weights and an image by a formula, for EfficientNet-Lite's parity numbers."""

import numpy as np


def state_dict(shapes):
    """Arrays for the names of a PyTorch checkpoint, each by its own seed.

    Args:
        shapes: Dict name → shape.

    Returns:
        Dict name → float32 array; kernels keep the variance of their input,
        scales and variances lie within 0.5…1.5.
    """
    state = {}
    for i, (name, shape) in enumerate(sorted(shapes.items())):
        rng = np.random.default_rng(i)
        if len(shape) > 1:
            fan_in = np.prod(shape[1:])
            value = rng.normal(size=shape) * np.sqrt(2 / fan_in)
        elif name.endswith(("weight", "running_var")):
            value = rng.uniform(0.5, 1.5, shape)
        else:
            value = rng.normal(size=shape) * 0.1
        state[name] = value.astype("float32")
    return state


def image(height=64, width=96):
    """A normalised image `(1, height, width, 3)`."""
    rng = np.random.default_rng(1000)
    return rng.normal(size=(1, height, width, 3)).astype("float32")
