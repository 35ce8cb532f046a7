"""Which public repository's network a checkpoint holds, by its names."""

import dataclasses
import re
from collections.abc import Callable

from tools.torch_layouts import encoders
from tools.torch_layouts import invpt
from tools.torch_layouts import segnet
from tools.torch_layouts import survey

SURVEY = "Multi-Task-Learning-PyTorch"
MTAN = "mtan"
ATI_NET = "ATI-Net"
TORCHVISION = "torchvision"
EFFICIENTNET_LITE = "efficientnet-lite-pytorch"
INVPT = "Multi-Task-Transformer, InvPT"
TIMM = "timm"
HRNET = "HRNet, as timm and its authors have it"


@dataclasses.dataclass(frozen=True)
class Layout:
    """The names of one network in one repository.

    Args:
        repository: String, whose names they are.
        model: String, one of `mtl_zoo.models.list_models()` or `"encoder"`.
        encoder_kind: String, see `mtl_zoo.encoders.family`.
        mark: String, regular expression. The beginning of a name that tells
            this network from those that come after it in `LAYOUTS`.
        entries: Callable that yields an `Entry` per variable of a network.
        unused: String, regular expression. The beginning of names that are
            stored with the network and are no part of it. Defaults to what
            matches none.
    """

    repository: str
    model: str
    encoder_kind: str
    mark: str
    entries: Callable
    unused: str = r"(?!)"

    @property
    def dilated(self):
        """Whether it has the dilated ResNet of the survey's code."""
        return self.repository == SURVEY and self.encoder_kind == "resnet"

    def __str__(self):
        return (
            f"{self.model} with an encoder of kind {self.encoder_kind} "
            f"({self.repository})"
        )

    def is_unused(self, name):
        """Whether a tensor is known to be no part of the network."""
        return re.match(self.unused, name) is not None


# The parameters of the uncertainty weighting, which belongs to the loss.
_LOGSIGMA = r"logsigma$"

LAYOUTS = (
    Layout(
        INVPT,
        "invpt",
        "vit",
        r"multi_task_decoder\.invpt\.",
        invpt.invpt,
        # What its code creates and never reads.
        r"multi_task_decoder\.(scale_embed\.2\.|invpt\.(norm_mt\.|"
        r"redu_chan\.0\.|invpt_stages\.0\.blocks\.0\.attn\.fuse_attn\.))",
    ),
    Layout(SURVEY, "mti_net", "hrnet", r"fpm_scale_1\.", survey.mti_net),
    Layout(SURVEY, "pad_net", "hrnet", r"initial_task_pred", survey.pad_net),
    Layout(SURVEY, "mtan", "resnet", r"attention_1\.", survey.mtan_resnet),
    Layout(
        SURVEY, "cross_stitch", "resnet", r"cross_stitch\.", survey.cross_stitch
    ),
    Layout(SURVEY, "nddr_cnn", "resnet", r"nddr\.", survey.nddr_cnn),
    *(
        Layout(SURVEY, model, kind, rf"{prefix}\.{head}\.", entries)
        for model, prefix, entries in (
            ("hard_sharing", r"decoders\.\w+", survey.hard_sharing),
            ("single_task", "decoder", survey.single_task),
        )
        for kind, head in (("hrnet", "last_layer"), ("resnet", r"0\.convs"))
    ),
    Layout(
        ATI_NET, "ati_net", "segnet", r"_encoder_att\.", segnet.ati_net_segnet
    ),
    Layout(
        ATI_NET, "pad_net", "segnet", r"decoders\.0\.", segnet.pad_net_segnet
    ),
    Layout(
        MTAN, "mtan", "segnet", r"encoder_att\.", segnet.mtan_segnet, _LOGSIGMA
    ),
    Layout(
        MTAN,
        "hard_sharing",
        "segnet",
        r"pred_task1\.",
        segnet.hard_sharing_segnet,
        _LOGSIGMA,
    ),
    Layout(
        HRNET,
        "encoder",
        "hrnet",
        r"stage2\.",
        encoders.hrnet,
        r"(incre_modules|downsamp_modules|final_layer|classifier)\.",
    ),
    Layout(
        EFFICIENTNET_LITE,
        "encoder",
        "pyramid",
        r"_conv_stem\.",
        encoders.efficientnet_lite,
        r"(_conv_head|_bn1|_fc)\.",
    ),
    Layout(
        TIMM,
        "encoder",
        "vit",
        r"blocks\.0\.attn\.qkv\.",
        invpt.vit,
        r"(head|fc_norm)\.",
    ),
    Layout(
        TORCHVISION, "encoder", "resnet", r"layer1\.", encoders.resnet, r"fc\."
    ),
)


def recognize(names):
    """The layout of a checkpoint.

    Args:
        names: Iterable of strings, the names of its tensors.

    Returns:
        A `Layout`.

    Raises:
        ValueError: If the names are those of no known network.
    """
    names = list(names)
    for layout in LAYOUTS:
        if any(re.match(layout.mark, name) for name in names):
            return layout
    raise ValueError(
        f"The checkpoint's tensors, such as {names[0]!r}, are those of no "
        "network that is known here. Known are: "
        f"{'; '.join(map(str, LAYOUTS))}."
    )
