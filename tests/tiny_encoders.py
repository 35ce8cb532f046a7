"""One encoder of each kind, of some thousand parameters, for tiny networks.

No network that trains on PyTorch has a 1×1 convolution of stride 2 on fewer
than 8 channels, nor one on fewer than 16 with images of 192×256 or more: on
processors with AVX-512 its gradient writes past its memory (PyTorch 2.13,
oneDNN, channels last).
"""

import mtl_zoo


def tiny_mobilenet():
    return mtl_zoo.encoders.KerasCVEncoder(
        "MobileNetV3Backbone",
        {
            "stackwise_expansion": [1, 2, 2, 2],
            "stackwise_filters": [8, 8, 16, 16],
            "stackwise_kernel_size": [3, 3, 5, 5],
            "stackwise_stride": [2, 2, 2, 2],
            "stackwise_se_ratio": [0.25, None, 0.25, 0.25],
            "stackwise_activation": ["relu", "relu", "hard_swish", "relu"],
            "alpha": 0.5,
        },
    )


def tiny_mix_transformer():
    return mtl_zoo.encoders.KerasCVEncoder(
        "MiTBackbone",
        {"embedding_dims": [32, 64, 160, 256], "depths": [1, 1, 1, 1]},
    )


def keras_hub_mit(depths):
    """The arguments of a `KerasHubEncoder` with so many blocks a stage."""
    return {
        "backbone": "MiTBackbone",
        "arguments": {
            "layerwise_depths": depths,
            "num_layers": 4,
            "layerwise_num_heads": [1] * 4,
            "layerwise_sr_ratios": [1] * 4,
            "max_drop_path_rate": 0.1,
            "layerwise_patch_sizes": [7, 3, 3, 3],
            "layerwise_strides": [4, 2, 2, 2],
            "hidden_dims": [4] * 4,
        },
    }


# Name, which starts with the kind → what makes it.
TINY_ENCODERS = {
    "hrnet": lambda: mtl_zoo.encoders.HRNet(
        width=4, stage_1_blocks=1, modules=(1, 1, 1), blocks=1
    ),
    "resnet": lambda: mtl_zoo.encoders.ResNet(
        "basic", (1, 1, 1, 1), output_stride=32, width=8
    ),
    "resnet_os8": lambda: mtl_zoo.encoders.ResNet(
        "bottleneck", (1, 1, 1, 2), output_stride=8, width=4
    ),
    "segnet": lambda: mtl_zoo.encoders.SegNet(widths=(4, 4, 8, 8, 8)),
    "pyramid": tiny_mobilenet,
    "vit": lambda: mtl_zoo.encoders.ViT(
        16, 4, 2, feature_blocks=(1, 2, 3), image_size=(64, 64)
    ),
}

# What makes a network on its usual encoder small.
TINY_ARGUMENTS = {
    **dict.fromkeys(
        ("hard_sharing", "mtan", "pad_net", "mti_net", "ati_net"), {"width": 8}
    ),
    "invpt": {"embed_dim": 12, "prediction_dim": 4},
}

# Every network on every kind of encoder that it can take.
PAIRS = [
    (name, kind)
    for name in mtl_zoo.models.list_models()
    for kind in TINY_ENCODERS
    if kind.partition("_")[0] in mtl_zoo.models.get(name).decoders
]


def usual_encoder(model):
    """Name of the tiny encoder that a network is tested on in general.

    The one of fewest operations: tracing, compiling and converting take as long
    as there are operations, and tests do little else.

    Args:
        model: String, the network's name.

    Returns:
        String, a key of `TINY_ENCODERS`.
    """
    return "vit" if model == "invpt" else "resnet"


def is_usual(model, encoder):
    """Whether a pair is one that slow tests try, too.

    Every network is among these pairs, and every encoder, with hard sharing.
    MTI-Net on HRNet and MTAN on SegNet are those of the papers.

    Args:
        model: String, the network's name.
        encoder: String, a key of `TINY_ENCODERS`.

    Returns:
        Boolean.
    """
    return model == "hard_sharing" or is_trained(model, encoder)


def is_trained(model, encoder):
    """Whether a pair is one of the few that tests train.

    Every network is among these pairs; compiling a step of one takes up to
    half a minute.

    Args:
        model: String, the network's name.
        encoder: String, a key of `TINY_ENCODERS`.

    Returns:
        Boolean.
    """
    of_papers = (("mti_net", "hrnet"), ("mtan", "segnet"))
    return encoder == usual_encoder(model) or (model, encoder) in of_papers
