"""Turn a PyTorch checkpoint into a preset.

```
python -m tools.import_torch_checkpoint --checkpoint=best_model.pth \
    --model=mti_net --encoder=hrnet_w18_small_v2 --tasks=semseg:40,depth:1 \
    --output=my_preset
```

Reads `.pth` files (tensors only, nothing is unpickled) and `.safetensors` of
the public repositories that `tools.torch_layouts` knows; with `--model=encoder`
ImageNet checkpoints, of which a preset with an encoder alone is made for
`training.train --encoder_weights`. Every tensor is accounted for.
"""

import pathlib

from absl import flags

import mtl_zoo
from mtl_zoo.utils import cli
from tools import torch_layouts
from training import settings

flags.DEFINE_string(
    "checkpoint", None, "The file, *.pth or *.safetensors.", required=True
)
flags.DEFINE_enum(
    "model",
    None,
    ["encoder", *mtl_zoo.models.list_models()],
    "The network; encoder: an ImageNet checkpoint of the encoder alone.",
    required=True,
)
flags.DEFINE_string("encoder", None, "The network's encoder.", required=True)
flags.DEFINE_list(
    "tasks",
    None,
    "Target tasks with their channels, in the order in which the network was "
    "trained: semseg:40,depth:1.",
)
flags.DEFINE_list(
    "auxiliary_tasks",
    None,
    "Tasks that are predicted on the way, likewise. Default: the targets.",
)
flags.DEFINE_enum(
    "normalization",
    None,
    ["imagenet", "unit", "none"],
    "What the network was trained to be given. Default: as its encoder wants.",
)
flags.DEFINE_enum(
    "decode_from",
    None,
    ["distilled", "bottleneck"],
    "ATI-Net only, what its decoder reads: distilled as in the paper, "
    "bottleneck as in its released code. Default: distilled.",
)
flags.DEFINE_list(
    "image_size",
    None,
    "ViT only, height,width that it was trained at. Default: what its number "
    "of positions tells.",
)
settings.check_size()
flags.DEFINE_integer(
    "embed_dim",
    None,
    "InvPT only, width of its features. Default: 512.",
    lower_bound=1,
    upper_bound=8192,
)
flags.DEFINE_boolean(
    "allow_partial",
    False,
    "Import what fits, and leave fresh weights where nothing does.",
)
flags.DEFINE_string("output", None, "Folder of the new preset.", required=True)


def main(config):
    network, layout, notes = torch_layouts.import_checkpoint(
        config.checkpoint,
        config.model,
        config.encoder,
        config.tasks,
        config.allow_partial,
        settings.parse_size(config.image_size),
        embed_dim=config.embed_dim,
        auxiliary_tasks=config.auxiliary_tasks,
        normalization=config.normalization,
        decode_from=config.decode_from,
    )
    cli.say(f"{config.checkpoint}: {layout}.")
    for note in notes:
        cli.say(f"  {note}")
    name = pathlib.Path(config.checkpoint).name
    metadata = {
        "description": f"Imported from `{name}`, a PyTorch checkpoint with the "
        f"names of {layout.repository}."
    }
    if config.allow_partial and notes:
        metadata["limits"] = f"Imported in part: {'; '.join(notes)}."
    if config.model == "encoder":
        mtl_zoo.presets.save_encoder(network, config.output, metadata)
    else:
        network.save_to_preset(config.output, metadata)
    cli.say(f"Preset: {config.output}")


if __name__ == "__main__":
    cli.run(main)
