"""Flags that the two export commands share."""

from absl import flags

import mtl_zoo
from mtl_zoo.export import request
from mtl_zoo.utils import cli
from training import settings


def define(suffix, precisions):
    """Define the flags that say what is exported, and what it is held to.

    Args:
        suffix: String, the file's.
        precisions: Sequence of strings.
    """
    flags.DEFINE_string(
        "preset", None, "Name, folder or address of a preset.", required=True
    )
    flags.DEFINE_enum(
        "precision", "float32", precisions, "In what the file computes."
    )
    flags.DEFINE_list(
        "tasks", None, "Tasks that the file gives. Default: all of the preset."
    )
    flags.DEFINE_boolean(
        "decode",
        False,
        "Give class ids, metres, unit normals and probabilities instead of "
        "raw predictions.",
    )
    flags.DEFINE_enum("input_dtype", "float32", request.DTYPES, "Of the image.")
    flags.DEFINE_string(
        "calibration_dir",
        None,
        "Folder of pictures that an int8 file is calibrated on, and that file "
        "and model are compared on (float32 files: on two rooms and noise). "
        "Default: rooms, which have labels.",
    )
    flags.DEFINE_float(
        "max_drop",
        None,
        "By how many percent a task may be worse than the model; more is an "
        "error. Default: 1 for float16, 3 for dynamic and int8.",
        lower_bound=0.0,
        upper_bound=1e6,
    )
    flags.DEFINE_integer(
        "num_images",
        32,
        "On how many rooms they are compared.",
        lower_bound=1,
        upper_bound=100_000,
    )
    flags.DEFINE_string("output", None, f"File to write, *{suffix}.")
    flags.mark_flag_as_required("output")


def run(config, suffix, export, **arguments):
    """Export a preset as the flags say, and print the report.

    Args:
        config: The parsed flags.
        suffix: String, the file's.
        export: `mtl_zoo.export.export_tflite` or `export_onnx`.
        **arguments: What the other one does not take.
    """
    image_size = request.ANY
    if config.image_size != [request.ANY]:
        image_size = settings.parse_size(config.image_size)
    if not config.output.endswith(suffix):
        raise ValueError(f"--output={config.output} does not end in {suffix}.")
    images = None
    if config.calibration_dir is not None:
        images = mtl_zoo.export.read_folder(config.calibration_dir)
    model = mtl_zoo.models.MultiTaskModel.from_preset(config.preset)
    cli.say(f"Converting {config.preset} …")
    report = export(
        model,
        config.output,
        image_size,
        precision=config.precision,
        tasks=config.tasks,
        decode=config.decode,
        input_dtype=config.input_dtype,
        calibration_images=images,
        max_drop=config.max_drop,
        num_images=config.num_images,
        preset=config.preset,
        benchmark=True,
        **arguments,
    )
    cli.show(mtl_zoo.export.as_text(report))
