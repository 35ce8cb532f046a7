"""What is asked of an export: one frozen object, checked when it is made."""

import dataclasses
import pathlib

import keras

from mtl_zoo.export.graph import in_float32
from mtl_zoo.export.images import check_images
from mtl_zoo.models import MultiTaskModel
from mtl_zoo.models.inputs import normalizes
from mtl_zoo.tasks.registry import as_list
from mtl_zoo.utils.extras import import_extra
from mtl_zoo.utils.files import check_place
from mtl_zoo.utils.files import read_json
from mtl_zoo.utils.files import user_path
from mtl_zoo.utils.text import unknown

# An `image_size` that no size is fixed by.
ANY = "any"

LAYOUTS = ("nhwc", "nchw")
DTYPES = ("float32", "uint8")
MIN_OPSET = 13
MAX_OPSET = 21


@dataclasses.dataclass(frozen=True, eq=False)
class Request:
    """What is to be converted, to what, and what the file is held to.

    Checked before anything heavy starts. What is given in short is filled in:
    the model is one in float32, tasks are `mtl_zoo.tasks.Task`, the path is a
    `pathlib.Path`.

    Args:
        format: A `mtl_zoo.export.format.Format`, the class.
        model: `mtl_zoo.models.MultiTaskModel`.
        path: String or path of the file to write.
        image_size: Pair `(height, width)`; `"any"`, any size and any number
            of images; or `None`, the model's working size, and `"any"` where
            it has none. Defaults to `None`.
        precision: String, one of the format's. Defaults to `"float32"`.
        tasks: List of names of tasks, or `None` for all. Defaults to `None`.
        decode: Boolean. Defaults to `False`.
        input_dtype: String, `"float32"` or `"uint8"`. Defaults to
            `"float32"`.
        output_dtype: String, `"float32"` or `"uint8"`. Defaults to
            `"float32"`.
        layout: String, `"nhwc"` or `"nchw"`. Defaults to `"nhwc"`.
        opset: Integer, of ONNX. Defaults to `17`.
        any_batch: Boolean, whether any number of images is taken though their
            size is fixed. Defaults to `False`.
        calibration_images: Sequence of uint8 arrays, or `None` for rooms.
            Defaults to `None`.
        max_drop: Float, percent, or `None` for that of the precision. Defaults
            to `None`.
        num_images: Integer, how many rooms it is compared on. Defaults to
            `32`.
        preset: String, the preset that the model is of. Defaults to `None`.
        benchmark: Boolean, whether latency and memory are measured. Defaults
            to `False`.

    Raises:
        ValueError: If Keras doesn't run on TensorFlow, or an argument is
            wrong.
        ImportError: If a package that the format needs is missing.

    Example:

    ```python
    Request(TFLite, model, "m.tflite", (96, 128), precision="int8")
    ```
    """

    format: type
    model: keras.Model
    path: pathlib.Path
    image_size: tuple | None = None
    precision: str = "float32"
    tasks: list | None = None
    decode: bool = False
    input_dtype: str = "float32"
    output_dtype: str = "float32"
    layout: str = "nhwc"
    opset: int = 17
    any_batch: bool = False
    calibration_images: list | None = None
    max_drop: float | None = None
    num_images: int = 32
    preset: str | None = None
    benchmark: bool = False

    def __post_init__(self):
        _check_model(self.model)
        _check_choice("precision", self.precision, self.format.precisions)
        _check_choice("layout", self.layout, LAYOUTS)
        _check_choice("input_dtype", self.input_dtype, DTYPES)
        _check_choice("output_dtype", self.output_dtype, DTYPES)
        if self.opset not in range(MIN_OPSET, MAX_OPSET + 1):
            raise ValueError(
                f"opset is an integer from {MIN_OPSET} to {MAX_OPSET}; "
                f"received {self.opset!r}."
            )
        if self.max_drop is not None and not 0 <= self.max_drop < float("inf"):
            raise ValueError(
                "max_drop is in percent, at least 0; received "
                f"{self.max_drop!r}."
            )
        if self.num_images < 1:
            raise ValueError(
                f"num_images is at least 1; received {self.num_images!r}."
            )
        if self.calibration_images is not None:
            check_images(self.calibration_images)
        if self.input_dtype == "uint8" and not normalizes(self.model):
            raise ValueError(
                "A uint8 image needs a model that normalises it; this one was "
                "built with normalization=None."
            )
        self._fill_in(
            path=_checked_path(self.path, self.format.suffix),
            image_size=_checked_size(self.image_size, self.model),
            tasks=_selected(self.model, self.tasks),
        )
        for module in self.format.packages:
            import_extra(module, "export", f"{self.format.suffix} files")
        self.format.check(self)
        self._fill_in(model=in_float32(self.model))

    def _fill_in(self, **fields):
        for name, value in fields.items():
            object.__setattr__(self, name, value)

    @property
    def task_names(self):
        """List of strings, what the file gives, in order."""
        return [task.name for task in self.tasks]

    @property
    def normalized(self):
        """Boolean, whether the model takes 0…255 and normalises it itself."""
        return normalizes(self.model)

    @property
    def input_shape(self):
        """The image's shape, NHWC, `None` where anything goes."""
        if not self.image_size:
            return (None, None, None, 3)
        return (None if self.any_batch else 1, *self.image_size, 3)


