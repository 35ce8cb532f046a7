"""Measure a preset on a split of a data set.

```
python -m training.evaluate --preset=mti_net_efficientnet_lite0_rooms \
    --dataset=rooms --split=test --output=metrics.json
```

Shows every metric of each task, beside those of the constant predictor
(majority class, mean depth, mean normal of the training split), and Δm where
single-task results are given; with `--output` written as JSON, and as Markdown
beside it. Tasks of the preset that the data set has no labels of are named and
left out.

Images are measured at their own size, and may be of different ones (`folder`);
the network sees them at its working size. `--image_size` resizes images and
labels first, and the network sees them at that size.
"""

from absl import flags

import mtl_zoo
from mtl_zoo.evaluation import AveragedPredictor
from mtl_zoo.utils import cli
from training import measure
from training import settings

flags.DEFINE_string(
    "preset", None, "Name, folder or address of a preset.", required=True
)
settings.define_data_flags()
settings.define_batch_size()
flags.DEFINE_enum("split", "test", settings.SPLITS, "Which split.")
flags.DEFINE_integer(
    "num_examples",
    None,
    "The first so many images of the split. Default: all.",
    lower_bound=1,
    upper_bound=10_000_000,
)
flags.DEFINE_enum(
    "protocol",
    "survey",
    mtl_zoo.metrics.PROTOCOLS,
    "survey: a class that never occurs counts 0; mtan: it is left out; "
    "present: one that no label has is left out, even where it is predicted.",
)
flags.DEFINE_string("output", None, "JSON file to write. Default: none.")
flags.DEFINE_string(
    "baseline", None, "JSON file with single-task results, for Δm."
)
flags.DEFINE_boolean(
    "flip", False, "Average over the image and its mirror image."
)
flags.DEFINE_list(
    "scales",
    ["1"],
    "Average over predictions at these scales of the image, such as "
    "0.75,1,1.25.",
)
cli.check_numbers("scales", float, 0.1, 10, "0.75,1,1.25", range(1, 33))


def main(config):
    baseline = settings.read_baseline(config.baseline)
    scales = [float(scale) for scale in config.scales]
    output = settings.report_path(config.output)
    mtl_zoo.datasets.check_split(config.dataset, config.split, config.data_dir)
    model = mtl_zoo.models.MultiTaskModel.from_preset(config.preset)
    report = measure.report(
        config,
        model,
        baseline,
        AveragedPredictor(model, config.flip, scales),
        num_examples=config.num_examples,
    )
    report = {
        "preset": config.preset,
        "flip": config.flip,
        "scales": scales,
        **report,
    }
    if output:
        settings.write_report(output, report, measure.as_markdown(report))
    cli.show(measure.as_table(report))


if __name__ == "__main__":
    cli.run(main)
