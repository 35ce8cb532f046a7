"""Weights of a model as two files: the encoder's, and all others.

Written and read by `keras.saving.save_weights` and `load_weights`, as KerasHub
does it; here it is checked that not one variable is missing or left over.
"""

import pathlib
import tempfile

import h5py
import keras
import numpy as np

from mtl_zoo.presets import integrity


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


def load_encoder_weights(encoder, folder):
    """Read the weight file of an encoder; every variable is set.

    Args:
        encoder: `keras.Model`.
        folder: `pathlib.Path`.

    Raises:
        ValueError: If a variable is missing, left over or of another shape;
            the message names it.

    Example:

    ```python
    load_encoder_weights(model.encoder, pathlib.Path("my_encoder"))
    ```
    """
    part, name, skip = _encoder_part(encoder)
    _load(part, folder / name, skip)


def load_weights(model, folder):
    """Read the two weight files of a model; every variable is set.

    Args:
        model: `keras.Model` with an `encoder`.
        folder: `pathlib.Path`.

    Raises:
        ValueError: If a variable is missing, left over or of another shape;
            the message names it.

    Example:

    ```python
    load_weights(model, pathlib.Path("my_preset"))
    ```
    """
    for part, name, skip in _parts(model):
        _load(part, folder / name, skip)


def _parts(model):
    """Triples: a model to save, its file, what of it to leave out."""
    yield _encoder_part(model.encoder)
    yield _bare(model), integrity.TASK_WEIGHTS, [model.encoder]


def _encoder_part(encoder):
    return _bare(encoder), integrity.ENCODER_WEIGHTS, []


def _save_part(part, path, skip, dtype):
    """Write one file; how many variables are in it."""
    _save(part, path, skip)
    count = len(_read_shapes(path))
    if dtype == "float16":
        _store_as_float16(path)
    return count


def _bare(model):
    """The same layers without what training adds, such as the optimizer."""
    return keras.Model(model.inputs, model.outputs)


def _save(model, path, skip):
    keras.saving.save_weights(model, path, objects_to_skip=skip)


def _load(model, path, skip):
    _check_variables(model, path, skip)
    try:
        keras.saving.load_weights(model, path, objects_to_skip=skip)
    except Exception as error:
        first = str(error).strip().splitlines()[0]
        raise ValueError(f"{path} can't be loaded: {first}") from error


def _check_variables(model, path, skip):
    """Raise where the file has other variables than Keras would write.

    What it would write is found by writing it. Keras itself does not mind
    variables that are left over, and only warns where layers in nested lists
    are not in the file: they would keep their fresh weights.
    """
    with tempfile.TemporaryDirectory() as folder:
        reference = pathlib.Path(folder, "expected.weights.h5")
        _save(model, reference, skip)
        expected = _read_shapes(reference)
    stored = _read_shapes(path)
    problems = [
        *(f"{key} is missing" for key in sorted(expected.keys() - stored)),
        *(
            f"{key} is not in the model"
            for key in sorted(stored.keys() - expected)
        ),
        *(
            f"{key} has shape {stored[key]} instead of {expected[key]}"
            for key in sorted(expected.keys() & stored)
            if stored[key] != expected[key]
        ),
    ]
    if problems:
        more = f" (and {len(problems) - 3} more)" if len(problems) > 3 else ""
        raise ValueError(
            f"{path} does not fit its model: {'; '.join(problems[:3])}{more}."
        )


def _read_shapes(path):
    """Dict path of a variable in the file → shape.

    Links out of the file are not followed; Keras refuses them.
    """
    shapes = {}

    def visit(name, item):
        if isinstance(item, h5py.Dataset):
            shapes[name] = item.shape

    try:
        with h5py.File(path, "r") as file:
            file.visititems(visit)
    except OSError as error:
        raise ValueError(f"{path} is not an HDF5 file: {error}") from None
    return shapes


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
