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

import mtl_zoo
from mtl_zoo.utils import atomic_path
from mtl_zoo.utils import cli
from mtl_zoo.visualization import contact_sheet
from tools import dataset_writer
from training import settings

settings.define_data_flags()
flags.DEFINE_string("split", "train", "Which split.")
flags.DEFINE_list("tasks", None, "Names of the labels. Default: all.")
flags.DEFINE_integer(
    "count", 6, "How many images.", lower_bound=1, upper_bound=1000
)
flags.DEFINE_boolean("made_up", False, "Invent images of the published form.")
flags.DEFINE_string("copy", "published", "Which form to invent them in.")
flags.DEFINE_string(
    "augment", None, "Recipe of random changes. Default: images as they are."
)
flags.DEFINE_integer(
    "seed",
    0,
    "Seed of the choice and of the changes.",
    lower_bound=0,
    upper_bound=2**32 - 1,
)
flags.DEFINE_integer(
    "width", 320, "Pixels of a column.", lower_bound=32, upper_bound=8192
)
flags.DEFINE_string("output", None, "PNG file to write.", required=True)


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
    sheet = contact_sheet(samples, tasks, config.width)
    with atomic_path(config.output) as temporary:
        sheet.save(temporary)
    cli.say(
        f"{config.output}: {len(samples)} images of {config.dataset}, split "
        f"{config.split}"
    )


if __name__ == "__main__":
    cli.run(main)
