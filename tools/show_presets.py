"""One picture of what presets see in photographs.

```
python -m tools.show_presets --presets=mti_net_efficientnet_lite0_rooms \
    --photos=photo.jpg,other.jpg --output=seen.png
python -m tools.show_presets --photos=examples/photos/sofa.jpg --output=all.png
```

A row for every photo and preset, those of a photo below one another: the photo,
then the maps of its tasks. The keys of the maps stand below their columns.
"""

import os
import pathlib

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from absl import flags

import mtl_zoo
from mtl_zoo.utils import atomic_path
from mtl_zoo.utils import cli
from mtl_zoo.utils import open_image
from mtl_zoo.utils import read_image
from mtl_zoo.utils.files import user_path
from tools import tiles
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


def main(config):
    photos = [open_image(path) for path in config.photos]
    presets = config.presets or list(mtl_zoo.presets.list_presets())
    image_size = settings.parse_size(config.image_size)
    of_photos = [[] for _ in photos]
    scenes = []
    for name in presets:
        model = mtl_zoo.models.MultiTaskModel.from_preset(name)
        label = pathlib.Path(name).name if len(presets) > 1 else None
        for photo, rows in zip(photos, of_photos, strict=True):
            scene = model.predict_image(photo, image_size)
            scenes.append(scene)
            rows.append(tiles.row(read_image(photo), scene, config.width))
            if label:
                tiles.write(rows[-1], label)
    rows = [seen for rows in of_photos for seen in rows]
    rows.append(tiles.keys(scenes, config.width))
    with atomic_path(user_path(config.output)) as temporary:
        tiles.stack(rows).save(temporary)
    cli.say(f"{config.output}: {len(rows) - 1} rows")


if __name__ == "__main__":
    cli.run(main)
