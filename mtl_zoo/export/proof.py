"""What a converted file is held to before it is written."""

import numpy as np

from mtl_zoo.export.agreement import TOLERANCE
from mtl_zoo.export.agreement import verify
from mtl_zoo.export.images import example_images
from mtl_zoo.export.images import fit_images
from mtl_zoo.export.images import known_labels
from mtl_zoo.export.measuring import measure
from mtl_zoo.export.preparation import normalizes

# By how many percent a task may be worse than the model, by precision.
MAX_DROP = {"float16": 1.0, "dynamic": 3.0, "int8": 3.0}

# Sizes at which a file for any size is run; one that no stride divides.
ANY_SIZES = ((96, 128), (65, 97), (160, 64))


class Proof:
    """How a file is compared with its model, and what it is held to.

    float32 files by their numbers, others by the tasks' metrics.

    Args:
        model: `mtl_zoo.models.MultiTaskModel`.
        tasks: List of `mtl_zoo.tasks.Task` that the file gives.
        image_size: Pair `(height, width)`, or `None` for any.
        precision: String, the file's.
        decode: Boolean, whether the file gives decoded maps.
        images: Sequence of uint8 arrays to compare on, or `None` for rooms,
            which have labels.
        num_images: Integer, how many rooms.
        max_drop: Float, percent, or `None` for that of the precision.
        where: String, how errors call the file.
        any_batch: Boolean, whether the file takes any number of images of the
            size: then it is run on several at once, too. Defaults to `False`.

    Raises:
        ValueError: If `max_drop` or `num_images` is out of range.

    Example:

    ```python
    proof = Proof(model, model.tasks, (96, 128), "int8", max_drop=2.0)
    comparison = proof.compare(TFLiteRunner(content))
    proof.check(comparison)
    ```
    """

    def __init__(
        self,
        model,
        tasks,
        image_size,
        precision,
        decode=False,
        images=None,
        num_images=32,
        max_drop=None,
        where="The file",
        any_batch=False,
    ):
        if max_drop is not None and not 0 <= max_drop < float("inf"):
            raise ValueError(
                f"max_drop is in percent, at least 0; received {max_drop!r}."
            )
        if num_images < 1:
            raise ValueError(
                f"num_images is at least 1; received {num_images!r}."
            )
        self._model, self._tasks, self._where = model, tasks, where
        self._size, self._decode = image_size, decode
        self._images, self._count = images, num_images
        self._any_batch = any_batch
        self._left_out = 0
        self._strict = precision == "float32"
        if max_drop is None and not self._strict:
            max_drop = MAX_DROP[precision]
        self._max_drop = max_drop

    @property
    def terms(self):
        """Dict of what the last comparison was made on, for the report."""
        if self._strict:
            return {
                "tolerance": TOLERANCE,
                # Where the model jumps by itself, see `verify`.
                "images_left_out": self._left_out,
            }
        given = self._images is not None
        return {
            "max_drop": self._max_drop,
            "compared_at": list(self._size or ANY_SIZES[0]),
            "compared_on": "images given" if given else "rooms, split test",
            "num_images": len(self._images) if given else self._count,
        }

    def compare(self, run):
        """Run a file on images.

        Args:
            run: Callable as for `verify`.

        Returns:
            A dict task name → dict with `"deviation"`, the largest difference
            from the model as a share of the range, and, except for float32,
            what `measure` gives.

        Raises:
            ValueError: If a float32 file does not agree with the model.
        """
        normalized = normalizes(self._model)
        if not self._strict:
            images, labels = self._images, None
            size = self._size or ANY_SIZES[0]
            if images is None:
                images, labels = known_labels(self._tasks, size, self._count)
            images = fit_images(images, size, normalized)
            return measure(
                self._model, run, images, labels, self._tasks, self._decode
            )
        if self._size:
            images = example_images(self._size, normalized)
            batches = [images] if self._any_batch else []
            images = [image[None] for image in images] + batches
        else:
            images = [example_images(size, normalized) for size in ANY_SIZES]
        deviations, self._left_out = verify(
            self._model,
            run,
            images,
            where=self._where,
            tasks=self._tasks,
            decode=self._decode,
        )
        return {name: {"deviation": d} for name, d in deviations.items()}

    def holds(self, comparison):
        """Whether `check` would pass."""
        return self._strict or all(
            _worst(entry) <= self._max_drop for entry in comparison.values()
        )

    def check(self, comparison):
        """Raise if a file is too much worse than the model.

        Where there are labels, the primary metric may be worse by `max_drop`
        percent; where there are none, file and model may disagree by that
        much.

        Args:
            comparison: Dict that `compare` gave.

        Raises:
            ValueError: Naming the task that misses the bound.
        """
        if self.holds(comparison):
            return
        name = max(comparison, key=lambda name: _worst(comparison[name]))
        entry = comparison[name]
        how = "is worse" if "drop" in entry else "differs"
        raise ValueError(
            f"{self._where} is too far from the Keras model: task {name!r} "
            f"{how} by {_worst(entry):.2f} %; allowed are "
            f"{self._max_drop:g} % (max_drop). Nothing was written."
        )


def _worst(entry):
    worst = entry.get("drop", entry["disagreement"])
    return worst if np.isfinite(worst) else np.inf
