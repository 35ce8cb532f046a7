"""The tensors of a PyTorch checkpoint; nothing is ever unpickled.

PyTorch itself is imported where `.pth` files are read.
"""

import pathlib
import pickle

import numpy as np

from mtl_zoo.utils.extras import import_extra


def read_checkpoint(path):
    """The tensors of a checkpoint.

    Tensors may stand under a key `state_dict` or `model`, and under names that
    begin with `module.`, as `DataParallel` gives them. Counters of batch
    normalisation are left out.

    Args:
        path: String or path, `*.safetensors`, else as `torch.save` writes it.

    Returns:
        A dict name → NumPy array.

    Raises:
        ValueError: If it can't be read, or holds anything but tensors.
        ImportError: If the library for it is missing.
        FileNotFoundError: If there is no such file.
    """
    path = pathlib.Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"{path}: no such file.")
    state = (
        _read_safetensors(path)
        if path.suffix == ".safetensors"
        else _read_torch(path)
    )
    while nested := _nested(state):
        state = nested
    if not isinstance(state, dict) or not state:
        raise ValueError(f"{path}: holds no dict of tensors.")
    tensors = {}
    for name, value in state.items():
        if not hasattr(value, "shape"):
            raise ValueError(
                f"{path}: entry {name!r} is a {type(value).__name__}, not a "
                "tensor."
            )
        name = str(name).removeprefix("module.")
        if name in tensors:
            raise ValueError(f"{path}: {name!r} is in it twice.")
        if not name.endswith("num_batches_tracked"):
            tensors[name] = np.asarray(value)
    if not tensors:
        raise ValueError(f"{path}: holds no weights.")
    return tensors


def _nested(state):
    """The dict of tensors within a dict, or `None`."""
    if isinstance(state, dict):
        for key in ("state_dict", "model"):
            if isinstance(state.get(key), dict):
                return state[key]
    return None


def _read_safetensors(path):
    safetensors = import_extra("safetensors", "torch", ".safetensors files")
    from safetensors.numpy import load_file

    try:
        return load_file(path)
    except safetensors.SafetensorError as error:
        raise ValueError(f"{path}: not a safetensors file ({error}).") from None


def _read_torch(path):
    torch = import_extra("torch", "torch", ".pth files")
    try:
        # Results are often saved beside the weights, as NumPy's numbers.
        with torch.serialization.safe_globals(_numpy_scalars()):
            state = torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError:
        raise ValueError(
            f"{path}: holds more than tensors, or is no checkpoint; nothing "
            "but tensors is read. Save its state_dict alone."
        ) from None
    except (RuntimeError, EOFError, KeyError) as error:
        reason = " ".join(str(error).split())[:200]
        raise ValueError(f"{path}: can't be read ({reason}).") from None

    def to_numpy(value):
        if isinstance(value, torch.Tensor):
            return value.detach().float().numpy()
        if isinstance(value, dict):
            return {key: to_numpy(item) for key, item in value.items()}
        return value

    return to_numpy(state)


def _numpy_scalars():
    """What PyTorch may make of a file besides tensors: single numbers."""
    scalar = np.float64(0).__reduce__()[0]
    kinds = {type(np.dtype(kind)) for kind in "?bhilBHILfde"}
    return [
        (scalar, "numpy.core.multiarray.scalar"),
        (scalar, "numpy._core.multiarray.scalar"),
        np.dtype,
        *kinds,
    ]
