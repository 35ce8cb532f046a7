"""A run of training.train becomes a preset with its card and measured numbers.

```
python -m tools.make_preset --run=runs/mti --weights=final \
    --name=mti_net_efficientnet_lite0_rooms \
    --description="MTI-Net on EfficientNet-Lite0: …" \
    --paper=https://arxiv.org/abs/2001.06902 --photos_dir=my_photos
```

Measures the weights on `rooms` (its test split, beside the constant predictor),
on a few of its rooms alone, which a test measures again, and on photographs
that lie as a `folder` data set; stores them as float16 in the run's folder,
under the preset's name. Then it is published, which keeps what was written by
hand in its card, and told to the tests and the README:

```
python -m tools.publish_preset --preset=runs/mti/NAME --to=presets/NAME \
    --registry=presets/registry.json
python -m tests.presets.make_golden NAME
python -m tools.preset_table
```
"""

from absl import flags

import mtl_zoo
from mtl_zoo.datasets.rooms import rendering
from mtl_zoo.evaluation import WorkingSizePredictor
from mtl_zoo.evaluation import count_flops
from mtl_zoo.utils import cli
from mtl_zoo.utils.files import user_path
from training import measure
from training import record

flags.DEFINE_string("run", None, "Folder of the run.", required=True)
flags.DEFINE_enum("weights", "final", ["final", "best"], "Which of its two.")
flags.DEFINE_string("name", None, "The preset's name.", required=True)
flags.DEFINE_string("description", None, "One line.", required=True)
flags.DEFINE_string("paper", None, "Address of the paper.", required=True)
flags.DEFINE_string("origin", None, "What was trained before this run.")
flags.DEFINE_string(
    "photos_dir", None, "Photographs with labels, a folder data set."
)
flags.DEFINE_integer(
    "num_rooms", 200, "Test rooms measured.", lower_bound=8, upper_bound=100_000
)

_CONSTANT_ROOMS = 1000
_SPOT_CHECK_ROOMS = 8


def main(config):
    run = user_path(config.run)
    description = record.read_config(run / "config.json")
    trained = description["flags"]
    if trained.get("dataset") != "rooms":
        raise ValueError(
            f"--run={run}: it was trained on {trained.get('dataset')}; this "
            "command makes presets of rooms."
        )
    if "command" not in description:
        raise ValueError(f"--run={run}: an earlier version trained it.")
    model = mtl_zoo.models.MultiTaskModel.from_preset(run / config.weights)
    rooms = {
        "tasks": model.tasks,
        "image_size": model.working_size,
        "batch_size": 8,
        "field_of_view": model.field_of_view,
    }

    def test(count):
        return mtl_zoo.datasets.load(
            "rooms", "test", num_examples=count, **rooms
        )

    train = mtl_zoo.datasets.load(
        "rooms", "train", num_examples=_CONSTANT_ROOMS, **rooms
    )
    size = "×".join(map(str, model.working_size))
    metadata = {
        "description": config.description,
        "metrics": _rounded(measure.evaluate(model, test(config.num_rooms)), 4),
        "constant_predictor": _rounded(
            measure.evaluate_constant(
                model.tasks, train, test(config.num_rooms)
            ),
            4,
        ),
        "dataset": (
            f"rooms {rendering.VERSION} (rendered), {size}, "
            f"{trained['num_examples'] or rendering.NUM_EXAMPLES['train']} "
            f"training rooms, seed {trained['seed']}"
        ),
        "origin": config.origin,
        "recipe": f"{description['command']} --output_dir=runs/{config.name}",
        "gflop": round(count_flops(model, model.working_size) / 1e9, 2),
        "license": "Apache-2.0",
        "paper": config.paper,
        "evaluation": {
            "dataset": "rooms",
            "split": "test",
            "num_images": config.num_rooms,
            "image_size": list(model.working_size),
            "protocol": "survey",
            "constant predictor": f"of {_CONSTANT_ROOMS} training rooms",
            "command": (
                f"python -m training.evaluate --preset={config.name} "
                "--dataset=rooms --split=test "
                f"--num_examples={config.num_rooms} --output=metrics.json"
            ),
        },
        "spot_check": {
            "num_images": _SPOT_CHECK_ROOMS,
            "metrics": _rounded(
                measure.evaluate(model, test(_SPOT_CHECK_ROOMS)), 6
            ),
        },
    }
    if config.photos_dir:
        metadata["photographs"] = _rounded(photographs(model, config), 4)
    folder = run / config.name
    model.save_to_preset(folder, metadata, weights_dtype="float16")
    cli.say(str(folder))


def photographs(model, config):
    """Metrics on the labelled photographs, at the preset's working size."""
    known = mtl_zoo.datasets.get_tasks("folder", None, config.photos_dir)
    names = {task.name for task in known}
    source = mtl_zoo.datasets.load_source(
        "folder",
        "test",
        tasks=[task for task in model.tasks if task.name in names],
        data_dir=config.photos_dir,
    )
    predict = WorkingSizePredictor(model)
    return measure.evaluate(model, measure.OneByOne(source), "present", predict)


def _rounded(metrics, digits):
    return {
        task: {name: round(float(x), digits) for name, x in values.items()}
        for task, values in metrics.items()
    }


if __name__ == "__main__":
    cli.run(main)
