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
from mtl_zoo.evaluation import WorkingSizePredictor
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
cli.check_numbers("scales", float, 0.1, 10, "0.75,1,1.25")


def main(config):
    image_size = settings.parse_size(config.image_size)
    baseline = settings.read_baseline(config.baseline)
    scales = [float(scale) for scale in config.scales]
    output = settings.report_path(config.output)
    mtl_zoo.datasets.check_split(config.dataset, config.split, config.data_dir)
    model = mtl_zoo.models.MultiTaskModel.from_preset(config.preset)
    sizes = mtl_zoo.datasets.get_sizes(config.dataset)
    if sizes == "any" and image_size is None:
        image_size = model.working_size
    tasks, unlabelled = labelled_tasks(config, model)
    if baseline:
        settings.check_baseline(baseline, tasks)

    def load(split):
        arguments = {
            "tasks": tasks,
            "data_dir": config.data_dir,
            "image_size": image_size,
        }
        if image_size is None and sizes == "many":
            return measure.OneByOne(
                mtl_zoo.datasets.load_source(config.dataset, split, **arguments)
            )
        return mtl_zoo.datasets.load(
            config.dataset,
            split,
            batch_size=config.batch_size,
            shuffle=False,
            **arguments,
            # Depth as the model gives it, where the camera is known.
            field_of_view=(
                model.field_of_view
                if mtl_zoo.datasets.tells_cameras(config.dataset)
                else None
            ),
        )

    # First what takes little: a mistake in the data shows early.
    constant = {}
    if "train" in mtl_zoo.datasets.list_splits(config.dataset, config.data_dir):
        constant = measure.evaluate_constant(
            tasks, load("train"), load(config.split), config.protocol
        )
    predict = AveragedPredictor(model, config.flip, scales)
    if image_size is None:
        predict = WorkingSizePredictor(model, predict)
    report = {
        "preset": config.preset,
        "dataset": config.dataset,
        "split": config.split,
        "protocol": config.protocol,
        "image_size": image_size and list(image_size),
        "working_size": model.working_size and list(model.working_size),
        "flip": config.flip,
        "scales": scales,
        **({"tasks_without_labels": unlabelled} if unlabelled else {}),
        "metrics": measure.evaluate(
            model,
            load(config.split),
            config.protocol,
            predict,
        ),
        "constant_predictor": constant,
    }
    if baseline:
        report["delta_m"] = mtl_zoo.metrics.delta_m(
            report["metrics"], baseline, tasks
        )
    if output:
        settings.write_report(output, report, measure.as_markdown(report))
    print(measure.as_table(report))


def labelled_tasks(config, model):
    """The model's tasks that the data set has labels of.

    Args:
        config: `absl.flags.FlagValues`.
        model: `mtl_zoo.models.MultiTaskModel`.

    Returns:
        A pair: list of `mtl_zoo.tasks.Task`, and the names of the others.

    Raises:
        ValueError: If there are none.
    """
    known = mtl_zoo.datasets.get_tasks(config.dataset, None, config.data_dir)
    names = [task.name for task in known]
    tasks = [task for task in model.tasks if task.name in names]
    if not tasks:
        raise ValueError(
            f"--dataset={config.dataset} has labels of {', '.join(names)}; the "
            f"preset predicts {', '.join(task.name for task in model.tasks)}."
        )
    return tasks, [t.name for t in model.tasks if t.name not in names]


if __name__ == "__main__":
    cli.run(main)
