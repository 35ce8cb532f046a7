"""Weights of a network as two files: the encoder's, and all others.

Written by `keras.saving.save_weights`, in KerasHub's layout. Read here: a file
is compared with the network, variable by variable, before any value is taken
from it, so that what is missing, left over, wrong or only pretended to be there
is named; then every variable is set from it.
"""

import itertools
import shutil
import warnings

import h5py
import keras
import ml_dtypes
import numpy as np
from keras.src.backend.common import global_state
from keras.src.saving import saving_lib

from mtl_zoo.presets.folder import ENCODER_WEIGHTS
from mtl_zoo.presets.folder import TASK_WEIGHTS
from mtl_zoo.utils.files import check_regular
from mtl_zoo.utils.text import cut
from mtl_zoo.utils.text import one_line
from mtl_zoo.utils.text import printable

# Groups and datasets; MTI-Net on HRNet-w48 has some 9000.
_MAX_OBJECTS = 200_000
# Of groups in groups: HDF5 takes long where there are thousands. Ours have 10.
_MAX_DEPTH = 100
# What a file takes for a variable besides its values, at most.
_OVERHEAD = 4096


def save_weights(model, folder, dtype="float32"):
    """Write the two weight files of a model.

    Args:
        model: `keras.Model` with an `encoder`.
        folder: `pathlib.Path`, an existing folder.
        dtype: String, `"float32"`: as the variables are; or `"float16"`:
            kernels as float16 where they fit. Defaults to `"float32"`.

    Raises:
        ValueError: If not all variables of the model can be saved.

    Example:

    ```python
    save_weights(model, pathlib.Path("my_preset"), dtype="float16")
    ```
    """
    count = sum(
        _save_part(part, folder / name, skip, dtype)
        for part, name, skip in _parts(model)
    )
    if count != len(_bare(model).weights):
        raise ValueError(
            f"Model {model.name!r} can't be saved as a preset: "
            f"{len(_bare(model).weights)} weights are in it, {count} could be "
            "stored. Its encoder must be one of its layers, and every layer "
            "must store its own weights."
        )


def save_encoder_weights(encoder, folder, dtype="float32"):
    """Write the weight file of an encoder alone.

    Args:
        encoder: `keras.Model`.
        folder: `pathlib.Path`, an existing folder.
        dtype: As for `save_weights`. Defaults to `"float32"`.

    Example:

    ```python
    save_encoder_weights(encoder, pathlib.Path("my_encoder"))
    ```
    """
    part, name, skip = _encoder_part(encoder)
    _save_part(part, folder / name, skip, dtype)


def load_encoder_weights(encoder, preset):
    """Read the weight file of an encoder; every variable is set.

    Args:
        encoder: `keras.Model`.
        preset: `mtl_zoo.presets.folder.Preset`.

    Returns:
        List of the variables that were set.

    Raises:
        ValueError: If a variable is missing, left over or of another shape;
            the message names it.

    Example:

    ```python
    load_encoder_weights(model.encoder, Preset(pathlib.Path("my_encoder")))
    ```
    """
    return _load_part(*_encoder_part(encoder), preset)


def load_weights(model, preset):
    """Read the two weight files of a model; every variable is set.

    Args:
        model: `keras.Model` with an `encoder`.
        preset: `mtl_zoo.presets.folder.Preset`.

    Returns:
        List of the variables that were set.

    Raises:
        ValueError: If a variable is missing, left over or of another shape;
            the message names it.

    Example:

    ```python
    load_weights(model, Preset(pathlib.Path("my_preset")))
    ```
    """
    return [
        variable
        for part in _parts(model)
        for variable in _load_part(*part, preset)
    ]


def max_elements(preset):
    """How many numbers the weight files of a preset can hold at most.

    Args:
        preset: `mtl_zoo.presets.folder.Preset`.

    Returns:
        Integer.

    Example:

    ```python
    max_elements(Preset(pathlib.Path("my_preset")))
    ```
    """
    names = [ENCODER_WEIGHTS] + [TASK_WEIGHTS] * (not preset.is_encoder)
    # The shortest number that is stored has two bytes.
    return sum(check_regular(preset.file(name)) for name in names) // 2


def _parts(model):
    """Triples: a model to save, its file, what of it to leave out."""
    yield _encoder_part(model.encoder)
    yield _bare(model), TASK_WEIGHTS, [model.encoder]


def _encoder_part(encoder):
    return _bare(encoder), ENCODER_WEIGHTS, []


def _bare(model):
    """The same layers without what training adds, such as the optimizer."""
    return keras.Model(model.inputs, model.outputs)


def _remember_attributes():
    """Half the time of walking through a model's layers.

    Keras 3.15 asks for the attributes that it skips under another name than it
    keeps them by, and so makes a layer for each layer that it visits, to look
    at what it has.
    """
    for kind in ("Layer", "Functional"):
        global_state.set_global_attribute(
            f"saving_attr_skiplist_{kind}", saving_lib.get_attr_skipset(kind)
        )


def _save_part(part, path, skip, dtype):
    """Write one file; how many variables are in it."""
    variables = _named_variables(part, skip)
    _check_room(path, variables.values(), 1.5 if dtype == "float16" else 1)
    try:
        keras.saving.save_weights(part, path, objects_to_skip=skip)
        if dtype == "float16":
            _store_as_float16(path)
    except RuntimeError as error:  # What HDF5 says of a disk.
        reason = cut(one_line(error), 150)
        raise OSError(f"{path} can't be written: {reason}") from error
    return len(variables)


