"""Measure how fast a data set is read, changed randomly and batched.

```
python -m tools.benchmark_data --dataset=rooms --batch_size=8
python -m tools.benchmark_data --dataset=nyud_mt --copy=survey --made_up=16
```

With `--made_up=N` it measures N invented images at the published size, written
and prepared in the published form in a folder that is removed afterwards: speed
then needs no data that may not be passed on. `--model` also measures the
training step of a network, and how often the pipeline outruns it.

Images per second and core are images per second of processor time, whatever
else the machine does meanwhile.
"""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import contextlib
import pathlib
import tempfile
import time

from absl import flags

import mtl_zoo
from mtl_zoo.utils import cli
from tools import dataset_writer
from training import settings

settings.define_data_flags()
settings.define_batch_size()
flags.DEFINE_string("split", "train", "Which split.")
flags.DEFINE_list("tasks", None, "Names of the labels. Default: all.")
flags.DEFINE_boolean("augment", True, "Change images by the set's recipe.")
flags.DEFINE_float(
    "seconds", 10.0, "How long to measure.", lower_bound=0.1, upper_bound=3600.0
)
flags.DEFINE_integer(
    "made_up", 0, "Images to invent.", lower_bound=0, upper_bound=1_000_000
)
flags.DEFINE_string("copy", "published", "Which form to invent them in.")
flags.DEFINE_string(
    "model", None, "Network whose training step is measured too."
)
flags.DEFINE_string("encoder", "hrnet_w18_small_v2", "The network's encoder.")


def main(config):
    size = config.image_size and settings.parse_size(config.image_size)
    with contextlib.ExitStack() as stack:
        data_dir = config.data_dir
        if config.made_up:
            folder = stack.enter_context(tempfile.TemporaryDirectory())
            data_dir = pathlib.Path(folder)
            dataset_writer.write_made_up(
                data_dir, config.dataset, config.copy, config.made_up, size
            )
            size = None
        data = mtl_zoo.datasets.load(
            config.dataset,
            config.split,
            config.tasks,
            data_dir=data_dir,
            image_size=size,
            batch_size=config.batch_size,
            augment=config.augment,
        )
        rates = measure(data, config.seconds)
        step = measure_step(config, data_dir, data) if config.model else None
    name = config.dataset + (f" ({config.copy})" if config.made_up else "")
    height, width = rates["image_size"]
    cli.say(
        f"{name}: {height}×{width}, {rates['images']} images, "
        f"{rates['per_second']:.1f} images/s, "
        f"{rates['per_core']:.1f} images/s and core"
    )
    if step:
        print(
            f"training step of {config.model} with {config.encoder}: "
            f"{config.batch_size / step:.1f} images/s; the pipeline alone is "
            f"{rates['per_second'] * step / config.batch_size:.1f} times as "
            "fast"
        )


def measure(data, seconds):
    """How fast batches come, after the first two.

    Args:
        data: What `mtl_zoo.datasets.load` gives.
        seconds: Float, how long at least.

    Returns:
        A dict: `images`, `per_second`, `per_core`, `image_size`.
    """
    batches = endless(data)
    for _ in range(2):
        next(batches)
    images, start, cpu = 0, time.perf_counter(), time.process_time()
    while time.perf_counter() - start < seconds:
        batch, _ = next(batches)
        images += len(batch)
    wall = time.perf_counter() - start
    cpu = time.process_time() - cpu
    return {
        "images": images,
        "per_second": images / wall,
        "per_core": images / cpu,
        "image_size": batch.shape[1:3],
    }


def endless(data):
    while True:
        yield from data


def measure_step(config, data_dir, data):
    """Seconds of a training step on a batch that is there already."""
    images, labels = next(iter(data))
    tasks = mtl_zoo.datasets.get_tasks(config.dataset, config.tasks, data_dir)
    model = mtl_zoo.models.get(config.model)(
        encoder=config.encoder, tasks=tasks
    )
    model.compile("adam")
    for _ in range(2):
        model.train_on_batch(images, labels)
    times = []
    for _ in range(5):
        start = time.perf_counter()
        model.train_on_batch(images, labels)
        times.append(time.perf_counter() - start)
    return min(times)


if __name__ == "__main__":
    cli.run(main)
