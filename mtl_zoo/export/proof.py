"""What a converted file is held to before it is written."""

import numpy as np

from mtl_zoo.export.agreement import TOLERANCE
from mtl_zoo.export.agreement import verify
from mtl_zoo.export.images import example_images
from mtl_zoo.export.images import fit_images
from mtl_zoo.export.images import known_labels
from mtl_zoo.export.measuring import measure
from mtl_zoo.utils import camera

# By how many percent a task may be worse than the model, by precision.
MAX_DROP = {"float16": 1.0, "dynamic": 3.0, "int8": 3.0}

# Sizes at which a file for any size is run; one that no stride divides.
ANY_SIZES = ((96, 128), (65, 97), (160, 64))


class Proof:
    """A file compared with its model: by numbers, or by the tasks' metrics.

    float32 files by their numbers, others by the tasks' metrics.

    Args:
        request: `mtl_zoo.export.request.Request`.
        run: Callable as for `verify`, the file's.

    Attributes:
        outputs: Dict task name → dict with `"deviation"`, the largest
            difference from the model as a share of the range, and, except for
            float32, what `measure` gives.
        terms: Dict of what the comparison was made on, for the report.

    Raises:
        ValueError: If a float32 file does not agree with the model.

    Example:

    ```python
    proof = Proof(request, file.run)
    proof.check()
    ```
    """

    def __init__(self, request, run):
        self._where = request.path.name
        self._max_drop = request.max_drop
        if request.precision == "float32":
            self._max_drop = np.inf  # `verify` raises.
            self._verify(request, run)
        else:
            if self._max_drop is None:
                self._max_drop = MAX_DROP[request.precision]
            self._measure(request, run)

    def _verify(self, request, run):
        if request.image_size:
            images = example_images(request.image_size, request.normalized)
            batches = [images] if request.any_batch else []
            images = [image[None] for image in images] + batches
        else:
            images = [
                example_images(size, request.normalized) for size in ANY_SIZES
            ]
        deviations, left_out = verify(
            request.model,
            run,
            images,
            where=self._where,
            tasks=request.tasks,
            decode=request.decode,
        )
        self.outputs = {k: {"deviation": d} for k, d in deviations.items()}
        # Where the model jumps by itself, see `verify`.
        self.terms = {"tolerance": TOLERANCE, "images_left_out": left_out}

    def _measure(self, request, run):
        size = request.image_size or ANY_SIZES[0]
        images, labels = request.calibration_images, None
        if images is None:
            images, labels = known_labels(
                request.tasks,
                size,
                request.num_images,
                _camera(request.model, size),
            )
        self.outputs = measure(
            request.model,
            run,
            fit_images(images, size, request.normalized),
            labels,
            request.tasks,
            request.decode,
        )
        self.terms = {
            "max_drop": self._max_drop,
            "compared_at": list(size),
            "compared_on": "images given"
            if labels is None
            else "rooms, split test",
            "num_images": len(images),
        }

    @property
    def holds(self):
        """Boolean, whether `check` passes."""
        worst = max(_worst(entry) for entry in self.outputs.values())
        return worst <= self._max_drop

    def check(self):
        """Raise if the file is too much worse than the model.

        Where there are labels, the primary metric may be worse by `max_drop`
        percent; where there are none, file and model may disagree by that
        much.

        Raises:
            ValueError: Naming the task that misses the bound.
        """
        if self.holds:
            return
        name = max(self.outputs, key=lambda name: _worst(self.outputs[name]))
        entry = self.outputs[name]
        how = "is worse" if "drop" in entry else "differs"
        raise ValueError(
            f"{self._where} is too far from the Keras model: task {name!r} "
            f"{how} by {_worst(entry):.2f} %; allowed are "
            f"{self._max_drop:g} % (max_drop). Nothing was written."
        )


def _worst(entry):
    """By how many percent an output is worse, or differs, NaN as infinity."""
    worst = entry.get("drop", entry.get("disagreement", 0.0))
    return worst if np.isfinite(worst) else np.inf


def _camera(model, image_size):
    """The field of view that the model's metres are right for at a size."""
    if model.field_of_view is None:
        return None
    return camera.at_width(
        model.field_of_view, model.working_size[1], image_size[1]
    )
