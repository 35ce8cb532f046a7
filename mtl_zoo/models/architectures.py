"""Model classes by the name that commands use."""

from mtl_zoo import encoders
from mtl_zoo.models.ati_net import ATINet
from mtl_zoo.models.baselines import HardSharing
from mtl_zoo.models.baselines import SingleTask
from mtl_zoo.models.invpt import InvPT
from mtl_zoo.models.mtan import MTAN
from mtl_zoo.models.mti_net import MTINet
from mtl_zoo.models.pad_net import PADNet
from mtl_zoo.models.stitched import NDDRCNN
from mtl_zoo.models.stitched import CrossStitch
from mtl_zoo.utils.catalogue import Catalogue

MODELS = Catalogue(
    "Model",
    {
        "mtan": MTAN,
        "pad_net": PADNet,
        "mti_net": MTINet,
        "ati_net": ATINet,
        "hard_sharing": HardSharing,
        "single_task": SingleTask,
        "cross_stitch": CrossStitch,
        "nddr_cnn": NDDRCNN,
        "invpt": InvPT,
    },
)


def list_models():
    """Names that `mtl_zoo.models.get` knows.

    Returns:
        A list of strings.

    Example:

    ```python
    mtl_zoo.models.list_models()  # ["mtan", …]
    ```
    """
    return list(MODELS)


def get(name):
    """A model class by name.

    Args:
        name: String, one of `mtl_zoo.models.list_models()`.

    Returns:
        A subclass of `mtl_zoo.models.MultiTaskModel`.

    Raises:
        ValueError: If there is no model of that name.

    Example:

    ```python
    model = mtl_zoo.models.get("mti_net")("hrnet_w18_small_v2", ["depth"])
    ```
    """
    return MODELS.find(name)


def supported(model, encoder):
    """Whether a network can be built on an encoder.

    Args:
        model: String, one of `mtl_zoo.models.list_models()`.
        encoder: String or `keras.Model`, see `mtl_zoo.encoders.get`. Nothing
            is built of a name.

    Returns:
        Boolean.

    Raises:
        ValueError: If there is no model or encoder of that name.

    Example:

    ```python
    mtl_zoo.models.supported("mti_net", "segnet")  # False
    ```
    """
    return encoders.family(encoder) in get(model).decoders
