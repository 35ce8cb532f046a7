"""See the images of a data set with their labels drawn.

```
python -m tools.show_dataset --dataset=rooms --split=test --output=rooms.png
```

Draws a contact sheet: a row for each image, a column for each label.
"""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
from absl import flags
from PIL import Image
from PIL import ImageDraw

import mtl_zoo
from mtl_zoo.datasets.augmentation import augment
from mtl_zoo.utils import atomic_path
from mtl_zoo.utils import cli

flags.DEFINE_string("dataset", "rooms", "Name of the data set.")
flags.DEFINE_string(
    "data_dir",
    None,
    "Folder that holds data sets. Default: the library's cache.",
)
flags.DEFINE_string("split", "train", "Which split.")
flags.DEFINE_list("tasks", None, "Names of the labels. Default: all.")
flags.DEFINE_integer("count", 6, "How many images.", lower_bound=1)
flags.DEFINE_string(
    "augment", None, "Recipe of random changes. Default: images as they are."
)
flags.DEFINE_integer("seed", 0, "Seed of the choice and of the changes.")
flags.DEFINE_integer("width", 320, "Pixels of a column.", lower_bound=32)
flags.DEFINE_string("output", None, "PNG file to write.", required=True)

_GAP = 6
_TITLE = 20


def main(config):
    tasks = mtl_zoo.datasets.get_tasks(
        config.dataset, config.tasks, config.data_dir
    )
    source = mtl_zoo.datasets.load_source(
        config.dataset, config.split, config.data_dir, tasks=tasks
    )
    rng = np.random.default_rng(config.seed)
    count = min(config.count, len(source))
    chosen = sorted(rng.choice(len(source), count, replace=False))
    samples = [source[int(index)] for index in chosen]
    if config.augment:
        samples = [augment(s, rng, config.augment) for s in samples]
    sheet = draw_sheet(samples, tasks, config.width)
    with atomic_path(config.output) as temporary:
        sheet.save(temporary)
    print(
        f"{config.output}: images {', '.join(map(str, chosen))} of "
        f"{config.dataset}, split {config.split}"
    )


def draw_sheet(samples, tasks, width):
    """A row for each sample, a column for its image and each label.

    Args:
        samples: List of samples.
        tasks: List of `mtl_zoo.tasks.Task`.
        width: Integer, pixels of a column.

    Returns:
        A `PIL.Image.Image`.
    """
    rows = [
        [fit(sample["image"], width)]
        + [fit(draw_label(t, sample[t.name]), width) for t in tasks]
        for sample in samples
    ]
    heights = [row[0].height for row in rows]
    sheet = Image.new(
        "RGB",
        (
            (len(tasks) + 1) * (width + _GAP) + _GAP,
            sum(heights) + len(rows) * _GAP + _TITLE,
        ),
        "white",
    )
    draw = ImageDraw.Draw(sheet)
    for column, title in enumerate(["image", *(t.name for t in tasks)]):
        draw.text((_GAP + column * (width + _GAP), 4), title, "black")
    y = _TITLE
    for row, height in zip(rows, heights, strict=True):
        for column, picture in enumerate(row):
            sheet.paste(picture, (_GAP + column * (width + _GAP), y))
        y += height + _GAP
    return sheet


def draw_label(task, label):
    """A label in its task's colours; unknown is black."""
    return task.colorize(label[..., 0] if label.shape[-1] == 1 else label)


def fit(picture, width):
    height = round(picture.shape[0] * width / picture.shape[1])
    picture = Image.fromarray(np.ascontiguousarray(picture))
    return picture.resize((width, height), Image.Resampling.NEAREST)


if __name__ == "__main__":
    cli.run(main)
