"""Random changes of samples, in the ways that papers train with.

One sample at a time on NumPy arrays, see `mtl_zoo.datasets.transforms`.
"""

import dataclasses

from mtl_zoo.datasets import transforms
from mtl_zoo.datasets.photographic import photograph
from mtl_zoo.utils.text import unknown


@dataclasses.dataclass(frozen=True)
class Recipe:
    """How samples are changed randomly.

    Attributes:
        flip: Float 0…1, the share of samples that are mirrored.
        scales: Tuple of floats, at least 1, to choose a zoom from; the part of
            the image that then fills it lies anywhere.
        scale_range: Pair of floats, limits of a zoom about the middle, in
            place of `scales`, or `None`.
        rotation: Float, degrees. The image turns by up to that, either way.
        brightness: Float 0…1, by which share brightness changes at most.
        contrast: Float 0…1, the same of contrast.
        color: Float 0…1, the same of each of red, green and blue.
        erase: Float 0…1, the share of images with a rectangle of noise.
        photographic: Float 0…1, the share of images that look as if taken by
            another camera, see `mtl_zoo.datasets.photographic`.

    Example:

    ```python
    recipe = mtl_zoo.datasets.Recipe(flip=0.5, rotation=5, erase=0.25)
    mtl_zoo.datasets.load("rooms", "train", augment=recipe)
    ```
    """

    flip: float = 0.5
    scales: tuple = (1.0,)
    scale_range: tuple | None = None
    rotation: float = 0.0
    brightness: float = 0.0
    contrast: float = 0.0
    color: float = 0.0
    erase: float = 0.0
    photographic: float = 0.0


# By the data set that they were published for.
RECIPES = {
    # Of MTAN and the survey of Vandenhende et al., for NYUv2, and of
    # AutoLambda for Cityscapes.
    "nyud": Recipe(scales=(1.0, 1.2, 1.5)),
    # Of ASTMT and the survey.
    "pascal": Recipe(scale_range=(0.75, 1.25), rotation=20.0),
    # The light changes of the data set itself.
    "rooms": Recipe(brightness=0.2, contrast=0.2, color=0.1),
    # What makes networks trained on `rooms` see photographs.
    "rooms_photo": Recipe(
        scales=(1.0, 1.1, 1.25, 1.4, 1.6),
        erase=0.2,
        photographic=0.9,
    ),
}


def get_recipe(recipe):
    """A recipe by name.

    Args:
        recipe: String, one of `RECIPES`, or `Recipe`.

    Returns:
        A `Recipe`.

    Raises:
        ValueError: If there is no recipe of that name.

    Example:

    ```python
    get_recipe("pascal").rotation  # 20.0
    ```
    """
    if isinstance(recipe, Recipe):
        return recipe
    if recipe not in RECIPES:
        raise unknown("Recipe of augmentation", recipe, RECIPES)
    return RECIPES[recipe]


def augment(sample, tasks, rng, recipe="rooms"):
    """A randomly changed copy of a sample.

    Args:
        sample: Dict `image`, uint8 `(height, width, 3)`, and labels
            `(height, width[, channels])` under the names of their tasks.
        tasks: Sequence of `mtl_zoo.tasks.Task`, those of the labels.
        rng: `numpy.random.Generator`.
        recipe: `Recipe` or string, one of `RECIPES`. Defaults to `"rooms"`.

    Returns:
        A dict of image and labels, of the same shapes and dtypes; what else
        the sample tells, such as its field of view, is left out.

    Example:

    ```python
    sample = mtl_zoo.datasets.rooms.render_room(0)
    tasks = mtl_zoo.datasets.get_tasks("rooms")
    augment(sample, tasks, np.random.default_rng(0), "nyud")
    ```
    """
    recipe = get_recipe(recipe)
    sample = transforms.only(sample, tasks)
    if rng.random() < recipe.flip:
        sample = transforms.flip(sample, tasks)
    if recipe.scale_range is None:
        scale = float(rng.choice(recipe.scales))
        center = rng.random(2)
    else:
        scale = rng.uniform(*recipe.scale_range)
        center = (0.5, 0.5)
    degrees = rng.uniform(-recipe.rotation, recipe.rotation)
    if scale != 1 or degrees != 0:
        sample = transforms.zoom_and_rotate(
            sample, tasks, scale, degrees, center
        )
    image = sample["image"]
    if recipe.brightness or recipe.contrast or recipe.color:
        image = transforms.change_colors(
            image,
            _factor(rng, recipe.contrast),
            _factor(rng, recipe.brightness),
            _factor(rng, recipe.color, 3),
        )
    if recipe.photographic and rng.random() < recipe.photographic:
        image = photograph(image, rng)
    if rng.random() < recipe.erase:
        image = transforms.erase(image, rng)
    return {**sample, "image": image}


def _factor(rng, share, size=None):
    return rng.uniform(1 - share, 1 + share, size)
