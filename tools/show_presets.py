"""One picture of what presets see in photographs.

```
python -m tools.show_presets --presets=mti_net_efficientnet_lite0_rooms \
    --photos=photo.jpg,other.jpg --output=seen.png
python -m tools.show_presets --photos=examples/photos/sofa.jpg --output=all.png
```

A row for every photo and preset, those of a photo below one another: the photo,
then the maps of its tasks.
"""

import os
import pathlib

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from absl import flags
from PIL import Image
from PIL import ImageDraw
from PIL import ImageFont

import mtl_zoo
from mtl_zoo.utils import atomic_path
from mtl_zoo.utils import cli
from mtl_zoo.utils import open_image
from mtl_zoo.utils import read_image
from training import settings

flags.DEFINE_list("presets", None, "Presets. Default: all of the registry.")
flags.DEFINE_list("photos", None, "Pictures.", required=True)
flags.DEFINE_string("output", None, "The picture to write.", required=True)
flags.DEFINE_list(
    "image_size",
    None,
    "Height,width at which networks look. Default: each preset's working size.",
)
settings.check_size()
flags.DEFINE_integer(
    "width", 300, "Of a tile, in pixels.", lower_bound=16, upper_bound=8192
)

_GAP = 4


def main(config):
    photos = [open_image(path) for path in config.photos]
    presets = config.presets or list(mtl_zoo.presets.list_presets())
    image_size = settings.parse_size(config.image_size)
    of_photos = [[] for _ in photos]
    for name in presets:
        model = mtl_zoo.models.MultiTaskModel.from_preset(name)
        label = pathlib.Path(name).name if len(presets) > 1 else None
        for photo, rows in zip(photos, of_photos, strict=True):
            scene = model.predict_image(photo, image_size)
            rows.append(row(read_image(photo), scene, config.width))
            if label:
                _write(rows[-1], label)
    rows = [seen for rows in of_photos for seen in rows]
    with atomic_path(pathlib.Path(config.output)) as temporary:
        stack(rows).save(temporary)
    print(f"{config.output}: {len(rows)} rows")


def row(photo, scene, width):
    """A photo and the maps of its scene, side by side.

    Args:
        photo: uint8 array `(height, width, 3)`.
        scene: `mtl_zoo.models.Scene`.
        width: Integer, of each tile in pixels.

    Returns:
        A `PIL.Image.Image`.
    """
    pictures = [photo]
    pictures += [task.colorize(scene[task.name]) for task in scene.tasks]
    height = round(width * photo.shape[0] / photo.shape[1])
    canvas = Image.new(
        "RGB", (len(pictures) * (width + _GAP) - _GAP, height), "white"
    )
    for i, picture in enumerate(pictures):
        tile = Image.fromarray(picture).resize((width, height))
        canvas.paste(tile, (i * (width + _GAP), 0))
    return canvas


def stack(rows):
    """Rows below one another.

    Args:
        rows: List of `PIL.Image.Image`.

    Returns:
        A `PIL.Image.Image`.
    """
    width = max(picture.width for picture in rows)
    height = sum(picture.height + _GAP for picture in rows) - _GAP
    canvas = Image.new("RGB", (width, height), "white")
    y = 0
    for picture in rows:
        canvas.paste(picture, (0, y))
        y += picture.height + _GAP
    return canvas


def _write(picture, text):
    draw = ImageDraw.Draw(picture, "RGBA")
    font = ImageFont.load_default(13)
    box = draw.textbbox((6, 4), text, font=font)
    draw.rectangle((0, 0, box[2] + 6, box[3] + 4), fill=(0, 0, 0, 150))
    draw.text((6, 4), text, font=font, fill="white")


if __name__ == "__main__":
    cli.run(main)
