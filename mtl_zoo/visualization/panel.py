"""One picture of an image and everything that is predicted from it."""

import io
import math

import numpy as np
from PIL import Image

from mtl_zoo.utils import read_image
from mtl_zoo.utils.extras import import_extra

_COLUMNS = 3
_TILE_WIDTH = 4.0  # inches, at 100 dots each
_DPI = 100
# Of a long picture, what is drawn: times as high as wide.
TALLEST = 4
# Pixels of a side: more are not seen in a tile, and Matplotlib takes many bytes
# for each.
_MOST_DRAWN = 2048


def panel(image, scene, tasks=None):
    """An image and its decoded predictions side by side, with their keys.

    Class maps have a legend of the classes that occur, depth a bar in metres,
    normals the meaning of their colours.

    Args:
        image: Path to a picture file, `PIL.Image.Image` or array `(height,
            width[, channels])` with values 0…255; see
            `mtl_zoo.utils.read_image`.
        scene: Dict task name → decoded map, NumPy, as
            `mtl_zoo.models.MultiTaskModel.predict_image` gives it. Decoded
            labels can be drawn the same way.
        tasks: List of `mtl_zoo.tasks.Task`, what to draw and in what order.
            Defaults to `scene.tasks`.

    Returns:
        A `PIL.Image.Image`, RGB.

    Raises:
        ImportError: If matplotlib is not installed.
        ValueError: If `tasks` is not given and `scene` has none, or a task is
            missing in `scene`.

    Example:

    ```python
    scene = model.predict_image("photo.jpg")
    mtl_zoo.visualization.panel("photo.jpg", scene).save("panel.png")
    ```
    """
    import_extra("matplotlib", "visualization", "panels")
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    tasks = _tasks_of(scene, tasks)
    image = read_image(image)
    columns = min(_COLUMNS, len(tasks) + 1)
    rows = math.ceil((len(tasks) + 1) / columns)
    # Room under each picture for its title and key.
    shape = min(image.shape[0] / image.shape[1], TALLEST)
    tile_height = _TILE_WIDTH * shape + 1.2
    figure = Figure(
        figsize=(columns * _TILE_WIDTH, rows * tile_height),
        dpi=_DPI,
        layout="constrained",
    )
    canvas = FigureCanvasAgg(figure)
    axes = figure.subplots(rows, columns, squeeze=False).ravel()
    for axis in axes:
        axis.set_axis_off()
    _draw(axes[0], "Image", image)
    for axis, task in zip(axes[1:], tasks, strict=False):
        decoded = np.asarray(scene[task.name])
        _draw(axis, task.title, task.colorize(decoded))
        _add_key(figure, axis, task, decoded)
    stream = io.BytesIO()
    canvas.print_png(stream)
    return Image.open(stream).convert("RGB")


def _tasks_of(scene, tasks):
    if tasks is None:
        tasks = getattr(scene, "tasks", None)
    if tasks is None:
        raise ValueError(
            "A plain dict of maps doesn't say what they mean: give `tasks` too."
        )
    missing = [task.name for task in tasks if task.name not in scene]
    if missing:
        raise ValueError(
            f"No maps of {missing} to draw; the scene has {sorted(scene)}."
        )
    return tasks


def _draw(axis, title, picture):
    axis.set_title(title, fontsize=15)
    step = -(-max(picture.shape[:2]) // _MOST_DRAWN)
    axis.imshow(picture[::step, ::step], interpolation="nearest")
    # Keys take room below, never above.
    axis.set_anchor("N")


def _add_key(figure, axis, task, decoded):
    if task.colors is not None:
        _add_legend(axis, task, decoded)
    elif task.unit is not None and decoded.ndim == 2:
        _add_bar(figure, axis, task, decoded)
    elif task.hint is not None:
        _write_below(axis, task.hint)


def class_key(task, maps):
    """What the colours of class maps mean.

    Args:
        task: `mtl_zoo.tasks.Task` with classes.
        maps: Sequence of integer arrays, class ids.

    Returns:
        A list of pairs: uint8 array `(3,)`, RGB, and the class's name, or its
        number where it has none; of the classes that occur in any map.

    Example:

    ```python
    class_key(task, [scene["semseg"]])  # [(array([…]), "wall"), …]
    ```
    """
    ids = sorted({int(i) for decoded in maps for i in np.unique(decoded)})
    names = task.class_names or [str(i) for i in range(len(task.colors))]
    return [(task.colors[i], names[i]) for i in ids if i < len(task.colors)]


def _add_legend(axis, task, decoded):
    from matplotlib.patches import Patch

    handles = [
        Patch(color=color / 255, label=name)
        for color, name in class_key(task, [decoded])
    ]
    if handles:
        axis.legend(
            handles=handles,
            loc="upper center",
            bbox_to_anchor=(0.5, -0.01),
            ncols=4,
            fontsize=9,
            frameon=False,
            handlelength=1,
            columnspacing=1,
        )


def _add_bar(figure, axis, task, decoded):
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import ListedColormap
    from matplotlib.colors import Normalize

    known = decoded[np.isfinite(decoded) & (decoded != task.ignore)]
    if not known.size:
        return
    low, high = float(known.min()), float(known.max())
    if low == high:
        _write_below(axis, f"{low:.3g} {task.unit} everywhere")
        return
    # The bar shows the task's own colours, whatever map those come from.
    ramp = np.linspace(low, high, 256, dtype="float32")[None]
    colors = ListedColormap(task.colorize(ramp)[0] / 255)
    bar = figure.colorbar(
        ScalarMappable(Normalize(low, high), colors),
        ax=axis,
        orientation="horizontal",
        fraction=0.06,
        pad=0.02,
        # Room for the numbers at its ends.
        shrink=0.9,
        panchor=(0.5, 1.0),
    )
    bar.set_label(task.unit, fontsize=11)
    bar.ax.tick_params(labelsize=11)


def _write_below(axis, text):
    axis.text(
        0.5,
        -0.03,
        text,
        transform=axis.transAxes,
        ha="center",
        va="top",
        fontsize=11,
    )
