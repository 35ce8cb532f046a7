"""What the networks cost.

```
python -m tools.benchmark --preset=mti_net_efficientnet_lite0_rooms \
    --image_size=480,640
python -m tools.benchmark --preset=mti_net_efficientnet_lite0_rooms \
    --image_size=256,320 --training_batch=2
python -m tools.benchmark --output=today.json --compare=before.json \
    --peers=authors.json
python -m tools.benchmark --summary
```

Seconds per image of presets (all, or those of `--preset`) in Keras, LiteRT and
ONNX Runtime, beside the rate at which the machine multiplies matrices;
with `--training_batch`, those of a training step. `--output` keeps them as JSON
and as a table in Markdown. Two runs compare by seconds times the matrix
product's rate, the operations that the machine could have made meanwhile:
`--compare` tells what takes more of them than in another run, `--peers` how
many times as fast everything is as others' code, whose figures stand in a file
as `{preset: {name: {"seconds": 0.135, "matrix_product": 107.0}}}`, seconds of
what is measured here and GFLOP/s of the matrix product beside it.

`--summary` builds every network on every encoder that it can take, runs it on
an image of an odd size, and prints a Markdown table: trainable parameters and
GFLOP (two per multiply-add) for one image.
"""

import math
import os
import sys

# Operations are counted in TensorFlow's graph.
os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
from absl import flags

import mtl_zoo
from mtl_zoo.evaluation import count_flops
from mtl_zoo.utils import cli
from tools import latency
from tools import measure_flags
from training import settings

flags.DEFINE_integer(
    "training_batch",
    None,
    "Measure training steps of so many images instead.",
    lower_bound=1,
    upper_bound=1024,
)
flags.DEFINE_boolean(
    "summary", False, "Print size and cost of every network on every encoder."
)
flags.DEFINE_list(
    "encoders", None, "The encoders of the summary. Default: all by name."
)
flags.DEFINE_list(
    "models", None, "The networks of the summary. Default: all by name."
)
flags.DEFINE_list(
    "tasks",
    ["semseg:13", "depth", "normals", "edge"],
    "The summary's tasks, with their channels.",
)
flags.DEFINE_list("image_size", ["480", "640"], "Height,width of the images.")
settings.check_size()
flags.DEFINE_string("output", None, "JSON file to write. Default: none.")
flags.DEFINE_string(
    "compare", None, "JSON file that --output wrote in another run."
)
flags.DEFINE_string("peers", None, "JSON file with figures of others' code.")

# No stride divides it.
ODD_SIZE = (65, 97)


def main(config):
    image_size = settings.parse_size(config.image_size)
    if not config.summary:
        for flag in ("encoders", "models", "tasks"):
            if config[flag].present:
                raise ValueError(f"--{flag} is of --summary alone.")
        measure_presets(config, image_size)
        return
    for flag in ("preset", "output", "compare", "peers", "training_batch"):
        if config[flag].value:
            raise ValueError(f"Give one of --{flag} and --summary.")
    models = config.models or mtl_zoo.models.list_models()
    encoders = config.encoders or mtl_zoo.encoders.list_encoders()
    tasks = mtl_zoo.tasks.get_all(config.tasks)
    for name in models:  # Unknown ones are found before anything is built.
        for encoder in encoders:
            mtl_zoo.models.supported(name, encoder)
    summary(models, encoders, tasks, image_size)


def measure_presets(config, image_size):
    """Measure presets, and set them beside other runs."""
    output = settings.report_path(config.output)
    before = latency.read_results(config.compare)
    peers = latency.read_peers(config.peers)
    results = {}
    for preset in measure_flags.presets(config):
        if config.training_batch:
            result = latency.measure_training(
                preset, image_size, config.training_batch, config.rounds
            )
        else:
            result = latency.measure_latency(preset, image_size, config.rounds)
        results[preset] = result
        cli.show(f"{preset}: {latency.as_table(result)}\n")
        if output:
            table = latency.as_markdown(results, peers)
            settings.write_report(output, results, table)
    if peers:
        cli.show(latency.as_markdown(results, peers))
    if before:
        lines = latency.slower(results, before)
        cli.show("\n".join(lines or [f"Nothing slower than {config.compare}."]))


def summary(models, encoders, tasks, image_size):
    """Print a table: a row per encoder, a column per network.

    Args:
        models: List of names of networks.
        encoders: List of names of encoders.
        tasks: List of `mtl_zoo.tasks.Task`; `single_task` has the first.
        image_size: Pair of integers, what operations are counted for.

    Raises:
        ValueError: If a network's outputs are not what they should be.
    """
    height, width = image_size
    cli.show(
        f"Million trainable parameters / GFLOP of an image of "
        f"{height}×{width}, tasks "
        f"{', '.join(task.name for task in tasks)} (single_task: "
        f"{tasks[0].name}).\n\n| encoder | {' | '.join(models)} |\n"
        f"| --- |{' ---: |' * len(models)}"
    )
    for encoder in encoders:
        cells = [encoder]
        for name in models:
            if not mtl_zoo.models.supported(name, encoder):
                cells.append("–")
                continue
            print(f"{name} on {encoder} …", file=sys.stderr, flush=True)
            some = tasks[:1] if name == "single_task" else tasks
            model = mtl_zoo.models.get(name)(encoder, some)
            check_outputs(model)
            gflop = count_flops(model, image_size) / 1e9
            size = sum(math.prod(v.shape) for v in model.trainable_variables)
            cells.append(f"{size / 1e6:.2f} / {gflop:.1f}")
            keras.utils.clear_session()
        cli.say(f"| {' | '.join(cells)} |")
    print(
        "\nThe outputs of each were checked for an image of "
        f"{ODD_SIZE[0]}×{ODD_SIZE[1]}."
    )


def check_outputs(model):
    """Raise unless every task comes out, finite and at the image's size."""
    rng = np.random.default_rng(0)
    image = rng.integers(0, 256, (1, *ODD_SIZE, 3)).astype("uint8")
    outputs = model(image)
    for task in model.tasks:
        output = keras.ops.convert_to_numpy(outputs[task.name])
        expected = (1, *ODD_SIZE, task.channels)
        if output.shape != expected or not np.isfinite(output).all():
            raise ValueError(
                f"{model.name} on {model.encoder.name} gives {task.name} of "
                f"shape {output.shape}, finite: {np.isfinite(output).all()}; "
                f"expected are finite values of shape {expected}."
            )


if __name__ == "__main__":
    cli.run(main)
