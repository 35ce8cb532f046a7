"""Check a preset and publish it: to a folder, or to the Hugging Face Hub.

```
python -m tools.publish_preset --preset=runs/a/best \
    --to=presets/mti_net_efficientnet_lite0_rooms \
    --registry=presets/registry.json
python -m tools.publish_preset --preset=runs/a/best --to=hf://org/name
```

Before anything is published, every file is compared with its sha256, the model
is built and run, and its outputs must be finite. A preset that goes to a
folder keeps its files as they are; its registry entry is printed.
"""

import json
import re
import shutil

from absl import flags

from mtl_zoo.utils import cli
from mtl_zoo.utils.files import user_path

flags.DEFINE_string("preset", None, "Folder of the preset.")
flags.DEFINE_string(
    "to",
    None,
    "Where it goes: a new folder (or a preset to replace), whose name is the "
    "preset's name; or hf://org/name[@revision].",
)
flags.DEFINE_string(
    "registry",
    None,
    "A registry.json to write the preset's entry into, under the name of the "
    "folder or the repository.",
)
flags.mark_flags_as_required(["preset", "to"])

_NAME = re.compile(r"[a-z0-9][a-z0-9_.-]*")
_IMAGE_SIZE = (64, 96)


def check(folder):
    """Load a preset and run it; raise unless its outputs are finite.

    Args:
        folder: `pathlib.Path`.

    Raises:
        ValueError: If a file is missing or altered, the model can't be built,
            or an output is wrong.

    Example:

    ```python
    check(pathlib.Path("my_preset"))
    ```
    """
    import keras
    import numpy as np
    from keras import tree

    from mtl_zoo import presets
    from mtl_zoo.presets import folder as layout

    image = np.random.default_rng(0).integers(
        0, 256, (1, *_IMAGE_SIZE, 3), dtype=np.uint8
    )
    if layout.Preset(folder).is_encoder:
        outputs = presets.load_encoder(folder)(image, training=False)
        outputs = {f"level {i}": x for i, x in enumerate(tree.flatten(outputs))}
    else:
        model = presets.load(folder)
        outputs = model(image, training=False)
        for task in model.tasks:
            shape = tuple(outputs[task.name].shape)
            if shape != (1, *_IMAGE_SIZE, task.channels):
                raise ValueError(
                    f"Preset {folder} gives {task.name} of shape {shape} for "
                    f"an image of {_IMAGE_SIZE}."
                )
    for name, output in outputs.items():
        if not np.isfinite(keras.ops.convert_to_numpy(output)).all():
            raise ValueError(
                f"Preset {folder} gives {name} with values that are not finite."
            )


def copy(folder, target):
    """Copy a preset's files, and no others, to a folder in one step.

    Its card is made anew from its metadata; what is written by hand in the
    card that it replaces, or else in its own, is kept.

    Args:
        folder: `pathlib.Path`, a checked preset.
        target: `pathlib.Path`, a new folder or a preset to replace.

    Raises:
        ValueError: If the target holds something else than a preset.

    Example:

    ```python
    copy(pathlib.Path("runs/a/best"), pathlib.Path("presets/my_preset"))
    ```
    """
    from mtl_zoo.presets import card
    from mtl_zoo.presets import folder as layout
    from mtl_zoo.utils.files import atomic_path

    if target.exists() and target.samefile(folder):
        return
    layout.check_replaceable(target)
    preset = layout.Preset(folder)
    prose = [card.read_prose(place / layout.CARD) for place in (target, folder)]
    text = card.model_card(preset.metadata, target.name, prose[0] or prose[1])
    with atomic_path(target) as temporary:
        temporary.mkdir()
        for name in (layout.METADATA, *preset.metadata["files"]):
            shutil.copyfile(folder / name, temporary / name)
        (temporary / layout.CARD).write_text(text, encoding="utf-8")
        layout.Preset(temporary)


def upload(folder, handle):
    """Upload a preset to the Hugging Face Hub, in one commit.

    Args:
        folder: `pathlib.Path`, a checked preset.
        handle: String, `"hf://org/name[@revision]"`.

    Raises:
        ImportError: If `huggingface_hub` is not installed.
        OSError: If the upload fails.

    Example:

    ```python
    upload(pathlib.Path("my_preset"), "hf://org/name")
    ```
    """
    from mtl_zoo.presets import folder as layout
    from mtl_zoo.presets import hubs

    repository, revision = hubs.parse_hugging_face(handle)
    hub = hubs.import_hugging_face()
    try:
        api = hub.HfApi(library_name="mtl_zoo")
        api.create_repo(repository, exist_ok=True)
        if revision is not None:
            api.create_branch(repository, branch=revision, exist_ok=True)
        api.upload_folder(
            repo_id=repository,
            folder_path=folder,
            revision=revision,
            allow_patterns=layout.Preset(folder).names,
            commit_message="Publish an mtl_zoo preset",
        )
    except Exception as error:
        raise OSError(f"Could not upload to {handle}: {error}") from error


def main(args):
    """Check, publish, and print or write the registry entry.

    Args:
        args: The parsed flags.
    """
    from mtl_zoo import presets
    from training import settings

    folder = user_path(args.preset)
    if not folder.is_dir():
        raise ValueError(f"--preset={args.preset} is not a folder.")
    to_hub = args.to.startswith("hf://")
    if to_hub:
        from mtl_zoo.presets import hubs

        name = hubs.parse_hugging_face(args.to)[0].rpartition("/")[2]
    elif "://" in args.to:
        raise ValueError(
            f"--to={args.to} is not supported; allowed are a folder and "
            "hf://org/name[@revision]."
        )
    else:
        target = user_path(args.to).resolve()
        name = target.name
    if not _NAME.fullmatch(name):
        raise ValueError(
            f"{name!r} can't be a preset's name: allowed are lower-case "
            "letters, digits, '_', '.' and '-'."
        )

    registry = settings.report_path(args.registry, "registry")
    entry = presets.registry_entry(folder)
    if registry is not None and registry.exists():
        # Found wrong before anything is written.
        presets.registry.read_registry(registry)
    check(folder)
    if to_hub:
        upload(folder, args.to)
    else:
        copy(folder, target)
    if registry is not None:
        presets.update_registry(registry, name, entry)
    print(json.dumps({name: entry}, indent=2, ensure_ascii=False))


if __name__ == "__main__":
    cli.run(main)
