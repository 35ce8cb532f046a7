"""Train a network.

```
python -m training.train --model=mti_net --encoder=hrnet_w18_small_v2 \
    --dataset=rooms --tasks=semseg,depth,normals,edge --image_size=96,128 \
    --batch_size=8 --epochs=10 --output_dir=runs/a
```

The run's folder holds `config.json` (every flag, versions, git commit),
`metrics.jsonl` (a line per epoch), `best/` and `final/` (presets), and
`checkpoints/` while it runs.
"""

import inspect
import json
import pathlib
import platform
import subprocess
import time

import keras
import numpy as np
from absl import flags

import mtl_zoo
from mtl_zoo.utils import atomic_path
from mtl_zoo.utils import cli
from training import settings
from training.optimizers import Adam

flags.DEFINE_enum(
    "model", "mti_net", mtl_zoo.models.list_models(), "The network."
)
flags.DEFINE_string(
    "encoder", "hrnet_w18_small_v2", "Name of the network's encoder."
)
flags.DEFINE_string(
    "encoder_weights",
    None,
    "Preset that the encoder's first weights come from, such as one that "
    "tools.import_torch_checkpoint --model=encoder made. Default: random.",
)
flags.DEFINE_list("tasks", None, "Names of the target tasks. Default: all.")
flags.DEFINE_list(
    "auxiliary_tasks",
    None,
    "Names of the tasks that are predicted on the way. Default: the targets.",
)
settings.define_data_flags()
flags.DEFINE_integer("epochs", 10, "Passes over the data.", lower_bound=1)
flags.DEFINE_integer(
    "steps_per_epoch",
    None,
    "Training steps that count as an epoch. Default: the whole split.",
    lower_bound=1,
)
flags.DEFINE_float(
    "learning_rate", 1e-3, "Adam's first learning rate.", lower_bound=0.0
)
flags.DEFINE_enum(
    "schedule",
    "poly",
    ["poly", "constant"],
    "Learning rate over the run: poly falls to 0 as (1 - step/steps)^0.9.",
)
flags.DEFINE_enum(
    "balancing", "fixed", ["fixed", "equal"], "How losses are weighted."
)
flags.DEFINE_enum(
    "precision",
    "float32",
    ["float32", "mixed_bfloat16"],
    "What the network computes in; losses are float32 always.",
)
flags.DEFINE_enum("strategy", "none", ["none"], "Distribution over devices.")
flags.DEFINE_integer("seed", 0, "Seed of weights, order and augmentation.")
flags.DEFINE_boolean("augment", True, "Change the training images randomly.")
flags.DEFINE_string("output_dir", None, "The run's folder.", required=True)
flags.DEFINE_boolean(
    "resume", False, "Go on from the last finished epoch in --output_dir."
)


def main(config):
    folder = pathlib.Path(config.output_dir)
    image_size = settings.parse_size(config.image_size)
    tasks = mtl_zoo.datasets.get_tasks(config.dataset, config.tasks)
    if folder.exists() and any(folder.iterdir()) and not config.resume:
        raise ValueError(
            f"--output_dir={folder}: there is a run already; give --resume to "
            "go on with it, or another folder."
        )

    keras.utils.set_random_seed(config.seed)
    keras.config.set_dtype_policy(config.precision)
    model = build_model(config, tasks)
    if config.encoder_weights:
        mtl_zoo.presets.load_encoder_weights(
            model.encoder, config.encoder_weights
        )
    train = mtl_zoo.datasets.load(
        config.dataset,
        "train",
        tasks=list(model.supervised_tasks.values()),
        data_dir=config.data_dir,
        image_size=image_size,
        batch_size=config.batch_size,
        augment=config.augment,
        seed=config.seed,
    )
    validation = mtl_zoo.datasets.load(
        config.dataset,
        "validation",
        tasks=tasks,
        data_dir=config.data_dir,
        image_size=image_size,
        batch_size=config.batch_size,
    )
    steps = config.steps_per_epoch or len(train)
    if config.steps_per_epoch:
        train = train.repeat()
    model.compile(
        optimizer=Adam(learning_rate(config, steps * config.epochs)),
        balancing=config.balancing,
    )

    settings.write_json(folder / "config.json", describe(config))
    started = time.time()
    model.fit(
        train,
        epochs=config.epochs,
        steps_per_epoch=config.steps_per_epoch,
        validation_data=validation,
        shuffle=False,  # The data is shuffled already.
        callbacks=[
            keras.callbacks.BackupAndRestore(str(folder / "checkpoints")),
            Record(folder),
        ],
    )
    model.save_to_preset(folder / "final")
    print(
        f"Trained in {(time.time() - started) / 60:.0f} min. Presets: "
        f"{folder / 'best'} (lowest validation loss), {folder / 'final'}."
    )


