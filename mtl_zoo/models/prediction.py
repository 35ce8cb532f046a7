"""Prediction: raw maps of batches, and what is seen in one picture, decoded."""

import math
import warnings

import keras
import numpy as np

from mtl_zoo.models import checks
from mtl_zoo.models.scene import Scene
from mtl_zoo.utils import camera
from mtl_zoo.utils import open_image
from mtl_zoo.utils import read_image
from mtl_zoo.utils.images import MAX_SEEN
from mtl_zoo.utils.images import is_file
from mtl_zoo.utils.resampling import resize_picture

# Sizes are multiples of it: few of them occur, so that networks are traced
# for few, and a picture's proportions change by 2 % at most.
_STEP = 8
# What every network takes, whatever its strides.
_SMALLEST = 32
# A long and thin picture has more pixels than wanted where its short side is
# made so long: so many times as many at most, or as a megapixel has.
_MOST_THICKENED = 16
_MEGAPIXEL = 2**20
# For how many sizes a function is kept where each size has its own.
_MOST_TRACED = 8


class Prediction:
    """The part of `mtl_zoo.models.MultiTaskModel` that predicts."""

    working_size = None
    field_of_view = None
    _traced_size = None

    def predict(self, x, *args, **kwargs):
        if hasattr(x, "shape") or isinstance(x, (list, tuple, dict)):
            x = checks.standardize_images(x)
            checks.check_range(self, x)
        self._trace_anew(x)
        # Keras sorts the names on some backends.
        outputs = super().predict(x, *args, **kwargs)
        return self._checked(self._select(outputs, training=False))

    def predict_on_batch(self, x):
        x = checks.standardize_images(x)
        self._trace_anew(x)
        outputs = super().predict_on_batch(x)
        return self._checked(self._select(outputs, training=False))

    def _checked(self, outputs):
        """Outputs, with a warning if some are not finite."""
        wrong = [
            name
            for name, value in outputs.items()
            if not np.isfinite(value).all()
        ]
        if wrong:
            half = self.dtype_policy.compute_dtype == "float16" or any(
                layer.compute_dtype == "float16"
                for layer in self._flatten_layers(include_self=False)
            )
            cause = (
                "float16 goes up to 65,504; use dtype='float32' or "
                "'mixed_bfloat16'"
                if half
                else "are all weights?"
            )
            warnings.warn(
                f"{self.name}: {', '.join(wrong)} has values that are not "
                f"finite ({cause}).",
                stacklevel=3,
            )
        return outputs

    def _trace_anew(self, x):
        """Have images of another size traced by themselves where it matters.

        At a second size Keras traces a function for any size on TensorFlow.
        """
        if not any(
            getattr(layer, "needs_image_size", False)
            for layer in self.encoder._flatten_layers()
        ):
            return
        size = tuple(getattr(x, "shape", ()))[1:3]
        traced = self._compiled.traced
        if self.predict_function is None:  # The model was compiled anew.
            traced.clear()
        else:
            traced[self._traced_size] = self.predict_function
        self.predict_function = traced.pop(size, None)
        if len(traced) == _MOST_TRACED:
            del traced[next(iter(traced))]
        self._traced_size = size

    def predict_image(self, image, image_size=None, field_of_view=None):
        """Everything the model sees in one picture, decoded.

        The network looks at the picture at about its working size, see
        `size_for`, and its answer is brought back to the picture's size.

        Args:
            image: Path to a picture file, `PIL.Image.Image`, or array
                `(height, width[, channels])` with values 0…255; see
                `mtl_zoo.utils.read_image`.
            image_size: `None` for the working size of the model; a pair
                `(height, width)`; or `"native"`, the picture's own size.
                Defaults to `None`.
            field_of_view: Float, degrees across the picture, which tell how
                far things are: at half the angle they look twice as near.
                Defaults to what the file's Exif data says, else to the camera
                of the training data.

        Returns:
            A `mtl_zoo.models.Scene`, task name → NumPy array at the picture's
            size: class ids uint8, depth in metres, unit normals,
            probabilities. See `mtl_zoo.tasks.Task.decode`. Its
            `field_of_view_source` says whether the camera was `"given"`, from
            `"exif"` or `"assumed"`.

        Raises:
            FileNotFoundError: If there is no such file.
            ValueError: If it is not a picture, a size or an angle is not
                possible, or a field of view is given to a model that was not
                trained for a known one.

        Example:

        ```python
        scene = model.predict_image("photo.jpg")
        scene["depth"].mean()
        ```
        """
        small, size, view = self._look(image, image_size, field_of_view)
        return self._scenes(small[None], [size], [view])[0]

    def predict_images(
        self,
        images,
        image_size=None,
        field_of_view=None,
        batch_size=8,
        verbose=1,
    ):
        """Everything the model sees in several pictures, decoded.

        Pictures that the network sees at the same size are predicted together.

        Args:
            images: Sequence of what `predict_image` takes.
            image_size: As for `predict_image`. Defaults to `None`.
            field_of_view: As for `predict_image`, of all pictures. Defaults to
                `None`.
            batch_size: Integer, how many pictures at once. Defaults to `8`.
            verbose: Integer, `1` for a progress bar or `0`. Defaults to `1`.

        Returns:
            List of `mtl_zoo.models.Scene`, in the order of the pictures.

        Raises:
            ValueError: As `predict_image`; it tells which picture. Or if it is
                given one picture.

        Example:

        ```python
        scenes = model.predict_images(["a.jpg", "b.jpg"])
        ```
        """
        checks.check_several(images)
        progress = keras.utils.Progbar(
            len(images), verbose=verbose, unit_name="image"
        )
        scenes = [None] * len(images)
        waiting = {}

        def predict(group):
            places, small, sizes, views = zip(*group, strict=True)
            found = self._scenes(np.stack(small), sizes, views)
            for place, scene in zip(places, found, strict=True):
                scenes[place] = scene
            progress.add(len(group))

        for i, image in enumerate(images):
            try:
                look = self._look(image, image_size, field_of_view)
            except (ValueError, OSError) as error:
                raise ValueError(f"Image {i}: {error}") from error
            group = waiting.setdefault(look[0].shape, [])
            group.append((i, *look))
            if len(group) == batch_size:
                predict(waiting.pop(look[0].shape))
        for group in waiting.values():
            predict(group)
        return scenes

    def _look(self, image, image_size, field_of_view):
        """A picture at the network's size, its own size and its camera."""
        if field_of_view is not None and self.field_of_view is None:
            raise ValueError(
                "field_of_view: this model was not trained for a known "
                "camera, so its depth can't be scaled to another."
            )
        if is_file(image):
            image = open_image(image)  # Once, for its pixels and its camera.
        picture = read_image(image)
        size = self.size_for(picture.shape[:2], image_size)
        view = {}
        if self.field_of_view is not None:
            view = self._camera(image, picture.shape[:2], size, field_of_view)
        return resize_picture(picture, size), picture.shape[:2], view

    def _scenes(self, images, sizes, views):
        """A scene of each image of a batch."""
        raw = self.predict_on_batch(images)
        return [
            Scene(
                {name: maps[i] for name, maps in raw.items()},
                self.tasks,
                size,
                **view,
            )
            for i, (size, view) in enumerate(zip(sizes, views, strict=True))
        ]

    def size_for(self, picture_size, image_size=None):
        """The size at which the network looks at a picture.

        About as many pixels as the model's working size, in the picture's
        proportions; of a model that has none, as the picture, up to 16 million.

        Args:
            picture_size: Pair `(height, width)`.
            image_size: As for `predict_image`. Defaults to `None`.

        Returns:
            A pair of integers.

        Raises:
            ValueError: If `image_size` is no size, or the picture is so long
                and thin that it would take many times as many pixels.

        Example:

        ```python
        model.size_for((3000, 4000))  # (192, 256) where that is working_size
        ```
        """
        if image_size is None:
            own = picture_size[0] * picture_size[1]
            pixels = min(math.prod(self.working_size or [own]), MAX_SEEN)
            if self.working_size is None and pixels == own:
                size = tuple(max(_SMALLEST, n) for n in picture_size)
            else:
                scale = (pixels / own) ** 0.5
                size = tuple(
                    max(_SMALLEST, round(n * scale / _STEP) * _STEP)
                    for n in picture_size
                )
            return _checked_size(size, picture_size, pixels)
        if image_size == "native":
            return tuple(picture_size)
        try:
            height, width = image_size
            if int(height) == height > 0 and int(width) == width > 0:
                return int(height), int(width)
        except (TypeError, ValueError, OverflowError):
            pass
        raise ValueError(
            "image_size is a pair (height, width) of pixels, 'native' or None; "
            f"received {image_size!r}."
        )

    def _camera(self, image, picture_size, size, field_of_view):
        """The camera of a picture, and how near it makes things look."""
        source = "given"
        if field_of_view is None:
            field_of_view = camera.read_field_of_view(image)
            source = "exif"
        trained = camera.focal_length(self.field_of_view, self.working_size[1])
        if field_of_view is None:
            # At its working size things look as they did in training.
            width = self.size_for(picture_size)[1]
            field_of_view = camera.at_width(
                self.field_of_view, self.working_size[1], width
            )
            focal = trained * size[1] / width
            source = "assumed"
        else:
            focal = camera.focal_length(field_of_view, size[1])
        return {
            "field_of_view": field_of_view,
            "field_of_view_source": source,
            "nearness": focal / trained,
        }


def _checked_size(size, picture_size, pixels):
    """The size, unless its pixels are far more than the ones wanted."""
    most = min(_MOST_THICKENED * pixels, 2 * MAX_SEEN)
    if size[0] * size[1] > max(most, _MEGAPIXEL):
        raise ValueError(
            f"A picture of {picture_size[0]}×{picture_size[1]} is too long and "
            "thin; cut it into parts."
        )
    return size