def _check_room(path, variables, factor):
    """Raise `OSError` where a disk is full, at which HDF5 may crash."""
    needed = sum(
        np.prod(variable.shape) * np.dtype("float32").itemsize + _OVERHEAD
        for variable in variables
    )
    free = shutil.disk_usage(path.parent).free
    if free < factor * needed:
        raise OSError(
            f"{path}: no space left, {free / 1e6:.1f} MB of "
            f"{factor * needed / 1e6:.1f}."
        )


class _Names(saving_lib.H5IOStore):
    """Takes what Keras would write to a file, to learn under which name."""

    def __init__(self):
        self.variables = {}
        self._path = ""

    def __bool__(self):
        return True

    def make(self, path, metadata=None):
        del metadata
        self._path = f"{path}/vars" if path else "vars"
        return self

    def __setitem__(self, key, value):
        self.variables[f"{self._path}/{key}"] = value


def _named_variables(model, skip):
    """Dict path in the file → variable."""
    _remember_attributes()
    names = _Names()
    saving_lib._save_state(
        model,
        weights_store=names,
        assets_store=None,
        inner_path="",
        visited_saveables={id(part) for part in skip},
    )
    return names.variables


def _load_part(part, name, skip, preset):
    """Set every variable of a model from a file; the list of them."""
    path = preset.file(name)
    check_regular(path)
    variables = _named_variables(part, skip)
    problems, values = _read_file(path, variables)
    if problems:
        more = f" (and {len(problems) - 3} more)" if len(problems) > 3 else ""
        raise ValueError(
            f"{path} does not fit its model: {'; '.join(problems[:3])}{more}."
        )
    for key, variable in variables.items():
        variable.assign(values[key])
    _warn_not_finite(path, variables, values)
    return list(variables.values())


def _read_file(path, variables):
    """What is wrong with a file for these variables; if nothing, its values."""
    try:
        with h5py.File(path, "r") as file:
            stored = _datasets(file)
            problems = _problems(variables, stored)
            if problems:
                return problems, {}
            return [], {key: _read(stored[key]) for key in variables}
    except Exception as error:
        # A damaged file makes h5py raise whatever its library says.
        reason = cut(one_line(error), 150)
        raise ValueError(f"{path} can't be read as HDF5: {reason}") from None


def _datasets(file):
    """Dict path in the file → dataset; links out of it are not followed."""
    datasets = {}
    numbers = itertools.count(1)

    def visit(name, item):
        if next(numbers) > _MAX_OBJECTS or name.count("/") > _MAX_DEPTH:
            raise ValueError(
                f"it has more than {_MAX_OBJECTS} groups and datasets, or "
                f"groups nested deeper than {_MAX_DEPTH}"
            )
        if isinstance(item, h5py.Dataset):
            datasets[name] = item

    file.visititems(visit)
    return datasets


def _problems(variables, stored):
    """Where a file holds other variables than the model has."""
    return [
        *(f"{key} is missing" for key in sorted(variables.keys() - stored)),
        *(
            f"{ascii(key)[1:-1][:100]} is not in the model"
            for key in sorted(stored.keys() - variables)
        ),
        *(
            problem
            for key in sorted(variables.keys() & stored)
            if (problem := _problem(key, variables[key], stored[key]))
        ),
    ]


def _warn_not_finite(path, variables, values):
    names = [
        variable.path
        for key, variable in variables.items()
        if not np.isfinite(values[key]).all()
    ]
    if names:
        more = f" and {len(names) - 3} more" if len(names) > 3 else ""
        warnings.warn(
            f"{path} holds weights that are not finite: "
            f"{printable(', '.join(names[:3]))}"
            f"{more}. What the network predicts will not be either.",
            stacklevel=2,
        )


def _problem(key, variable, dataset):
    """What is wrong with a dataset for a variable, or `None`.

    Its values must lie in the file as they are: neither in another file, nor
    packed, so that what is read is no more than the file is long.
    """
    if dataset.shape != tuple(variable.shape):
        return (
            f"{key} has shape {dataset.shape} instead of "
            f"{tuple(variable.shape)}"
        )
    if dataset.dtype.kind not in "fiub" and not _is_bfloat16(dataset):
        return f"{key} holds {str(dataset.dtype)[:40]} instead of numbers"
    if (
        dataset.external
        or dataset.is_virtual
        or dataset.id.get_create_plist().get_nfilters()
        or dataset.id.get_storage_size() < dataset.nbytes
    ):
        return f"{key} is packed or lies elsewhere, not in the file as it is"
    return None


def _is_bfloat16(dataset):
    """Whether it is how Keras stores bfloat16, which HDF5 does not know."""
    return (
        dataset.dtype == np.dtype("V2")
        and dataset.attrs.get("dtype") == "bfloat16"
    )


def _read(dataset):
    value = np.asarray(dataset[()])
    if _is_bfloat16(dataset):
        value = value.view(ml_dtypes.bfloat16).astype("float32")
    # PyTorch takes no numbers whose bytes stand in another order than its own.
    return value.astype(value.dtype.newbyteorder("="), copy=False)


def _store_as_float16(path):
    """Rewrite a weight file with its float32 matrices as float16.

    Vectors stay: biases and statistics of normalisations are few, and their
    range is not known. So do matrices whose values float16 can't hold.
    """
    small = path.with_name(f"small.{path.name}")
    with h5py.File(path, "r") as source, h5py.File(small, "w") as target:
        target.attrs.update(source.attrs)

        def visit(name, item):
            if isinstance(item, h5py.Group):
                copy = target.require_group(name)
            else:
                value = item[()]
                if _fits_float16(value):
                    value = value.astype(np.float16)
                copy = target.create_dataset(name, data=value)
            copy.attrs.update(item.attrs)

        source.visititems(visit)
    small.replace(path)


def _fits_float16(value):
    return (
        value.dtype == np.float32
        and value.ndim >= 2
        and bool(np.all(np.abs(value) <= np.finfo(np.float16).max))
    )
