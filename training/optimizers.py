"""The optimizer that a run's flags name."""

from mtl_zoo.optimizers import SGD
from mtl_zoo.optimizers import Adam
from mtl_zoo.optimizers import LossScaleOptimizer
from mtl_zoo.utils.text import unknown

OPTIMIZERS = ("adam", "adamw", "sgd")


def get(
    name,
    learning_rate,
    weight_decay=0.0,
    momentum=0.9,
    clip_norm=None,
    accumulation_steps=1,
    loss_scaling=False,
    slow_variables=(),
    slow_factor=1.0,
):
    """An optimizer by name.

    Args:
        name: String, one of `OPTIMIZERS`. `"adam"` and `"sgd"` have weight
            decay in the gradient, as PyTorch's and as published; `"adamw"`
            takes it off the weights.
        learning_rate: Float or `keras.optimizers.schedules` schedule.
        weight_decay: Float. Defaults to `0.0`.
        momentum: Float, of `"sgd"`. Defaults to `0.9`.
        clip_norm: Float or `None`, the greatest norm of the gradient of all
            weights together. Defaults to `None`.
        accumulation_steps: Integer. How many batches make one update.
            Defaults to `1`.
        loss_scaling: Boolean, whether the loss is multiplied for float16.
            Defaults to `False`.
        slow_variables: List of `keras.Variable` that learn at another rate.
            Defaults to none.
        slow_factor: Float, of their learning rate. Defaults to `1.0`.

    Returns:
        A `keras.optimizers.Optimizer`.

    Raises:
        ValueError: If there is no optimizer of that name.

    Example:

    ```python
    get("adam", 1e-4, weight_decay=1e-4)
    ```
    """
    if name not in OPTIMIZERS:
        raise unknown("Optimizer", name, OPTIMIZERS)
    arguments = {
        "learning_rate": learning_rate,
        "global_clipnorm": clip_norm,
        "gradient_accumulation_steps": (
            accumulation_steps if accumulation_steps > 1 else None
        ),
    }
    if name == "adamw":
        optimizer = Adam(weight_decay=weight_decay or None, **arguments)
    elif name == "adam":
        optimizer = Adam(l2=weight_decay, **arguments)
    else:
        optimizer = SGD(momentum=momentum, l2=weight_decay, **arguments)
    if slow_factor != 1:
        optimizer.scale_learning_rate(slow_variables, slow_factor)
    return LossScaleOptimizer(optimizer) if loss_scaling else optimizer
