"""See everything that a preset sees in pictures.

```
python -m tools.predict --preset=mti_net_efficientnet_lite0_rooms \
    --image=photo.jpg --output_dir=seen
```

For every picture, of any size, writes `<name>_panel.png`, to look at, and
`<name>.npz`, to compute with: per task the decoded map at the picture's size
(class ids, metres, unit normals, probabilities). Files of a folder that can't
be read are left out and listed at the end, and the exit code is 1; folders
within it are counted there.
"""

import collections
import os
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from absl import flags

import mtl_zoo
from mtl_zoo.utils import atomic_path
from mtl_zoo.utils import cli
from mtl_zoo.utils import open_image
from mtl_zoo.utils import read_image
from mtl_zoo.utils.files import check_place
from mtl_zoo.utils.files import files_of
from mtl_zoo.utils.files import user_path
from mtl_zoo.utils.text import one_line
from mtl_zoo.utils.zip_files import write_arrays

flags.DEFINE_string(
    "preset", None, "Name, folder or address of a preset.", required=True
)
flags.DEFINE_string(
    "image", None, "A picture, or a folder of pictures.", required=True
)
flags.DEFINE_string("output_dir", None, "Folder for results.", required=True)


def main(config):
    source = user_path(config.image)
    folder = user_path(config.output_dir)
    pictures, passed_over = find_pictures(source, folder)
    check_place(folder)
    model = mtl_zoo.models.MultiTaskModel.from_preset(config.preset)
    folder.mkdir(parents=True, exist_ok=True)
    names = result_names(pictures)
    left_out = []
    for i, (path, name) in enumerate(names.items(), start=1):
        counter = f"[{i}/{len(pictures)}] {path.name}"
        try:
            image = open_image(path)
            start = time.perf_counter()
            scene = model.predict_image(image)
            seconds = time.perf_counter() - start
            write(folder, name, image, scene)
        except (ValueError, OSError, MemoryError) as error:
            if not source.is_dir():
                raise
            reason = one_line(error)
            named = reason.startswith(one_line(path))
            left_out.append(reason if named else f"{path}: {reason}")
            continue
        height, width = scene.size
        cli.say(
            f"{counter}: {width}×{height}, {seconds:.2f} s → "
            f"{folder / name}_panel.png, {name}.npz"
        )
    if passed_over:
        cli.say(
            f"left out: {len(passed_over)} in {source} that are no files, such "
            f"as {passed_over[0].name}; a folder in it is a command of its own."
        )
    for reason in left_out:
        cli.say(f"left out: {reason}")
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
        A pair of sorted lists of `pathlib.Path`: files, and what else is in
        the folder, as other folders are.

    Raises:
        FileNotFoundError: If there is no such file or folder.
        ValueError: If a single file is no picture, the folder is empty, or
            results would come among the pictures.
    """
    if not source.is_dir():
        # Found wrong before the model is loaded.
        read_image(source)
        return [source], []
    if folder.resolve() == source.resolve():
        raise ValueError(
            f"--output_dir={folder} is the folder of the pictures; choose "
            "another, so that results don't become pictures."
        )
    pictures, others = files_of(source)
    others = [x for x in others if x.resolve() != folder.resolve()]
    if not pictures:
        but = f", but a folder {others[0].name}" if others else ""
        raise ValueError(f"--image={source} holds no file{but}.")
    return pictures, others


def result_names(pictures):
    """What the results of pictures are called; each otherwise.

    Args:
        pictures: List of `pathlib.Path` of one folder.

    Returns:
        A dict path → string: its name without the suffix, or with it where
        another picture has that name, or would have, in capitals or not.
    """
    taken = collections.Counter(
        name
        for path in pictures
        for name in {path.stem.casefold(), path.name.casefold()}
    )
    return {
        path: path.stem if taken[path.stem.casefold()] == 1 else path.name
        for path in pictures
    }


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
        write_arrays(maps, scene)


if __name__ == "__main__":
    cli.run(main)
