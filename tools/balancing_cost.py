"""What every way of balancing costs: time and memory of a step, by task count.

```
python -m tools.balancing_cost --balancings=mgda,mgda:features,famo \
    --task_counts=2,4 --encoder=hrnet_w18_small_v2 --output=cost.json
```

Trains hard sharing on random images, each case in a process of its own, one
after the other, and gives the time of the fastest step, which other work on the
machine disturbs least, and the peak of memory, beyond what the process holds
before it trains, over those of the plain sum (`equal`) of the same tasks,
measured in the same run. Needs Linux, whose /proc tells the memory.
"""

import time

import numpy as np
from absl import flags

import mtl_zoo
from mtl_zoo.utils import cli
from mtl_zoo.utils import text
from tools import own_process
from training import settings

flags.DEFINE_list(
    "balancings",
    list(mtl_zoo.balancing.list_balancings()),
    "Ways of balancing, see training.train --balancing. Default: all.",
)
flags.DEFINE_list("task_counts", ["2", "4"], "Numbers of tasks.")
flags.DEFINE_string("encoder", "hrnet_w18_small_v2", "Encoder.")
flags.DEFINE_list("image_size", ["96", "128"], "Height,width of images.")
settings.check_size()
flags.DEFINE_integer(
    "batch_size", 8, "Images per step.", lower_bound=1, upper_bound=65_536
)
flags.DEFINE_integer(
    "steps", 10, "Steps that are timed.", lower_bound=1, upper_bound=1_000_000
)
flags.DEFINE_string("output", None, "JSON file to write.", required=True)

_TASKS = ("semseg:13", "depth", "normals", "edge")
cli.check_numbers("task_counts", int, 1, len(_TASKS), "2,4")
_WARM_UP = 3


def main(config):
    output = settings.report_path(config.output)
    for name in config.balancings:
        mtl_zoo.balancing.get(name)
    names = ["equal", *(x for x in config.balancings if x != "equal")]
    report = {}
    for count in map(int, config.task_counts):
        for name in names:
            measured = own_process.run(
                measure,
                name,
                count,
                config.encoder,
                settings.parse_size(config.image_size),
                config.batch_size,
                config.steps,
                modules=config["import"].value,
            )
            rows = report.setdefault(name, {})
            equal = report["equal"].get(count, measured)
            rows[count] = {
                **measured,
                "time_ratio": measured["seconds"] / equal["seconds"],
                "memory_ratio": measured["bytes"] / equal["bytes"],
            }
            cli.say(f"{name}, {count} tasks: {rows[count]}")
            settings.write_report(output, report, as_markdown(report))
    cli.show(as_markdown(report))


def measure(name, count, encoder, image_size, batch_size, steps):
    """Time and memory of training steps.

    Args:
        name: String, see `mtl_zoo.balancing.get`.
        count: Integer, the number of tasks.
        encoder: String, see `mtl_zoo.encoders.get`.
        image_size: Pair of integers.
        batch_size: Integer.
        steps: Integer, how many steps are timed.

    Returns:
        A dict of `"seconds"`, those of the fastest step, and `"bytes"`, the
        peak of memory while training beyond what was held before.
    """
    tasks = mtl_zoo.tasks.get_all(_TASKS[:count])
    model = mtl_zoo.models.HardSharing(encoder, tasks)
    model.compile("adam", balancing=name)
    model.optimizer.build(model.trainable_variables)
    rng = np.random.default_rng(0)
    shape = (batch_size, *image_size)
    images = rng.integers(0, 256, (*shape, 3)).astype("uint8")
    every = {
        "semseg": rng.integers(0, 13, shape).astype("int32"),
        "depth": rng.uniform(1, 5, (*shape, 1)).astype("float32"),
        "normals": np.full((*shape, 3), 3**-0.5, "float32"),
        "edge": (rng.random((*shape, 1)) < 0.1).astype("float32"),
    }
    labels = {task.name: every[task.name] for task in tasks}
    before = own_process.held()
    for _ in range(_WARM_UP):
        model.train_on_batch(images, labels)
    # Compiling takes more memory than a step; forget its peak.
    own_process.forget_peak()
    times = []
    for _ in range(steps):
        start = time.perf_counter()
        model.train_on_batch(images, labels)
        times.append(time.perf_counter() - start)
    return {
        "seconds": min(times),
        "bytes": own_process.peak() - before,
    }


def as_markdown(report):
    """A table, a line per way of balancing."""
    counts = list(report["equal"])
    header = ["balancing"]
    for count in counts:
        header += [f"time, {count} tasks", f"memory, {count} tasks"]
    lines = []
    for name, rows in report.items():
        line = [name]
        for count in counts:
            row = rows.get(count)
            line += (
                [f"{row['time_ratio']:.2f}", f"{row['memory_ratio']:.2f}"]
                if row
                else ["–", "–"]
            )
        lines.append(line)
    return text.table(header, lines)


if __name__ == "__main__":
    cli.run(main)
