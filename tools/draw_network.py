"""Draw a network's blocks, by the names that they have in the code.

```
python -m tools.draw_network --output_dir=docs/networks
```

One SVG for each network on a small encoder with the tasks semseg and depth.
What has no weights (resizing, concatenation, sums) is left out: its arrows go
on to the next block. A dot instead of an arrow: the block takes the encoder's
features, too. Colours are the kinds of blocks.
"""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from absl import flags

import mtl_zoo
from mtl_zoo.utils import atomic_path
from mtl_zoo.utils import cli
from mtl_zoo.utils.files import user_path
from tools import drawing

flags.DEFINE_list("models", None, "Networks to draw. Default: all.")
flags.DEFINE_string("output_dir", "docs/networks", "Folder to write.")

TASKS = ("semseg:13", "depth")

# The first of these that a network takes.
ENCODERS = ("hrnet_w18_small_v2", "resnet18_os8")


def main(config):
    folder = user_path(config.output_dir)
    folder.mkdir(parents=True, exist_ok=True)
    for name in config.models or mtl_zoo.models.list_models():
        path = folder / f"{name}.svg"
        with atomic_path(path) as temporary:
            temporary.write_text(drawing.draw(build(name)), encoding="utf-8")
        cli.say(str(path))


def build(name):
    """A network on the first encoder that it takes.

    Args:
        name: String, one of `mtl_zoo.models.list_models()`.

    Returns:
        A `mtl_zoo.models.MultiTaskModel`.

    Raises:
        ValueError: If there is no such network.
    """
    network = mtl_zoo.models.get(name)
    tasks = list(TASKS)[:1] if name == "single_task" else list(TASKS)
    for encoder in ENCODERS:
        try:
            return network(encoder, tasks)
        except ValueError as error:
            reason = error
    raise reason


if __name__ == "__main__":
    cli.run(main)