def _check_choice(name, value, allowed):
    if value not in allowed:
        raise unknown(name, value, allowed)


def _check_model(model):
    backend = keras.backend.backend()
    if backend != "tensorflow":
        raise ValueError(
            "Export goes through TensorFlow, and Keras runs on "
            f"{backend!r} here: save the model as a preset, and export it in "
            "a process with KERAS_BACKEND=tensorflow."
        )
    if not isinstance(model, MultiTaskModel):
        raise ValueError(
            "What is exported is a mtl_zoo.models.MultiTaskModel; received "
            f"{type(model).__name__}."
        )


def _selected(model, names):
    """The tasks that a file is to give, in the model's order."""
    known = [task.name for task in model.tasks]
    if names is None:
        return model.tasks
    names = as_list(names)
    unknown = [name for name in names if name not in known]
    if unknown or not names:
        raise ValueError(
            f"tasks={names!r} can't be exported; the model has "
            f"{', '.join(known)}."
        )
    return [task for task in model.tasks if task.name in names]


def _checked_size(image_size, model):
    if image_size is None:
        image_size = model.working_size or ANY
    if image_size == ANY:
        return None
    message = (
        "image_size is (height, width), two integers of at least 1, or "
        f"{ANY!r}; received {image_size!r}."
    )
    try:
        height, width = (int(n) for n in image_size)
    except (TypeError, ValueError):
        raise ValueError(message) from None
    if (height, width) != tuple(image_size) or min(height, width) < 1:
        raise ValueError(message)
    return height, width


def _is_name(value):
    """Whether a value from a file can be the name of one beside it."""
    return isinstance(value, str) and value == pathlib.PurePath(value).name


def _checked_path(path, suffix):
    """The path, if a file and what describes it can be written there."""
    path = user_path(path)
    if path.suffix != suffix or path.is_dir():
        raise ValueError(
            f"The file to write is named *{suffix} and is no folder; received "
            f"{str(path)!r}."
        )
    check_place(path)
    sidecar = path.with_suffix(".json")
    if not sidecar.exists():
        return path
    try:
        described = read_json(sidecar).get("file")
    except ValueError:
        described = None
    if not _is_name(described) or (
        described != path.name and path.with_name(described).exists()
    ):
        raise ValueError(
            f"{sidecar} describes "
            f"{described if _is_name(described) else 'something else'}, and "
            f"would be overwritten: give {path.name} another name."
        )
    return path
