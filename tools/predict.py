"""See everything that a preset sees in pictures.

```
python -m tools.predict --preset=mti_net_efficientnet_lite0_rooms \
    --image=photo.jpg --output_dir=seen
```

For every picture, of any size, writes `<name>_panel.png`, to look at, and
`<name>.npz`, to compute with: per task the decoded map at the picture's size
(class ids, metres, unit normals, probabilities). Files of a folder that can't
be read are left out and listed at the end, and the exit code is 1.
"""

import collections
import os
import pathlib
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
from absl import flags

import mtl_zoo
from mtl_zoo.utils import atomic_path
from mtl_zoo.utils import cli
from mtl_zoo.utils import open_image
from mtl_zoo.utils import read_image
from mtl_zoo.utils.files import check_place
from mtl_zoo.utils.files import is_foreign

flags.DEFINE_string(
    "preset", None, "Name, folder or address of a preset.", required=True
)
flags.DEFINE_string(
    "image", None, "A picture, or a folder of pictures.", required=True
)
flags.DEFINE_string("output_dir", None, "Folder for results.", required=True)


def main(config):
    source = pathlib.Path(config.image)
    folder = pathlib.Path(config.output_dir)
    pictures = find_pictures(source, folder)
    check_place(folder)
    model = mtl_zoo.models.MultiTaskModel.from_preset(config.preset)
    folder.mkdir(parents=True, exist_ok=True)
    stems = collections.Counter(path.stem for path in pictures)
    left_out = []
    for i, path in enumerate(pictures, start=1):
        counter = f"[{i}/{len(pictures)}] {path.name}"
        # Two pictures that differ in their suffix only keep it.
        name = path.stem if stems[path.stem] == 1 else path.name
        try:
            image = open_image(path)
            start = time.perf_counter()
            scene = model.predict_image(image)
            seconds = time.perf_counter() - start
            write(folder, name, image, scene)
        except (ValueError, OSError, MemoryError) as error:
            if not source.is_dir():
                raise
            left_out.append(f"{error or type(error).__name__}")
            continue
        height, width = scene.size
        print(
            f"{counter}: {width}×{height}, {seconds:.2f} s → "
            f"{folder / name}_panel.png, {name}.npz",
            flush=True,
        )
    for reason in left_out:
        print(f"left out: {reason}")
    if left_out:
        raise ValueError(
            f"--image={source}: {len(left_out)} of {len(pictures)} files left "
            "out, see above."
        )


def find_pictures(source, folder):
    """The files to look at; raise where there are none.

    Args:
        source: `pathlib.Path`, a file or a folder.
        folder: `pathlib.Path` of the results.

    Returns:
        A sorted list of `pathlib.Path`.

    Raises:
        FileNotFoundError: If there is no such file or folder.
        ValueError: If a single file is no picture, the folder is empty, or
            results would come among the pictures.
    """
    if not source.is_dir():
        # Found wrong before the model is loaded.
        read_image(source)
        return [source]
    if folder.resolve() == source.resolve():
        raise ValueError(
            f"--output_dir={folder} is the folder of the pictures; choose "
            "another, so that results don't become pictures."
        )
    pictures = sorted(
        path
        for path in source.iterdir()
        if path.is_file() and not is_foreign(path)
    )
    if not pictures:
        raise ValueError(f"--image={source} holds no file.")
    return pictures


def write(folder, name, image, scene):
    """Write a panel to look at and the maps to compute with.

    Args:
        folder: `pathlib.Path`.
        name: String, the beginning of the files' names.
        image: `PIL.Image.Image`.
        scene: `mtl_zoo.models.Scene`.
    """
    panel = mtl_zoo.visualization.panel(image, scene)
    # Both, or none.
    with (
        atomic_path(folder / f"{name}_panel.png") as picture,
        atomic_path(folder / f"{name}.npz") as maps,
    ):
        panel.save(picture)
        np.savez_compressed(maps, **scene)


if __name__ == "__main__":
    cli.run(main)