def build_model(config, tasks):
    """The network that the flags describe."""
    arguments = {"encoder": config.encoder, "tasks": tasks}
    model_class = mtl_zoo.models.get(config.model)
    if config.auxiliary_tasks:
        if "auxiliary_tasks" not in inspect.signature(model_class).parameters:
            raise ValueError(
                f"--auxiliary_tasks: {config.model} makes no predictions on "
                "the way."
            )
        arguments["auxiliary_tasks"] = mtl_zoo.datasets.get_tasks(
            config.dataset, config.auxiliary_tasks
        )
    return model_class(**arguments)


def learning_rate(config, steps):
    """The learning rate or its schedule over `steps` training steps."""
    if config.schedule == "constant":
        return config.learning_rate
    return keras.optimizers.schedules.PolynomialDecay(
        config.learning_rate, steps, end_learning_rate=0.0, power=0.9
    )


class Record(keras.callbacks.Callback):
    """Writes a line of metrics per epoch and keeps the best preset.

    Args:
        folder: `pathlib.Path` of the run.
    """

    def __init__(self, folder):
        super().__init__()
        self.path = folder / "metrics.jsonl"
        self.best = folder / "best"

    def on_epoch_end(self, epoch, logs=None):
        logs = {name: float(value) for name, value in logs.items()}
        lines = []
        if self.path.exists():
            # A run that was stopped may have recorded this epoch before.
            lines = [
                line
                for line in map(json.loads, self.path.read_text().splitlines())
                if line["epoch"] < epoch + 1
            ]
        # A loss that is not a number is never the best.
        best = min(
            (x["val_loss"] for x in lines if x["val_loss"] is not None),
            default=np.inf,
        )
        if logs["val_loss"] < best:
            self.model.save_to_preset(self.best)
        logs = {
            name: value if np.isfinite(value) else None
            for name, value in logs.items()
        }
        lines.append({"epoch": epoch + 1, **logs})
        with atomic_path(self.path) as temporary:
            temporary.write_text("".join(f"{json.dumps(x)}\n" for x in lines))


def describe(config):
    """What is needed to run this again: flags, versions, commit."""
    flags_here = [
        flag
        for module, flags_of_module in config.flags_by_module_dict().items()
        if module.endswith(("train.py", "training.train", "training.settings"))
        for flag in flags_of_module
    ]
    return {
        "flags": {flag.name: flag.value for flag in flags_here},
        "versions": {
            "python": platform.python_version(),
            "mtl_zoo": mtl_zoo.__version__,
            "keras": keras.__version__,
            "backend": keras.backend.backend(),
        },
        "git_commit": git_commit(),
    }


def git_commit():
    """The checkout's commit, or `None` outside of one."""
    result = subprocess.run(
        ["git", "rev-parse", "HEAD"],
        cwd=pathlib.Path(__file__).parent,
        capture_output=True,
        text=True,
        check=False,
    )
    return result.stdout.strip() or None


if __name__ == "__main__":
    cli.run(main)
