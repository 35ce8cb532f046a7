"""A page that runs presets on the visitor's photo, in the visitor's browser.

```
python -m tools.web_demo                             # build and serve it
python -m tools.web_demo --output_dir=page           # a folder for any host
python -m tools.web_demo --preset=my_preset --precisions=dynamic,int8
```

Presets become TFLite files (each checked against its model), the page and what
it runs on (LiteRT.js and three.js, by npm) are laid beside them. The folder is
static: no photo is ever sent anywhere. Files that are there already and fit are
kept, so that a second start takes no time.
"""

import os

# The files are converted through TensorFlow, whatever the user trains on.
os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")


from absl import flags

from mtl_zoo.export.tflite import TFLite
from mtl_zoo.utils import cache_folder
from mtl_zoo.utils import cli
from mtl_zoo.utils.files import user_path
from tools.web_demo import build
from tools.web_demo import packages
from tools.web_demo import server

flags.DEFINE_list(
    "preset", None, "Presets that one can choose from. Default: all there are."
)
flags.DEFINE_list(
    "precisions",
    ["dynamic", "float32"],
    f"In what the networks compute: {', '.join(TFLite.precisions)}.",
)
flags.DEFINE_string(
    "output_dir", None, "Folder to write, instead of serving the page."
)
flags.DEFINE_string("host", "127.0.0.1", "Where it is served.")
flags.DEFINE_integer(
    "port", 8000, "The port; 0: any.", lower_bound=0, upper_bound=65535
)
flags.register_validator(
    "precisions",
    lambda names: bool(names) and set(names) <= set(TFLite.precisions),
    f"choose from {', '.join(TFLite.precisions)}.",
)


def main(config):
    packages.check()
    folder = user_path(config.output_dir or cache_folder("web_demo"))
    build.build(folder, config.preset, config.precisions)
    if config.output_dir:
        cli.say(f"{folder}: put it on any host, or look at it by")
        cli.say(f"  python -m http.server --directory {folder}")
    else:
        server.serve(folder, config.host, config.port)


if __name__ == "__main__":
    cli.run(main)
