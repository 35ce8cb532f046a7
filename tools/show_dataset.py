"""See the images of a data set with their labels drawn, as training gets them.

```
python -m tools.show_dataset --dataset=rooms --split=test --output=rooms.png
python -m tools.show_dataset --dataset=nyud_mt --copy=survey --made_up \
    --augment=nyud --output=nyud.png
```

Draws a contact sheet: a row for each image, a column for each label. With
`--made_up` the images are invented and written in the published form first, to
see how a data set's labels are read where its files may not be passed on.
"""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import contextlib
import itertools
import pathlib
import tempfile

import numpy as np
from absl import flags
from PIL import Image
from PIL import ImageDraw

import mtl_zoo
from mtl_zoo.utils import atomic_path
from mtl_zoo.utils import cli
from tools import dataset_writer
from training import settings

flags.DEFINE_string("dataset", "rooms", "Name of the data set.")
flags.DEFINE_string(
    "data_dir",
    None,
    "Folder that holds data sets. Default: the library's cache.",
)
flags.DEFINE_string("split", "train", "Which split.")
flags.DEFINE_list("tasks", None, "Names of the labels. Default: all.")
flags.DEFINE_integer("count", 6, "How many images.", lower_bound=1)
flags.DEFINE_list(
    "image_size", None, "Height,width. Default: the data set's own."
)
flags.DEFINE_boolean("made_up", False, "Invent images of the published form.")
flags.DEFINE_string("copy", "published", "Which form to invent them in.")
flags.DEFINE_string(
    "augment", None, "Recipe of random changes. Default: images as they are."
)
flags.DEFINE_integer("seed", 0, "Seed of the choice and of the changes.")
flags.DEFINE_integer("width", 320, "Pixels of a column.", lower_bound=32)
flags.DEFINE_string("output", None, "PNG file to write.", required=True)

_GAP = 6
_TITLE = 20


def main(config):
    size = config.image_size and settings.parse_size(config.image_size)
    with contextlib.ExitStack() as stack:
        data_dir = config.data_dir
        if config.made_up:
            folder = stack.enter_context(tempfile.TemporaryDirectory())
            data_dir = pathlib.Path(folder)
            dataset_writer.write_made_up(
                data_dir, config.dataset, config.copy, config.count
            )
        tasks = mtl_zoo.datasets.get_tasks(
            config.dataset, config.tasks, data_dir
        )
        data = mtl_zoo.datasets.load(
            config.dataset,
            config.split,
            tasks,
            data_dir,
            size,
            augment=config.augment or False,
            shuffle=True,
            seed=config.seed,
        )
        samples = [
            (np.asarray(image), {k: np.asarray(v) for k, v in labels.items()})
            for image, labels in itertools.islice(data, config.count)
        ]
    sheet = draw_sheet(samples, tasks, config.width)
    with atomic_path(config.output) as temporary:
        sheet.save(temporary)
    print(
        f"{config.output}: {len(samples)} images of {config.dataset}, split "
        f"{config.split}"
    )


def draw_sheet(samples, tasks, width):
    """A row for each sample, a column for its image and each label.

    Args:
        samples: List of pairs of an image and a dict of labels.
        tasks: List of `mtl_zoo.tasks.Task`.
        width: Integer, pixels of a column.

    Returns:
        A `PIL.Image.Image`.
    """
    rows = [
        [fit(image, width)]
        + [fit(draw_label(t, labels[t.name]), width) for t in tasks]
        for image, labels in samples
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
