"""Train a network.

```
python -m training.train --model=mti_net --encoder=hrnet_w18_small_v2 \
    --dataset=rooms --tasks=semseg,depth,normals,edge --image_size=96,128 \
    --batch_size=8 --epochs=10 --output_dir=runs/a
```

or, with published settings, `--recipe=nyud_mti_net`; other flags override it.

The run's folder holds `config.json` (every flag, versions, git commit),
`metrics.jsonl` (a line per epoch), `curves.png`, `events/` (for TensorBoard),
`best/` and `final/` (presets), and `checkpoints/`, from which `--resume` goes
on: the result is that of a run that was never stopped.
"""

import time

import keras

import mtl_zoo
from mtl_zoo.datasets.loading import load_samples
from mtl_zoo.utils import cli
from mtl_zoo.utils.extras import import_extra
from mtl_zoo.utils.files import check_place
from mtl_zoo.utils.files import user_path
from mtl_zoo.utils.text import unknown
from training import loop
from training import network
from training import optimizers
from training import recipes
from training import record
from training import schedules
from training import settings
from training import strategies
from training import train_flags
from training.checkpoints import Checkpoints
from training.checkpoints import copy_state
from training.events import Events
from training.stream import Stream
from training.stream import not_finite
from training.stream import shared_batches


def main(config):
    complete(config, "training.train")
    loop.leave_on_sigterm()
    check(config, user_path(config.output_dir))
    train(config, create_strategy(config))


def complete(config, command):
    """Complete the flags by those of the recipe.

    Args:
        config: `absl.flags.FlagValues`.
        command: String, the script that trains.

    Raises:
        ImportError: If an extra is missing.
        ValueError: If flags contradict one another, or the recipe is not known.
    """
    # The stream of batches, and the events for TensorBoard.
    import_extra("tensorflow", "tensorflow", command)
    import_extra("tensorflow_datasets", "tensorflow", command)
    train_flags.check_preset(config)
    recipes.apply(config)


def create_strategy(config):
    """Set up the devices that the flags name, once in a process."""
    strategy = strategies.create(config.strategy, config.num_devices)
    strategies.check_batch(config.batch_size, strategy.num_devices)
    return strategy


def train(config, strategy, like=None):
    """Train a network as far as it goes.

    Args:
        config: `absl.flags.FlagValues`, checked.
        strategy: `training.strategies.Strategy`.
        like: What this function returned for the same flags, but for `--seed`
            and `--output_dir`. What it has traced or compiled is used again;
            its weights are lost. Defaults to `None`.

    Returns:
        The trained `mtl_zoo.models.MultiTaskModel`, or `None` if the command
        was asked to stop, which is said.
    """
    folder = user_path(config.output_dir)
    tasks = settings.get_tasks(config, config.tasks)
    # Not in `check`: it makes metrics, after which no device can be set up.
    check_best(config, tasks)
    with strategy.scope():
        try:
            return run(config, folder, tasks, strategy, like)
        except loop.Interrupted as stop:
            print(stop, flush=True)
            return None
        except Exception as error:
            raise lost_worker(config, error) or error from None


def check(config, folder):
    """Raise `ValueError` for flags that are wrong, before anything is done."""
    tasks = settings.get_tasks(config, config.tasks)
    if config.preset:
        mtl_zoo.presets.resolve(config.preset)
    else:
        network.check(config, tasks)
    # The number of steps is not known yet, but the order of the epochs is.
    schedule(config, steps_per_epoch=10**6)
    for split in ("train", "validation"):
        mtl_zoo.datasets.check_split(config.dataset, split, config.data_dir)
    strategies.check(config.strategy, config.num_devices, config.batch_size)
    if config.gradient_accumulation_steps > 1 and config.strategy in (
        "mirrored",
        "multi_worker",
    ):
        raise ValueError(
            "--gradient_accumulation_steps: TensorFlow's strategies can't do "
            "it; take more devices or a smaller --batch_size."
        )
    if config.deterministic and keras.backend.backend() != "tensorflow":
        raise ValueError("--deterministic needs KERAS_BACKEND=tensorflow.")
    if (config.best == "delta_m") != (config.baseline is not None):
        raise ValueError("--best=delta_m and --baseline go together.")
    settings.read_baseline(config.baseline)
    check_balancing(config.balancing)
    if folder.exists() and not folder.is_dir():
        raise ValueError(f"--output_dir={folder}: this is a file, no folder.")
    check_place(folder)
    if config.resume:
        record.check_same_run(config, folder)
    elif folder.exists() and not record.is_empty(folder):
        raise ValueError(
            f"--output_dir={folder}: there is a run already; give --resume to "
            "go on with it, or another folder."
        )


def check_balancing(balancing):
    """Raise `ValueError` unless there is such a way of balancing."""
    try:
        mtl_zoo.balancing.get(balancing)
    except ValueError as error:
        raise ValueError(f"--balancing={balancing}: {error}") from None


def check_best(config, tasks):
    """Raise `ValueError` unless validation measures what `--best` names."""
    known = record.names(tasks)
    if config.best not in known:
        raise unknown("--best:", config.best, known)
    if config.best == "delta_m":
        measured = [
            task
            for task in tasks
            if task.primary_metric in task.make_metric().result()
        ]
        settings.check_baseline(
            settings.read_baseline(config.baseline), measured
        )


