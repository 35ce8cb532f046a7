"""What the backend computes on."""

import keras


def has_accelerator():
    """Whether the backend has something faster than a CPU.

    Returns:
        Boolean.

    Example:

    ```python
    has_accelerator()  # False on a laptop without a GPU
    ```
    """
    backend = keras.backend.backend()
    if backend == "torch":
        import torch

        return torch.cuda.is_available() or torch.backends.mps.is_available()
    # Both list their best devices first.
    return not keras.distribution.list_devices()[0].startswith("cpu")
