"""The flags of `training.train`, which `training.compare` takes, too."""

from absl import flags

import mtl_zoo
from mtl_zoo.utils import cli
from training import optimizers
from training import recipes
from training import schedules
from training import settings
from training import strategies

PRECISIONS = ("float32", "mixed_bfloat16", "mixed_float16")

cli.define_name(
    "recipe",
    None,
    recipes.list_recipes,
    "Published settings: they stand for every flag that is not given. See "
    "training/recipes.",
)
# === The network ===
cli.define_name("model", "mti_net", mtl_zoo.models.list_models, "The network.")
flags.DEFINE_string(
    "encoder", "hrnet_w18_small_v2", "Name of the network's encoder."
)
flags.DEFINE_list(
    "width",
    None,
    "Width of the network's decoder on a feature pyramid: one number, or four, "
    "at strides 4, 8, 16 and 32. Default: the published one.",
)
cli.check_numbers("width", int, 4, 8192, "64 or 64,64,96,128", counts=(1, 4))
flags.DEFINE_integer(
    "embed_dim",
    None,
    "InvPT only, width of its tasks' features, a multiple of 8. Default: 512, "
    "as published for ViT-L.",
    lower_bound=8,
    upper_bound=8192,
)
flags.DEFINE_string(
    "encoder_weights",
    None,
    "Preset that the encoder's first weights come from, such as one that "
    "tools.import_torch_checkpoint --model=encoder made. Default: random.",
)
flags.DEFINE_string(
    "preset",
    None,
    "Preset to go on training from, in place of --model and --encoder. Tasks "
    "that it has keep their weights, others begin anew.",
)
flags.DEFINE_boolean(
    "freeze_encoder", False, "The encoder's weights stay as they are."
)
flags.DEFINE_boolean(
    "freeze_encoder_normalization",
    False,
    "The encoder's batch normalisation stays as it is, scales, offsets and "
    "statistics, as is wise for an encoder trained on more varied images.",
)
flags.DEFINE_float(
    "encoder_learning_rate_factor",
    1.0,
    "What the learning rate of the encoder is multiplied by.",
    lower_bound=0.0,
    upper_bound=1000.0,
)
flags.DEFINE_string(
    "warm_start",
    None,
    "Preset of an MTAN of the same encoder and tasks that ATI-Net starts from.",
)
flags.DEFINE_list("tasks", None, "Names of the target tasks. Default: all.")
flags.DEFINE_list(
    "auxiliary_tasks",
    None,
    "Names of the tasks that are predicted on the way. Default: the targets.",
)
cli.allow_none("auxiliary_tasks")
# What a preset brings with it.
_OF_NETWORKS = (
    "model encoder width embed_dim encoder_weights warm_start auxiliary_tasks"
).split()
# === The data ===
settings.define_data_flags()
settings.define_batch_size()
flags.DEFINE_boolean("augment", True, "Change the training images randomly.")
flags.DEFINE_integer(
    "num_examples",
    None,
    "The first so many training images; rooms has as many as are asked for. "
    "Default: all.",
    lower_bound=1,
    upper_bound=10_000_000,
)
flags.DEFINE_float(
    "field_of_view",
    None,
    "Degrees across the image of the camera that depth is learnt for, where "
    "the data set tells each image's camera: far and near then look alike to "
    "the network in all of them. Default: depth as it is.",
    lower_bound=1.0,
    upper_bound=170.0,
)
flags.DEFINE_enum(
    "augmentation",
    None,
    list(mtl_zoo.datasets.RECIPES),
    "How they are changed. Default: as is published for the data set.",
)
flags.DEFINE_integer(
    "seed",
    0,
    "Seed of weights, order and augmentation.",
    lower_bound=0,
    upper_bound=2**32 - 1,
)
# === The optimization ===
flags.DEFINE_integer(
    "epochs", 10, "Passes over the data.", lower_bound=1, upper_bound=1_000_000
)
flags.DEFINE_integer(
    "steps_per_epoch",
    None,
    "Training steps that count as an epoch. Default: the whole split.",
    lower_bound=1,
    upper_bound=1_000_000,
)
flags.DEFINE_enum(
    "optimizer",
    "adam",
    optimizers.OPTIMIZERS,
    "adam and sgd have weight decay in the gradient, as PyTorch's; adamw takes "
    "it off the weights.",
)
flags.DEFINE_float(
    "learning_rate",
    1e-3,
    "The first learning rate.",
    lower_bound=0.0,
    upper_bound=100.0,
)
flags.DEFINE_enum(
    "schedule",
    "poly",
    schedules.SCHEDULES,
    "Learning rate over the run: poly falls to 0 as (1 - step/steps)^0.9, "
    "cosine as half a cosine, step falls at --decay_epochs.",
)
flags.DEFINE_float(
    "warmup_epochs",
    0.0,
    "Epochs in which the learning rate rises from 0.",
    lower_bound=0.0,
    upper_bound=1e6,
)
flags.DEFINE_list(
    "decay_epochs", [], "Epochs after which the schedule step falls."
)
cli.check_numbers("decay_epochs", float, 0, 1e6, "60,80")
flags.DEFINE_float(
    "decay_factor", 0.5, "By what it is multiplied there.", 0.0, 1.0
)
flags.DEFINE_float(
    "weight_decay",
    0.0,
    "Of kernels, not of biases and normalisation.",
    lower_bound=0.0,
    upper_bound=10.0,
)
flags.DEFINE_float("momentum", 0.9, "Of sgd.", 0.0, 1.0)
flags.DEFINE_float(
    "clip_norm",
    None,
    "Greatest norm of the gradient of all weights. Default: no limit.",
    lower_bound=1e-6,
    upper_bound=1e9,
)
flags.DEFINE_integer(
    "gradient_accumulation_steps",
    1,
    "Batches that make one update of the weights.",
    lower_bound=1,
    upper_bound=10_000,
)
cli.define_name(
    "balancing",
    "fixed",
    settings.balancings,
    "How losses are weighted; with :features by the gradients of what the "
    "encoder gives, in place of those of its weights.",
)
# === The machine ===
flags.DEFINE_boolean(
    "rematerialize",
    False,
    "Compute the blocks of a ViT once more on the way back: less memory, more "
    "time.",
)
flags.DEFINE_enum(
    "precision",
    "float32",
    PRECISIONS,
    "What the network computes in; losses are float32 always.",
)
flags.DEFINE_enum(
    "strategy",
    "none",
    strategies.STRATEGIES,
    "Distribution over devices: mirrored (TensorFlow), multi_worker "
    "(TensorFlow, machines as TF_CONFIG says, with --output_dir in a folder "
    "that all of them see; stopped by SIGTERM it goes on from the last "
    "checkpoint, as workers don't stop at the same step), data_parallel (JAX). "
    "A batch is shared by all.",
)
flags.DEFINE_integer(
    "num_devices",
    None,
    "GPUs, or parts of the CPU where there are none. Default: all GPUs.",
    lower_bound=1,
    upper_bound=1024,
)
flags.DEFINE_boolean(
    "deterministic",
    False,
    "The same numbers run after run, for some of the speed (TensorFlow).",
)
# === The run ===
flags.DEFINE_string("output_dir", None, "The run's folder.", required=True)
flags.DEFINE_boolean(
    "resume", False, "Go on from the last checkpoint in --output_dir."
)
flags.DEFINE_integer(
    "checkpoint_steps",
    None,
    "Steps between checkpoints. Default: at the end of every epoch only.",
    lower_bound=1,
    upper_bound=1_000_000_000,
)
flags.DEFINE_integer(
    "keep_checkpoints",
    3,
    "How many checkpoints stay.",
    lower_bound=1,
    upper_bound=10_000,
)
flags.DEFINE_string(
    "best",
    "val_loss",
    "What the best preset is chosen by: a metric of validation, such as "
    "val_semseg_mIoU, or delta_m (of the tasks whose metric validation has: "
    "not of edge).",
)
flags.DEFINE_string(
    "baseline", None, "JSON file with single-task results, for delta_m."
)
flags.DEFINE_integer(
    "early_stopping_patience",
    None,
    "End after so many epochs without a better one. Default: never.",
    lower_bound=1,
    upper_bound=1_000_000,
)


def check_preset(config):
    """Raise `ValueError` where flags describe a network beside `--preset`.

    Args:
        config: `absl.flags.FlagValues`, before a recipe is applied, whose
            network the preset takes the place of.
    """
    given = [f"--{name}" for name in _OF_NETWORKS if config[name].present]
    if config.preset and given:
        raise ValueError(
            f"--preset={config.preset} brings its network; leave out "
            f"{', '.join(given)}."
        )
