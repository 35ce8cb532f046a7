"""Measure a preset on a split of a data set.

```
python -m training.evaluate --preset=mti_net_hrnet_w18_small_v2_rooms \
    --dataset=rooms --split=test --output=metrics.json
```

Writes every metric of each task, beside those of the constant predictor
(majority class, mean depth, mean normal of the training split), and Δm where
single-task results are given.
"""

import json
import pathlib

from absl import flags

import mtl_zoo
from mtl_zoo.utils import cli
from training import measure
from training import settings

flags.DEFINE_string(
    "preset", None, "Name, folder or address of a preset.", required=True
)
settings.define_data_flags()
flags.DEFINE_enum("split", "test", settings.SPLITS, "Which split.")
flags.DEFINE_enum(
    "protocol",
    "survey",
    ["survey", "mtan"],
    "survey: a class that never occurs counts 0; mtan: it is left out.",
)
flags.DEFINE_string("output", None, "JSON file to write.", required=True)
flags.DEFINE_string(
    "baseline", None, "JSON file with single-task results, for Δm."
)


def main(config):
    image_size = settings.parse_size(config.image_size)
    baseline = None
    if config.baseline:
        baseline = json.loads(pathlib.Path(config.baseline).read_text())
    model = mtl_zoo.models.MultiTaskModel.from_preset(config.preset)

    def load(split):
        return mtl_zoo.datasets.load(
            config.dataset,
            split,
            tasks=model.tasks,
            data_dir=config.data_dir,
            image_size=image_size,
            batch_size=config.batch_size,
            shuffle=False,
        )

    report = {
        "preset": config.preset,
        "dataset": config.dataset,
        "split": config.split,
        "protocol": config.protocol,
        "metrics": measure.evaluate(model, load(config.split), config.protocol),
        "constant_predictor": measure.evaluate_constant(
            model.tasks, load("train"), load(config.split), config.protocol
        ),
    }
    if baseline:
        report["delta_m"] = mtl_zoo.metrics.delta_m(
            report["metrics"], baseline.get("metrics", baseline)
        )
    settings.write_json(config.output, report)
    print(measure.as_table(report))


if __name__ == "__main__":
    cli.run(main)
