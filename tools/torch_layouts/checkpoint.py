"""The tensors of a PyTorch checkpoint; nothing is ever unpickled.

PyTorch itself is imported where `.pth` files are read.
"""

import pathlib
import pickle
import re
import zipfile

import numpy as np

from mtl_zoo.utils.extras import import_extra
from mtl_zoo.utils.zip_files import open_zip

# Tensors stand under "state_dict" or "model", or under one in the other.
_MAX_NESTED = 4
# In float32, times the file's size: float16 takes twice as much, and some
# tensors are in a network twice.
_MOST_GROWTH = 8
# Of a tensor each, in what PyTorch writes.
_MOST_FILES = 100_000


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
    # A file may hold a dict that is in itself.
    for _ in range(_MAX_NESTED):
        state = _nested(state) or state
    if not isinstance(state, dict) or not state:
        raise ValueError(f"{path}: holds no dict of tensors.")
    tensors = {}
    left = _MOST_GROWTH * path.stat().st_size
    for name, value in state.items():
        shown = ascii(name)[:100]
        if not hasattr(value, "shape"):
            raise ValueError(
                f"{path}: entry {shown} is a {type(value).__name__}, not a "
                "tensor."
            )
        name = str(name).removeprefix("module.")
        if name in tensors:
            raise ValueError(f"{path}: {shown} is in it twice.")
        if not name.endswith("num_batches_tracked"):
            try:
                tensors[name] = _to_numpy(value)
            except Exception as error:
                # What PyTorch can't make an array of, it says in many ways.
                raise ValueError(
                    f"{path}: entry {shown} is no plain tensor "
                    f"({_reason(error)})."
                ) from None
            left -= tensors[name].nbytes
            if left < 0:
                raise ValueError(
                    f"{path}: its tensors take more than {_MOST_GROWTH} times "
                    "its size, so many share what is stored."
                )
    if not tensors:
        raise ValueError(f"{path}: holds no weights.")
    return tensors


def _reason(error):
    """The cause alone, of an error of many lines."""
    lines = re.sub(r"[^\x20-\x7e\n]", "?", str(error)).strip().splitlines()
    return (lines or [type(error).__name__])[0][:120]


def _to_numpy(value):
    """A tensor as an array; raise where it is larger than its storage."""
    if isinstance(value, np.ndarray):
        return value
    if value.is_complex() or value.is_quantized:
        raise ValueError(f"it holds {value.dtype}")
    # Strides of 0 would make any number of a single one.
    if value.numel() * value.itemsize > value.untyped_storage().nbytes():
        raise ValueError("it has more numbers than are stored")
    return value.detach().float().numpy()


def _nested(state):
    """The dict of tensors within a dict, or `None`."""
    if isinstance(state, dict):
        for key in ("state_dict", "model"):
            if isinstance(state.get(key), dict):
                return state[key]
    return None


def _read_safetensors(path):
    import_extra("safetensors", "torch", ".safetensors files")
    from safetensors.numpy import load_file

    try:
        return load_file(path)
    except Exception as error:
        # Besides its own, those of NumPy, of dtypes that it does not know.
        raise ValueError(
            f"{path}: not a safetensors file ({_reason(error)})."
        ) from None


def _read_torch(path):
    torch = import_extra("torch", "torch", ".pth files")
    try:
        _check_packed(path)
        # Results are often saved beside the weights, as NumPy's numbers.
        with torch.serialization.safe_globals(_numpy_scalars()):
            return torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError:
        raise ValueError(
            f"{path}: holds more than tensors, or is no checkpoint; nothing "
            "but tensors is read. Save its state_dict alone."
        ) from None
    except Exception as error:
        # A damaged file makes PyTorch raise errors of a dozen kinds.
        raise ValueError(f"{path}: can't be read ({_reason(error)}).") from None


def _check_packed(path):
    """Raise where an archive would grow; PyTorch's own are not packed."""
    if zipfile.is_zipfile(path):
        with open_zip(path, _MOST_FILES) as archive:
            size = sum(entry.file_size for entry in archive.infolist())
        if size > path.stat().st_size:
            raise ValueError(f"it is packed, and has {size} bytes unpacked")


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
