"""Own encoders, networks, data sets, tasks, balancings and recipes by name.

What is registered has the same rights as what the library brings: the functions
`get` and `list_…` and every flag of the scripts know its name, errors list it,
and presets may hold its classes. Scripts import the module that registers with
`--import=my_package.my_module`.

```python
import mtl_zoo

@mtl_zoo.register.encoder("my_encoder")
def my_encoder(dtype=None):
    image = keras.Input((None, None, 3))
    ...
    return keras.Model(image, {"P2": p2, "P3": p3, "P4": p4, "P5": p5})

@mtl_zoo.register.balancing("my_balancing")
class MyBalancing(mtl_zoo.balancing.Balancing):
    ...
```

CONTRIBUTING.md tells what each of them has to be.
"""

from mtl_zoo.balancing.registry import BALANCINGS
from mtl_zoo.datasets.loading import DATASETS
from mtl_zoo.encoders import known_encoders
from mtl_zoo.models.architectures import MODELS
from mtl_zoo.tasks.registry import BY_NAME as TASKS
from mtl_zoo.utils.catalogue import Catalogue
from mtl_zoo.utils.catalogue import allow_class

# Settings of training by name; `training.recipes` reads them.
RECIPES = Catalogue("Recipe")


def encoder(name, family=None):
    """Make an encoder known.

    Args:
        name: String.
        family: String, which decoders read it, see `mtl_zoo.encoders.family`:
            `"pyramid"` gives features at strides 4, 8, 16 and 32 as `"P2"` to
            `"P5"`; `"hrnet"` and `"resnet"` do, too, the latter from layers
            `stem` and `stage_1` to `stage_4` like those of
            `mtl_zoo.encoders.ResNet`; `"segnet"` and `"vit"` give what
            `mtl_zoo.encoders.SegNet` and `mtl_zoo.encoders.ViT` do. Defaults
            to `None`: that of a class with an attribute `family`, else
            `"pyramid"`.

    Returns:
        A decorator of a callable `make(dtype=None)` that gives what
        `mtl_zoo.encoders.get` takes. The normalisation that it wants is its
        attribute `normalization`.

    Raises:
        ValueError: If the name is taken, or there is no such family.

    Example:

    ```python
    @mtl_zoo.register.encoder("my_encoder", family="resnet")
    def my_encoder(dtype=None):
        return mtl_zoo.encoders.ResNet("basic", (1, 1, 1, 1), dtype=dtype)
    ```
    """

    def decorate(make):
        known_encoders.add(name, make, family)
        allow_class(make)
        return make

    return decorate


def model(name):
    """Make a network known.

    Args:
        name: String.

    Returns:
        A decorator of a subclass of `mtl_zoo.models.MultiTaskModel`, which is
        called with an encoder and tasks.

    Raises:
        ValueError: If the name is taken.
    """
    return _into(MODELS, name)


def dataset(name):
    """Make a data set known.

    Args:
        name: String.

    Returns:
        A decorator of a subclass of `mtl_zoo.datasets.Reader`, or, for what is
        made rather than read from files, of `mtl_zoo.datasets.DataSet`.

    Raises:
        ValueError: If the name is taken.
    """

    def decorate(kind):
        DATASETS.add(name, kind)
        kind.name = name
        return kind

    return decorate


def task(name):
    """Make a task known.

    Args:
        name: String.

    Returns:
        A decorator of a subclass of `mtl_zoo.tasks.Task`.

    Raises:
        ValueError: If the name is taken.
    """
    return _into(TASKS, name)


def balancing(name):
    """Make a balancing known.

    Args:
        name: String.

    Returns:
        A decorator of a subclass of `mtl_zoo.balancing.Balancing`, or of a
        function that gives one; called without arguments.

    Raises:
        ValueError: If the name is taken.
    """
    return _into(BALANCINGS, name)


def layer(part):
    """Let presets hold a layer, loss or metric of yours.

    Args:
        part: Class, a subclass of `keras.layers.Layer` or the like.

    Returns:
        The class: this is a decorator.

    Example:

    ```python
    @mtl_zoo.register.layer
    class MyBlock(keras.layers.Layer):
        ...
    ```
    """
    allow_class(part)
    return part


def recipe(name, flags, expected=None):
    """Make settings of `training.train` known as `--recipe=NAME`.

    Args:
        name: String.
        flags: Dict, name of a flag → value.
        expected: Dict task name → metrics that come out. Defaults to none.

    Raises:
        ValueError: If the name is taken.

    Example:

    ```python
    mtl_zoo.register.recipe("quick", {"model": "mtan", "epochs": 3})
    ```
    """
    RECIPES.add(name, (dict(flags), dict(expected or {})))


def _into(catalogue, name):
    def decorate(part):
        catalogue.add(name, part)
        allow_class(part)
        return part

    return decorate
