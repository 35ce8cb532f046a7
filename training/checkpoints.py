"""Checkpoints: everything that a run needs to go on as if never stopped.

A checkpoint is one `.npz` file of plain arrays, the same on every backend: the
model's variables (the states of random layers too), those of the optimizer
(with its loss scale), of the balancing and of the metrics, and the place in the
data. It is written beside its place and renamed, so that a killed process
leaves a whole file or none.
"""

import pathlib
import re
import sys

import numpy as np
from keras import ops

from mtl_zoo.utils import atomic_path
from mtl_zoo.utils.files import remove_unfinished
from mtl_zoo.utils.text import one_line
from mtl_zoo.utils.text import printable
from mtl_zoo.utils.zip_files import open_zip

# What a `.npy` file's header takes at most.
_HEADER = 10_000
_MOST_ARRAYS = 100_000


class Checkpoints:
    """The last checkpoints of a run.

    Args:
        folder: `pathlib.Path`.
        model: `mtl_zoo.models.MultiTaskModel`, compiled, its optimizer built.
        keep: Integer, how many stay. Defaults to `3`.
        writes: Boolean, whether this process writes; where several train
            together, one does. Defaults to `True`.

    Example:

    ```python
    checkpoints = Checkpoints(folder, model)
    checkpoints.save(epoch=2, step=100)
    checkpoints.restore()  # (2, 100)
    ```
    """

    def __init__(self, folder, model, keep=3, writes=True):
        self.folder = pathlib.Path(folder)
        self.model = model
        self.keep = keep
        self.writes = writes
        if writes and self.folder.is_dir():
            remove_unfinished(self.folder)

    def save(self, epoch, step):
        """Write a checkpoint and remove the oldest.

        Args:
            epoch: Integer, from 0.
            step: Integer, the steps of this epoch that are done.

        Returns:
            Boolean: `False` if the state is not one to go on from, with
            weights that are not finite. Nothing is written then.
        """
        # Reading is for all: it takes every process of a distributed run.
        arrays = self._arrays()
        # A ReLU hides from the loss that what comes before it is not a number.
        if not _are_finite(arrays):
            return False
        if not self.writes:
            return True
        path = self.folder / _name(epoch, step)
        with atomic_path(path) as temporary:
            np.savez(temporary, place=np.array([epoch, step]), **arrays)
        for old in self._paths()[: -self.keep]:
            old.unlink()
        return True

    def restore(self):
        """Set the state of the run from the last checkpoint.

        A file that is damaged is passed over for the one before: one that
        can't be read, holds numbers that are not finite, or is of another
        place than its name says.

        Returns:
            A pair of integers `(epoch, step)`, or `None` if there is none.

        Raises:
            ValueError: If the checkpoint is of another network, optimizer or
                balancing.
        """
        expected = self._arrays()
        for path in reversed(self._paths()):
            try:
                arrays = _read(path, expected)
                place = arrays.pop("place")
                epoch, step = map(int, place)
                if path.name != _name(epoch, step):
                    raise ValueError(f"it is of the place {place}")
                if not _are_finite(arrays):
                    raise ValueError("it holds NaN or infinite values")
            except _Foreign as error:
                raise ValueError(
                    f"{path} is the checkpoint of another network, optimizer "
                    f"or balancing, or of another version ({error})."
                ) from None
            except Exception as error:  # It depends on the bytes.
                print(
                    f"{printable(str(path))} is damaged "
                    f"({one_line(error)[:120]}); the one before it is taken.",
                    file=sys.stderr,
                )
                if self.writes:  # Or it would count among those to keep.
                    path.rename(path.with_suffix(".damaged"))
                continue
            self._assign(arrays)
            return epoch, step
        return None

    def restore_metrics(self):
        """Set the metrics again, which `fit` clears when an epoch begins."""
        for variable, value in zip(
            _state(self.model)["metrics"], self._metrics, strict=True
        ):
            variable.assign(value)

    def _arrays(self):
        """The state of the run by names."""
        return {
            name: ops.convert_to_numpy(variable)
            for name, variable in self._variables().items()
        }

    def _variables(self):
        return {
            f"{group}/{i}": variable
            for group, variables in _state(self.model).items()
            for i, variable in enumerate(variables)
        }

    def _assign(self, arrays):
        for name, variable in self._variables().items():
            variable.assign(arrays[name])
        self._metrics = [
            value
            for name, value in arrays.items()
            if name.startswith("metrics/")
        ]

    def _paths(self):
        return sorted(self.folder.glob("epoch_*.npz"), key=_place)


def copy_state(source, target):
    """Give a compiled model the whole state of another one that is built alike.

    What the target has traced or compiled goes on working: a run that begins
    with the copy is that of the source.

    Args:
        source: `mtl_zoo.models.MultiTaskModel`, compiled, its optimizer built.
        target: The same, of the same network, optimizer and balancing.

    Raises:
        ValueError: If the target has other variables.
    """
    to = _state(target)
    for group, variables in _state(source).items():
        for old, new in zip(to[group], variables, strict=True):
            old.assign(new)


class _Foreign(Exception):
    """A checkpoint that is whole, but of something else."""


def _place(path):
    """Epoch and step of a checkpoint by its name; (-1,) for another file."""
    found = re.fullmatch(r"epoch_(\d+)_step_(\d+)", path.stem)
    return tuple(map(int, found.groups())) if found else (-1,)


def _name(epoch, step):
    return f"epoch_{epoch:05}_step_{step:07}.npz"


def _are_finite(arrays):
    """Whether all is finite that a run goes on from; metrics are not asked."""
    return all(
        np.isfinite(value).all()
        for name, value in arrays.items()
        if not name.startswith("metrics/")
    )


def _read(path, expected):
    """The arrays of a checkpoint, which are of the shapes that are expected.

    Args:
        path: `pathlib.Path`.
        expected: Dict name → array.

    Returns:
        A dict like `expected`, and `"place"`.

    Raises:
        _Foreign: If there are others, or of other shapes.
        Exception: Of any kind, if the file is damaged.
    """
    if not path.is_file():
        raise ValueError("it is no file")
    expected = {**expected, "place": np.zeros(2, "int64")}
    with open_zip(path, _MOST_ARRAYS) as file:
        sizes = {
            x.filename.removesuffix(".npy"): x.file_size
            for x in file.infolist()
        }
    missing = expected.keys() ^ sizes.keys()
    if missing:
        raise _Foreign(f"{sorted(missing)[0]} is in one of them only")
    for name, size in sizes.items():
        # Nothing is read that is larger than it may be.
        if not 0 <= size - expected[name].nbytes <= _HEADER:
            raise _Foreign(f"{name} has another size")
    with np.load(path, allow_pickle=False) as file:
        arrays = {name: file[name] for name in expected}
    for name, value in arrays.items():
        like = expected[name]
        if (value.shape, value.dtype) != (like.shape, like.dtype):
            raise _Foreign(
                f"{name} is {value.dtype} {value.shape}, not {like.dtype} "
                f"{like.shape}"
            )
    return arrays


def _state(model):
    """All variables of a compiled model by what they belong to, each once."""
    groups = {
        "metrics": model.metrics_variables,
        "optimizer": model.optimizer.variables,
        "balancing": model.balancing.variables,
        "model": model.variables,
    }
    seen = set()
    state = {}
    for group, variables in groups.items():
        state[group] = [v for v in variables if id(v) not in seen]
        seen.update(map(id, state[group]))
    return state
