"""Checkpoints: everything that a run needs to go on as if never stopped.

A checkpoint is one `.npz` file of plain arrays, the same on every backend: the
model's variables (the states of random layers too), those of the optimizer
(with its loss scale), of the balancing and of the metrics, and the place in the
data. It is written beside its place and renamed, so that a killed process
leaves a whole file or none.
"""

import pathlib
import sys
import zipfile

import numpy as np
from keras import ops

from mtl_zoo.utils import atomic_path


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
            # What a process left that was killed while it wrote.
            for path in self.folder.glob(".*.npz"):
                path.unlink()

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
        arrays = {
            f"{group}/{i}": ops.convert_to_numpy(variable)
            for group, variables in _state(self.model).items()
            for i, variable in enumerate(variables)
        }
        # A ReLU hides from the loss that what comes before it is not a number.
        if not all(
            np.isfinite(value).all()
            for name, value in arrays.items()
            if not name.startswith("metrics/")
        ):
            return False
        if not self.writes:
            return True
        path = self.folder / f"epoch_{epoch:05}_step_{step:07}.npz"
        with atomic_path(path) as temporary:
            np.savez(temporary, place=np.array([epoch, step]), **arrays)
        for old in self._paths()[: -self.keep]:
            old.unlink()
        return True

    def restore(self):
        """Set the state of the run from the last checkpoint.

        A file that can't be read, which only a damaged disk brings about, is
        passed over for the one before.

        Returns:
            A pair of integers `(epoch, step)`, or `None` if there is none.

        Raises:
            ValueError: If the checkpoint is of another network, optimizer or
                balancing.
        """
        for path in reversed(self._paths()):
            try:
                with np.load(path, allow_pickle=False) as file:
                    arrays = {name: file[name] for name in file.files}
            except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
                print(f"{path} is damaged ({error})", file=sys.stderr)
                if self.writes:  # Or it would count among those to keep.
                    path.rename(path.with_suffix(".damaged"))
                continue
            epoch, step = map(int, arrays.pop("place"))
            self._assign(arrays, path)
            return epoch, step
        return None

    def restore_metrics(self):
        """Set the metrics again, which `fit` clears when an epoch begins."""
        for variable, value in zip(
            _state(self.model)["metrics"], self._metrics, strict=True
        ):
            variable.assign(value)

    def _assign(self, arrays, path):
        variables = {
            f"{group}/{i}": variable
            for group, variables in _state(self.model).items()
            for i, variable in enumerate(variables)
        }
        if {name: value.shape for name, value in arrays.items()} != {
            name: tuple(variable.shape) for name, variable in variables.items()
        }:
            raise ValueError(
                f"{path} is the checkpoint of another network, optimizer or "
                "balancing."
            )
        for name, variable in variables.items():
            variable.assign(arrays[name])
        self._metrics = [
            value
            for name, value in arrays.items()
            if name.startswith("metrics/")
        ]

    def _paths(self):
        return sorted(self.folder.glob("epoch_*.npz"))


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
