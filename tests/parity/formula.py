"""Weights and images of the parity cases, see README.md beside this file."""

import gzip
import json
import pathlib

import numpy as np

FOLDER = pathlib.Path(__file__).parent


def noise(shape, key):
    """Numbers in [0, 1) that look random: one sequence for each key.

    Args:
        shape: Tuple of integers.
        key: Float.

    Returns:
        Float64 array.
    """
    index = np.arange(np.prod(shape, dtype=int), dtype="float64")
    value = np.sin(index * 12.9898 + key * 78.233) * 43758.5453
    return (value - np.floor(value)).reshape(shape)


def image(shape, key):
    """A normalised image, or features, within [-2, 2)."""
    return (4 * (noise(shape, key) - 0.5)).astype("float32")


def state_dict(case):
    """The weights of a case by their names in the original.

    An array's key is its place in the list. Kernels are scaled by their
    fan-in; scales and variances lie around 1, all else around 0.
    """
    state = {}
    for key, (name, shape) in enumerate(case["state_dict"]):
        r = noise(shape, key)
        if name.endswith("running_var"):
            value = 0.75 + 0.5 * r
        elif len(shape) > 1:
            fan_in = np.prod(shape[1:])
            value = (2 * r - 1) * np.sqrt(6 / fan_in) * case["gain"]
        elif shape and name.endswith("weight"):
            value = 0.8 + 0.4 * r
        else:
            value = 0.2 * (r - 0.5)
        state[name] = value.astype("float32")
    return state


def load(name):
    """A case: what its file says, its weights, its image or features."""
    case = json.loads(
        gzip.decompress((FOLDER / f"{name}.json.gz").read_bytes())
    )
    if "image_key" in case:
        return (
            case,
            state_dict(case),
            image(case["input_shape"], case["image_key"]),
        )
    features = [
        case["feature_scale"] * image(shape, key)
        for shape, key in zip(
            case["feature_shapes"], case["feature_keys"], strict=True
        )
    ]
    return case, state_dict(case), features