def run(config, folder, tasks, strategy, like=None):
    """Train, in the scope of the strategy; see `train`."""
    keras.utils.set_random_seed(config.seed)
    keras.config.set_dtype_policy(config.precision)
    if config.deterministic:
        import tensorflow as tf

        tf.config.experimental.enable_op_determinism()
    model = network.create(config, tasks)
    if config.strategy == "multi_worker":
        # Keras looks at a batch to build models, which fails with several
        # workers, and this one is built; the scope tells it the strategy.
        model._distribute_strategy = None
    model.set_camera(
        settings.parse_size(config.image_size), config.field_of_view
    )
    stream, validation = load_data(config, model, strategy)
    replicated = config.strategy in ("mirrored", "multi_worker")
    model.compile(
        optimizer=create_optimizer(config, model, stream.steps_per_epoch),
        balancing=config.balancing,
        # TensorFlow's strategies can't be compiled by XLA.
        jit_compile=False if replicated else "auto",
    )
    if like is not None:
        model.optimizer.build(model.trainable_variables)
        copy_state(model, like)
        model = like
    writes = strategy.is_chief
    if writes and not (folder / "config.json").exists():
        record.write_config(config, folder)
    history = record.Record(
        folder,
        model,
        config.best,
        settings.read_baseline(config.baseline),
        writes,
    )
    checkpoints = Checkpoints(
        folder / "checkpoints", model, config.keep_checkpoints, writes
    )
    started = time.time()
    try:
        with strategies.synchronized_normalization(model, replicated):
            loop.train(
                model,
                stream,
                validation,
                checkpoints,
                history,
                config.epochs,
                Events(folder / "events") if writes else None,
                config.checkpoint_steps,
                config.early_stopping_patience,
                saves_when_stopped=config.strategy != "multi_worker",
            )
    except loop.NotFinite as error:
        found = not_finite(
            mtl_zoo.datasets.load(**training_data(config, model), shuffle=False)
        )
        raise ValueError(
            f"{error} Not finite in the training data: "
            f"{', '.join(found[:20]) or 'nothing'}."
        ) from None
    if writes:
        model.save_to_preset(folder / "final")
        cli.say(
            f"Trained in {(time.time() - started) / 60:.0f} min. Presets: "
            f"{folder / 'best'} (best {config.best}), {folder / 'final'}."
        )
    return model


def create_optimizer(config, model, steps_per_epoch):
    """The optimizer that the flags describe."""
    return optimizers.get(
        config.optimizer,
        schedule(config, steps_per_epoch),
        config.weight_decay,
        config.momentum,
        config.clip_norm,
        config.gradient_accumulation_steps,
        loss_scaling=config.precision == "mixed_float16",
        slow_variables=model.encoder.trainable_variables,
        slow_factor=config.encoder_learning_rate_factor,
    )


def schedule(config, steps_per_epoch):
    """The learning rate over the batches of the run.

    Keras asks for it at every batch, whether weights are updated or not.
    """

    def batches(epochs):
        return int(float(epochs) * steps_per_epoch)

    decay = [batches(epoch) for epoch in config.decay_epochs]
    return schedules.get(
        config.schedule,
        config.learning_rate,
        max(batches(config.epochs), 1),
        batches(config.warmup_epochs),
        decay,
        config.decay_factor,
    )


def training_data(config, model):
    """What says which training images there are, as `datasets.load` takes it.

    Args:
        config: `absl.flags.FlagValues`, parsed.
        model: `mtl_zoo.models.MultiTaskModel`.

    Returns:
        A dict of arguments.
    """
    return {
        "name": config.dataset,
        "split": "train",
        "tasks": list(model.supervised_tasks.values()),
        "data_dir": config.data_dir,
        "image_size": settings.parse_size(config.image_size),
        "num_examples": config.num_examples,
        "field_of_view": config.field_of_view,
    }


def load_data(config, model, strategy):
    """The stream of training images, and the batches of validation."""
    stream = Stream(
        load_samples(
            **training_data(config, model),
            augment=config.augment and (config.augmentation or True),
        ),
        config.batch_size,
        config.steps_per_epoch,
        config.seed,
    )
    validation = mtl_zoo.datasets.load(
        config.dataset,
        "validation",
        tasks=model.tasks,
        data_dir=config.data_dir,
        image_size=settings.parse_size(config.image_size),
        field_of_view=config.field_of_view,
    )
    return stream, shared_batches(
        validation, model.tasks, config.batch_size, strategy.num_devices
    )


def lost_worker(config, error):
    """What to say when a machine that trains along is gone, or `None`."""
    if config.strategy != "multi_worker":
        return None
    import tensorflow as tf

    gone = (
        tf.errors.UnavailableError,
        tf.errors.AbortedError,
        tf.errors.CancelledError,
        tf.errors.DeadlineExceededError,
    )
    if not isinstance(error, gone):
        return None
    return OSError(
        "Another worker is gone; start all of them again with --resume "
        f"({type(error).__name__})."
    )


if __name__ == "__main__":
    cli.run(main)
