"""Cost against quality of the presets, as a picture for the documentation.

```
python -m tools.plot_presets --output=docs/cost_and_quality.svg
```

Both as the presets' metadata have them: billions of operations for an image of
the working size, and what was measured on photographs and on rendered rooms.
"""

from absl import flags

import mtl_zoo
from mtl_zoo.utils import atomic_path
from mtl_zoo.utils import cli
from mtl_zoo.utils.files import user_path

flags.DEFINE_string("output", None, "The SVG or PNG to write.", required=True)

# Of the metadata: where, task, metric; and what it is called.
_SHOWN = {
    ("photographs", "semseg", "pixel_accuracy"): (
        "3 photographs: pixels named rightly (up is better)"
    ),
    ("photographs", "depth", "scaled_rel_err"): (
        "9 photographs: error of depth, scaled (down is better)"
    ),
    ("metrics", "semseg", "mIoU"): "rooms: mIoU of classes (up is better)",
    ("metrics", "normals", "mean"): (
        "rooms: error of normals, ° (down is better)"
    ),
}


def main(config):
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    output = user_path(config.output)
    if output.suffix not in (".svg", ".png"):
        raise ValueError(
            f"--output={output}: give a file that ends on .svg or .png."
        )
    presets = {
        name: content
        for name in mtl_zoo.presets.list_presets()
        if "gflop" in (content := mtl_zoo.presets.metadata(name))
    }
    if not presets:
        raise ValueError("No preset's metadata has 'gflop'.")
    figure = Figure((10, 7), layout="constrained")
    for axis, (path, title) in zip(
        figure.subplots(2, 2).ravel(), _SHOWN.items(), strict=True
    ):
        for content in presets.values():
            value = content
            for key in path:
                value = value.get(key, {})
            if value != {}:
                axis.plot(content["gflop"], value, "o", label=content["model"])
        axis.set_title(title)
        axis.set_xlabel("billions of operations at the working size")
        axis.margins(0.2)
    # Names beside the points would lie on one another.
    handles, labels = axis.get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=6)
    FigureCanvasAgg(figure)
    with atomic_path(output) as temporary:
        # The same presets make the same file.
        figure.savefig(
            temporary, format=output.suffix[1:], metadata={"Date": None}
        )


if __name__ == "__main__":
    cli.run(main)
